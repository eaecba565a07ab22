"""
Uploads on their way to an import: a folder each below the data folder, bounded, removed when nobody needs them.

The names that a client sends are only shown, never used as paths: the files are numbered.
"""

import re
import shutil
import unicodedata
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

import sqlalchemy as sa

from bowerbird.acquire.imports.request import ImportFile
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, StoreUnavailable
from bowerbird.kernel.ids import new_id
from bowerbird.records import Records
from bowerbird.records.tables import jobs

__all__ = ["Upload", "remove_upload", "sweep_uploads"]

MAX_SHOWN_CHARS: Final = 250
FORGOTTEN_S: Final = 86_400.0  # an upload that no job knows of after a day never became one

_ID = re.compile(r"[0-9a-z]{26}")
_SEPARATORS = re.compile(r"[/\\]+")


class Upload:
    """The files of one request while they arrive; blocking, so call it off the event loop."""

    def __init__(self, folder: Path, *, max_bytes: int, max_files: int, clock: Clock) -> None:
        self.id = new_id(clock)
        self.files: list[ImportFile] = []
        self._folder = folder / self.id
        self._left_bytes = max_bytes
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._handle: BinaryIO | None = None

    def begin(self, name: str) -> None:
        """The next file begins; raises InputWrong when there are too many, StoreUnavailable when the disk is full."""
        if len(self.files) >= self._max_files:
            raise InputWrong(f"more than {self._max_files:,} files in one upload: send fewer at a time", field="files")
        shown, refused = _shown(name)
        path = self._folder / f"{len(self.files):05}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._handle = path.open("wb")
        except OSError as exc:
            raise _unavailable(exc) from exc
        self.files.append(ImportFile(path, shown, refused))

    def write(self, data: bytes) -> None:
        """More of the file; raises InputWrong beyond the cap, StoreUnavailable when the disk is full."""
        assert self._handle is not None
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise InputWrong(
                f"an upload of more than {self._max_bytes:,} bytes: send fewer or smaller files, or import them with"
                " `bowerbird import` on the server",
                field="files",
            )
        try:
            self._handle.write(data)
        except OSError as exc:
            raise _unavailable(exc) from exc

    def end(self) -> None:
        """The file is whole."""
        if self._handle is not None:
            try:
                self._handle.close()
            except OSError as exc:
                raise _unavailable(exc) from exc
            self._handle = None

    def discard(self) -> None:
        """Leave nothing behind."""
        if self._handle is not None:
            with suppress(OSError):  # what could not be written need not be
                self._handle.close()
            self._handle = None
        shutil.rmtree(self._folder, ignore_errors=True)


def remove_upload(folder: Path, upload: str) -> None:
    """Remove the files of an upload, if there are any."""
    if _ID.fullmatch(upload):
        shutil.rmtree(folder / upload, ignore_errors=True)


def sweep_uploads(records: Records, folder: Path, *, now_s: float) -> int:
    """Remove what a kill left behind: old uploads that no waiting or running job names; how many there were."""
    if not folder.is_dir():
        return 0
    old = [each for each in folder.iterdir() if _ID.fullmatch(each.name) and _age_s(each, now_s) > FORGOTTEN_S]
    if not old:
        return 0
    needed = records.read(
        lambda conn: [
            dict(args).get("upload")
            for args in conn.execute(
                sa.select(jobs.c.args).where(jobs.c.kind == "import", jobs.c.status.in_(("queued", "running")))
            ).scalars()
        ]
    )
    forgotten = [each for each in old if each.name not in needed]
    for each in forgotten:
        remove_upload(folder, each.name)
    return len(forgotten)


def _age_s(path: Path, now_s: float) -> float:
    try:
        return now_s - path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0


def _shown(name: str) -> tuple[str, str]:
    """A client's name for a file as the report shows it, and why it is refused."""
    parts = [part for part in _SEPARATORS.split(name.strip()) if part not in ("", ".")]
    shown = str(PurePosixPath(*parts)) if parts else ""
    if not shown:
        return "unnamed", "a file without a name; give it one"
    if len(shown) > MAX_SHOWN_CHARS:
        return f"{shown[:40]}…", f"a name of {len(shown):,} characters; expected at most {MAX_SHOWN_CHARS}"
    if ".." in parts or any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in shown):
        return _printable(shown), "its name leads out of its folder, or holds control characters; give it a plain name"
    return shown, ""


def _printable(name: str) -> str:
    return "".join(char if unicodedata.category(char) not in ("Cc", "Cf", "Cs") else "�" for char in name)


def _unavailable(exc: OSError) -> StoreUnavailable:
    return StoreUnavailable(
        f"the upload could not be stored: {exc.strerror}; expected room in the data folder: free some, then send it"
        " again. Nothing of it was kept"
    )
