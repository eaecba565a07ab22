"""Which mentions are of what pages say now."""

import sqlalchemy as sa

from bowerbird.records.tables import mentions, pages

__all__ = ["live"]


def live() -> sa.ColumnElement[bool]:
    """The condition, on `mentions` joined with `pages`, that a mention is of what the page says now."""
    return sa.and_(pages.c.state == "live", pages.c.version == mentions.c.version)
