"""
What a person chooses for their feed, and what they may ask of it: what it knows of them, to take it along, to have it
forgotten.

What changes here is marked when it is committed, so that no process goes on as it did.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments import forget_met, met_by
from bowerbird.feed.boards import export_boards, forget_boards
from bowerbird.feed.event import DAY_S, is_reward
from bowerbird.feed.follows import THINGS, list_things
from bowerbird.feed.profile import SURPRISE
from bowerbird.feed.stamps import choices_of, counts_of, did_by
from bowerbird.feed.tallies import add_to_tallies
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import mark_on_commit, visible
from bowerbird.records.tables import events, feed_people, follows, items, news_put_aside, persons, slates, sources

__all__ = [
    "Choices",
    "choices",
    "choose",
    "export",
    "forget",
    "mute",
    "reset",
    "take_back",
    "take_back_reset",
    "unmute",
]

MOST_INTERESTS: Final = 20
MAX_INTEREST_CHARS: Final = 80
MAX_EXPORTED: Final = 100_000  # events


@dataclass(frozen=True, slots=True)
class Choices:
    """What they chose."""

    interests: tuple[str, ...] = ()  # topics, in their words
    surprise: float = SURPRISE  # from 0, familiar, to 1, surprising
    muted: tuple[str, ...] = ()  # sources
    reset_at: float | None = None


def choices(conn: sa.Connection, scope: Scope) -> Choices:
    """What the person chose; what everybody has who chose nothing."""
    row = conn.execute(sa.select(feed_people).where(feed_people.c.person == scope.person)).one_or_none()
    if row is None:
        return Choices()
    return Choices(tuple(row.interests), row.surprise, tuple(row.muted), row.reset_at)


def choose(
    conn: sa.Connection,
    scope: Scope,
    *,
    clock: Clock,
    interests: Sequence[str] | None = None,
    surprise: float | None = None,
) -> Choices:
    """Change what is given, and nothing else. Raises InputWrong."""
    changed: dict[str, Any] = {}
    if interests is not None:
        changed["interests"] = _interests(interests)
    if surprise is not None:
        if not 0.0 <= surprise <= 1.0:
            raise InputWrong(f"surprise is {surprise:g}; expected 0 (familiar) to 1 (surprising)", field="surprise")
        changed["surprise"] = surprise
    _change(conn, scope, changed, clock)
    return choices(conn, scope)


def mute(conn: sa.Connection, scope: Scope, source: str, *, clock: Clock) -> None:
    """Show nothing of a source any more. Raises NotFound for one that they cannot see."""
    known = sa.select(sources.c.id).where(sources.c.id == source, sources.c.id.in_(visible(scope)))
    if conn.execute(known).one_or_none() is None:
        raise NotFound(f"no source {source[:40]!r} here")
    muted = choices(conn, scope).muted
    _change(conn, scope, {"muted": sorted({*muted, source})}, clock)


def unmute(conn: sa.Connection, scope: Scope, source: str, *, clock: Clock) -> None:
    """Show it again. Raises NotFound for one that is not muted."""
    muted = choices(conn, scope).muted
    if source not in muted:
        raise NotFound(f"the source {source[:40]!r} is not muted")
    _change(conn, scope, {"muted": [one for one in muted if one != source]}, clock)


def reset(conn: sa.Connection, scope: Scope, *, clock: Clock) -> None:
    """Begin anew: what was done until now counts no longer. It is not deleted, and can be exported."""
    _change(conn, scope, {"reset_at": clock.now_s()}, clock)


def take_back_reset(conn: sa.Connection, scope: Scope, before: float | None, *, clock: Clock) -> None:
    """Let count again what was done since `before`, the reset before the last one; None: all of it."""
    if before is not None and not 0.0 <= before <= clock.now_s():
        raise InputWrong(
            f"the reset before is of {before:g}; expected seconds since 1970, not after now", field="before"
        )
    _change(conn, scope, {"reset_at": before}, clock)


def take_back(conn: sa.Connection, scope: Scope, item: str, kinds: Sequence[str]) -> int:
    """Forget the newest of those events of the person with that item; how many went (0 or 1). For "undo"."""
    newest = conn.execute(
        sa.select(events.c.id, events.c.slate, events.c.item)
        .join(items, items.c.id == events.c.item)
        .where(
            events.c.person == scope.person,
            items.c.workspace == scope.workspace,
            items.c.key == item,
            events.c.kind.in_(kinds),
        )
        .order_by(events.c.at.desc(), events.c.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None:
        return 0
    mark_on_commit(conn, did_by(scope.person))  # the slate stays: what was hidden in it is in its place again
    place = events.c.slate == newest.slate, events.c.item == newest.item
    before = _counted(conn, scope, *place)
    gone = conn.execute(sa.delete(events).where(events.c.id == newest.id)).rowcount
    _recount(conn, scope, before, _counted(conn, scope, *place))
    return gone


def export(conn: sa.Connection, scope: Scope) -> dict[str, Any]:
    """
    All that the feed has of the person, as JSON: what they chose, what they did, what they were shown.

    An item that they may not see any more has neither id nor title.
    """
    is_seen = items.c.source.in_(visible(scope))
    did = conn.execute(
        sa.select(
            sa.case((is_seen, items.c.key)).label("item"),
            sa.case((is_seen, items.c.title)).label("title"),
            events.c.kind,
            events.c.at,
            events.c.value,
            events.c.slate,
            events.c.position,
        )
        .join(items, items.c.id == events.c.item)
        .where(events.c.person == scope.person)
        .order_by(events.c.at.desc(), events.c.id.desc())
        .limit(MAX_EXPORTED)
    )
    made = conn.execute(
        sa.select(slates.c.id, slates.c.made_at, slates.c.shown_at, slates.c.level)
        .where(slates.c.person == scope.person)
        .order_by(slates.c.made_at.desc())
        .limit(MAX_EXPORTED)
    )
    aside = conn.execute(
        sa.select(news_put_aside.c.news, news_put_aside.c.at)
        .where(news_put_aside.c.person == scope.person)
        .order_by(news_put_aside.c.at.desc(), news_put_aside.c.news)
    )
    return {
        "choices": asdict(choices(conn, scope)),
        "follows": [asdict(one) for one in list_things(conn, scope)],
        "events": [dict(row) for row in did.mappings()],
        "slates": [dict(row) for row in made.mappings()],
        "boards": export_boards(conn, scope),
        "experiments": met_by(conn, scope.person),
        # By its kind alone: its key names a page, which they may not see any more.
        "news_put_aside": [{"kind": row.news.partition("-")[0], "at": row.at} for row in aside],
    }


def forget(conn: sa.Connection, scope: Scope) -> int:
    """
    Delete what they did, what they were shown and what they chose; how many events went.

    What was counted of agents and in experiments because of them goes too. Their account and their questions, also
    those that they follow, are not the feed's.
    """
    _recount(conn, scope, _counted(conn, scope), (Counter(), Counter()))
    gone = conn.execute(sa.delete(events).where(events.c.person == scope.person)).rowcount
    conn.execute(sa.delete(slates).where(slates.c.person == scope.person))
    conn.execute(sa.delete(feed_people).where(feed_people.c.person == scope.person))
    forget_boards(conn, scope)
    forget_met(conn, scope.person)
    conn.execute(sa.delete(news_put_aside).where(news_put_aside.c.person == scope.person))
    conn.execute(sa.delete(follows).where(follows.c.person == scope.person, follows.c.kind.in_(THINGS)))
    mark_on_commit(conn, counts_of(scope.workspace), choices_of(scope.person))
    return gone


_Tallies = tuple["Counter[tuple[str, int]]", "Counter[tuple[str, int]]"]  # shown and rewarded, by agent and day


def _counted(conn: sa.Connection, scope: Scope, *only: "sa.ColumnElement[bool]") -> _Tallies:
    """What the person's events have put into the tallies: the first `shown` and the first reward of each place."""
    rows = conn.execute(
        sa.select(events.c.slate, events.c.item, events.c.kind, events.c.value, events.c.at, events.c.agents)
        .where(events.c.person == scope.person, events.c.slate.is_not(None), events.c.agents.is_not(None), *only)
        .order_by(events.c.at, events.c.id)
    )
    counted: _Tallies = Counter(), Counter()
    seen: set[tuple[str, int, bool]] = set()
    for row in rows:
        is_shown = row.kind == "shown"
        spot = row.slate, row.item, is_shown
        if spot in seen or not (is_shown or is_reward(row.kind, row.value)):
            continue
        seen.add(spot)
        counted[0 if is_shown else 1].update((agent, int(row.at // DAY_S)) for agent in row.agents)
    return counted


def _recount(conn: sa.Connection, scope: Scope, before: _Tallies, after: _Tallies) -> None:
    """Have the tallies hold what counts after, in place of what counted before."""
    for counter, gone in zip(after, before, strict=True):
        counter.subtract(gone)
    add_to_tallies(conn, scope.workspace, *after)


def _interests(given: Sequence[str]) -> list[str]:
    words = list(dict.fromkeys(" ".join(topic.split()) for topic in given if topic.strip()))
    if len(words) > MOST_INTERESTS:
        raise InputWrong(f"{len(words)} topics; expected at most {MOST_INTERESTS}", field="interests")
    if long := next((topic for topic in words if len(topic) > MAX_INTEREST_CHARS or not topic.isprintable()), None):
        raise InputWrong(
            f"the topic {long[:40]!r} has {len(long)} characters or unprintable ones; expected up to"
            f" {MAX_INTEREST_CHARS} printable ones",
            field="interests",
        )
    return words


def _change(conn: sa.Connection, scope: Scope, changed: dict[str, Any], clock: Clock) -> None:
    values = {**changed, "updated_at": clock.now_s()}
    mark_on_commit(conn, choices_of(scope.person))
    done = conn.execute(sa.update(feed_people).where(feed_people.c.person == scope.person).values(values))
    if not done.rowcount:
        if conn.execute(sa.select(persons.c.id).where(persons.c.id == scope.person)).one_or_none() is None:
            raise NotFound("this person is not known any more")
        first = {"interests": [], "surprise": SURPRISE, "muted": [], **values}
        conn.execute(sa.insert(feed_people).values(person=scope.person, workspace=scope.workspace, **first))
