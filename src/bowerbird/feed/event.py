"""An event: what somebody did with an item, what it says of the item, and why it cannot be kept."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import events as event_rows

__all__ = [
    "DAY_S",
    "DWELT_LONG_S",
    "KINDS",
    "MAX_ID_CHARS",
    "REWARDS",
    "SIGNIFICANT",
    "EventKind",
    "NewEvent",
    "Outcome",
    "is_reward",
    "is_reward_in_sql",
    "why_wrong",
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


def why_wrong(event: NewEvent, now_s: float) -> str:
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
