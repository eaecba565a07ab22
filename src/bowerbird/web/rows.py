"""Bodies of many rows: a JSON list, one object, or JSON Lines; read whole, because they are bounded."""

import asyncio
import json
from typing import Any, Final

from fastapi import Request

from bowerbird.kernel.errors import InputWrong

__all__ = ["JSON_LINES", "MAX_ROWS", "MAX_ROWS_BYTES", "Unread", "read_rows", "rows_body"]

MAX_ROWS: Final = 1_000
MAX_ROWS_BYTES: Final = 16_000_000
SMALL_BYTES: Final = 50_000  # are read in the event loop
JSON_LINES: Final = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")


class Unread:
    """A line that is no JSON, and why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


async def read_rows(request: Request) -> list[Any]:
    """
    The rows of a body; of JSON Lines some may be `Unread`.

    Raises InputWrong for what is neither a list, an object nor lines, and for more than `MAX_ROWS`.
    """
    body = await request.body()
    is_lines = request.headers.get("content-type", "").partition(";")[0].strip().lower() in JSON_LINES
    read = _lines if is_lines else _json
    rows = read(body) if len(body) < SMALL_BYTES else await asyncio.to_thread(read, body)
    if len(rows) > MAX_ROWS:
        raise InputWrong(
            f"{len(rows):,} rows in one request: expected at most {MAX_ROWS:,}; send several", field="body"
        )
    return rows


def rows_body(what: str, example: Any) -> dict[str, Any]:
    """What the document says of such a body; each row is checked by itself, so a wrong one refuses no other."""
    schema = {
        "description": f"{what} A row that cannot be taken is refused by itself.",
        "anyOf": [{"type": "object"}, {"type": "array", "maxItems": MAX_ROWS, "items": {}}],
    }
    lines = {"schema": {"type": "string", "description": "A row on each line."}, "example": json.dumps(example)}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": [example]}, JSON_LINES[0]: lines},
        }
    }


def _json(body: bytes) -> list[Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise InputWrong(f"the body is no JSON ({str(exc)[:80]}): expected an object or a list", field="body") from None
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list):
        raise InputWrong(f"the body is a JSON {type(value).__name__}: expected an object or a list", field="body")
    return value


def _lines(body: bytes) -> list[Any]:
    return [_line(line) for line in body.split(b"\n") if line.strip()]


def _line(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return Unread(f"no JSON: {line[:60].decode('utf-8', 'replace')!r}")
