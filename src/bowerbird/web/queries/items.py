"""What the asker did and said in their feed: of each item, of all that they saved or hid, and in numbers."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from bowerbird.feed.listed import ItemRow, read_items
from bowerbird.kernel.nouns import Scope
from bowerbird.records.saved import saved_items
from bowerbird.records.tables import events, feed_people, slates

__all__ = ["Done", "Opinion", "Said", "items_above", "list_hidden", "list_saved", "read_done", "read_said"]

Opinion = Literal["", "liked", "disliked", "hidden"]
_OPINIONS: Final = ("liked", "disliked", "hidden")
_LISTED: Final = 400  # saved or hidden, the newest
_IDS_AT_ONCE: Final = 400  # databases bound the number of values in one statement


@dataclass(frozen=True, slots=True)
class Said:
    """What the asker said of an item."""

    is_saved: bool = False
    opinion: Opinion = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did in their feed, in numbers."""

    since: float | None  # None: nothing yet
    counts: Mapping[str, int]  # by kind of event
    slates: int


def items_above(conn: sa.Connection, scope: Scope, slate: str, position: int) -> list[str]:
    """The keys of what stood in the person's slate from its top down to that position, as far as they may see it."""
    places = conn.execute(
        sa.select(slates.c.places).where(
            slates.c.id == slate, slates.c.workspace == scope.workspace, slates.c.person == scope.person
        )
    ).scalar_one_or_none()
    above = [place[0] for place in places or ()][: position + 1]
    found = read_items(conn, scope, ids=above)
    return [found[item].key if item in found else "" for item in above]


def read_said(conn: sa.Connection, scope: Scope, ids: Collection[int]) -> dict[int, Said]:
    """What the person said of these items; what was saved stays so when the feed begins anew, opinions do not."""
    rows = conn.execute(
        sa.select(events.c.item, events.c.kind, events.c.at)
        .where(
            events.c.person == scope.person,
            events.c.item.in_(ids),
            events.c.kind.in_(("saved", "unsaved", *_OPINIONS)),
        )
        .order_by(events.c.at.desc(), events.c.id.desc())
    ).all()
    since_s = _begun(conn, scope)
    saved: dict[int, bool] = {}
    opinions: dict[int, Opinion] = {}
    for row in rows:
        if row.kind not in _OPINIONS:
            saved.setdefault(row.item, row.kind == "saved")
        elif row.at > since_s:
            opinions.setdefault(row.item, row.kind)
    return {item: Said(saved.get(item, False), opinions.get(item, "")) for item in {*saved, *opinions}}


def list_saved(conn: sa.Connection, scope: Scope) -> list[tuple[ItemRow, float]]:
    """What the person keeps and since when, the newest first."""
    return _listed(conn, scope, saved_items(conn, scope))


def list_hidden(conn: sa.Connection, scope: Scope) -> list[tuple[ItemRow, float]]:
    """What the person hid and when, the newest first."""
    rows = conn.execute(
        sa.select(events.c.item, events.c.kind, events.c.at)
        .where(events.c.person == scope.person, events.c.kind.in_(_OPINIONS), events.c.at > _begun(conn, scope))
        .order_by(events.c.at.desc(), events.c.id.desc())
    )
    newest: dict[int, tuple[str, float]] = {}
    for row in rows:
        newest.setdefault(row.item, (row.kind, row.at))
    return _listed(conn, scope, {item: at for item, (kind, at) in newest.items() if kind == "hidden"})


def read_done(conn: sa.Connection, scope: Scope) -> Done:
    """How often the person did what, and since when."""
    rows = conn.execute(
        sa.select(events.c.kind, sa.func.count(), sa.func.min(events.c.at))
        .where(events.c.person == scope.person)
        .group_by(events.c.kind)
    ).all()
    made = conn.execute(sa.select(sa.func.count()).where(slates.c.person == scope.person)).scalar_one()
    return Done(
        since=min((float(row[2]) for row in rows), default=None),
        counts={row[0]: int(row[1]) for row in rows},
        slates=int(made),
    )


def _listed(conn: sa.Connection, scope: Scope, at_s: Mapping[int, float]) -> list[tuple[ItemRow, float]]:
    newest = sorted(at_s, key=lambda item: (-at_s[item], item))[:_LISTED]
    found: dict[int, ItemRow] = {}
    for some in _parts(newest):
        found |= read_items(conn, scope, ids=some)
    return [(found[item], at_s[item]) for item in newest if item in found]


def _parts(ids: list[int]) -> Iterable[list[int]]:
    return (ids[first : first + _IDS_AT_ONCE] for first in range(0, len(ids), _IDS_AT_ONCE))


def _begun(conn: sa.Connection, scope: Scope) -> float:
    """When the person last began anew."""
    wanted = sa.select(feed_people.c.reset_at).where(feed_people.c.person == scope.person)
    return float(conn.execute(wanted).scalar_one_or_none() or 0.0)
