"""
Turns new page versions into what can be found: passages and their place in the index log, then entities and what is
stated of them, with evidence.

Two steps, because a text shall be found before anybody has time to read it for what it names. Reading and cutting
happen outside the transactions; whether a version still waits is asked again inside them, so two workers, or one that
was paused, never do the same version twice, and a kill leaves it waiting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.chunk import Chunk
from bowerbird.knowledge.chunk import passages as cut
from bowerbird.knowledge.entities import Mentioned, refresh_scores, store
from bowerbird.knowledge.relations import PageRead, read_page
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import index_log, pages, passages, sources, versions, workspaces

__all__ = ["arrange_some", "read_entities", "weigh_entities"]

CHARACTERS_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class _Arranged:
    version: Any  # the row of `_waiting`
    chunks: list[Chunk]


@dataclass(frozen=True, slots=True)
class _Read:
    version: Any  # the row of `_waiting`
    page: PageRead


def arrange_some(records: Records, *, limit: int) -> int:
    """
    Cut up to `limit` waiting versions into passages, oldest first; the number that waited (0: nothing is left to do).

    Fewer when they are long: what is arranged in one transaction should not keep others waiting.
    """
    waiting = records.read(lambda conn: _waiting(conn, versions.c.arranged, limit))
    done = [_Arranged(row, cut(row.text)) for row in waiting]
    if done:
        crash.point("arrange.before_commit")
        records.write(partial(_keep_passages, done=done))
        crash.point("arrange.after_commit")
    return len(done)


def read_entities(records: Records, *, limit: int, clock: Clock) -> int:
    """
    Read up to `limit` waiting versions for what they name and state, oldest first; the number that waited.

    Fewer when they are long, as above.
    """
    waiting = records.read(lambda conn: _waiting(conn, versions.c.entities_read, limit))
    done = [_Read(row, read_page(row.text, row.title)) for row in waiting]
    if done:
        crash.point("entities.before_commit")
        records.write(partial(_keep_entities, done=done, clock=clock))
        crash.point("entities.after_commit")
    return len(done)


def weigh_entities(records: Records) -> None:
    """Weigh the entities of every workspace anew; worth doing when a number of versions has been read."""
    for workspace in records.read(lambda conn: conn.execute(sa.select(workspaces.c.id)).scalars().all()):
        records.write(partial(refresh_scores, workspace=workspace))


def _waiting(conn: sa.Connection, is_done: "sa.Column[bool]", limit: int) -> list[Any]:
    rows = conn.execute(
        sa.select(
            versions.c.id, versions.c.page, versions.c.title, versions.c.text, sources.c.workspace, pages.c.source
        )
        .join(pages, pages.c.id == versions.c.page)
        .join(sources, sources.c.id == pages.c.source)
        .where(is_done.is_(False))
        .order_by(versions.c.id)
        .limit(limit)
    )
    some: list[Any] = []
    characters = 0
    for row in rows:
        some.append(row)
        characters += len(row.text)
        if characters >= CHARACTERS_AT_ONCE:
            break
    rows.close()
    return some


def _claimed(conn: sa.Connection, is_done: "sa.Column[bool]", of: Sequence[Any]) -> set[int]:
    """Mark the versions as done; those that no other worker has done meanwhile."""
    claimed = conn.execute(
        sa.update(versions)
        .where(versions.c.id.in_([row.id for row in of]), is_done.is_(False))
        .values({is_done: True})
        .returning(versions.c.id)
    )
    return set(claimed.scalars())


def _current(conn: sa.Connection, of: Sequence[Any]) -> set[int]:
    """The versions among them that their pages show now."""
    current = conn.execute(
        sa.select(pages.c.version).where(pages.c.id.in_([row.page for row in of]), pages.c.state == "live")
    )
    return set(current.scalars())


def _keep_passages(conn: sa.Connection, done: Sequence[_Arranged]) -> None:
    """Write the passages of some versions; those that another worker cut meanwhile are left as they are."""
    ours = _claimed(conn, versions.c.arranged, [item.version for item in done])
    items = [item for item in done if item.version.id in ours]
    live = _current(conn, [item.version for item in items])
    rows = [
        {
            "version": item.version.id,
            "page": item.version.page,
            "start": chunk.start,
            "end": chunk.end,
            "heading": chunk.heading,
            "live": item.version.id in live,
        }
        for item in items
        for chunk in item.chunks
    ]
    if rows:
        statement = sa.insert(passages).returning(passages.c.id, sort_by_parameter_order=True)
        ids = conn.execute(statement, rows).scalars().all()
        added = [{"op": "add", "passage": passage} for passage, row in zip(ids, rows, strict=True) if row["live"]]
        if added:
            conn.execute(sa.insert(index_log), added)


def _keep_entities(conn: sa.Connection, done: Sequence[_Read], clock: Clock) -> None:
    """Write what some versions name and state; a version that its page no longer shows does neither."""
    ours = _claimed(conn, versions.c.entities_read, [item.version for item in done])
    items = [item for item in done if item.version.id in ours]
    live = _current(conn, [item.version for item in items])
    by_workspace: dict[str, list[Mentioned]] = {}
    for item in items:
        version = item.version
        if version.id in live:
            said = item.page
            mentioned = Mentioned(version.source, version.page, version.id, said.candidates, said.stated)
            by_workspace.setdefault(version.workspace, []).append(mentioned)
    for workspace, mentioned_there in by_workspace.items():
        store(conn, workspace, mentioned_there, clock=clock)
