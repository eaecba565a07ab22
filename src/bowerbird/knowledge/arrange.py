"""
Turns new page versions into what can be found: passages, their place in the index log, entities with evidence.

Reading and cutting happen outside the transaction; whether a version still waits is asked again inside it, so two
workers, or one that was paused, never arrange the same version twice, and a kill leaves it waiting.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.chunk import Chunk
from bowerbird.knowledge.chunk import passages as cut
from bowerbird.knowledge.entities import Candidate, Mentioned, extract, refresh_scores, store
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import index_log, pages, passages, sources, versions, workspaces

__all__ = ["arrange_some", "weigh_entities"]

CHARACTERS_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class _Arranged:
    version: Any  # the row of `_waiting`
    chunks: list[Chunk]
    candidates: list[Candidate]


def arrange_some(records: Records, *, limit: int, clock: Clock) -> int:
    """
    Arrange up to `limit` waiting versions, oldest first; the number that waited (0: nothing is left to do).

    Fewer when they are long: what is arranged in one transaction should not keep others waiting.
    """
    waiting = records.read(lambda conn: _waiting(conn, limit))
    done = [_Arranged(row, cut(row.text), extract(row.text, row.title)) for row in waiting]
    if done:
        crash.point("arrange.before_commit")
        records.write(partial(_keep, done=done, clock=clock))
        crash.point("arrange.after_commit")
    return len(done)


def weigh_entities(records: Records) -> None:
    """Weigh the entities of every workspace anew; worth doing when a number of versions has been arranged."""
    for workspace in records.read(lambda conn: conn.execute(sa.select(workspaces.c.id)).scalars().all()):
        records.write(partial(refresh_scores, workspace=workspace))


def _waiting(conn: sa.Connection, limit: int) -> list[Any]:
    rows = conn.execute(
        sa.select(
            versions.c.id, versions.c.page, versions.c.title, versions.c.text, sources.c.workspace, pages.c.source
        )
        .join(pages, pages.c.id == versions.c.page)
        .join(sources, sources.c.id == pages.c.source)
        .where(versions.c.arranged.is_(False))
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


def _keep(conn: sa.Connection, done: list[_Arranged], clock: Clock) -> None:
    """Write what was made of some versions; a version that another worker arranged meanwhile is left as it is."""
    claimed = conn.execute(
        sa.update(versions)
        .where(versions.c.id.in_([item.version.id for item in done]), versions.c.arranged.is_(False))
        .values(arranged=True)
        .returning(versions.c.id)
    )
    ours = set(claimed.scalars())
    items = [item for item in done if item.version.id in ours]
    current = conn.execute(
        sa.select(pages.c.version).where(pages.c.id.in_([item.version.page for item in items]), pages.c.state == "live")
    )
    live = set(current.scalars())
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
    by_workspace: dict[str, list[Mentioned]] = {}
    for item in items:
        version = item.version
        if version.id in live:
            mentioned = Mentioned(version.source, version.page, version.id, item.candidates)
            by_workspace.setdefault(version.workspace, []).append(mentioned)
    for workspace, mentioned_there in by_workspace.items():
        store(conn, workspace, mentioned_there, clock=clock)
