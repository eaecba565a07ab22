"""
Uploads as they arrive: parts of a multipart body, written to the data folder piece by piece, never held in memory.

A body that breaks off, passes a cap or finds the disk full leaves nothing behind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from bowerbird.acquire import ImportRequest, Upload, check_import, request_import
from bowerbird.kernel.errors import InputWrong, Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.wiring import App

__all__ = ["FORM_ROOM_BYTES", "Received", "receive", "start_import"]

MAX_FIELDS: Final = 20
MAX_FIELD_BYTES: Final = 4_096
MAX_UPLOADS: Final = 4  # at a time; each may be as large as the cap
FORM_ROOM_BYTES: Final = 1_000_000  # of a body, for what stands around its files

_arriving: set[str] = set()


@dataclass(frozen=True, slots=True)
class Received:
    """A whole upload and the fields beside it. Whoever makes no job of it must `discard` it."""

    upload: Upload
    fields: dict[str, str]


async def receive(request: Request, app: App) -> Received:
    """
    The files and fields of a multipart request.

    Raises InputWrong for a body that is none, breaks off or is too large, Unavailable when there is no room for it.
    """
    media, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if media != b"multipart/form-data" or not boundary:
        raise InputWrong("the body is not multipart/form-data: expected a form with files", field="files")
    if len(_arriving) >= MAX_UPLOADS:
        raise Unavailable(f"{MAX_UPLOADS} uploads are arriving already")
    caps = app.settings.imports
    upload = Upload(
        app.settings.uploads_dir, max_bytes=caps.max_upload_bytes, max_files=caps.max_files, clock=app.clock
    )
    _arriving.add(upload.id)
    try:
        parts = _Parts(upload, boundary)
        async for chunk in request.stream():
            parts.take(chunk)
            await run_in_threadpool(parts.write)
        parts.end()
        await run_in_threadpool(parts.write)
    except BaseException as exc:
        await run_in_threadpool(upload.discard)
        if isinstance(exc, ClientDisconnect):
            raise InputWrong("the upload broke off: nothing of it was kept; send it again", field="files") from None
        if isinstance(exc, FormParserError):
            raise InputWrong(
                f"the body is not multipart/form-data as it should be: {str(exc)[:200]}; check the names of the files",
                field="files",
            ) from None
        raise
    finally:
        _arriving.discard(upload.id)
    return Received(upload, parts.fields)


async def start_import(app: App, scope: Scope, received: Received) -> str:
    """The id of the job of an upload; raises InputWrong, and then nothing of the upload is kept."""
    try:
        wanted = check_import(_wanted(received))

        def begin(conn: sa.Connection) -> str:
            return request_import(conn, wanted, scope, app.clock)[1]

        return await app.records.awrite(begin)
    except BaseException:
        await run_in_threadpool(received.upload.discard)
        raise


def _wanted(received: Received) -> ImportRequest:
    """What a form asks for; without a name, the first file's."""
    fields, files = received.fields, received.upload.files
    return ImportRequest(
        name=fields.get("name", "").strip() or (files[0].name.rpartition("/")[2] if files else "files"),
        files=files,
        kind=cast("Any", fields.get("kind") or "auto"),  # `check_import` says what it may be
        replace=fields.get("replace", "") in ("1", "true", "on"),
        upload=received.upload.id,
    )


class _Parts:
    """The parts of a body: what the parser says of them, and what is to be written because of it."""

    def __init__(self, upload: Upload, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self._upload = upload
        self._steps: list[Callable[[], None]] = []
        self._header = (b"", b"")
        self._disposition = b""
        self._field = ""
        self._value = bytearray()
        self._is_file = False
        self._is_skipped = False
        self._is_whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._part_ends,
                "on_end": self._ends,
            },
        )

    def take(self, chunk: bytes) -> None:
        """The next piece of the body."""
        self._parser.write(chunk)

    def end(self) -> None:
        """The body is at its end; raises InputWrong if it should not be."""
        self._parser.finalize()
        if not self._is_whole:
            raise InputWrong("the body ends in the middle of a file: nothing of it was kept; send it again")

    def write(self) -> None:
        """Do what the last pieces asked for; blocks."""
        steps, self._steps = self._steps, []
        for step in steps:
            step()

    def _part_begins(self) -> None:
        self._header, self._disposition, self._value = (b"", b""), b"", bytearray()
        self._is_file = self._is_skipped = False

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], self._header[1])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])

    def _header_ends(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = (b"", b"")

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        name = options.get(b"filename")
        self._is_file = name is not None
        if name is None:
            if len(self.fields) >= MAX_FIELDS:
                raise InputWrong(f"more than {MAX_FIELDS} fields beside the files: send fewer")
            return
        self._is_skipped = not name  # a browser's empty field of files
        if name:
            shown = name.decode("utf-8", "replace")
            self._steps.append(lambda: self._upload.begin(shown))

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if not self._is_file:
            if len(self._value) + len(piece) > MAX_FIELD_BYTES:
                raise InputWrong(f"the field {self._field[:40]!r} has more than {MAX_FIELD_BYTES:,} bytes: send less")
            self._value += piece
        elif not self._is_skipped:
            self._steps.append(lambda: self._upload.write(piece))

    def _part_ends(self) -> None:
        if not self._is_file:
            self.fields[self._field] = self._value.decode("utf-8", "replace")
        elif not self._is_skipped:
            self._steps.append(self._upload.end)

    def _ends(self) -> None:
        self._is_whole = True
