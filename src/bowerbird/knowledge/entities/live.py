"""Which mentions are of what pages say now."""

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.tables import mentions, pages

__all__ = ["is_said", "live"]


def live() -> sa.ColumnElement[bool]:
    """The condition, on `mentions` joined with `pages`, that a mention is of what the page says now."""
    return sa.and_(pages.c.state == "live", pages.c.version == mentions.c.version)


def is_said(scope: Scope, entity: sa.ColumnElement[int], *, by: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """
    The condition that a mention which `scope` may see now has this `entity` in its column `by`.

    Each row asks by itself, until one mention is found. Of an EXISTS PostgreSQL makes a join, and expects of it a
    single row: then it reads all mentions that there are.
    """
    one = (
        sa.select(mentions.c.id)
        .join(pages, pages.c.id == mentions.c.page)
        .where(by == entity, mentions.c.source.in_(visible(scope)), live())
        .correlate_except(mentions, pages)
        .limit(1)
        .scalar_subquery()
    )
    return one.is_not(None)
