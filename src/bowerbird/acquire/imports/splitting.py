"""
Files of rows cut into records, without ever holding more of one than a row may have.

A record is a line, or in CSV the lines that one quoted cell spans. Where a record ends is all that is decided here;
what it says is read in a process of its own.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from bowerbird.acquire.imports.walk import NotRead
from bowerbird.acquire.reasons import Reason

__all__ = ["Record", "Table", "check_start", "records", "table_of"]

START_BYTES: Final = 4_096
PIECE_BYTES: Final = 1 << 20
DELIMITERS: Final = (",", ";", "\t", "|")
MAX_COLUMNS: Final = 200
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands in its file; behind it are offset `end` and `next_line`. `too_long`: why it has no data."""

    line: int
    data: bytes
    end: int
    next_line: int
    size_bytes: int
    too_long: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """How a CSV file is written, and where its first row begins."""

    header: list[str]
    delimiter: str
    offset: int
    line: int


def check_start(handle: BinaryIO, *, is_json: bool) -> None:
    """Return if the file may be text of rows; raises NotRead. Leaves the file at its beginning."""
    start = handle.read(START_BYTES)
    handle.seek(0)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotRead(Reason.INVALID, "the file is UTF-16; expected UTF-8: save it as UTF-8")
    if b"\0" in start or start.startswith((b"PK\x03\x04", b"%PDF-", b"\x1f\x8b")):
        raise NotRead(
            Reason.TYPE, f"the file is not text: it begins with {start[:8]!r}; give it the name of what it is"
        )
    text = start.removeprefix(_BOM).lstrip()
    if is_json and text.startswith(b"["):
        raise NotRead(Reason.INVALID, "the file is one JSON array; expected JSON Lines: write one object a line")


def table_of(handle: BinaryIO, *, max_row_bytes: int) -> Table:
    """The head of a CSV file; raises NotRead when it names no columns of items."""
    first = next(records(handle, offset=0, line=1, max_row_bytes=max_row_bytes, delimiter=","), None)
    if first is None or first.too_long:
        raise NotRead(Reason.INVALID, f"no line of column names; {_WANTED}")
    try:
        text = first.data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError:
        raise NotRead(Reason.INVALID, "the column names are not UTF-8; save the file as CSV in UTF-8") from None
    delimiter = max(DELIMITERS, key=text.count)
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as exc:
        raise NotRead(Reason.INVALID, f"the column names are no CSV: {exc}; {_WANTED}") from None
    header = [cell.strip().lower() for cell in cells]
    while header and not header[-1]:
        header.pop()
    named = [name for name in header if name]
    if len(set(named)) != len(named) or len(header) > MAX_COLUMNS:
        raise NotRead(Reason.INVALID, f"columns {_shown(header)}; expected at most {MAX_COLUMNS}, no two called alike")
    if not {"id", "url"} & set(named) or not {"title", "text"} & set(named):
        raise NotRead(Reason.INVALID, f"the columns are {_shown(header)}; {_WANTED}")
    return Table(header, delimiter, first.end, first.next_line)


_WANTED: Final = "expected a first line of column names, among them id (or url) and title (or text)"


def _shown(header: list[str]) -> str:
    return repr(", ".join(header))[:160]


def records(handle: BinaryIO, *, offset: int, line: int, max_row_bytes: int, delimiter: str | None) -> Iterator[Record]:
    """The records from `offset` on, where line number `line` begins; empty lines are passed over."""
    handle.seek(offset)
    while True:
        data = handle.readline(max_row_bytes + 1)
        if not data:
            return
        begun, size, lines = line, len(data), 1
        too_long = ""
        if len(data) > max_row_bytes and not data.endswith(b"\n"):
            size += _skip_line(handle)
            too_long = f"a line of {size:,} bytes; expected at most {max_row_bytes:,}: divide or shorten it"
        elif delimiter is not None and b'"' in data:
            data, lines, too_long = _whole(handle, data, max_row_bytes, delimiter.encode())
            size = len(data)
        offset += size
        line += lines
        if begun == 1:
            data = data.removeprefix(_BOM)
        if too_long or data.strip():
            yield Record(begun, b"" if too_long else data, offset, line, size, too_long)


def _skip_line(handle: BinaryIO) -> int:
    """Pass over what is left of a line; how many bytes that was."""
    skipped = 0
    while piece := handle.readline(PIECE_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _whole(handle: BinaryIO, first: bytes, max_row_bytes: int, delimiter: bytes) -> tuple[bytes, int, str]:
    """A record that begins with a line: all its bytes, how many lines, and why it is no record."""
    pieces, size = [first], len(first)
    is_open = _is_open(first, delimiter, is_open=False)
    while is_open:
        piece = handle.readline(max_row_bytes + 1)
        if not piece or size + len(piece) > max_row_bytes:
            size += len(piece)
            pieces.append(piece)
            seen = f"a quote that is not closed within {len(pieces)} lines ({size:,} bytes)"
            return b"".join(pieces), len(pieces), f"{seen}; close it, or double it where it is meant as a sign"
        size += len(piece)
        pieces.append(piece)
        is_open = _is_open(piece, delimiter, is_open=True)
    return b"".join(pieces), len(pieces), ""


def _is_open(line: bytes, delimiter: bytes, *, is_open: bool) -> bool:
    """Whether a quoted cell goes on behind this line. A quote opens a cell only at its beginning."""
    at = 0
    while True:
        if is_open:
            quote = line.find(b'"', at)
            if quote < 0:
                return True
            is_doubled = line[quote + 1 : quote + 2] == b'"'
            at = quote + (2 if is_doubled else 1)
            is_open = is_doubled
        elif at == 0 and line.startswith((b'"', _BOM + b'"')):
            at, is_open = line.index(b'"') + 1, True
        else:
            opening = line.find(delimiter + b'"', at)
            if opening < 0:
                return False
            at, is_open = opening + 2, True
