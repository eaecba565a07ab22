"""
What is known of a person for their feed: what they chose, and what they did, read from the records.

Their *embedding* is the mean of the vectors of what they kept or opened, the newer the more, less what they did not
want, and with the topics they picked. Nothing of it is stored: it can be thrown away and is made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from bowerbird.feed.event import DAY_S, REWARDS, SIGNIFICANT, is_reward
from bowerbird.feed.followed import NOTHING, Followed, read_followed
from bowerbird.feed.tries import NO_TRIES, Tries, tries_of
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import events, feed_people

__all__ = ["SURPRISE", "Act", "Profile", "Tried", "read_profile"]

MOST_EVENTS: Final = 800  # of a person, the newest
MOST_DECISIONS: Final = 5_000  # more of what holds until it is taken back, however much was scrolled past since
SURPRISE: Final = 0.3  # between familiar and surprising, unless they say otherwise
HALF_LIFE_S: Final = 30 * DAY_S
TRIED_HALF_LIFE_S: Final = 30 * DAY_S  # of what is remembered of an agent's luck: people change

# What an event says of how much somebody wants more like this; None: nothing.
WORTH: Final[Mapping[str, float]] = {
    "opened": 1.0,
    "dwelt": 1.0,
    "viewed": 0.5,
    "asked": 1.5,
    "cited_opened": 1.5,
    "saved": 3.0,
    "liked": 3.0,
    "shared": 3.0,
    "enquired": 4.0,
    "disliked": -2.0,
    "hidden": -1.0,
    "dismissed": -0.5,
}
UNWANTED: Final = frozenset({"hidden", "disliked"})
DECISIONS: Final = SIGNIFICANT | {"unsaved"}


@dataclass(frozen=True, slots=True)
class Act:
    """That somebody did something with an item, and how much it says."""

    item: int
    kind: str
    at: float
    worth: float


@dataclass(frozen=True, slots=True)
class Tried:
    """How often what an agent nominated was rewarded and not, the older the less."""

    rewarded: float = 0.0
    unrewarded: float = 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a feed is made from for one person, as of `read_at`."""

    scope: Scope
    read_at: float
    interests: tuple[str, ...] = ()
    surprise: float = SURPRISE
    muted: frozenset[str] = frozenset()  # sources
    acts: tuple[Act, ...] = ()  # the newest first; of each item its weightiest
    saved: Mapping[int, float] = field(default_factory=dict[int, float])  # items they keep now, and since when
    unwanted: frozenset[int] = frozenset()  # items
    shown: Mapping[int, tuple[int, float]] = field(default_factory=dict[int, tuple[int, float]])  # times, last
    tries: Tries = field(default=NO_TRIES, compare=False)  # what was tried with them, by the same events
    tried: Mapping[str, Tried] = field(default_factory=dict[str, Tried])  # by agent
    followed: Followed = NOTHING

    @property
    def is_new(self) -> bool:
        """Nothing is known of what they like."""
        return not self.interests and not any(act.worth > 0 for act in self.acts)

    @property
    def times_shown(self) -> dict[int, float]:
        """How often they were shown each item lately."""
        return {item: times for item, (times, _) in self.shown.items()}


class _Event(NamedTuple):
    """What is read of an event."""

    id: int
    item: int
    kind: str
    at: float
    value: float | None
    slate: str | None
    agents: Sequence[str] | None
    position: int | None


def read_profile(conn: sa.Connection, scope: Scope, *, clock: Clock) -> Profile:
    """The profile of the person of `scope`; an empty one for somebody who has done nothing yet."""
    now_s = clock.now_s()
    chosen = conn.execute(_CHOSEN, {"of": scope.person}).one_or_none()
    since_s = chosen.reset_at if chosen is not None and chosen.reset_at is not None else 0.0
    theirs = {"of": scope.person, "since_s": since_s}
    rows = _read(conn, _DONE, theirs | {"most": MOST_EVENTS})
    if len(rows) == MOST_EVENTS:  # what they hid stays hidden, and what they keep is theirs
        known = {row.id for row in rows}
        decisions = _read(conn, _DECIDED, theirs | {"most": MOST_DECISIONS})
        rows += [row for row in decisions if row.id not in known]  # all older than those
    return replace(_made(scope, chosen, rows, now_s), followed=read_followed(conn, scope, now_s=now_s))


# Built once: to build a statement takes longer than to run it.
_CHOSEN: Final = sa.select(
    feed_people.c.interests, feed_people.c.surprise, feed_people.c.muted, feed_people.c.reset_at
).where(feed_people.c.person == sa.bindparam("of"))
_DONE: Final = (
    sa.select(*(events.c[name] for name in _Event._fields))
    .where(events.c.person == sa.bindparam("of"), events.c.at > sa.bindparam("since_s"))
    .order_by(events.c.at.desc(), events.c.id.desc())
    .limit(sa.bindparam("most"))
)
_DECIDED: Final = _DONE.where(events.c.kind.in_(sorted(DECISIONS)))


def _read(conn: sa.Connection, statement: sa.Executable, given: Mapping[str, object]) -> list[_Event]:
    # The database's own rows take many times as long to tell their fields, and each is asked for a dozen.
    return [_Event._make(row) for row in conn.execute(statement, given).all()]


def _made(scope: Scope, chosen: Any, rows: Sequence[_Event], now_s: float) -> Profile:
    acts: dict[int, Act] = {}
    saved: dict[int, float] = {}
    decided: set[int] = set()  # items whose keeping a newer event has settled
    settled: dict[int, bool] = {}  # items, and whether the newest event that tells wanted them
    shown: dict[int, tuple[int, float]] = {}
    counted: set[tuple[str | None, int]] = set()  # of which slate it has been counted that they were shown what
    for row in rows:
        item = row.item
        if row.kind == "shown":
            if (row.slate, item) in counted:
                continue  # they scrolled past it once more
            if row.slate is not None:
                counted.add((row.slate, item))
            times, last_at = shown.get(item, (0, row.at))
            shown[item] = times + 1, max(last_at, row.at)
            continue
        if row.kind in ("saved", "unsaved"):
            if item not in decided and row.kind == "saved":
                saved[item] = row.at
            decided.add(item)
            if item not in saved:
                continue  # taken back: it says nothing any more
        if row.kind in REWARDS or row.kind in UNWANTED:  # not "dwelt", which is told when they have left
            settled.setdefault(item, row.kind in REWARDS)
        worth = _worth(row.kind, row.value)
        if settled.get(item, worth > 0) != (worth > 0):
            continue  # they think otherwise now
        if worth and (item not in acts or abs(worth) > abs(acts[item].worth)):
            acts[item] = Act(item, row.kind, row.at, worth)
    return Profile(
        scope=scope,
        read_at=now_s,
        interests=tuple(chosen.interests) if chosen is not None else (),
        surprise=float(chosen.surprise) if chosen is not None else SURPRISE,
        muted=frozenset(chosen.muted) if chosen is not None else frozenset(),
        acts=tuple(sorted(acts.values(), key=lambda act: (-act.at, act.item))),
        saved=saved,
        unwanted=frozenset(item for item, wanted in settled.items() if not wanted),
        shown=shown,
        tries=tries_of(rows),
        tried=_tried(rows, now_s),
    )


def _worth(kind: str, value: float | None) -> float:
    if kind == "dwelt" and not is_reward(kind, value):
        return 0.0
    return WORTH.get(kind, 0.0)


def _tried(rows: Sequence[_Event], now_s: float) -> dict[str, Tried]:
    """What became of what each agent nominated. An item in a slate counts once, however often it was opened."""
    shown_at: dict[tuple[str, int], tuple[float, Sequence[str]]] = {}
    rewarded: set[tuple[str, int]] = set()
    for row in rows:
        if row.slate is None or not row.agents:
            continue
        place = row.slate, row.item
        if row.kind == "shown":
            shown_at[place] = row.at, row.agents
        elif is_reward(row.kind, row.value):
            rewarded.add(place)
    found: dict[str, Tried] = {}
    for place, (at, agents) in sorted(shown_at.items()):
        weight = 0.5 ** (max(now_s - at, 0.0) / TRIED_HALF_LIFE_S)
        for agent in agents:
            had = found.get(agent, Tried())
            won = weight if place in rewarded else 0.0
            found[agent] = Tried(had.rewarded + won, had.unrewarded + weight - won)
    return found
