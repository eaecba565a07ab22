"""
What every backend of the records promises. Inherit the classes and give a `records` fixture; `reopen` opens the same
records as another process would.
"""

import asyncio
import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import Fenced, InputWrong, NotFound, StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records, jobs, local_scope, visible_sources
from bowerbird.records.tables import index_log, sources, workspaces
from bowerbird.records.tables import jobs as job_rows

__all__ = ["JobsContract", "RecordsContract"]


def _name(conn: sa.Connection, name: str) -> None:
    conn.execute(sa.insert(workspaces).values(id=name, name=name, created_at=0.0))


def _names(conn: sa.Connection) -> list[str]:
    return list(conn.execute(sa.select(workspaces.c.name).order_by(workspaces.c.name)).scalars())


def _numbers(conn: sa.Connection) -> list[int]:
    return list(conn.execute(sa.select(index_log.c.seq).order_by(index_log.c.seq)).scalars())


def a_source(conn: sa.Connection, scope: Scope, name: str, *, private: bool = False, by: str = "") -> str:
    """A source named `name` in the scope's workspace."""
    conn.execute(
        sa.insert(sources).values(
            id=name,
            workspace=scope.workspace,
            url=f"http://{name}.example/",
            goal="learn",
            private_to=scope.person if private else "",
            created_by=by or scope.person,
            created_at=0.0,
            limits={},
        )
    )
    return name


class RecordsContract(ABC):
    """Transactions, snapshots, two processes, and a way to stop."""

    @abstractmethod
    def reopen(self, records: Records) -> Records:
        """The same records, opened once more as another process would."""

    def test_what_was_written_is_read(self, records: Records) -> None:
        """A committed row is seen by the next read and by another opener."""
        records.write(lambda conn: _name(conn, "a"))
        other = self.reopen(records)
        seen = other.read(_names)
        other.close()

        assert (records.read(_names), seen) == (["a"], ["a"])

    def test_an_error_undoes_the_whole_transaction(self, records: Records) -> None:
        """Nothing of a transaction stays when its function raises, and the error reaches the caller."""

        def half(conn: sa.Connection) -> None:
            _name(conn, "a")
            raise KeyError("half")

        with pytest.raises(KeyError, match="half"):
            records.write(half)

        assert records.read(_names) == []

    def test_a_read_sees_one_moment(self, records: Records) -> None:
        """A read does not see what is committed while it runs."""

        def twice(conn: sa.Connection) -> tuple[list[str], list[str]]:
            before = _names(conn)
            records.write(lambda writing: _name(writing, "later"))
            return before, _names(conn)

        assert records.read(twice) == ([], [])

    def test_writers_of_two_openers_take_turns(self, records: Records) -> None:
        """Read-modify-write from two openers at once loses no update."""
        records.write(lambda conn: _name(conn, "0"))
        other = self.reopen(records)

        def add(conn: sa.Connection) -> None:
            value = int(conn.execute(sa.select(workspaces.c.name)).scalar_one())
            conn.execute(sa.update(workspaces).values(name=str(value + 1)))

        def many(each: Records) -> None:
            for _ in range(25):
                each.write(add)

        threads = [threading.Thread(target=many, args=(each,)) for each in (records, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        other.close()

        assert records.read(_names) == ["50"]

    def test_a_later_number_is_never_seen_before_an_earlier_one(self, records: Records) -> None:
        """What follows the index log by its numbers misses nothing, although writers overlap and some fail."""
        other = self.reopen(records)
        stopped = threading.Event()
        skipped: list[tuple[int, list[int]]] = []

        def append(conn: sa.Connection, *, and_fail: bool) -> None:
            conn.execute(sa.insert(index_log).values(op="add", passage=1))
            time.sleep(0.002)  # so that another writer can come between, if it is let
            if and_fail:
                raise KeyError("failed")

        def many(each: Records) -> None:
            for number in range(30):
                with contextlib.suppress(KeyError):
                    each.write(partial(append, and_fail=number % 3 == 0))

        def follow() -> None:
            seen: list[int] = []
            while not stopped.is_set():
                now = records.read(_numbers)
                new = [number for number in now if number not in seen]
                if seen and new and min(new) < seen[-1]:
                    skipped.append((seen[-1], new))
                seen = now

        follower = threading.Thread(target=follow)
        threads = [threading.Thread(target=many, args=(each,)) for each in (records, other)]
        for thread in (follower, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        stopped.set()
        follower.join()
        other.close()

        assert (skipped, len(records.read(_numbers))) == ([], 40)

    def test_texts_are_ordered_by_their_code_points(self, records: Records) -> None:
        """Whatever language the database was made for."""
        names = ["a", "B", "Z", "z", "_", "é", "e", "A b", "Ab", "10", "9"]
        for name in names:
            records.write(partial(_name, name=name))

        assert records.read(_names) == sorted(names)

    def test_the_character_nul_is_left_out(self, records: Records) -> None:
        """Of single rows, of many, of comparisons; other control characters stay."""
        records.write(lambda conn: _name(conn, "a\0b\1"))
        many = [{"id": f"{n}", "name": f"\0{n}\0", "created_at": 0.0} for n in range(3)]
        ids = records.write(
            lambda conn: list(
                conn.execute(sa.insert(workspaces).returning(workspaces.c.id, sort_by_parameter_order=True), many)
                .scalars()
                .all()
            )
        )
        found = records.read(
            lambda conn: conn.execute(sa.select(workspaces.c.id).where(workspaces.c.name == "\0a\0b\1")).scalar()
        )

        assert (ids, found, records.read(_names)) == (["0", "1", "2"], "ab\1", ["0", "1", "2", "ab\1"])

    def test_an_address_shows_no_password(self, records: Records) -> None:
        """Neither as text nor in a message; another process can use it all the same."""
        secret = records.url.password
        assert secret is None or str(secret) not in f"{records.url} {records.url!r} {records.examine()}"
        self.reopen(records).close()

    async def test_async_calls_do_not_block_the_loop(self, records: Records) -> None:
        """While a slow read and a slow write run, the event loop goes on."""

        def slow(conn: sa.Connection) -> int:
            time.sleep(0.3)
            return int(conn.execute(sa.select(sa.literal(1))).scalar_one())

        gaps: list[float] = []

        async def tick() -> None:
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.005)
                gaps.append(time.perf_counter() - before)

        ticker = asyncio.create_task(tick())
        answers = await asyncio.gather(records.aread(slow), records.awrite(slow))
        ticker.cancel()

        assert list(answers) == [1, 1]
        assert max(gaps) < 0.25

    async def test_a_cancelled_caller_does_not_undo_a_write_that_began(self, records: Records) -> None:
        """Cancellation leaves the caller, not a half-made transaction."""
        began = threading.Event()

        def slow(conn: sa.Connection) -> None:
            began.set()
            time.sleep(0.1)
            _name(conn, "kept")

        task = asyncio.create_task(records.awrite(slow))
        await asyncio.to_thread(began.wait, 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

        assert records.write(_names) == ["kept"]

    def test_ping_and_close(self, records: Records) -> None:
        """Open records answer; closed ones say so; closing twice is closing once."""
        records.ping()
        records.close()
        records.close()

        with pytest.raises(StoreUnavailable, match="closed"):
            records.write(_names)

    def test_the_local_person_is_made_once(self, records: Records) -> None:
        """A machine without accounts has one workspace and one person, however often it is asked."""
        clock = ManualClock()
        first, second = (records.write(lambda conn: local_scope(conn, clock)) for _ in range(2))

        assert first == second

    def test_private_sources_are_seen_by_their_creator_only(self, records: Records) -> None:
        """Visibility: the workspace's, one's own private ones, never another's and never another workspace's."""
        clock = ManualClock()
        mine = records.write(lambda conn: local_scope(conn, clock))

        def fill(conn: sa.Connection) -> None:
            a_source(conn, mine, "open")
            a_source(conn, mine, "own", private=True)

        records.write(fill)
        colleague = Scope(workspace=mine.workspace, person="somebody-else")
        stranger = Scope(workspace="another", person=mine.person)
        narrowed = Scope(workspace=mine.workspace, person=mine.person, sources=("own", "unknown"))

        seen = [records.read(partial(visible_sources, scope=who)) for who in (mine, colleague, stranger, narrowed)]
        assert [sorted(names) for names in seen] == [["open", "own"], ["open"], [], ["own"]]


class JobsContract:
    """Leases, epochs and what they fence."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """Time that moves when told."""
        return ManualClock()

    @pytest.fixture
    def scope(self, records: Records, clock: ManualClock) -> Scope:
        """The local person."""
        return records.write(lambda conn: local_scope(conn, clock))

    def enqueue(self, records: Records, scope: Scope, clock: ManualClock, *, source: str | None = None) -> str:
        """A queued crawl."""
        clock.advance(0.01)  # so that the order of creation is plain
        return records.write(
            lambda conn: jobs.enqueue(
                conn,
                workspace=scope.workspace,
                kind="crawl",
                source=source,
                args={"n": 1},
                person=scope.person,
                clock=clock,
            )
        )

    def claim(
        self, records: Records, clock: ManualClock, *, owner: str = "w1", lease_s: float = 10
    ) -> jobs.Lease | None:
        """The next job for `owner`."""
        return records.write(lambda conn: jobs.claim(conn, owner=owner, lease_s=lease_s, clock=clock, kinds=("crawl",)))

    def status(self, records: Records, job: str) -> str:
        """What the row says."""
        return records.read(
            lambda conn: str(conn.execute(sa.select(job_rows.c.status).where(job_rows.c.id == job)).scalar_one())
        )

    def test_jobs_are_claimed_oldest_first_and_once(self, records: Records, scope: Scope, clock: ManualClock) -> None:
        """Two jobs go to two claims in order; a third claim gets nothing."""
        first, second = (self.enqueue(records, scope, clock) for _ in range(2))
        leases = [self.claim(records, clock) for _ in range(3)]

        assert [lease and (lease.job, lease.epoch, lease.args) for lease in leases] == [
            (first, 1, {"n": 1}),
            (second, 1, {"n": 1}),
            None,
        ]

    def test_a_lease_that_ran_out_passes_on_with_a_new_epoch(
        self, records: Records, scope: Scope, clock: ManualClock
    ) -> None:
        """Up to its end the lease holds; after it the next worker has the job and the old one is fenced."""
        job = self.enqueue(records, scope, clock)
        self.claim(records, clock, lease_s=10)
        clock.advance(10)
        at_the_end = self.claim(records, clock, owner="w2")
        clock.advance(0.1)
        after_it = self.claim(records, clock, owner="w2")

        assert (at_the_end, after_it and after_it.epoch) == (None, 2)
        with pytest.raises(Fenced, match="epoch 2"):
            records.write(lambda conn: jobs.guard(conn, job, 1))
        records.write(lambda conn: jobs.guard(conn, job, 2))

    def test_a_beat_keeps_the_lease(self, records: Records, scope: Scope, clock: ManualClock) -> None:
        """A worker that beats in time keeps its job."""
        job = self.enqueue(records, scope, clock)
        self.claim(records, clock, lease_s=10)
        clock.advance(9)
        cancel = records.write(lambda conn: jobs.beat(conn, job, 1, lease_s=10, clock=clock))
        clock.advance(9)

        assert (cancel, self.claim(records, clock, owner="w2")) == (False, None)

    def test_a_fenced_worker_leaves_nothing(self, records: Records, scope: Scope, clock: ManualClock) -> None:
        """A paused worker that wakes after another took over cannot write, finish, release, or save progress."""
        job = self.enqueue(records, scope, clock)
        self.claim(records, clock, lease_s=1)
        clock.advance(2)
        self.claim(records, clock, owner="w2")

        def effect_first(conn: sa.Connection) -> None:
            _name(conn, "half")
            jobs.guard(conn, job, 1)

        late: list[Callable[[sa.Connection], object]] = [
            effect_first,
            lambda conn: jobs.finish(conn, job, 1, status="completed", clock=clock),
            lambda conn: jobs.release(conn, job, 1, clock=clock),
            lambda conn: jobs.save_progress(conn, job, 1, {"kept": 9}, clock=clock),
            lambda conn: jobs.save_step(conn, job, 1, "embed", clock=clock),
            lambda conn: jobs.beat(conn, job, 1, lease_s=9, clock=clock),
        ]
        for work in late:
            with pytest.raises(Fenced):
                records.write(work)

        assert (self.status(records, job), "half" in records.read(_names)) == ("running", False)

    def test_a_finished_job_is_fenced_for_its_owner_too(
        self, records: Records, scope: Scope, clock: ManualClock
    ) -> None:
        """Completion happens once."""
        job = self.enqueue(records, scope, clock)
        self.claim(records, clock)
        records.write(lambda conn: jobs.finish(conn, job, 1, status="completed", clock=clock, result={"kept": 1}))

        with pytest.raises(Fenced, match="completed"):
            records.write(lambda conn: jobs.finish(conn, job, 1, status="failed", clock=clock))

    def test_release_gives_the_job_back_without_counting_an_attempt(
        self, records: Records, scope: Scope, clock: ManualClock
    ) -> None:
        """A worker that stops hands its job over; the step reached is kept."""
        job = self.enqueue(records, scope, clock)
        self.claim(records, clock)
        records.write(lambda conn: jobs.save_step(conn, job, 1, "embed", clock=clock))
        records.write(lambda conn: jobs.release(conn, job, 1, clock=clock))
        again = self.claim(records, clock, owner="w2")

        assert again is not None
        assert (again.epoch, again.attempts, again.step) == (2, 1, "embed")

    def test_a_job_that_kills_its_workers_is_given_up(self, records: Records, scope: Scope, clock: ManualClock) -> None:
        """After MAX_ATTEMPTS lost leases the job has failed and says why."""
        job = self.enqueue(records, scope, clock)
        for _ in range(jobs.MAX_ATTEMPTS):
            assert self.claim(records, clock, lease_s=1) is not None
            clock.advance(2)

        assert (self.claim(records, clock), self.status(records, job)) == (None, "failed")

    def test_a_queued_job_is_cancelled_at_once_and_a_running_one_is_asked(
        self, records: Records, scope: Scope, clock: ManualClock
    ) -> None:
        """Cancel ends what waits; what runs hears of it at its next beat; an unknown job is said to be unknown."""
        running, waiting = (self.enqueue(records, scope, clock) for _ in range(2))
        self.claim(records, clock)
        both = (running, waiting)
        said = [records.write(partial(jobs.request_cancel, job=job, clock=clock)) for job in both]

        assert said == ["running", "cancelled"]
        assert records.write(lambda conn: jobs.beat(conn, running, 1, lease_s=10, clock=clock))
        with pytest.raises(NotFound, match="no job"):
            records.write(lambda conn: jobs.request_cancel(conn, "nope", clock=clock))

    def test_a_source_has_one_crawl_at_a_time(self, records: Records, scope: Scope, clock: ManualClock) -> None:
        """Asking again while one waits or runs gives the same job; once it has ended, a new one."""
        records.write(lambda conn: a_source(conn, scope, "s"))
        first = self.enqueue(records, scope, clock, source="s")
        again = self.enqueue(records, scope, clock, source="s")
        self.claim(records, clock)
        records.write(lambda conn: jobs.finish(conn, first, 1, status="completed", clock=clock))
        later = self.enqueue(records, scope, clock, source="s")

        assert (again == first, later == first) == (True, False)

    def test_retry_repeats_what_has_ended_only(self, records: Records, scope: Scope, clock: ManualClock) -> None:
        """A failed job can be tried again with the same arguments; a running one cannot."""
        job = self.enqueue(records, scope, clock)
        self.claim(records, clock)
        with pytest.raises(InputWrong, match="running"):
            records.write(lambda conn: jobs.retry(conn, job, person=scope.person, clock=clock))
        records.write(lambda conn: jobs.finish(conn, job, 1, status="failed", clock=clock, error="no answer"))
        again = records.write(lambda conn: jobs.retry(conn, job, person=scope.person, clock=clock))
        lease = self.claim(records, clock)

        assert lease is not None
        assert (lease.job, lease.args) == (again, {"n": 1})
