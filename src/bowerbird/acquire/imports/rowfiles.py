"""A file of rows (JSON Lines, CSV, a feed) as batches of entries, with the place in the file behind each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from bowerbird.acquire.imports.keeping import Entry
from bowerbird.acquire.imports.splitting import Record, Table, check_start, records, table_of
from bowerbird.acquire.imports.walk import Form, NotRead, opened
from bowerbird.acquire.reasons import Reason
from bowerbird.reading import Readers, Refused
from bowerbird.settings import ImportSettings

__all__ = ["Batch", "RowFile"]

ROWS_AT_ONCE: Final = 400  # in one question to a reading process, and in one transaction
BYTES_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and where the next one begins; `mark` says of which file, so that another is not taken for it."""

    entries: list[Entry]
    offset: int
    line: int


class RowFile:
    """One file of rows."""

    def __init__(self, path: Path, name: str, form: Form, readers: Readers, caps: ImportSettings) -> None:
        self._path = path
        self._name = name
        self._form = form
        self._readers = readers
        self._caps = caps

    def mark(self) -> str:
        """What tells this file from another, or from itself after a change."""
        try:
            seen = self._path.stat()
        except OSError:
            return ""
        return f"{seen.st_ino}:{seen.st_size}:{seen.st_mtime_ns}"

    async def batches(self, *, offset: int, line: int) -> AsyncIterator[Batch]:
        """The rows from a place on; raises NotRead when the file as a whole cannot be read."""
        if self._form == "feed":
            yield await self._feed()
            return
        handle = await asyncio.to_thread(opened, self._path)
        try:
            table = await asyncio.to_thread(self._begun, handle)
            if table is not None and offset == 0:
                offset, line = table.offset, table.line
            delimiter = None if table is None else table.delimiter
            rows = records(
                handle, offset=offset, line=line, max_row_bytes=self._caps.max_row_bytes, delimiter=delimiter
            )
            # While a batch is being stored, the next one is being read.
            reading: asyncio.Task[Batch] | None = None
            try:
                while some := await asyncio.to_thread(_some, rows):
                    following = asyncio.create_task(self._read(some, table))
                    if reading is not None:
                        yield await reading
                    reading = following
                if reading is not None:
                    yield await reading
            finally:
                if reading is not None and not reading.done():
                    reading.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await reading
        finally:
            handle.close()

    def _begun(self, handle: BinaryIO) -> Table | None:
        check_start(handle, is_json=self._form == "jsonl")
        return table_of(handle, max_row_bytes=self._caps.max_row_bytes) if self._form == "csv" else None

    async def _feed(self) -> Batch:
        body = await asyncio.to_thread(whole, self._path, self._caps.max_file_bytes)
        try:
            answer = await self._readers.read({"what": "feed"}, body)
        except Refused as refused:
            raise NotRead(Reason(refused.reason), refused.detail) from None
        entries = [self._entry(number, 0, found) for number, found in enumerate(answer["drafts"], start=1)]
        return Batch(entries, len(body), len(entries))

    async def _read(self, some: Sequence[Record], table: Table | None) -> Batch:
        good = [record for record in some if not record.too_long]
        drafts = iter(await self._drafts(good, table))
        entries = [
            self._entry(record.line, record.size_bytes, {"refused": ["too large", record.too_long]})
            if record.too_long
            else self._entry(record.line, record.size_bytes, next(drafts))
            for record in some
        ]
        last = some[-1]
        return Batch(entries, last.end, last.next_line)

    async def _drafts(self, some: Sequence[Record], table: Table | None) -> list[Mapping[str, Any]]:
        """A draft for each record; where some end the process that reads them, the others are read all the same."""
        if not some:
            return []
        ask: dict[str, Any] = {"what": "json lines", "lengths": [len(record.data) for record in some]}
        if table is not None:
            ask |= {"what": "csv", "header": table.header, "delimiter": table.delimiter}
        try:
            answer = await self._readers.read(ask, b"".join(record.data for record in some))
        except Refused as refused:
            if len(some) == 1:
                return [{"refused": [refused.reason, refused.detail]}]
            half = len(some) // 2
            return [*await self._drafts(some[:half], table), *await self._drafts(some[half:], table)]
        drafts: list[Mapping[str, Any]] = answer["drafts"]
        return drafts

    def _entry(self, number: int, size_bytes: int, found: Mapping[str, Any]) -> Entry:
        if "refused" in found:
            reason, detail = found["refused"]
            return Entry(self._name, number, size_bytes, None, Reason(reason), detail)
        return Entry(self._name, number, size_bytes, found)


def whole(path: Path, max_bytes: int) -> bytes:
    """All of a file; raises NotRead when it is larger than that, or cannot be read."""
    with opened(path) as handle:
        try:
            body = handle.read(max_bytes + 1)
        except OSError as exc:
            raise NotRead(Reason.ERROR, f"it cannot be read: {exc.strerror}") from None
    if len(body) > max_bytes:
        raise NotRead(Reason.TOO_LARGE, f"more than {max_bytes:,} bytes: divide it, or raise imports.max_file_bytes")
    return body


def _some(rows: Iterator[Record]) -> list[Record]:
    some: list[Record] = []
    size = 0
    for record in islice(rows, ROWS_AT_ONCE):
        some.append(record)
        size += len(record.data)
        if size >= BYTES_AT_ONCE:
            break
    return some
