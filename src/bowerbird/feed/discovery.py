"""
How many people find vendors through the feed: the *vendor discovery rate* of a period.

    people who saved a vendor, or enquired with one, that they had not met before the period
    ─────────────────────────────────────────────────────────────────────────────────────────
    people who did anything at all in the period

Somebody has met a vendor from the first event that tells of both, whatever it is: being shown a card is one. That the
vendor was saved and taken back again, or is gone since, changes nothing: it was found.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from bowerbird.feed.items import VENDOR
from bowerbird.records.tables import events, items

__all__ = ["Discovery", "vendor_discovery_rate"]

FOUND: Final = ("saved", "enquired")


@dataclass(frozen=True, slots=True)
class Discovery:
    """People of a period, counted."""

    discovering: int  # who found a vendor
    active: int

    @property
    def rate(self) -> float | None:
        """From 0 to 1; None when nobody was active: there is nothing to tell."""
        return self.discovering / self.active if self.active else None


def vendor_discovery_rate(
    conn: sa.Connection,
    workspace: str,
    since_s: float,
    until_s: float,
    *,
    category: str = "",
    kind: str = VENDOR,
) -> Discovery:
    """
    The vendor discovery rate of a workspace from `since_s` to before `until_s`, in seconds since 1970.

    With a `category` only its vendors count as found, by what the items state now; who is active stays the same. `kind`
    is that of the items that are looked at.
    """
    within = (events.c.workspace == workspace, events.c.at >= since_s, events.c.at < until_s)
    before = events.alias("before")
    met = sa.exists().where(before.c.person == events.c.person, before.c.item == events.c.item, before.c.at < since_s)
    found = (
        sa.select(sa.func.count(events.c.person.distinct()))
        .join(items, items.c.id == events.c.item)
        .where(*within, events.c.kind.in_(FOUND), items.c.kind == kind, ~met)
    )
    if category:
        found = found.where(items.c.fields["category"].as_string() == category)
    active = sa.select(sa.func.count(events.c.person.distinct())).where(*within)
    return Discovery(conn.execute(found).scalar_one(), conn.execute(active).scalar_one())
