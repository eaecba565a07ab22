"""Entities that a page speaks of and some page says what they are: what one can ask next and get an answer."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities.definition import is_definition
from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.entities.mentioned import READABLE
from bowerbird.records import quoted, visible
from bowerbird.records.tables import entities, mentions, pages, versions

__all__ = ["Defined", "defined_beside"]

CONSIDERED: Final = 24  # entities, those that the pages mention most
_READ: Final = 300  # of their mentions
_OPENING: Final = 24  # characters before the name in a sentence that may say what it is
# "Trees are slow" says no more of what they are than that there are such.
_SAYS_WHAT: Final = re.compile(r"\W{0,4}(?: \([^()]{1,40}\))?,? (?P<verb>is|are|was|were) (?:an? |the |one of )")
_ARTICLE: Final = re.compile(r"\b(a|an|the) \W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Defined:
    """An entity with a sentence that says what it is."""

    id: int
    type: str
    name: str  # as the sentence has it
    article: str  # before the name: a, an, the, or none
    verb: str  # behind it: is, are, was, were
    sentence: str


def defined_beside(conn: sa.Connection, scope: Scope, cited: Collection[int]) -> list[Defined]:
    """The entities that the page versions `cited` mention and a visible page defines now, the most mentioned first."""
    said = sa.func.count().label("said")
    seen = mentions.c.source.in_(visible(scope)), live()
    rows = conn.execute(
        sa.select(mentions.c.entity, said)
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.version.in_(cited), *seen)
        .group_by(mentions.c.entity)
        .order_by(said.desc(), mentions.c.entity)
        .limit(CONSIDERED)
    )
    order = {row.entity: place for place, row in enumerate(rows)}
    sentence = quoted(mentions.c.sentence_start, mentions.c.sentence_end)
    found = conn.execute(
        sa.select(
            mentions.c.entity,
            mentions.c.start - mentions.c.sentence_start,
            mentions.c.end - mentions.c.sentence_start,
            entities.c.type,
            sentence,
        )
        .join(pages, pages.c.id == mentions.c.page)
        .join(versions, versions.c.id == mentions.c.version)
        .join(entities, entities.c.id == mentions.c.entity)
        .where(
            mentions.c.entity.in_(order),
            entities.c.hidden.is_(False),
            mentions.c.start - mentions.c.sentence_start <= _OPENING,
            (mentions.c.sentence_end - mentions.c.sentence_start).between(READABLE.start, READABLE.stop - 1),
            *seen,
        )
        .order_by(mentions.c.id)
        .limit(_READ)
    )
    defined: dict[int, Defined] = {}
    for entity, start, end, kind, text in found:
        says = _SAYS_WHAT.match(text, end)
        if entity in defined or says is None or not is_definition(text, Span(start, end)):
            continue
        article = _ARTICLE.search(text[:start])
        defined[entity] = Defined(
            entity, kind, text[start:end], article[1].lower() if article else "", says["verb"], text
        )
    return sorted(defined.values(), key=lambda one: order[one.id])
