"""Stretches of stored texts, cut by the database: a text may be a thousand times as long."""

from typing import Any

import sqlalchemy as sa

from bowerbird.records.tables import versions

__all__ = ["quoted"]


def quoted(
    start: "sa.ColumnElement[Any]", end: "sa.ColumnElement[Any]", *, of: "sa.FromClause" = versions
) -> "sa.Function[str]":
    """What the text of a version, one of `of`, says from `start` to `end`."""
    # SQL counts characters from 1; both databases count code points.
    return sa.func.substr(of.c.text, start + 1, end - start)
