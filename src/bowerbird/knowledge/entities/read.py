"""Entities as a person meets them: cards that answer a search, and the page of one entity."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities.definition import is_definition
from bowerbird.knowledge.entities.find import Found, found_by_id, neighbours, search
from bowerbird.knowledge.entities.meant import canonical
from bowerbird.knowledge.entities.store import live
from bowerbird.knowledge.relations.find import Relation, kinds_of, relations_of
from bowerbird.records import visible
from bowerbird.records.tables import entities, mentions, pages, versions

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
SPARK_PAGES = 12
# Mentions read to find the telling ones of a card, of so many times more that are considered.
_READ = 16
_CONSIDERED = 4
_OPENING = 24  # characters before the name


@dataclass(frozen=True, slots=True)
class MentionText:
    """A mention with the sentence around it; `quote == version_text[start:end]`."""

    version: int
    page: int
    url: str
    title: str
    start: int
    end: int
    quote: str
    sentence_start: int
    sentence_end: int
    sentence: str
    defines: bool
    fetched_at: float

    def to_json(self) -> dict[str, Any]:
        """The mention as the outside contract has it."""
        return {
            "version": self.version,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "url": self.url,
            "title": self.title,
        }


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
    near = neighbours(conn, scope, [cards[0].id], limit=24)
    rows = {
        other.id: other for other in conn.execute(sa.select(entities).where(entities.c.id.in_([i for i, _ in near])))
    }
    return EntityPage(
        card=replace(cards[0], top_mentions=cards[0].top_mentions[:CARD_MENTIONS]),
        mentions=cards[0].top_mentions,
        neighbours=tuple(Neighbour(i, rows[i].name, rows[i].type, together) for i, together in near),
        relations=tuple(relations_of(conn, scope, cards[0].id, limit=PAGE_RELATIONS)),
    )


def _cards(conn: sa.Connection, scope: Scope, found: Sequence[Found], *, keep: int) -> list[EntityCard]:
    """Cards for `found` in their order, without those that nothing visible mentions now."""
    counts = _page_counts(conn, scope, [item.id for item in found])
    said = _mention_texts(conn, scope, list(counts), limit=max(_READ, keep))
    kinds = kinds_of(conn, scope, list(counts))
    cards: list[EntityCard] = []
    for item in found:
        spark = counts.get(item.id, [])
        if not spark:
            continue
        texts = _telling(said[item.id])
        cards.append(
            EntityCard(
                id=item.id,
                name=item.name,
                type=item.type,
                aliases=tuple(_others(item.aliases, item.name)),
                mentions_count=sum(spark),
                pages_count=len(spark),
                top_mentions=tuple(texts[:keep]),
                relations=tuple(kinds[item.id]),
                spark=tuple(sorted(spark, reverse=True)[:SPARK_PAGES]),
            )
        )
    return cards


def _others(names: Iterable[str], name: str) -> list[str]:
    """The names that differ from `name` and each other by more than case."""
    found = {one.casefold(): one for one in reversed([*names])}
    return [one for one in reversed(found.values()) if one.casefold() != name.casefold()][:CARD_ALIASES]


def _page_counts(conn: sa.Connection, scope: Scope, ids: Sequence[int]) -> dict[int, list[int]]:
    """Per entity, how often each visible live page mentions it."""
    counts: defaultdict[int, list[int]] = defaultdict(list)
    rows = conn.execute(
        sa.select(mentions.c.entity, sa.func.count().label("said"))
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.entity.in_(ids), mentions.c.source.in_(visible(scope)), live())
        .group_by(mentions.c.entity, mentions.c.page)
    )
    for row in rows:
        counts[row.entity].append(row.said)
    return counts


def _slice(start: sa.Column[Any], end: sa.Column[Any]) -> sa.ColumnElement[str]:
    # SQL counts characters from 1; both databases count code points.
    return sa.func.substr(versions.c.text, start + 1, end - start)


def _mention_texts(
    conn: sa.Connection, scope: Scope, ids: Sequence[int], *, limit: int
) -> dict[int, list[MentionText]]:
    """
    Of each entity up to `limit` places that speak of it, in one question for all of them.

    They are chosen before they are read: a frequent entity has thousands, each with a text behind it. What says what a
    thing is names it near the beginning of the sentence.
    """
    of_entity = sa.func.row_number().over(partition_by=mentions.c.entity, order_by=mentions.c.id)
    first = (
        sa.select(mentions.c.id, of_entity.label("n"))
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.entity.in_(ids), mentions.c.source.in_(visible(scope)), live())
        .subquery()
    )
    begins = sa.case((mentions.c.start - mentions.c.sentence_start <= _OPENING, 0), else_=1)
    nearest = sa.func.row_number().over(partition_by=mentions.c.entity, order_by=(begins, mentions.c.id))
    chosen = (
        sa.select(mentions.c.id, nearest.label("n"))
        .join(first, first.c.id == mentions.c.id)
        .where(first.c.n <= _CONSIDERED * limit)
        .subquery()
    )
    rows = conn.execute(
        sa.select(
            mentions,
            pages.c.url,
            versions.c.title,
            versions.c.fetched_at,
            _slice(mentions.c.start, mentions.c.end).label("quote"),
            _slice(mentions.c.sentence_start, mentions.c.sentence_end).label("sentence"),
        )
        .join(chosen, chosen.c.id == mentions.c.id)
        .join(pages, pages.c.id == mentions.c.page)
        .join(versions, versions.c.id == mentions.c.version)
        .where(chosen.c.n <= limit)
        .order_by(mentions.c.id)
    )
    texts: defaultdict[int, list[MentionText]] = defaultdict(list)
    for row in rows:
        texts[row.entity].append(_mention_text(row))
    return texts


def _mention_text(row: Any) -> MentionText:
    name = Span(row.start - row.sentence_start, row.end - row.sentence_start)
    return MentionText(
        version=row.version,
        page=row.page,
        url=row.url,
        title=row.title,
        start=row.start,
        end=row.end,
        quote=row.quote,
        sentence_start=row.sentence_start,
        sentence_end=row.sentence_end,
        sentence=row.sentence,
        defines=is_definition(row.sentence, name),
        fetched_at=row.fetched_at,
    )


def _telling(texts: Iterable[MentionText]) -> list[MentionText]:
    """Definitions first, then whole sentences, then headings; a page's second sentence after all first ones."""
    seen_pages: defaultdict[int, int] = defaultdict(int)
    seen_sentences: set[str] = set()
    ranked: list[tuple[tuple[int, bool, bool], MentionText]] = []
    for text in sorted(texts, key=lambda text: (not text.defines, not 40 <= len(text.sentence) <= 320)):
        if text.sentence in seen_sentences:
            continue
        seen_sentences.add(text.sentence)
        ranked.append(((seen_pages[text.page], not text.defines, not 40 <= len(text.sentence) <= 320), text))
        seen_pages[text.page] += 1
    return [text for _, text in sorted(ranked, key=lambda pair: pair[0])]
