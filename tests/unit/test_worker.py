"""What a worker does with a job when something outside does not answer, or we made a mistake."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowerbird.agents import Message, record_run
from bowerbird.experiments import Meeting, Plan, Rules, UnitBuckets, create, expose, read, start
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import Fenced, NotSupported, StoreUnavailable
from bowerbird.kernel.ids import new_id
from bowerbird.records import jobs, local_scope
from bowerbird.records.jobs import Lease
from bowerbird.records.tables import experiment_looks, messages, slates
from bowerbird.records.tables import jobs as job_rows
from bowerbird.settings import Settings
from bowerbird.wiring import open_worker
from bowerbird.worker import Worker

CLOCK = SystemClock()


class Stumbling(Worker):
    """A worker whose crawls end with an error."""

    error: Exception

    def _gather(self, lease: Lease) -> None:
        raise self.error


@pytest.mark.usefixtures("records_in_environment")
@pytest.mark.parametrize(
    ("error", "status"), [(StoreUnavailable("the disk is full"), "running"), (KeyError("a mistake"), "failed")]
)
def test_only_our_own_mistakes_fail_a_job(tmp_path: Path, error: Exception, status: str) -> None:
    """A store that does not answer leaves the job to the next claim; an error of ours ends it."""

    def begin(conn: sa.Connection) -> Lease:
        scope = local_scope(conn, CLOCK)
        jobs.enqueue(
            conn, workspace=scope.workspace, kind="crawl", source=None, args={}, person=scope.person, clock=CLOCK
        )
        lease = jobs.claim(conn, owner="test", lease_s=60, clock=CLOCK, kinds=("crawl",))
        assert lease is not None
        return lease

    with open_worker(Settings(data_dir=tmp_path)) as parts:
        worker = Stumbling(parts)
        worker.error = error
        worker._run_job(parts.records.write(begin))
        seen = parts.records.read(lambda conn: conn.execute(sa.select(job_rows.c.status)).scalar_one())

    assert seen == status


@pytest.mark.usefixtures("records_in_environment")
def test_the_end_of_a_job_is_posted_with_it(tmp_path: Path) -> None:
    """To who removes its upload: exactly if the job has ended, and a worker that comes later does it."""
    with open_worker(Settings(data_dir=tmp_path)) as parts:
        upload = parts.settings.uploads_dir / new_id(CLOCK)
        upload.mkdir(parents=True)

        def begin(conn: sa.Connection) -> Lease:
            scope = local_scope(conn, CLOCK)
            jobs.enqueue(
                conn,
                workspace=scope.workspace,
                kind="import",
                source=None,
                args={"upload": upload.name},
                person=scope.person,
                clock=CLOCK,
            )
            lease = jobs.claim(conn, owner="test", lease_s=60, clock=CLOCK, kinds=("import",))
            assert lease is not None
            return lease

        lease = parts.records.write(begin)
        with pytest.raises(Fenced):
            Worker(parts)._finish(replace(lease, epoch=lease.epoch - 1), "completed")
        assert parts.bus.take("uploads", lease_s=5) is None
        Worker(parts)._finish(lease, "failed", error="it was no import")
        assert upload.exists()
        later = Worker(parts)
        thread = threading.Thread(target=later.run)
        thread.start()
        until = CLOCK.monotonic_s() + 20
        while upload.exists():
            assert CLOCK.monotonic_s() < until
            time.sleep(0.02)
        later.stop()
        thread.join(20)
        assert "0 letters waiting, 0 dead" in parts.bus.examine()


def test_an_address_that_is_no_bus_names_the_setting(tmp_path: Path) -> None:
    """With what would be one."""
    settings = Settings(data_dir=tmp_path, state_url="kafka://broker")
    with pytest.raises(NotSupported, match="state_url: no backend for 'kafka'; use embedded://"), open_worker(settings):
        pass


@pytest.mark.usefixtures("records_in_environment")
def test_what_agents_said_is_forgotten_after_a_month(tmp_path: Path) -> None:
    """By the worker's schedule, which comes again at once while there is more."""
    with open_worker(Settings(data_dir=tmp_path)) as parts:
        now = CLOCK.now_s()
        said = [
            Message("r" * 26, 0, "asker", "planner", "request", {}, now - 31 * 86_400),
            Message("s" * 26, 0, "asker", "planner", "request", {}, now - 29 * 86_400),
        ]

        def keep(conn: sa.Connection) -> None:
            record_run(conn, local_scope(conn, CLOCK).workspace, said)

        parts.records.write(keep)
        waits = [Worker(parts)._schedule_once() for _ in range(2)]
        kept = parts.records.read(lambda conn: list(conn.execute(sa.select(messages.c.run)).scalars()))
    assert (waits[0], waits[1] > 0, kept) == (0.0, True, ["s" * 26])


@pytest.mark.usefixtures("records_in_environment")
def test_slates_that_were_never_shown_are_forgotten_after_a_day(tmp_path: Path) -> None:
    """By the same schedule, which comes again at once while there is more; what was shown stays."""
    with open_worker(Settings(data_dir=tmp_path)) as parts:
        now = CLOCK.now_s()

        def keep(conn: sa.Connection) -> None:
            scope = local_scope(conn, CLOCK)
            long_ago = now - 90_000
            for identity, made_at, shown_at in (("old", long_ago, None), ("shown", long_ago, now), ("new", now, None)):
                conn.execute(
                    sa.insert(slates).values(
                        id=identity, workspace=scope.workspace, person=scope.person, made_at=made_at, shown_at=shown_at,
                        length=0, level="agents", places=[], entries=[], stamps=[], inputs=b"",
                    )
                )  # fmt: skip

        parts.records.write(keep)
        waits = [Worker(parts)._schedule_once() for _ in range(2)]
        kept = parts.records.read(lambda conn: set(conn.execute(sa.select(slates.c.id)).scalars()))
    assert (waits[0], waits[1] > 0, kept) == (0.0, True, {"shown", "new"})


@pytest.mark.usefixtures("records_in_environment")
def test_the_worker_looks_at_experiments_while_nobody_does(tmp_path: Path) -> None:
    """Who was exposed is counted, and then seen: each metric of each variant."""
    with open_worker(Settings(data_dir=tmp_path)) as parts:

        def begin(conn: sa.Connection) -> None:
            scope = local_scope(conn, CLOCK)
            plan = {
                "hypothesis": "It is better.",
                "metric": "saved",
                "metrics": [{"name": "saved", "kinds": ["saved"]}],
            }
            rules = {"variants": [{"name": "old"}, {"name": "new"}]}
            create(conn, scope, "one", read(Plan, plan), read(Rules, rules), clock=CLOCK)
            start(conn, scope, "one", clock=CLOCK)
            expose(conn, scope.workspace, [Meeting("one", scope.person, UnitBuckets("me"))], clock=CLOCK)

        parts.records.write(begin)
        worker = Worker(parts)
        while worker._count_once() == 0:
            pass
        seen = sa.select(experiment_looks.c.metric, experiment_looks.c.variant, experiment_looks.c.n)
        found = parts.records.read(lambda conn: [(*row,) for row in conn.execute(seen)])
    assert found == [("saved", "new", 1)]
