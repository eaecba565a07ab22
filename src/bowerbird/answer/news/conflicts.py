"""Where pages differ on what somebody follows, since one of them came to say so."""

import hashlib
from functools import lru_cache
from typing import Final

import sqlalchemy as sa

from bowerbird.answer.disputes import Dispute, DisputeSide, disputes
from bowerbird.answer.news.news import NewsItem, Place, Reason
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import EntityCard, MentionText, entity
from bowerbird.knowledge.relations import Relation
from bowerbird.records import visible
from bowerbird.records.tables import entities, follows, mentions, versions

__all__ = ["find_conflicts"]

ENTITIES: Final = 5  # that something new was said of last: each is read as its own page is


def find_conflicts(conn: sa.Connection, scope: Scope, *, since_s: float) -> list[NewsItem]:
    """What pages that the scope may see differ on, where one of them was gathered since then."""
    found: list[NewsItem] = []
    for identifier in _spoken_of(conn, scope, since_s):
        try:
            page = entity(conn, scope, identifier)
        except NotFound:
            continue
        differ = _differ(page.card.id, page.mentions, page.relations)
        found += [_told(page.card, one) for one in differ if one.sides[0].at > since_s]
    return found


@lru_cache(maxsize=256)
def _differ(identifier: int, said: tuple[MentionText, ...], stated: tuple[Relation, ...]) -> tuple[Dispute, ...]:
    """What they differ on: it takes far longer to find than to read, and follows from what was read alone."""
    return tuple(disputes(identifier, said, stated))


def _spoken_of(conn: sa.Connection, scope: Scope, since_s: float) -> list[int]:
    """The entities that they follow of which something was said since then, the last first."""
    followed = sa.func.coalesce(entities.c.merged_into, entities.c.id)
    last = sa.func.max(versions.c.fetched_at)
    rows = conn.execute(
        sa.select(followed, last)
        .select_from(follows)
        .join(entities, entities.c.id == follows.c.entity)
        .join(mentions, mentions.c.entity == followed)
        .join(versions, versions.c.id == mentions.c.version)
        .where(
            follows.c.workspace == scope.workspace,
            follows.c.person == scope.person,
            follows.c.kind == "entity",
            follows.c.ended_at.is_(None),
            mentions.c.source.in_(visible(scope)),
            versions.c.fetched_at > since_s,
        )
        .group_by(followed)
        .order_by(last.desc(), followed)
        .limit(ENTITIES)
    )
    return [int(row[0]) for row in rows]


def _told(card: EntityCard, dispute: Dispute) -> NewsItem:
    sides = tuple(map(_place, dispute.sides))
    what = f"{dispute.subject} {sorted((side.version, side.start) for side in sides)}"
    return NewsItem(
        key=f"conflict-{card.id}-{hashlib.sha256(what.encode()).hexdigest()[:16]}",
        kind="conflict",
        at=sides[0].at,
        title=card.name,
        reasons=(Reason("entity", str(card.id), card.name),),
        sides=sides,
        subject=dispute.subject,
        is_property=dispute.is_kind,
    )


def _place(side: DisputeSide) -> Place:
    return Place(
        page=side.page,
        version=side.version,
        start=side.span.start,
        end=side.span.end,
        text=" ".join(side.text.split()),
        url=side.url,
        title=side.title,
        at=side.at,
        value=side.value,
    )
