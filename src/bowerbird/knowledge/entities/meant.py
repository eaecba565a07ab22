"""
Which thing a mention is of: the entity whose key it has, unless its page or its source means another sense, or they
are one thing.

What is derived here is derived from decisions and what was found (`knowledge/resolve`): `entity_senses` says which
pages mean what a person split off, `entity_sources` which sources mean another thing by the name than the others do,
`entities.merged_into` what an entity has become a part of, already followed to its end.
"""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.aliases import seen_aliases
from bowerbird.knowledge.entities.live import is_said
from bowerbird.records.tables import entities, entity_senses, entity_sources, mentions

__all__ = ["BySource", "Senses", "also_called", "canonical", "meant", "named_on_visible_pages", "sense_of"]

Senses = Mapping[tuple[int, int], int]  # (entity, page): the entity that is meant there
BySource = Mapping[tuple[int, str], int]  # (entity, source): the entity that is meant on all its pages but those

_CHUNK = 500


def canonical(conn: sa.Connection, workspace: str, identifier: int) -> int | None:
    """What the entity is now: itself, or what it was merged into; None when the workspace has none of that id."""
    found = conn.execute(
        sa.select(sa.func.coalesce(entities.c.merged_into, entities.c.id)).where(
            entities.c.id == identifier, entities.c.workspace == workspace
        )
    )
    return found.scalar()


def meant(conn: sa.Connection, named: Collection[int], pages: Mapping[int, str]) -> dict[tuple[int, int], int]:
    """
    What each of the entities `named` means on each of the `pages` (with their sources); (entity, 0) on all the others.

    Pairs that neither a decision nor a source's sense is about are left out: those mean the entity itself.
    """
    senses: dict[tuple[int, int], int] = {}
    there = list(pages)
    for first in range(0, len(there), _CHUNK):
        rows = conn.execute(sa.select(entity_senses).where(entity_senses.c.page.in_(there[first : first + _CHUNK])))
        senses.update({(row.entity, row.page): row.means for row in rows})
    by_source = _by_source(conn, named, set(pages.values()))
    merged: dict[int, int] = {}
    wanted = list({*named, *senses.values(), *by_source.values()})
    for first in range(0, len(wanted), _CHUNK):
        some = conn.execute(
            sa.select(entities.c.id, entities.c.merged_into).where(
                entities.c.id.in_(wanted[first : first + _CHUNK]), entities.c.merged_into.is_not(None)
            )
        )
        merged.update({row.id: row.merged_into for row in some})
    found = {(entity, 0): into for entity, into in merged.items()}
    of_sources = {(entity, page) for entity, source in by_source for page, its in pages.items() if its == source}
    for entity, page in {*senses, *of_sources}:
        sense = sense_of(senses, by_source, entity, page, pages.get(page, ""))
        found[entity, page] = merged.get(sense, sense)
    return found


def _by_source(conn: sa.Connection, named: Collection[int], sources: Collection[str]) -> dict[tuple[int, str], int]:
    """What the sources mean by the names, where that is another thing."""
    found: dict[tuple[int, str], int] = {}
    there = list(named)
    other = entity_sources.alias()
    # What no source means any more leads on to what it was taken for, unless somebody decided otherwise.
    is_left = ~sa.exists().where(other.c.means == entity_sources.c.means, other.c.apart)
    for first in range(0, len(there), _CHUNK):
        rows = conn.execute(
            sa.select(entity_sources.c.entity, entity_sources.c.source, entity_sources.c.means).where(
                entity_sources.c.entity.in_(there[first : first + _CHUNK]),
                entity_sources.c.source.in_(sources),
                entity_sources.c.means.is_not(None),
                sa.or_(entity_sources.c.apart, is_left),
            )
        )
        found.update({(row.entity, row.source): row.means for row in rows})
    return found


def sense_of(senses: Senses, by_source: BySource, entity: int, page: int, source: str) -> int:
    """
    The entity that is meant where `page` of `source` says the name of `entity`; a sense may have been split in turn.

    What people said of the page comes before what was found of its source.
    """
    while True:
        if (entity, page) in senses:
            entity = senses[entity, page]
        elif (entity, source) in by_source:
            entity = by_source[entity, source]
        else:
            return entity


def also_called(conn: sa.Connection, scope: Scope, things: Collection[int]) -> dict[int, list[str]]:
    """What the visible pages call each of the things beside its own name: the names of what was merged into it."""
    merged = conn.execute(
        sa.select(entities.c.id, entities.c.merged_into, entities.c.read_name, entities.c.aliases)
        .where(entities.c.merged_into.in_(things), named_on_visible_pages(scope, entities))
        .order_by(entities.c.id)
    ).all()
    aliases = seen_aliases(conn, scope, {row.id: row.aliases for row in merged})
    found: dict[int, list[str]] = {}
    for row in merged:
        found.setdefault(row.merged_into, []).extend([row.read_name, *aliases[row.id]])
    return found


def named_on_visible_pages(scope: Scope, of: "sa.FromClause") -> sa.ColumnElement[bool]:
    """The condition that a page which `scope` may see says the entity's own name now."""
    return is_said(scope, of.c.id, by=mentions.c.named)
