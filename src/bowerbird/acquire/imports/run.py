"""
One import from its files to the records, resumed after a kill.

    list ─► what was named, a waiting row a file ─► each in its turn: a file as a page, a file of rows as many ─► done

The list is the frontier, as in a crawl: rows of `job_urls` that wait. How far a file of rows has come is in the job's
progress, written in the transaction that keeps its rows, so that none is lost and none is kept twice.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.acquire.imports.keeping import Entry, Place, keep, retire_unseen
from bowerbird.acquire.imports.names import file_of, key_of, printable, waiting_of
from bowerbird.acquire.imports.rowfiles import RowFile, whole
from bowerbird.acquire.imports.walk import Form, Listed, NotRead, form_of, listed, path_of
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.store import DETAIL_CHARS, close_frontier, next_moment
from bowerbird.acquire.supervise import CrawlOutcome
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Fenced, StoreUnavailable
from bowerbird.ops import crash, logs
from bowerbird.reading import Readers, Refused
from bowerbird.records import Records, jobs
from bowerbird.records.jobs import Lease
from bowerbird.records.tables import job_urls, pages, sources
from bowerbird.records.tables import jobs as job_rows
from bowerbird.settings import ImportSettings

__all__ = ["run_import"]

READERS: Final = 2
READ_DEADLINE_S: Final = 60.0
FILES_AT_ONCE: Final = 16
BEAT_S: Final = 1.0
RETIRED_AT_ONCE: Final = 200
# What was skipped for these reasons may be what seems to be missing.
UNREAD: Final = tuple(
    reason.value
    for reason in (Reason.BUDGET, Reason.ERROR, Reason.INVALID, Reason.TOO_LARGE, Reason.EMPTY, Reason.TYPE)
)

log = logs.logger("scraping")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A listed file whose turn has not come."""

    row: int
    root: int
    name: str
    size_bytes: int


def run_import(
    lease: Lease,
    records: Records,
    caps: ImportSettings,
    *,
    lease_s: float,
    clock: Clock,
    should_stop: Callable[[], bool],
) -> CrawlOutcome:
    """
    Bring in all that the job names, keeping the lease; blocks. What was kept stays however it ends.

    Raises StoreUnavailable when the records do not answer: the job can be resumed then.
    """
    run = _Import(lease, records, caps, lease_s=lease_s, clock=clock, should_stop=should_stop)
    try:
        return asyncio.run(run.run())
    except Fenced as exc:
        log.warning("import.fenced", job=lease.job, error=str(exc))
        return CrawlOutcome("fenced")


class _Import:
    """The state of one import in its worker; all that must survive is in the records."""

    def __init__(
        self,
        lease: Lease,
        records: Records,
        caps: ImportSettings,
        *,
        lease_s: float,
        clock: Clock,
        should_stop: Callable[[], bool],
    ) -> None:
        assert lease.source is not None
        self._lease = lease
        self._records = records
        self._caps = caps
        self._lease_s = lease_s
        self._clock = clock
        self._should_stop = should_stop
        self._files: Sequence[dict[str, Any]] = lease.args["files"]
        self._kind = str(lease.args["kind"])
        self._readers = Readers(READERS, deadline_s=READ_DEADLINE_S)
        self._place = Place(lease.job, lease.epoch, lease.source, "")
        self._progress: dict[str, Any] = {}
        self._asked_to: Literal["", "cancel", "stop"] = ""

    async def run(self) -> CrawlOutcome:
        url, progress = await self._records.aread(self._begun)
        self._place = Place(self._lease.job, self._lease.epoch, self._place.source, url)
        self._progress = progress
        try:
            async with self._beating():
                if "total_bytes" not in progress:
                    await self._list()
                crash.point("import.listed")
                return await self._bring_in()
        finally:
            await self._readers.close()

    def _begun(self, conn: sa.Connection) -> tuple[str, dict[str, Any]]:
        url = conn.execute(sa.select(sources.c.url).where(sources.c.id == self._place.source)).scalar_one()
        progress = conn.execute(sa.select(job_rows.c.progress).where(job_rows.c.id == self._lease.job)).scalar_one()
        return str(url), dict(progress)

    async def _bring_in(self) -> CrawlOutcome:
        while waiting := await self._records.aread(self._next_waiting):
            if ended := await self._asked():
                return ended
            first_form = form_of(waiting[0].name, self._kind)
            if first_form == "file":
                some = [each for each in waiting if form_of(each.name, self._kind) == "file"]
                await self._single_files(some)
            else:
                assert first_form is not None
                await self._file_of_rows(waiting[0], first_form)
        if ended := await self._asked():
            return ended
        if self._lease.args.get("replace"):
            await self._retire()
        crash.point("import.before_end")
        return CrawlOutcome("completed")

    async def _retire(self) -> None:
        """Take out what is not there any more; nothing, when something could not be read and may have been it."""
        unread = sa.exists().where(
            job_urls.c.job == self._lease.job, job_urls.c.state == "skipped", job_urls.c.reason.in_(UNREAD)
        )
        if await self._records.aread(lambda conn: bool(conn.execute(sa.select(unread)).scalar())):
            self._progress["note"] = "Nothing was taken out: some of it could not be read, and may be what is missing."
            await self._keep([])
            return
        retire = partial(retire_unseen, place=self._place, limit=RETIRED_AT_ONCE, clock=self._clock)
        while await self._records.awrite(retire):
            pass

    # -- the list ---------------------------------------------------------------------------------------------

    async def _list(self) -> None:
        found = await asyncio.to_thread(lambda: list(listed(self._files, self._kind, max_files=self._caps.max_files)))
        self._progress = {
            "total_bytes": sum(each.size_bytes for each in found if each.reason is None),
            "done_bytes": 0,
            "rows": 0,
        }
        await self._records.awrite(lambda conn: self._write_list(conn, found))

    def _write_list(self, conn: sa.Connection, found: Sequence[Listed]) -> None:
        jobs.guard(conn, self._lease.job, self._lease.epoch)
        now, moment = self._clock.now_s(), next_moment(conn, self._lease.job, self._clock)
        rows = {
            url: {
                "job": self._lease.job,
                "url": url,
                "state": "queued" if each.reason is None else "skipped",
                "reason": None if each.reason is None else each.reason.value,
                "detail": each.detail[:DETAIL_CHARS] or None,
                "depth": each.root,
                "bytes": 0,
                "anchor": printable(each.name),
                "lastmod": str(each.size_bytes),
                "seen_at": now,
                "done_at": None if each.reason is None else moment + 1e-6 * number,
            }
            for number, each in enumerate(found)
            for url in [self._address(each)]
        }
        if rows:
            conn.execute(sa.insert(job_urls), list(rows.values()))
        jobs.save_progress(conn, self._lease.job, self._lease.epoch, self._progress, clock=self._clock)

    def _address(self, file: Listed) -> str:
        is_rows = file.reason is None and form_of(file.name, self._kind) != "file"
        return (waiting_of if is_rows else key_of)(self._place.url, file.name)

    def _next_waiting(self, conn: sa.Connection) -> list[_Waiting]:
        rows = conn.execute(
            sa.select(job_urls.c.id, job_urls.c.url, job_urls.c.depth, job_urls.c.lastmod)
            .where(job_urls.c.job == self._lease.job, job_urls.c.state == "queued")
            .order_by(job_urls.c.id)
            .limit(FILES_AT_ONCE)
        )
        return [_Waiting(row.id, row.depth, file_of(self._place.url, row.url), int(row.lastmod or 0)) for row in rows]

    # -- files ------------------------------------------------------------------------------------------------

    async def _single_files(self, files: Sequence[_Waiting]) -> None:
        entries = await asyncio.gather(*(self._single_file(file) for file in files))
        self._progress["done_bytes"] += sum(file.size_bytes for file in files)
        await self._keep(entries)

    async def _single_file(self, file: _Waiting) -> Entry:
        path = path_of(self._files[file.root], file.name, is_only=len(self._files) == 1)
        size = 0
        try:
            body = await asyncio.to_thread(whole, path, self._caps.max_file_bytes)
            size = len(body)
            key = key_of(self._place.url, file.name)
            if same := await self._unchanged(key, body):
                draft = {"id": file.name, "url": None, "body_hash": same}
            else:
                answer = await self._readers.read({"what": "file", "name": printable(file.name)}, body)
                draft = {**answer["drafts"][0], "id": file.name, "url": None}
        except NotRead as exc:
            return Entry(file.name, 0, size, None, exc.reason, exc.detail, file.row)
        except Refused as exc:
            return Entry(file.name, 0, size, None, Reason(exc.reason), exc.detail, file.row)
        return Entry(file.name, 0, size, draft, row=file.row)

    async def _unchanged(self, key: str, body: bytes) -> str | None:
        """The hash of the body if the file is kept already as it is; then it need not be read."""
        body_hash = await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())
        stored = await self._records.aread(
            lambda conn: conn.execute(
                sa.select(pages.c.body_hash).where(
                    pages.c.source == self._place.source, pages.c.url == key, pages.c.state == "live"
                )
            ).scalar()
        )
        return body_hash if stored == body_hash else None

    async def _file_of_rows(self, file: _Waiting, form: Form) -> None:
        path = path_of(self._files[file.root], file.name, is_only=len(self._files) == 1)
        rows = RowFile(path, file.name, form, self._readers, self._caps)
        mark, at = await asyncio.to_thread(rows.mark), self._progress.get("at", {})
        is_begun = at.get("row") == file.row and at.get("mark") == mark
        offset, line, before = (at["offset"], at["line"], at["before"]) if is_begun else (0, 1, 0)
        if not is_begun:
            before = self._progress["done_bytes"]
        count = 0
        try:
            async for batch in rows.batches(offset=offset, line=line):
                count += len(batch.entries)
                left = self._caps.max_rows - self._progress["rows"]
                self._progress["rows"] += min(len(batch.entries), left)
                self._progress["done_bytes"] = before + batch.offset
                self._progress["at"] = {
                    "row": file.row, "mark": mark, "offset": batch.offset, "line": batch.line, "before": before,
                }  # fmt: skip
                await self._keep(batch.entries[:left])
                if len(batch.entries) > left:
                    detail = f"{self._caps.max_rows:,} items were read, the most allowed (imports.max_rows)"
                    await self._close_all(detail)
                    return
                if self._asked_to:
                    return
        except NotRead as exc:
            await self._end_file(file, Entry(file.name, 0, 0, None, exc.reason, exc.detail, file.row), before)
            return
        if count == 0 and not is_begun:
            detail = "there is no row in it"
            await self._end_file(file, Entry(file.name, 0, 0, None, Reason.EMPTY, detail, file.row), before)
        else:
            await self._end_file(file, None, before)

    async def _end_file(self, file: _Waiting, refused: Entry | None, before: int) -> None:
        self._progress.pop("at", None)
        self._progress["done_bytes"] = before + file.size_bytes
        await self._keep([refused] if refused else [], finished=[] if refused else [file.row])

    async def _keep(self, entries: Sequence[Entry], *, finished: Sequence[int] = ()) -> None:
        progress = dict(self._progress)
        crash.point("import.before_commit")
        await self._records.awrite(
            lambda conn: keep(conn, self._place, entries, progress=progress, finished=finished, clock=self._clock)
        )
        crash.point("import.after_commit")

    # -- the lease, and wishes to end -------------------------------------------------------------------------

    @asynccontextmanager
    async def _beating(self) -> AsyncGenerator[None]:
        beat = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beat.cancel()
            with suppress(asyncio.CancelledError):
                await beat

    async def _beat(self) -> None:
        """Keep the lease; a lost one shows in the next transaction, which is guarded anyway."""
        lease = self._lease
        while True:
            try:
                if await self._records.awrite(
                    lambda conn: jobs.beat(conn, lease.job, lease.epoch, lease_s=self._lease_s, clock=self._clock)
                ):
                    self._asked_to = "cancel"
            except (Fenced, StoreUnavailable) as exc:
                log.warning("import.beat_failed", job=lease.job, error=str(exc))
            if self._should_stop():
                self._asked_to = self._asked_to or "stop"
            await asyncio.sleep(BEAT_S)

    async def _asked(self) -> CrawlOutcome | None:
        if self._asked_to == "cancel":
            await self._close_all("the job was cancelled")
            return CrawlOutcome("cancelled")
        if self._asked_to == "stop" or self._should_stop():
            return CrawlOutcome("stopped")
        return None

    async def _close_all(self, detail: str) -> None:
        await self._records.awrite(
            lambda conn: close_frontier(
                conn,
                self._lease.job,
                self._lease.epoch,
                reason=Reason.BUDGET,
                detail=detail,
                clock=self._clock,
            )
        )
