"""
Which thing a mention is of: the entity whose key it has, unless its page means another sense, or they are one thing.

What is derived here is derived from decisions and links (`knowledge/resolve`): `entity_senses` says which pages mean
what was split off, `entities.merged_into` what an entity has become a part of, already followed to its end.
"""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.aliases import seen_aliases
from bowerbird.knowledge.entities.live import is_said
from bowerbird.records.tables import entities, entity_senses, mentions

__all__ = ["Senses", "also_called", "canonical", "meant", "named_on_visible_pages", "sense_of"]

Senses = Mapping[tuple[int, int], int]  # (entity, page): the entity that is meant there

_CHUNK = 500


def canonical(conn: sa.Connection, workspace: str, identifier: int) -> int | None:
    """What the entity is now: itself, or what it was merged into; None when the workspace has none of that id."""
    found = conn.execute(
        sa.select(sa.func.coalesce(entities.c.merged_into, entities.c.id)).where(
            entities.c.id == identifier, entities.c.workspace == workspace
        )
    )
    return found.scalar()


def meant(conn: sa.Connection, named: Collection[int], pages: Collection[int]) -> dict[tuple[int, int], int]:
    """
    What each of the entities `named` means on each of the `pages`; (entity, 0) is what it means on all the others.

    Pairs that no decision is about are left out: those mean the entity itself.
    """
    senses: dict[tuple[int, int], int] = {}
    there = list(pages)
    for first in range(0, len(there), _CHUNK):
        rows = conn.execute(sa.select(entity_senses).where(entity_senses.c.page.in_(there[first : first + _CHUNK])))
        senses.update({(row.entity, row.page): row.means for row in rows})
    merged: dict[int, int] = {}
    wanted = list({*named, *senses.values()})
    for first in range(0, len(wanted), _CHUNK):
        some = conn.execute(
            sa.select(entities.c.id, entities.c.merged_into).where(
                entities.c.id.in_(wanted[first : first + _CHUNK]), entities.c.merged_into.is_not(None)
            )
        )
        merged.update({row.id: row.merged_into for row in some})
    found = {(entity, 0): into for entity, into in merged.items()}
    for entity, page in senses:
        sense = sense_of(senses, entity, page)
        found[entity, page] = merged.get(sense, sense)
    return found


def sense_of(senses: Senses, entity: int, page: int) -> int:
    """The entity that is meant where `page` says the name of `entity`; a sense may have been split in turn."""
    while (entity, page) in senses:
        entity = senses[entity, page]
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
