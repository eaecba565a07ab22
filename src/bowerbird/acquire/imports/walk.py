"""
The files below what was named, in a stable order, and why some are not read.

Links are never followed: a folder that somebody was given could lead anywhere by them.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final, Literal
from urllib.parse import quote

from bowerbird.acquire.reasons import Reason

__all__ = ["Form", "Listed", "NotRead", "form_of", "listed", "opened", "path_of"]

Form = Literal["jsonl", "csv", "feed", "file"]

MAX_QUOTED_CHARS: Final = 1_800  # of a name in an address: databases bound what they index

_FORMS: Final[dict[str, Form]] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "csv",
    ".rss": "feed", ".atom": "feed", ".xml": "feed",
    ".pdf": "file", ".docx": "file", ".md": "file", ".markdown": "file", ".html": "file", ".htm": "file",
    ".xhtml": "file", ".txt": "file", ".text": "file", ".rst": "file", "": "file",
}  # fmt: skip
_ADVICE: Final = {
    ".json": "; write one object a line and call it .jsonl",
    ".doc": "; save it as DOCX",
    ".odt": "; save it as DOCX",
    ".xlsx": "; save the sheet as CSV",
    ".xls": "; save the sheet as CSV",
    ".zip": "; unpack it and name the folder",
}


class NotRead(Exception):
    """A file that cannot be opened as one; `reason` and `detail` are for the report."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Listed:
    """A file by its name in the report; `root` is the number of what was named that it was found in."""

    name: str
    root: int
    size_bytes: int = 0
    reason: Reason | None = None
    detail: str = ""


def form_of(name: str, kind: str) -> Form | None:
    """How a file is read, by what was asked for or by its name; None for one that is not."""
    if kind in ("jsonl", "csv", "feed", "file"):
        return kind  # type: ignore[return-value]  # mypy does not narrow by a tuple of literals
    return _FORMS.get(PurePath(name).suffix.lower())


def listed(files: Sequence[dict[str, Any]], kind: str, *, max_files: int) -> Iterator[Listed]:
    """Every file below what was named, folder by folder; when there are more than `max_files`, that is the last."""
    count = 0
    for root, file in enumerate(files):
        for found in _below(file, root, kind, is_only=len(files) == 1):
            if count >= max_files:
                detail = f"more than {max_files:,} files: name a part of them, or raise imports.max_files"
                yield Listed("(more files)", root, reason=Reason.BUDGET, detail=detail)
                return
            count += 1
            yield found


def path_of(file: dict[str, Any], name: str, *, is_only: bool) -> Path:
    """The path of a listed file."""
    top = Path(file["path"])
    if not top.is_dir():
        return top
    return top / (name if is_only else name.removeprefix(f"{file['name']}/"))


def opened(path: Path) -> BinaryIO:
    """The file, opened to read; raises NotRead for what is none, or cannot be read."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags)
    except OSError as exc:
        raise NotRead(Reason.ERROR, f"it cannot be read: {exc.strerror}; check that it is there and yours") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotRead(Reason.TYPE, "it is not a file, but a folder, a device or a pipe")
    return os.fdopen(handle, "rb")


def _below(file: dict[str, Any], root: int, kind: str, *, is_only: bool) -> Iterator[Listed]:
    top, called = Path(file["path"]), str(file["name"])
    if file.get("refused"):
        yield Listed(called, root, reason=Reason.INVALID, detail=str(file["refused"]))
    elif not top.is_dir():
        yield _file(called, top, root, kind)
    else:
        # `called` in front keeps the files of several folders apart.
        yield from _folder(top, "" if is_only else f"{called}/", root, kind)


def _folder(top: Path, prefix: str, root: int, kind: str) -> Iterator[Listed]:
    waiting = [(top, prefix)]
    while waiting:
        folder, before = waiting.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as exc:
            yield Listed(before or f"{top.name}/", root, reason=Reason.ERROR, detail=f"not listed: {exc.strerror}")
            continue
        below: list[tuple[Path, str]] = []
        for entry in entries:
            if entry.name.startswith("."):  # .git and its like are nobody's documents
                continue
            name = before + entry.name
            if entry.is_symlink():
                detail = "it is a link, and links are not followed; name what it leads to"
                yield Listed(name, root, reason=Reason.REFUSED, detail=detail)
            elif entry.is_dir(follow_symlinks=False):
                below.append((Path(entry.path), f"{name}/"))
            else:
                yield _file(name, Path(entry.path), root, kind)
        waiting += reversed(below)


def _file(name: str, path: Path, root: int, kind: str) -> Listed:
    size_bytes = 0
    with suppress(OSError):  # `opened` says so when its turn comes
        size_bytes = path.lstat().st_size
    if len(quote(os.fsencode(name))) > MAX_QUOTED_CHARS:
        detail = f"a path of {len(name):,} characters, too long as an address; choose shorter names"
        return Listed(f"{name[:80]}…", root, reason=Reason.INVALID, detail=detail)
    if form_of(name, kind) is None:
        suffix = PurePath(name).suffix.lower()
        detail = f"{suffix[:20]!r} is not a kind of file that is read{_ADVICE.get(suffix, '')}"
        return Listed(name, root, size_bytes, Reason.TYPE, detail)
    return Listed(name, root, size_bytes)
