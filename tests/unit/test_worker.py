"""What a worker does with a job when something outside does not answer, or we made a mistake."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records import jobs, local_scope
from bowerbird.records.jobs import Lease
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
