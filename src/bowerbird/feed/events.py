"""
Events: what people did, kept once each, with what is counted because of them in the same transaction.

    refused   what names no item that its sender may see, no kind, no time that can be, or holds what is no number
    known     what was kept before: a client that was not answered sends it again
    kept      with its place, its propensity and its agents from the slate that it names, whatever the client says

A slate that is not there, not this person's, or does not hold the item is no reason to refuse: the event may come from
another system. What was said of it is then among the details.

What is counted does not depend on the order in which events arrive: `agent_tallies` has, for every agent that nominated
an item of a slate, one `shown` on the day of its first `shown` and one `rewarded` on the day of its first reward. An
earlier one that arrives later moves the count to its day.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa

from bowerbird.accounts.people import persons_of
from bowerbird.feed.stamps import did_by
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.ops import crash
from bowerbird.ops.batcher import Batcher
from bowerbird.records import Records, is_visible, mark_on_commit
from bowerbird.records.tables import agent_tallies, items, slates, sources
from bowerbird.records.tables import events as event_rows

__all__ = [
    "DAY_S",
    "DWELT_LONG_S",
    "KINDS",
    "REWARDS",
    "SIGNIFICANT",
    "EventKeeper",
    "EventKind",
    "NewEvent",
    "Outcome",
    "add_to_tallies",
    "is_reward",
    "is_reward_in_sql",
    "keep_events",
]

EventKind = Literal[
    "shown",
    "opened",
    "dwelt",
    "saved",
    "unsaved",
    "liked",
    "disliked",
    "hidden",
    "shared",
    "dismissed",
    "enquired",
    "asked",
    "cited_opened",
    "viewed",
]
KINDS: Final[tuple[str, ...]] = get_args(EventKind)
# What says enough of a person to look at them anew.
SIGNIFICANT: Final = frozenset({"saved", "liked", "disliked", "hidden", "shared", "enquired"})
# What an item that was shown is rewarded by, at most once in a slate; and staying with it for a while.
REWARDS: Final = frozenset({"opened", "saved", "liked", "shared", "enquired", "cited_opened", "asked"})
DWELT_LONG_S: Final = 10.0

DAY_S: Final = 86_400.0
EARLIEST_S: Final = 946_684_800.0  # the year 2000
SKEW_S: Final = 300.0  # by which a client's clock may be fast
MAX_ID_CHARS: Final = 200
MAX_ITEM_CHARS: Final = 2_000
MAX_DETAILS_CHARS: Final = 2_000
MOST_VALUE: Final = 1e75  # sums of squares of larger ones are no numbers
AT_ONCE: Final = 500  # databases bound the number of values in one statement
LARGE: Final = 50  # events of one caller that wait for no others


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What a person did, as it is told; nothing of it has been checked."""

    item: str  # its key
    kind: str
    at: float | None = None  # seconds since 1970; None: now
    person: str | None = None  # their external id; None: who sends it
    id: str | None = None  # the client's own
    value: float | None = None
    slate: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sender: Scope | None = None  # to whom what they may not see is not there; None: the operator of the machine


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an event; `person` and `item` are the rows that it is of, unless it was refused."""

    state: Literal["kept", "known", "refused"]
    reason: str = ""
    person: str = ""
    item: int = 0


def is_reward(kind: str, value: float | None) -> bool:
    """Whether the event tells that showing the item was worth it."""
    return kind in REWARDS or (kind == "dwelt" and value is not None and value >= DWELT_LONG_S)


def is_reward_in_sql() -> "sa.ColumnElement[bool]":
    """The same of rows of `events`."""
    columns = event_rows.c
    dwelt_long = sa.and_(columns.kind == "dwelt", columns.value >= DWELT_LONG_S)
    return sa.or_(columns.kind.in_(sorted(REWARDS)), dwelt_long)


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


@dataclass(slots=True)
class _Firsts:
    """When an item of a slate was first shown, and first rewarded."""

    shown: float = math.inf
    rewarded: float = math.inf

    def see(self, kind: str, value: float | None, at_s: float) -> None:
        if kind == "shown":
            self.shown = min(self.shown, at_s)
        elif is_reward(kind, value):
            self.rewarded = min(self.rewarded, at_s)


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
        reasons = [_wrong(event, self._now_s) for event in events]
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

    def _firsts(self, slate_ids: set[str]) -> dict[Spot, _Firsts]:
        """Of what these slates showed, as it was before this batch."""
        firsts: dict[Spot, _Firsts] = {}
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
            firsts[slate, item] = _Firsts(_or_never(shown_at), _or_never(rewarded_at))
        return firsts

    def _count(self, before: Mapping[Spot, _Firsts], placed: Sequence[Values]) -> None:
        after: dict[Spot, _Firsts] = {}
        for row in placed:
            spot = (row["slate"], row["item"])
            if spot not in after:
                was = before.get(spot, _Firsts())
                after[spot] = _Firsts(was.shown, was.rewarded)
            after[spot].see(row["kind"], row["value"], row["at"])
        shown: Counter[tuple[str, int]] = Counter()
        rewarded: Counter[tuple[str, int]] = Counter()
        nominated = {(row["slate"], row["item"]): row["agents"] for row in placed}
        for spot, now in after.items():
            was = before.get(spot, _Firsts())
            for agent in nominated[spot]:
                _move(shown, agent, was.shown, now.shown)
                _move(rewarded, agent, was.rewarded, now.rewarded)
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


def add_to_tallies(
    conn: sa.Connection, workspace: str, shown: "Counter[tuple[str, int]]", rewarded: "Counter[tuple[str, int]]"
) -> None:
    """Add to the tallies by agent and day, or take away."""
    changes = {
        spot: (shown[spot], rewarded[spot]) for spot in sorted({*shown, *rewarded}) if shown[spot] or rewarded[spot]
    }
    if not changes:
        return
    known = {
        (row.agent, row.day)
        for row in conn.execute(
            sa.select(agent_tallies.c.agent, agent_tallies.c.day).where(
                agent_tallies.c.workspace == workspace,
                agent_tallies.c.day.in_(sorted({day for _, day in changes})),
            )
        )
    }
    new = [
        {"workspace": workspace, "agent": agent, "day": day, "shown": more, "rewarded": better}
        for (agent, day), (more, better) in changes.items()
        if (agent, day) not in known
    ]
    if new:
        conn.execute(sa.insert(agent_tallies), new)
    old = [
        {"of": agent, "on": day, "more": more, "better": better}
        for (agent, day), (more, better) in changes.items()
        if (agent, day) in known
    ]
    if old:
        conn.execute(
            sa.update(agent_tallies)
            .where(
                agent_tallies.c.workspace == workspace,
                agent_tallies.c.agent == sa.bindparam("of"),
                agent_tallies.c.day == sa.bindparam("on"),
            )
            .values(
                shown=agent_tallies.c.shown + sa.bindparam("more", type_=sa.BigInteger()),
                rewarded=agent_tallies.c.rewarded + sa.bindparam("better", type_=sa.BigInteger()),
            ),
            old,
        )


def _move(counts: "Counter[tuple[str, int]]", agent: str, was_s: float, now_s: float) -> None:
    """Count a first time, or move it to the day that it has now."""
    if now_s == was_s:
        return
    if was_s != math.inf:
        counts[agent, _day(was_s)] -= 1
    counts[agent, _day(now_s)] += 1


def _or_never(at_s: float | None) -> float:
    return math.inf if at_s is None else at_s


def _day(at_s: float) -> int:
    return int(at_s // DAY_S)


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


# -- what is refused ------------------------------------------------------------------------------------------------


def _wrong(event: NewEvent, now_s: float) -> str:
    """Why the event cannot be kept whatever the records hold; empty if it can."""
    return next(_wrongs(event, now_s), "")


def _wrongs(event: NewEvent, now_s: float) -> Iterator[str]:
    if event.kind not in KINDS:
        yield f"kind is {event.kind[:40]!r}: expected one of {', '.join(KINDS)}"
    if event.at is not None:
        yield from _wrong_time(event.at, now_s)
    if event.value is not None and not abs(event.value) <= MOST_VALUE:
        yield f"value is {event.value}: expected a number, up to {MOST_VALUE:g}; leave it out instead"
    if event.kind == "dwelt" and (event.value is None or event.value < 0):
        yield f"value is {event.value}: expected for how many seconds"
    if event.person is None and event.sender is None:
        yield "no person: expected the id by which you call them"
    for name, text, most in (
        ("item", event.item, MAX_ITEM_CHARS),
        ("id", event.id, MAX_ID_CHARS),
        ("person", event.person, MAX_ID_CHARS),
        ("slate", event.slate, MAX_ID_CHARS),
    ):
        if text is not None and len(text) > most:
            yield f"{name} has {len(text):,} characters: expected at most {most:,}"
        elif text is not None and not _is_storable(text):
            yield f"{name} holds characters that are no text: expected UTF-8 without NUL"
    if event.details and len(json.dumps(event.details, default=str)) > MAX_DETAILS_CHARS:
        yield f"more than {MAX_DETAILS_CHARS:,} characters beside what an event has: leave some out"


def _wrong_time(at_s: float, now_s: float) -> Iterator[str]:
    if not math.isfinite(at_s):
        yield f"at is {at_s}: expected seconds since 1970"
    elif at_s < EARLIEST_S:
        yield f"at is {at_s}, before the year 2000: expected seconds since 1970, not milliseconds or days"
    elif at_s > now_s + SKEW_S:
        yield (
            f"at is {at_s}, {at_s - now_s:,.0f} seconds in the future: expected seconds since 1970 (no milliseconds),"
            f" at most {SKEW_S:.0f} ahead; set the clock"
        )


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _no_item(event: NewEvent) -> str:
    return f"no item {event.item[:80]!r}: GET /v1/items lists those that are there"


def _no_person(event: NewEvent) -> str:
    return f"no person {(event.person or '')[:80]!r}: expected 1 to {MAX_ID_CHARS} printable characters"
