"""What somebody asks to be brought in, checked at the door, and the source and job that it becomes."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa

from bowerbird.acquire.imports.names import source_url
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import jobs
from bowerbird.records.tables import jobs as job_rows
from bowerbird.records.tables import sources

__all__ = ["GOAL", "FileKind", "ImportFile", "ImportRequest", "check_import", "request_import"]

FileKind = Literal["auto", "jsonl", "csv", "feed", "file"]

MAX_NAME_CHARS: Final = 100
MAX_QUOTED_CHARS: Final = 600  # of a name in an address: databases bound what they index
GOAL: Final = "What was brought in from files"


@dataclass(frozen=True, slots=True)
class ImportFile:
    """A file or a folder, and what it is called in the report; `refused` says why an upload was not taken."""

    path: Path
    name: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is brought in under one name."""

    name: str
    files: Sequence[ImportFile]
    kind: FileKind = "auto"
    replace: bool = False  # what this import does not hold leaves the source
    upload: str = ""  # the upload whose files these are, removed when the job has ended

    def args(self) -> dict[str, Any]:
        """What the job is told."""
        return {
            "files": [{"path": str(file.path), "name": file.name, "refused": file.refused} for file in self.files],
            "kind": self.kind,
            "replace": self.replace,
            "upload": self.upload,
        }


def check_import(request: ImportRequest) -> ImportRequest:
    """
    The same request with its name tidied and no two files called alike.

    Raises InputWrong, its `field` being `name`, `kind` or `files`.
    """
    if request.kind not in get_args(FileKind):
        raise InputWrong(
            f"kind is {str(request.kind)[:40]!r}: expected one of {', '.join(get_args(FileKind))}", field="kind"
        )
    if not request.files:
        raise InputWrong("nothing to bring in: expected at least one file; choose some", field="files")
    return replace(request, name=_checked_name(request.name), files=_apart(request.files))


def request_import(conn: sa.Connection, request: ImportRequest, scope: Scope, clock: Clock) -> tuple[str, str]:
    """
    The ids of the source and of its queued job; one source to a name, and another for each person who keeps it private.

    Raises InputWrong while the same source is being imported: two imports at once would undo each other.
    """
    url = source_url(request.name)
    source = conn.execute(
        sa.select(sources.c.id)
        .where(
            sources.c.workspace == scope.workspace,
            sources.c.url == url,
            sources.c.goal == GOAL,
            # One that somebody keeps to themselves is theirs, whatever others call theirs.
            sources.c.private_to.in_(("", scope.person)),
        )
        .order_by(sources.c.private_to.desc())
    ).scalar()
    if source is None:
        source = _new_source(conn, request.name, url, scope, clock)
    busy = conn.execute(
        sa.select(job_rows.c.id).where(job_rows.c.source == source, job_rows.c.status.in_(("queued", "running")))
    ).scalar()
    if busy is not None:
        raise InputWrong(
            f"{request.name!r} is being imported already (job {busy}): wait until it has ended, or choose another name",
            field="name",
        )
    job = jobs.enqueue(
        conn,
        workspace=scope.workspace,
        kind="import",
        source=source,
        args=request.args(),
        person=scope.person,
        clock=clock,
    )
    return source, job


def _new_source(conn: sa.Connection, name: str, url: str, scope: Scope, clock: Clock) -> str:
    source = new_id(clock)
    conn.execute(
        sa.insert(sources).values(
            id=source,
            workspace=scope.workspace,
            url=url,
            goal=GOAL,
            title=name,
            private_to="",
            created_by=scope.person,
            created_at=clock.now_s(),
            limits={},
        )
    )
    return source


def _checked_name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise InputWrong("the name is empty: expected what to call what you bring in, such as `books`", field="name")
    if "/" in name or any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in name):
        raise InputWrong(f"the name {name[:80]!r}: expected plain text without `/`; choose another", field="name")
    if len(name) > MAX_NAME_CHARS or len(source_url(name)) > MAX_QUOTED_CHARS:
        raise InputWrong(
            f"a name of {len(name):,} characters: expected at most {MAX_NAME_CHARS}; choose a shorter one", field="name"
        )
    return name


def _apart(files: Sequence[ImportFile]) -> list[ImportFile]:
    """The files, a name that was there before getting a number behind it."""
    taken: set[str] = set()
    apart: list[ImportFile] = []
    for file in files:
        name, number = file.name, 1
        while name in taken:
            number += 1
            stem, dot, suffix = file.name.rpartition(".")
            name = f"{stem} ({number}){dot}{suffix}" if stem else f"{file.name} ({number})"
        taken.add(name)
        apart.append(replace(file, name=name))
    return apart
