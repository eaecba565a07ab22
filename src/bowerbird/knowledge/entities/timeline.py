"""
How what is said of an entity changed: which page said it first, says it otherwise, or says nothing of it any more.

Told from the stored versions of the pages that spoke of it last. Of a page the newest `VERSIONS` are compared, sentence
by sentence; a page that has only one has said from then on what it says, and so is held of a page whose texts are not
read. What is looked at is bounded by the constants, not by how much there is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.text import blocks, sentences_of
from bowerbird.knowledge.wordings import Stood, paired
from bowerbird.records import visible_sources
from bowerbird.records.tables import mentions, pages, versions

__all__ = ["Change", "ChangeKind", "changes_of"]

PAGES: Final = 40  # those that spoke of it last
COMPARED: Final = 12  # of them, those with several versions whose texts are read
VERSIONS: Final = 4  # of a page
CHARACTERS: Final = 200_000  # of a text that is read
SHOWN: Final = 3  # sentences of a change

ChangeKind = Literal["first", "changed", "dropped", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    """
    What became of an entity on a page, and when that was stored.

    `pairs` are sentences as they were and as they are; one of the two is None when nothing took, or had, its place.
    """

    kind: ChangeKind
    at: float
    page: int
    version: int  # that shows it: the last one that spoke of it, where that is over
    url: str
    title: str
    pairs: tuple[tuple[Stood | None, Stood | None], ...] = ()


def changes_of(conn: sa.Connection, scope: Scope, entity: int, names: Sequence[str], *, limit: int) -> list[Change]:
    """Up to `limit` changes on pages that `scope` may see, the newest first; `names` are what texts call the entity."""
    history = _versions(conn, visible_sources(conn, scope), entity)
    several = [rows for rows in history if len(rows) > 1][:COMPARED]
    texts = _texts(conn, [row.id for rows in several for row in rows])
    pattern = _pattern(names)
    changes: list[Change] = []
    for rows in history:
        last = rows[-1]
        if len(rows) > 1 and all(row.id in texts for row in rows):
            said = [_naming(texts[row.id], row.id, pattern) for row in rows]
            changes += _compared(rows, said)
        elif last.every <= VERSIONS:
            changes.append(_change("first", rows[0].fetched_at, rows[0]))
        if last.state == "gone" and last.named == last.id:
            changes.append(_change("gone", last.gone_at or last.checked_at, last))
    return sorted(changes, key=lambda change: (-change.at, change.page, change.kind))[:limit]


def _versions(conn: sa.Connection, sources: Sequence[str], entity: int) -> list[list[Any]]:
    """Of the pages that spoke of it last the newest versions, the oldest of them first."""
    spoke = (
        sa.select(mentions.c.page, sa.func.max(mentions.c.version).label("named"))
        .where(mentions.c.entity == entity, mentions.c.source.in_(sources))
        .group_by(mentions.c.page)
        .order_by(sa.func.max(mentions.c.version).desc())
        .limit(PAGES)
        .subquery()
    )
    place = sa.func.row_number().over(partition_by=versions.c.page, order_by=versions.c.id.desc())
    every = sa.func.count().over(partition_by=versions.c.page)
    numbered = (
        sa.select(
            versions.c.id, versions.c.page, versions.c.title, versions.c.fetched_at, versions.c.gone_at,
            spoke.c.named, place.label("place"), every.label("every"),
        )
        .join(spoke, spoke.c.page == versions.c.page)
        .subquery()
    )  # fmt: skip
    rows = conn.execute(
        sa.select(numbered, pages.c.url, pages.c.state, pages.c.checked_at)
        .join(pages, pages.c.id == numbered.c.page)
        .where(numbered.c.place <= VERSIONS)
        .order_by(numbered.c.named.desc(), numbered.c.page, numbered.c.place.desc())
    )
    by_page: dict[int, list[Any]] = {}
    for row in rows:
        by_page.setdefault(row.page, []).append(row)
    return list(by_page.values())


def _texts(conn: sa.Connection, ids: Sequence[int]) -> dict[int, str]:
    wanted = sa.select(versions.c.id, versions.c.text).where(
        versions.c.id.in_(ids), sa.func.length(versions.c.text) <= CHARACTERS
    )
    return {row.id: row.text for row in conn.execute(wanted)}


def _pattern(names: Sequence[str]) -> "re.Pattern[str]":
    told = "|".join(_told(name) for name in sorted({name.strip() for name in names} - {""}, reverse=True))
    return re.compile(rf"(?<!\w)(?:{told})(?!\w)")


def _told(name: str) -> str:
    # As in `candidate.key_of`, a plural is the same name, and so is one that a line breaks. In capitals it is another
    # than the word: who, it and us are said on every page.
    told = r"[\s\-]+".join(map(re.escape, re.split(r"[\s\-]+", name))) + "(?:e?s)?"
    return told if name.isupper() else f"(?i:{told})"


def _naming(text: str, version: int, pattern: "re.Pattern[str]") -> tuple[Stood, ...]:
    """The sentences of the text that name the entity, each wording once."""
    found: dict[str, Stood] = {}
    seen = -1
    for match in pattern.finditer(text):
        if match.start() < seen:
            continue
        first, seen = text.rfind("\n\n", 0, match.start()) + 1, text.find("\n\n", match.end())
        seen = len(text) if seen < 0 else seen
        paragraph = text[first:seen]
        for block in blocks(paragraph):
            for span in sentences_of(paragraph, block):
                told = " ".join(span.of(paragraph).split())
                if pattern.search(told):
                    found.setdefault(told, Stood(version, Span(first + span.start, first + span.end), told))
    return tuple(found.values())


def _compared(rows: Sequence[Any], said: Sequence[Sequence[Stood]]) -> list[Change]:
    changes: list[Change] = []
    if said[0] and rows[0].every <= VERSIONS:
        changes.append(_change("first", rows[0].fetched_at, rows[0]))
    for (old, was), (new, now) in pairwise(zip(rows, said, strict=True)):
        pairs = paired(was, now, most=SHOWN)
        if was and not now:
            changes.append(_change("dropped", new.fetched_at, old, pairs))
        elif now and not was:
            changes.append(_change("first", new.fetched_at, new))
        elif pairs:
            changes.append(_change("changed", new.fetched_at, new, pairs))
    return changes


def _change(kind: ChangeKind, at: float, row: Any, pairs: Sequence[tuple[Stood | None, Stood | None]] = ()) -> Change:
    return Change(kind, at, row.page, row.id, row.url, row.title, tuple(pairs))
