"""
Events: what people did, kept once each, with what is counted because of them in the same transaction.

    refused   what names no item that its sender may see, no kind, no time that can be, or holds what is no number
    known     what was kept before: a client that was not answered sends it again
    kept      with its place, its propensity and its agents from the slate that it names, whatever the client says

A slate that is not there, not this person's, or does not hold the item is no reason to refuse: the event may come from
another system. What was said of it is then among the details.

What is counted does not depend on the order in which events arrive (`tallies.py`).
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.accounts.people import persons_of
from bowerbird.feed.event import (
    MAX_ID_CHARS,
    SIGNIFICANT,
    NewEvent,
    Outcome,
    is_reward,
    is_reward_in_sql,
    why_wrong,
)
from bowerbird.feed.stamps import did_by
from bowerbird.feed.tallies import Firsts, add_to_tallies, move
from bowerbird.kernel.clock import Clock
from bowerbird.ops import crash
from bowerbird.ops.batcher import Batcher
from bowerbird.records import Records, is_visible, mark_on_commit
from bowerbird.records.tables import events as event_rows
from bowerbird.records.tables import items, slates, sources

__all__ = ["EventKeeper", "NewEvent", "Outcome", "keep_events"]

AT_ONCE: Final = 500  # databases bound the number of values in one statement
LARGE: Final = 50  # events of one caller that wait for no others


def keep_events(conn: sa.Connection, workspace: str, events: Sequence[NewEvent], *, clock: Clock) -> list[Outcome]:
    """
    Keep events with all that follows from them; what became of each, in their order.

    Persons that are first named are made. The same events again, in any order and any company, change nothing.
    """
    outcomes: list[Outcome] = []
    for first in range(0, len(events), AT_ONCE):
        outcomes += _Batch(conn, workspace, clock).keep(events[first : first + AT_ONCE])
    crash.point("events.before_commit")
    return outcomes


class EventKeeper:
    """Keeps events for many callers of one event loop, those that come at the same time in one transaction."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        # One at a time: writers take turns, and the longer one waits, the more go together.
        self._together = Batcher(self._keep_all, most=500, linger_s=0.01, waiting=5_000, parallel=1)

    async def keep(self, workspace: str, events: Sequence[NewEvent]) -> list[Outcome]:
        """As `keep_events`, once it is on disk. Raises Unavailable when too many wait."""
        if len(events) > LARGE:
            return await self._records.awrite(lambda conn: keep_events(conn, workspace, events, clock=self._clock))
        return await self._together((workspace, events))

    async def close(self) -> None:
        """Break off what waits; may be called twice."""
        await self._together.close()

    async def _keep_all(self, calls: Sequence[tuple[str, Sequence[NewEvent]]]) -> list[list[Outcome] | Exception]:
        by_workspace: dict[str, list[int]] = {}
        for number, (workspace, _) in enumerate(calls):
            by_workspace.setdefault(workspace, []).append(number)

        def keep(conn: sa.Connection) -> list[list[Outcome] | Exception]:
            results: list[list[Outcome] | Exception] = [[] for _ in calls]
            for workspace, numbers in by_workspace.items():
                together = [event for number in numbers for event in calls[number][1]]
                outcomes = iter(keep_events(conn, workspace, together, clock=self._clock))
                for number in numbers:
                    results[number] = [next(outcomes) for _ in calls[number][1]]
            return results

        return await self._records.awrite(keep)


# -- one batch ------------------------------------------------------------------------------------------------------

Values = dict[str, Any]
Spot = tuple[str, int]  # a slate and one of its items


@dataclass(frozen=True, slots=True)
class _Item:
    id: int
    source: str
    private_to: str


@dataclass(frozen=True, slots=True)
class _Slate:
    person: str
    shown_at: float | None
    places: Sequence[Sequence[Any]]  # item, propensity, agents; by position

    def place(self, item: int) -> "_Place | None":
        """Where the item stands in it."""
        for position, (held, propensity, agents) in enumerate(self.places):
            if held == item:
                return _Place(position, propensity, tuple(dict.fromkeys(agents)))
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    position: int
    propensity: float
    agents: Sequence[str]  # each once


# Built once: to build a statement takes longer than to run it.
_ITEMS: Final = (
    sa.select(items.c.key, items.c.id, items.c.source, sources.c.private_to)
    .join(sources, sources.c.id == items.c.source)
    .where(items.c.workspace == sa.bindparam("of"), items.c.key.in_(sa.bindparam("keys", expanding=True)))
)
_SLATES: Final = sa.select(slates.c.id, slates.c.person, slates.c.shown_at, slates.c.places).where(
    slates.c.workspace == sa.bindparam("of"), slates.c.id.in_(sa.bindparam("ids", expanding=True))
)
_KNOWN: Final = sa.select(event_rows.c.key).where(
    event_rows.c.workspace == sa.bindparam("of"), event_rows.c.key.in_(sa.bindparam("keys", expanding=True))
)
_NEW: Final = sa.insert(event_rows)


class _Batch:
    """Some hundred events in a transaction. Writers take turns: what is read here is true until it is committed."""

    def __init__(self, conn: sa.Connection, workspace: str, clock: Clock) -> None:
        self._conn = conn
        self._workspace = workspace
        self._clock = clock
        self._now_s = clock.now_s()
        self._slates: Mapping[str, _Slate] = {}

    def keep(self, events: Sequence[NewEvent]) -> list[Outcome]:
        reasons = [why_wrong(event, self._now_s) for event in events]
        sound = [event for event, reason in zip(events, reasons, strict=True) if not reason]
        found = self._items({event.item for event in sound})
        # Nobody is made because of what is refused.
        seen = [None if reason else _seen(event, found) for event, reason in zip(events, reasons, strict=True)]
        named = [event.person for event, item in zip(events, seen, strict=True) if item and event.person is not None]
        persons = persons_of(self._conn, self._workspace, named, clock=self._clock) if named else {}
        self._slates = self._read_slates({event.slate for event in sound if event.slate})
        rows: list[Values | None] = []
        outcomes: list[Outcome] = []
        for event, reason, item in zip(events, reasons, seen, strict=True):
            person = _person(event, persons)
            if reason or item is None or person is None:
                rows.append(None)
                outcomes.append(Outcome("refused", reason or (_no_item(event) if item is None else _no_person(event))))
            else:
                rows.append(self._row(event, person, item.id))
                outcomes.append(Outcome("kept", person=person, item=item.id))
        new = self._new(rows)
        for number, row in enumerate(rows):
            if row is not None and number not in new:
                outcomes[number] = Outcome("known", person=outcomes[number].person, item=outcomes[number].item)
        written = [row for number in sorted(new) if (row := rows[number]) is not None]
        self._write(written)
        did = sorted({str(row["person"]) for row in written if row["kind"] in SIGNIFICANT})
        mark_on_commit(self._conn, *map(did_by, did))
        return outcomes

    def _items(self, keys: set[str]) -> dict[str, _Item]:
        if not keys:
            return {}
        rows = self._conn.execute(_ITEMS, {"of": self._workspace, "keys": list(keys)}).all()
        return {key: _Item(*row) for key, *row in rows}

    def _read_slates(self, ids: set[str]) -> dict[str, _Slate]:
        if not ids:
            return {}
        rows = self._conn.execute(_SLATES, {"of": self._workspace, "ids": list(ids)}).all()
        return {row: _Slate(*slate) for row, *slate in rows}

    def _row(self, event: NewEvent, person: str, item: int) -> Values:
        at_s = self._now_s if event.at is None else min(event.at, self._now_s)
        slate = self._slates.get(event.slate or "")
        place = slate.place(item) if slate is not None and slate.person == person else None
        details = dict(event.details)
        if event.slate and place is None:
            details["slate"] = event.slate
        if place is not None:
            details.pop("position", None)  # the slate knows
        return {
            "workspace": self._workspace,
            "person": person,
            "item": item,
            "key": _key(event, person, item, self._now_s),
            "kind": event.kind,
            "at": at_s,
            "received_at": self._now_s,
            "value": event.value,
            "slate": None if place is None else event.slate,
            "position": None if place is None else place.position,
            "propensity": None if place is None else place.propensity,
            "agents": None if place is None else list(place.agents),
            "details": details or None,
        }

    def _new(self, rows: Sequence[Values | None]) -> set[int]:
        """Which of the rows are not there yet; of two that are one, the first."""
        first: dict[str, int] = {}
        for number, row in enumerate(rows):
            if row is not None:
                first.setdefault(row["key"], number)
        if not first:
            return set()
        known = self._conn.execute(_KNOWN, {"of": self._workspace, "keys": list(first)}).scalars()
        return set(first.values()) - {first[key] for key in known}

    def _write(self, new: Sequence[Values]) -> None:
        if not new:
            return
        placed = [row for row in new if row["slate"] is not None]
        counted = {row["slate"] for row in placed if row["kind"] == "shown" or is_reward(row["kind"], row["value"])}
        before = self._firsts(counted)
        self._conn.execute(_NEW, list(new))
        if counted:
            self._count(before, placed)
        self._mark_shown(placed)

    def _firsts(self, slate_ids: set[str]) -> dict[Spot, Firsts]:
        """Of what these slates showed, as it was before this batch."""
        firsts: dict[Spot, Firsts] = {}
        if not slate_ids:
            return firsts
        shown = sa.case((event_rows.c.kind == "shown", event_rows.c.at))
        rewarded = sa.case((is_reward_in_sql(), event_rows.c.at))
        rows = self._conn.execute(
            sa.select(event_rows.c.slate, event_rows.c.item, sa.func.min(shown), sa.func.min(rewarded))
            .where(event_rows.c.slate.in_(slate_ids))
            .group_by(event_rows.c.slate, event_rows.c.item)
        )
        for slate, item, shown_at, rewarded_at in rows:
            firsts[slate, item] = Firsts(_or_never(shown_at), _or_never(rewarded_at))
        return firsts

    def _count(self, before: Mapping[Spot, Firsts], placed: Sequence[Values]) -> None:
        after: dict[Spot, Firsts] = {}
        for row in placed:
            spot = (row["slate"], row["item"])
            if spot not in after:
                was = before.get(spot, Firsts())
                after[spot] = Firsts(was.shown, was.rewarded)
            after[spot].see(row["kind"], row["value"], row["at"])
        shown: Counter[tuple[str, int]] = Counter()
        rewarded: Counter[tuple[str, int]] = Counter()
        nominated = {(row["slate"], row["item"]): row["agents"] for row in placed}
        for spot, now in after.items():
            was = before.get(spot, Firsts())
            for agent in nominated[spot]:
                move(shown, agent, was.shown, now.shown)
                move(rewarded, agent, was.rewarded, now.rewarded)
        add_to_tallies(self._conn, self._workspace, shown, rewarded)

    def _mark_shown(self, placed: Sequence[Values]) -> None:
        """Write when slates were first seen: whatever was done with one of its items tells it."""
        first: dict[str, float] = {}
        for row in placed:
            first[row["slate"]] = min(row["at"], first.get(row["slate"], math.inf))
        earlier = [
            {"row": slate, "first": at_s}
            for slate, at_s in sorted(first.items())
            if (was := self._slates[slate].shown_at) is None or at_s < was
        ]
        if earlier:
            self._conn.execute(
                sa.update(slates).where(slates.c.id == sa.bindparam("row")).values(shown_at=sa.bindparam("first")),
                earlier,
            )


def _or_never(at_s: float | None) -> float:
    return math.inf if at_s is None else at_s


def _seen(event: NewEvent, found: Mapping[str, _Item]) -> _Item | None:
    """The item, if it is there for who sends the event."""
    item = found.get(event.item)
    if item is None or event.sender is None:
        return item
    return item if is_visible(event.sender, source=item.source, private_to=item.private_to) else None


def _person(event: NewEvent, persons: Mapping[str, str]) -> str | None:
    if event.person is not None:
        return persons.get(event.person)
    return None if event.sender is None else event.sender.person


def _key(event: NewEvent, person: str, item: int, now_s: float) -> str:
    """By what the same event is recognised: the client's own id, of that person; else all that it says."""
    said: list[Any] = ["c", person, event.id]
    if not event.id:
        # As it was sent: a time ahead of ours is another one when it is sent again.
        said = ["e", person, item, event.kind, now_s if event.at is None else event.at, event.slate or "", event.value]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _no_item(event: NewEvent) -> str:
    return f"no item {event.item[:80]!r}: GET /v1/items lists those that are there"


def _no_person(event: NewEvent) -> str:
    return f"no person {(event.person or '')[:80]!r}: expected 1 to {MAX_ID_CHARS} printable characters"
