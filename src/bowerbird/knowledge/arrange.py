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
from bowerbird.knowledge.entities import Candidate, extract, refresh_scores, store
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import index_log, pages, passages, sources, versions, workspaces

__all__ = ["arrange_some", "weigh_entities"]


@dataclass(frozen=True, slots=True)
class _Arranged:
    version: Any  # the row of `_waiting`
    chunks: list[Chunk]
    candidates: list[Candidate]


def arrange_some(records: Records, *, limit: int, clock: Clock) -> int:
    """Arrange up to `limit` waiting versions, oldest first; the number that waited (0: nothing is left to do)."""
    waiting = records.read(lambda conn: _waiting(conn, limit))
    done = [_Arranged(row, cut(row.text), extract(row.text, row.title)) for row in waiting]
    if done:
        crash.point("arrange.before_commit")
        records.write(partial(_keep_all, done=done, clock=clock))
        crash.point("arrange.after_commit")
    return len(done)


def weigh_entities(records: Records) -> None:
    """Weigh the entities of every workspace anew; worth doing when a number of versions has been arranged."""
    for workspace in records.read(lambda conn: conn.execute(sa.select(workspaces.c.id)).scalars().all()):
        records.write(partial(refresh_scores, workspace=workspace))


def _waiting(conn: sa.Connection, limit: int) -> list[Any]:
    return list(
        conn.execute(
            sa.select(
                versions.c.id, versions.c.page, versions.c.title, versions.c.text, sources.c.workspace, pages.c.source
            )
            .join(pages, pages.c.id == versions.c.page)
            .join(sources, sources.c.id == pages.c.source)
            .where(versions.c.arranged.is_(False))
            .order_by(versions.c.id)
            .limit(limit)
        )
    )


def _keep_all(conn: sa.Connection, done: list[_Arranged], clock: Clock) -> None:
    for item in done:
        _keep(conn, item, clock)


def _keep(conn: sa.Connection, item: _Arranged, clock: Clock) -> None:
    version = item.version
    claimed = conn.execute(
        sa.update(versions).where(versions.c.id == version.id, versions.c.arranged.is_(False)).values(arranged=True)
    )
    if claimed.rowcount == 0:
        return
    page = conn.execute(sa.select(pages.c.version, pages.c.state).where(pages.c.id == version.page)).one()
    is_live = page.version == version.id and page.state == "live"
    rows = [
        {
            "version": version.id,
            "page": version.page,
            "start": chunk.start,
            "end": chunk.end,
            "heading": chunk.heading,
            "live": is_live,
        }
        for chunk in item.chunks
    ]
    if rows:
        statement = sa.insert(passages).returning(passages.c.id, sort_by_parameter_order=True)
        ids = conn.execute(statement, rows).scalars().all()
        if is_live:
            conn.execute(sa.insert(index_log), [{"op": "add", "passage": passage} for passage in ids])
    if is_live:
        store(conn, version.workspace, version.source, version.page, version.id, item.candidates, clock=clock)
