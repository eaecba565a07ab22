"""
Candidates into the records: one entity a key and workspace, the mentions of each page's current version.

Of what a page has ceased to name, one mention of its last version that did stays: no list counts it (`live`), and the
entity's page tells when it went.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.entities.aliases import keep_aliases
from bowerbird.knowledge.entities.candidate import Candidate, Kind
from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.entities.meant import meant
from bowerbird.knowledge.entities.said_by import keep_sources
from bowerbird.knowledge.relations.stated import Stated
from bowerbird.knowledge.relations.store import Stating, replace_relations
from bowerbird.records.tables import entities, mentions, pages, sources, versions

__all__ = ["Mentioned", "refresh_scores", "store"]

# Databases bound the number of values in one statement.
_CHUNK = 500
MAX_ALIASES = 8


@dataclass(frozen=True, slots=True)
class Mentioned:
    """What a version of a page mentions, and what it states of that."""

    source: str
    page: int
    version: int
    candidates: Sequence[Candidate]
    stated: Sequence[Stated] = ()  # of and with these candidates


def store(conn: sa.Connection, workspace: str, said: Sequence[Mentioned], *, clock: Clock) -> None:
    """Make this all that is mentioned and stated on these pages; the same call twice leaves the same rows."""
    candidates = [candidate for each in said for candidate in each.candidates]
    ids = _entities(conn, workspace, candidates, now_s=clock.now_s())
    _forget(conn, said, ids)
    keep_aliases(
        conn,
        (
            (ids[candidate.key], each.source, alias)
            for each in said
            for candidate in each.candidates
            for alias in candidate.aliases
        ),
    )
    keep_sources(conn, ((ids[candidate.key], each.source) for each in said for candidate in each.candidates))
    means = meant(conn, set(ids.values()), {each.page: each.source for each in said})

    def there(named: int, page: int) -> int:
        return means.get((named, page), means.get((named, 0), named))

    rows = [
        {
            "entity": there(named, each.page),
            "named": named,
            "version": each.version,
            "page": each.page,
            "source": each.source,
            "start": mention.start,
            "end": mention.end,
            "sentence_start": mention.sentence_start,
            "sentence_end": mention.sentence_end,
        }
        for each in said
        for candidate in each.candidates
        for named in (ids[candidate.key],)
        for mention in candidate.mentions
    ]
    if rows:
        conn.execute(sa.insert(mentions), rows)
    replace_relations(conn, [Stating(each.source, each.page, each.version, each.stated) for each in said], ids, there)


def _forget(conn: sa.Connection, said: Sequence[Mentioned], ids: Mapping[str, int]) -> None:
    """
    Take out what was mentioned on these pages before.

    Of what a page names no more the last place stays, so that one can tell when that went: one for a name and a page.
    """
    now = {each.page: (each.version, {ids[one.key] for one in each.candidates}) for each in said}
    there = list(now)
    for first in range(0, len(there), _CHUNK):
        # By version, not by page: that is what the mentions have an index of.
        of_pages = sa.select(versions.c.id).where(versions.c.page.in_(there[first : first + _CHUNK]))
        rows = conn.execute(
            sa.select(mentions.c.id, mentions.c.named, mentions.c.page, mentions.c.version)
            .where(mentions.c.version.in_(of_pages))
            .order_by(mentions.c.version.desc(), mentions.c.id)
        )
        last: set[tuple[int, int]] = set()
        old: list[int] = []
        for row in rows:
            version, named = now[row.page]
            if row.version == version or row.named in named or (row.named, row.page) in last:
                old.append(row.id)
            else:
                last.add((row.named, row.page))
        for begin in range(0, len(old), _CHUNK):
            conn.execute(sa.delete(mentions).where(mentions.c.id.in_(old[begin : begin + _CHUNK])))


def refresh_scores(conn: sa.Connection, workspace: str) -> None:
    """Weigh every entity of the workspace anew by how often, how widely and how specifically it is mentioned."""
    counted = conn.execute(
        sa.select(
            mentions.c.entity,
            sa.func.count().label("mentions"),
            sa.func.count(mentions.c.page.distinct()).label("pages"),
            entities.c.key,
            entities.c.score,
        )
        .join(entities, entities.c.id == mentions.c.entity)
        .join(pages, pages.c.id == mentions.c.page)
        .where(entities.c.workspace == workspace, live())
        .group_by(mentions.c.entity, entities.c.key, entities.c.score)
    ).all()
    total = conn.execute(
        sa.select(sa.func.count())
        .select_from(pages)
        .join(sources, sources.c.id == pages.c.source)
        .where(sources.c.workspace == workspace, pages.c.state == "live", pages.c.version.is_not(None))
    ).scalar_one()
    changed = [
        {"row": row.entity, "new": score}
        for row in counted
        if abs((score := _score(row.mentions, row.pages, total, words=row.key.count(" ") + 1)) - row.score) > 1e-9
    ]
    if changed:
        statement = sa.update(entities).where(entities.c.id == sa.bindparam("row")).values(score=sa.bindparam("new"))
        conn.execute(statement, changed)


def _score(said: int, on_pages: int, of_pages: int, *, words: int) -> float:
    """Often and on several pages, but not on all of them; one word is vaguer than two."""
    contrast = math.log(1 + of_pages / (on_pages + 2))
    return (math.log2(1 + said) + math.log2(1 + on_pages)) * contrast * (0.6 if words == 1 else 1.0)


def _entities(conn: sa.Connection, workspace: str, candidates: Sequence[Candidate], *, now_s: float) -> dict[str, int]:
    """The ids of the candidates' entities by key; those that are not there yet are made."""
    by_key: dict[str, Candidate] = {}
    for candidate in candidates:
        known = by_key.get(candidate.key)
        by_key[candidate.key] = candidate if known is None else _both(known, candidate)
    known_rows = {row.key: row for row in _known(conn, workspace, list(by_key))}
    for key, row in known_rows.items():
        _enrich(conn, row, by_key[key])
    fresh = [candidate for key, candidate in by_key.items() if key not in known_rows]
    if fresh:
        conn.execute(
            sa.insert(entities),
            [
                {
                    "workspace": workspace,
                    "key": candidate.key,
                    "name": candidate.name,
                    "type": candidate.kind,
                    "read_name": candidate.name,
                    "read_type": candidate.kind,
                    "aliases": list(candidate.aliases),
                    "created_at": now_s,
                }
                for candidate in fresh
            ],
        )
    made = _known(conn, workspace, [candidate.key for candidate in fresh])
    return {key: row.id for key, row in known_rows.items()} | {row.key: row.id for row in made}


def _both(first: Candidate, second: Candidate) -> Candidate:
    """What two pages know of the same, as if one had been stored after the other."""
    aliases, kind, name = _enriched(first.aliases, first.kind, first.name, second)
    return replace(first, aliases=tuple(aliases), kind=kind, name=name)


def _known(conn: sa.Connection, workspace: str, keys: Sequence[str]) -> Iterator[Any]:
    for first in range(0, len(keys), _CHUNK):
        yield from conn.execute(
            sa.select(entities).where(
                entities.c.workspace == workspace,
                entities.c.key.in_(keys[first : first + _CHUNK]),
                entities.c.sense == 0,
            )
        )


def _enrich(conn: sa.Connection, row: Any, candidate: Candidate) -> None:
    """Add what another page knows; a name or a type that a person gave stays."""
    aliases, kind, name = _enriched(row.aliases, row.read_type, row.read_name, candidate)
    if (aliases, kind, name) != (row.aliases, row.read_type, row.read_name):
        shown = {
            "name": name if row.name == row.read_name else row.name,
            "type": kind if row.type == row.read_type else row.type,
        }
        # What it is called has changed: it may be one with something else now.
        read = {"read_name": name, "read_type": kind, "aliases": aliases, "compared": False}
        conn.execute(sa.update(entities).where(entities.c.id == row.id).values(shown | read))


def _enriched(aliases: Sequence[str], kind: Kind, name: str, candidate: Candidate) -> tuple[list[str], Kind, str]:
    """Aliases of both, the surer kind, the spelling of running text."""
    both = list(dict.fromkeys([*aliases, *candidate.aliases]))[:MAX_ALIASES]
    surer = candidate.kind if kind in ("name", "acronym") else kind
    is_plain = surer == "term" and name != name.lower() and candidate.name.islower()
    return both, surer, candidate.name if is_plain else name
