"""
Turns new page versions into what can be found: passages, each in its language, and their place in the index log, then
entities and what is stated of them, with evidence.

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
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.chunk import Chunk
from bowerbird.knowledge.chunk import passages as cut
from bowerbird.knowledge.entities import Mentioned, refresh_scores, store
from bowerbird.knowledge.language import Written, written
from bowerbird.knowledge.relations import PageRead, read_page
from bowerbird.knowledge.words import is_english
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import index_log, pages, passages, sources, versions, workspaces

__all__ = ["arrange_some", "detect_languages", "read_entities", "weigh_entities"]

CHARACTERS_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class _Arranged:
    version: Any  # the row of `_waiting`
    written: Written
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
    waiting = records.read(lambda conn: _waiting(conn, versions.c.arranged.is_(False), limit))
    done = [_Arranged(row, found := written(row.text, row.lang), cut(row.text, found)) for row in waiting]
    if done:
        crash.point("arrange.before_commit")
        records.write(partial(_keep_passages, done=done))
        crash.point("arrange.after_commit")
    return len(done)


def detect_languages(records: Records, *, limit: int) -> int:
    """
    Find the language of up to `limit` versions that were arranged before anybody asked for it; the number that waited.

    What is not in English is indexed again by its own words, and read again for what it names.
    """
    waiting = records.read(
        lambda conn: _waiting(conn, sa.and_(versions.c.language.is_(None), versions.c.arranged), limit)
    )
    done = [(row, written(row.text, row.lang)) for row in waiting]
    if done:
        records.write(partial(_keep_languages, done=done))
    return len(done)


def read_entities(records: Records, *, limit: int, clock: Clock) -> int:
    """
    Read up to `limit` waiting versions for what they name and state, oldest first; the number that waited.

    Fewer when they are long, as above.
    """
    waiting = records.read(lambda conn: _waiting(conn, versions.c.entities_read.is_(False), limit))
    if not waiting:
        return 0
    foreign = records.read(partial(_foreign, of=waiting))
    done = [
        _Read(row, read_page(row.text, row.title if is_english(row.language or "") else "", foreign.get(row.id, ())))
        for row in waiting
    ]
    crash.point("entities.before_commit")
    records.write(partial(_keep_entities, done=done, clock=clock))
    crash.point("entities.after_commit")
    return len(done)


def weigh_entities(records: Records) -> None:
    """Weigh the entities of every workspace anew; worth doing when a number of versions has been read."""
    for workspace in records.read(lambda conn: conn.execute(sa.select(workspaces.c.id)).scalars().all()):
        records.write(partial(refresh_scores, workspace=workspace))


def _waiting(conn: sa.Connection, waits: "sa.ColumnElement[bool]", limit: int) -> list[Any]:
    rows = conn.execute(
        sa.select(
            versions.c.id,
            versions.c.page,
            versions.c.title,
            versions.c.text,
            versions.c.gone_at,
            versions.c.language,
            sources.c.workspace,
            pages.c.source,
            pages.c.lang,
        )
        .join(pages, pages.c.id == versions.c.page)
        .join(sources, sources.c.id == pages.c.source)
        .where(waits)
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
    _tell_languages(conn, [(item.version, item.written) for item in items], live)
    rows = [
        {
            "version": item.version.id,
            "page": item.version.page,
            "start": chunk.start,
            "end": chunk.end,
            "heading": chunk.heading,
            "live": item.version.id in live,
            "language": chunk.language,
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


def _tell_languages(conn: sa.Connection, done: Sequence[tuple[Any, Written]], live: set[int]) -> None:
    """Write the language of versions, and of the pages that show them now."""
    if done:
        of_version = sa.update(versions).where(versions.c.id == sa.bindparam("of"))
        told = [{"of": row.id, "language": found.language} for row, found in done]
        conn.execute(of_version.values(language=sa.bindparam("language")), told)
    shown = [{"of": row.page, "language": found.language} for row, found in done if row.id in live]
    if shown:
        of_page = sa.update(pages).where(pages.c.id == sa.bindparam("of"))
        conn.execute(of_page.values(language=sa.bindparam("language")), shown)


def _keep_languages(conn: sa.Connection, done: Sequence[tuple[Any, Written]]) -> None:
    """Write the languages of versions that are cut already, of their passages, and what follows from it."""
    waits = sa.select(versions.c.id).where(
        versions.c.id.in_([row.id for row, _ in done]), versions.c.language.is_(None)
    )
    ours = set(conn.execute(waits).scalars())
    found_of = {row.id: found for row, found in done if row.id in ours}
    _tell_languages(conn, [one for one in done if one[0].id in ours], _current(conn, [row for row, _ in done]))
    cuts = conn.execute(
        sa.select(passages.c.id, passages.c.version, passages.c.start, passages.c.end, passages.c.live).where(
            passages.c.version.in_(ours)
        )
    ).all()
    told = [{"of": each.id, "language": found_of[each.version].of(each.start, each.end)} for each in cuts]
    if told:
        of_passage = sa.update(passages).where(passages.c.id == sa.bindparam("of"))
        conn.execute(of_passage.values(language=sa.bindparam("language")), told)
    others = [each for each, one in zip(cuts, told, strict=True) if not is_english(one["language"])]
    again = [{"op": "add", "passage": each.id} for each in others if each.live]
    if again:
        conn.execute(sa.insert(index_log), again)
    unread = {each.version for each in others} & {row.id for row, _ in done if row.gone_at is None}
    conn.execute(sa.update(versions).where(versions.c.id.in_(unread)).values(entities_read=False))


def _foreign(conn: sa.Connection, of: Sequence[Any]) -> dict[int, list[Span]]:
    """Of each of the versions what is in another language than English."""
    found: dict[int, list[Span]] = {}
    rows = conn.execute(
        sa.select(passages.c.version, passages.c.start, passages.c.end)
        .where(passages.c.version.in_([row.id for row in of]), passages.c.language.not_in(("", "en")))
        .order_by(passages.c.start)
    )
    for version, start, end in rows:
        found.setdefault(version, []).append(Span(start, end))
    return found


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
