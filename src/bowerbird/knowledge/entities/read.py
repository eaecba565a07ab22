"""Entities as a person meets them: cards that answer a search, and the page of one entity."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.find import Found, found_by_id, search
from bowerbird.knowledge.entities.meant import canonical
from bowerbird.knowledge.entities.mentioned import READABLE, MentionText, count_mentions, mention_texts
from bowerbird.knowledge.entities.together import near
from bowerbird.knowledge.relations.find import Relation, kinds_of, relations_of
from bowerbird.records.tables import entities

__all__ = [
    "EntityCard",
    "EntityPage",
    "MentionText",
    "Neighbour",
    "entity",
    "entity_cards",
    "list_entities",
]

CARD_MENTIONS = 3
CARD_ALIASES = 8
PAGE_MENTIONS = 60
PAGE_RELATIONS = 60
# Mentions read to find the telling ones of a card.
_READ = 16


@dataclass(frozen=True, slots=True)
class EntityCard:
    """An entity at a glance; `spark` counts its mentions on the pages that speak of it most."""

    id: int
    name: str
    type: str
    aliases: tuple[str, ...]
    mentions_count: int
    pages_count: int
    top_mentions: tuple[MentionText, ...]
    relations: tuple[Relation, ...]
    spark: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """The entity as the outside contract has it."""
        return {
            "id": self.id,
            "name": self.name,
            "type": self.type,
            "aliases": list(self.aliases),
            "mentions": [mention.to_json() for mention in self.top_mentions],
            "relations": [relation.to_json() for relation in self.relations],
            "mentions_count": self.mentions_count,
            "pages_count": self.pages_count,
        }


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An entity that the same sentences speak of."""

    id: int
    name: str
    type: str
    together: int


@dataclass(frozen=True, slots=True)
class EntityPage:
    """All there is to one entity."""

    card: EntityCard
    mentions: tuple[MentionText, ...]
    neighbours: tuple[Neighbour, ...]
    relations: tuple[Relation, ...]  # all that is stated of it; the card has what it is

    def to_json(self) -> dict[str, Any]:
        """The card's JSON with all mentions and relations that are shown, and the neighbours."""
        return {
            **self.card.to_json(),
            "mentions": [mention.to_json() for mention in self.mentions],
            "relations": [relation.to_json() for relation in self.relations],
            "neighbours": [
                {"id": near.id, "name": near.name, "type": near.type, "together": near.together}
                for near in self.neighbours
            ],
        }


def list_entities(conn: sa.Connection, scope: Scope, query: str = "", *, limit: int = 20) -> list[EntityCard]:
    """The entities that `query` names, then those that the same sentences speak of; without words, the weightiest."""
    return entity_cards(conn, scope, search(conn, scope, query, limit=limit))


def entity_cards(conn: sa.Connection, scope: Scope, found: Sequence[Found]) -> list[EntityCard]:
    """The entities that a search found, as cards in the same order."""
    return _cards(conn, scope, found, keep=CARD_MENTIONS)


def entity(conn: sa.Connection, scope: Scope, identifier: int) -> EntityPage:
    """
    The entity with this id, or what it has become a part of; its card has the id that it goes by now.

    Raises NotFound when nothing that `scope` may see mentions it now.
    """
    thing = canonical(conn, scope.workspace, identifier)
    found = None if thing is None else found_by_id(conn, scope, thing)
    cards = [] if found is None else _cards(conn, scope, [found], keep=PAGE_MENTIONS)
    if not cards:
        raise NotFound(f"no entity {identifier}; `bowerbird entities` lists those there are")
    beside = near(conn, scope, [cards[0].id], limit=24)
    rows = {
        other.id: other for other in conn.execute(sa.select(entities).where(entities.c.id.in_([i for i, _ in beside])))
    }
    return EntityPage(
        card=replace(cards[0], top_mentions=cards[0].top_mentions[:CARD_MENTIONS]),
        mentions=cards[0].top_mentions,
        neighbours=tuple(Neighbour(i, rows[i].name, rows[i].type, together) for i, together in beside),
        relations=tuple(relations_of(conn, scope, cards[0].id, limit=PAGE_RELATIONS)),
    )


def _cards(conn: sa.Connection, scope: Scope, found: Sequence[Found], *, keep: int) -> list[EntityCard]:
    """Cards for `found` in their order, without those that nothing visible mentions now."""
    counts = count_mentions(conn, scope, [item.id for item in found])
    said = mention_texts(conn, scope, list(counts), limit=max(_READ, keep))
    kinds = kinds_of(conn, scope, list(counts))
    cards: list[EntityCard] = []
    for item in found:
        of = counts.get(item.id)
        if of is None:
            continue
        texts = _telling(said[item.id])
        cards.append(
            EntityCard(
                id=item.id,
                name=item.name,
                type=item.type,
                aliases=tuple(_others(item.aliases, item.name)),
                mentions_count=of.mentions,
                pages_count=of.pages,
                top_mentions=tuple(texts[:keep]),
                relations=tuple(kinds[item.id]),
                spark=of.spark,
            )
        )
    return cards


def _others(names: Iterable[str], name: str) -> list[str]:
    """The names that differ from `name` and each other by more than case."""
    found = {one.casefold(): one for one in reversed([*names])}
    return [one for one in reversed(found.values()) if one.casefold() != name.casefold()][:CARD_ALIASES]


def _telling(texts: Iterable[MentionText]) -> list[MentionText]:
    """Definitions first, then whole sentences, then headings; a page's second sentence after all first ones."""
    seen_pages: defaultdict[int, int] = defaultdict(int)
    seen_sentences: set[str] = set()
    ranked: list[tuple[tuple[int, bool, bool], MentionText]] = []
    for text in sorted(texts, key=lambda text: (not text.defines, len(text.sentence) not in READABLE)):
        if text.sentence in seen_sentences:
            continue
        seen_sentences.add(text.sentence)
        ranked.append(((seen_pages[text.page], not text.defines, len(text.sentence) not in READABLE), text))
        seen_pages[text.page] += 1
    return [text for _, text in sorted(ranked, key=lambda pair: pair[0])]
