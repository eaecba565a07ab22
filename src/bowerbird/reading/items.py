"""
Rows of strangers' files as items: a line of JSON, a record of CSV, an entry of a feed; a draft each, or refused.

A draft is what the records keep of a row, ready to be compared by its hash: nothing of it depends on where it stood.
"""

import base64
import csv
import hashlib
import json
import math
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote

from bowerbird.reading.blocks import MAX_TEXT_CHARS, BlockWriter, clean, one_line
from bowerbird.reading.dates import to_iso, to_timestamp
from bowerbird.reading.extracted import MAX_TITLE_CHARS
from bowerbird.reading.feeds import read_entries
from bowerbird.reading.refused import Refused
from bowerbird.reading.urls import Url, normalise

__all__ = ["MAX_ID_CHARS", "draft", "read_csv", "read_feed", "read_json_lines"]

Json = dict[str, Any]
Row = TypeVar("Row")

MAX_ID_CHARS: Final = 500
MAX_QUOTED_CHARS: Final = 1_800  # of an id in an address: databases bound what they index
MAX_KIND_CHARS: Final = 16
MAX_WORDS_CHARS: Final = 500  # of a field that is not the text
MAX_TAGS: Final = 50
MAX_CELL_CHARS: Final = 10_000_000  # the caller bounds the whole row
MAX_MORE: Final = 50  # fields of a row that are not among ours, kept beside them
NAMED: Final = ("category", "region", "author")
EMBEDDING_NUMBERS: Final = 384  # of the default embedder: vectors of another model are of no use here

_KIND = re.compile(r"[\w-]+")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_SECONDS = re.compile(r"\d{9,11}(?:\.\d+)?")
_EMBEDDING = (
    f"expected {EMBEDDING_NUMBERS} finite numbers of the default embedder, not all 0; leave it out, and it is made here"
)
_WANTED = 'expected {"id": …, "title": …, "text": …, "kind": …}'


def read_json_lines(rows: Sequence[bytes]) -> list[Json]:
    """A draft, or `{"refused": [reason, detail]}`, for each line."""
    return [_or_refused(_from_json, row) for row in rows]


def read_csv(rows: Sequence[bytes], *, header: Sequence[str], delimiter: str) -> list[Json]:
    """The same for each record of a CSV file, whose columns are called `header`."""
    csv.field_size_limit(MAX_CELL_CHARS)
    read = partial(_from_csv, header=header, delimiter=delimiter)
    return [_or_refused(read, row) for row in rows]


def read_feed(body: bytes) -> list[Json]:
    """The same for each entry of an RSS or Atom feed; raises Refused when it is none."""
    return [_or_refused(partial(draft, is_written=True), row) for row in read_entries(body)]


def _or_refused(read: Callable[[Row], Json], row: Row) -> Json:
    try:
        return read(row)
    except Refused as exc:
        return {"refused": [exc.reason, exc.detail]}


def _from_json(row: bytes) -> Json:
    try:
        value = json.loads(_decoded(row), strict=False, parse_constant=_no_number)
    except json.JSONDecodeError as exc:
        raise Refused("invalid", f"no JSON at column {exc.colno}: {exc.msg}; {_WANTED} on one line") from None
    except (RecursionError, ValueError) as exc:
        raise Refused("invalid", f"JSON that cannot be read ({type(exc).__name__}); {_WANTED} on one line") from None
    if not isinstance(value, dict):
        raise Refused("invalid", f"a JSON {_called(value)}; {_WANTED} on each line")
    return draft(value)


def _from_csv(row: bytes, header: Sequence[str], delimiter: str) -> Json:
    try:
        cells = next(csv.reader([_decoded(row)], delimiter=delimiter, strict=True), [])
    except csv.Error as exc:
        raise Refused("invalid", f"no CSV: {exc}; put cells that hold quotes into quotes, and double them") from None
    if len(cells) > len(header):
        raise Refused("invalid", f"{len(cells)} cells in a table of {len(header)} columns; quote cells with separators")
    return draft({name: cell for name, cell in zip(header, cells, strict=False) if cell.strip()})


def _decoded(row: bytes) -> str:
    try:
        return row.decode("utf-8")
    except UnicodeDecodeError as exc:
        seen = row[exc.start : exc.start + 4]
        raise Refused("invalid", f"{seen!r} at byte {exc.start} is not UTF-8; save the file as UTF-8") from None


def _no_number(name: str) -> Any:
    raise Refused("invalid", f"{name} is not a number of JSON; leave the field out instead")


def draft(row: Mapping[str, Any], *, is_written: bool = False) -> Json:
    """
    What is kept of a row; raises Refused (`invalid`, `empty`).

    `is_written`: its text is in the format of `reading.blocks` already.
    """
    url = _address(row, "url")
    identity = _identity(row.get("id")) or url
    if not identity:
        raise Refused("invalid", f"neither an id nor a url; {_WANTED}")
    title = one_line(_string(row, "title"))
    said = _string(row, "text")
    text = said[:MAX_TEXT_CHARS] if is_written else _written(said)
    if len(title) > MAX_TITLE_CHARS or not text:  # what does not fit into a title is read all the same
        text = "\n\n".join(filter(None, (title, text)))
    if not text:
        raise Refused("empty", f"neither a title nor a text; {_WANTED}")
    kept: Json = {
        "id": identity,
        "url": url,
        "title": title[:MAX_TITLE_CHARS],
        "text": text,
        "kind": _kind(row.get("kind")),
        "published_at": _moment(row.get("created_at")),
        "fields": _fields(row),
    }
    said_all = json.dumps(kept, sort_keys=True).encode()
    return {**kept, "text_hash": _hash(text.encode()), "body_hash": _hash(said_all)}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _identity(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused("invalid", f"id is a {_called(value)}; expected text or a whole number")
    identity = str(value).strip()
    if len(identity) > MAX_ID_CHARS:
        raise Refused("too large", f"an id of {len(identity):,} characters; expected at most {MAX_ID_CHARS}")
    if len(quote(identity, errors="replace")) > MAX_QUOTED_CHARS:
        raise Refused(
            "too large", f"an id of {len(identity):,} characters, too long as an address; choose a shorter one"
        )
    if clean(identity) != identity or "\n" in identity:
        raise Refused("invalid", f"the id {identity[:80]!r} holds control characters; expected printable ones")
    return identity


def _string(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Refused("invalid", f"{name} is a {_called(value)}; expected text")


def _written(text: str) -> str:
    writer = BlockWriter()
    for paragraph in _PARAGRAPHS.split(clean(text)):
        writer.paragraph(paragraph)
    return writer.text()


def _kind(value: object) -> str:
    if value is None or value == "":
        return "item"
    kind = value.strip().lower() if isinstance(value, str) else ""
    if len(kind) > MAX_KIND_CHARS or not _KIND.fullmatch(kind):
        seen = value[:80] if isinstance(value, str) else _called(value)
        raise Refused("invalid", f"kind is {seen!r}; expected one word of at most {MAX_KIND_CHARS} letters")
    return kind


def _address(row: Mapping[str, Any], name: str) -> str | None:
    text = _string(row, name).strip()
    if not text:
        return None
    url = normalise(text)
    if not isinstance(url, Url):
        raise Refused("invalid", f"{name} is {text[:80]!r} ({url}); expected an address that begins with https://")
    return url.href


def _fields(row: Mapping[str, Any]) -> Json:
    fields: Json = {name: words for name in NAMED if (words := one_line(_string(row, name))[:MAX_WORDS_CHARS])}
    if image := _address(row, "image"):
        fields["image"] = image
    if (quality := _number(row.get("quality"))) is not None:
        fields["quality"] = quality
    if (price := row.get("price")) not in (None, ""):
        is_number = isinstance(price, int | float) and not isinstance(price, bool) and math.isfinite(price)
        fields["price"] = price if is_number else one_line(_string(row, "price"))[:MAX_WORDS_CHARS]
    if tags := _tags(row.get("tags")):
        fields["tags"] = tags
    if embedding := _embedding(row.get("embedding")):
        fields["embedding"] = embedding
    if more := _more(row):
        fields["more"] = more
    return fields


def _number(value: object) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refused("invalid", f"quality is {str(value)[:40]!r}; expected a number")
    return number


def _embedding(value: object) -> str:
    """The vector at length 1, as the base64 of its numbers in 16 bits; empty when there is none."""
    if value is None or value == "":
        return ""
    numbers: Any = value
    if isinstance(value, str):  # a cell of a table
        try:
            numbers = json.loads(value)
        except (ValueError, RecursionError):
            raise Refused("invalid", f"embedding is {value[:40]!r}; {_EMBEDDING}") from None
    if not isinstance(numbers, list):
        raise Refused("invalid", f"embedding is a {_called(numbers)}; {_EMBEDDING}")
    if len(numbers) != EMBEDDING_NUMBERS:
        raise Refused("invalid", f"embedding has {len(numbers):,} numbers; {_EMBEDDING}")
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
        raise Refused("invalid", f"embedding holds what is no number; {_EMBEDDING}")
    try:
        length = math.hypot(*numbers)
    except OverflowError:
        length = math.inf
    if not 0 < length < math.inf:
        raise Refused("invalid", f"embedding has the length {length}; {_EMBEDDING}")
    return base64.b64encode(struct.pack(f"<{len(numbers)}e", *(each / length for each in numbers))).decode()


def _tags(value: object) -> list[str]:
    stated = re.split(r"[,;|]", value) if isinstance(value, str) else value
    if stated is None:
        return []
    if not isinstance(stated, list) or not all(isinstance(tag, str | int) for tag in stated):
        raise Refused("invalid", f"tags is a {_called(value)}; expected a list of words")
    tags = dict.fromkeys(words for tag in stated if (words := one_line(str(tag))[:100]))
    return list(tags)[:MAX_TAGS]


_OURS: Final = frozenset(
    {"id", "url", "title", "text", "kind", "image", "quality", "price", "tags", "created_at", "embedding", *NAMED}
)


def _more(row: Mapping[str, Any]) -> Json:
    """What else the row says, bounded: nothing that somebody wrote is lost, nothing is believed to be ours."""
    found: Json = {}
    for name, value in row.items():
        if name in _OURS or value is None or len(found) >= MAX_MORE:
            continue
        if isinstance(value, bool | int | float) and (isinstance(value, bool) or abs(value) < 1e300):
            shown: Any = value
        else:
            shown = one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
            shown = shown[:MAX_WORDS_CHARS]
        found[one_line(str(name))[:100]] = shown
    return found


def _moment(value: object) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _seconds(float(value), value)
    text = value.strip() if isinstance(value, str) else ""
    if _SECONDS.fullmatch(text):
        return _seconds(float(text), value)
    at_s = to_timestamp(to_iso(text))
    if at_s is None:
        raise Refused("invalid", f"created_at is {str(value)[:40]!r}; expected a date such as 2026-03-01T09:30:00Z")
    return at_s


def _seconds(at_s: float, seen: object) -> float:
    try:
        datetime.fromtimestamp(at_s, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused("invalid", f"created_at is {str(seen)[:40]}; expected seconds since 1970, or a date") from None
    return at_s


def _called(value: object) -> str:
    """What JSON calls a value of this type."""
    kinds = ((bool, "true or false"), (int | float, "number"), (str, "text"), (list, "list"), (dict, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")
