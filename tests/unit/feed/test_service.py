"""Feeds: from memory while nothing has changed, made once for all who wait, and always there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import cast

import pytest

from bowerbird.acquire.sources import set_private
from bowerbird.feed.local_maker import FEED_S, FEED_YOUNG_S
from bowerbird.feed.people import choose, mute
from bowerbird.feed.service import MAKESHIFT_S, Feeds, Ticket, key_of, local_feeds
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records
from bowerbird.testing.builders import Library

from .shelves import TOPIC, Failing, change, did, kept, put, unit_vectors


@asynccontextmanager
async def opened(library: Library) -> AsyncIterator[tuple[Feeds, Failing]]:
    records = Failing(library.records)
    feeds = local_feeds(cast("Records", records), lambda _: TOPIC, library.clock)
    yield feeds, records
    await feeds.close()


@pytest.fixture
async def made(library: Library) -> AsyncIterator[tuple[Feeds, Failing]]:
    """Feeds over twelve items of one source."""
    put(library, library.source(), unit_vectors(12))
    async with opened(library) as one:
        yield one


async def test_a_slate_is_made_once_and_then_given_out(library: Library, made: tuple[Feeds, Failing]) -> None:
    """For five minutes, then for one more; from the fourth on another is made behind whoever asks."""
    feeds, _ = made
    key = Ticket(key_of(library.scope, 5), None)

    async def made_behind() -> None:
        for _ in range(200):
            if (found := feeds.peek(key)) is not None and found.age_s == 0.0:
                return
            await asyncio.sleep(0.01)

    assert feeds.peek(key) is None
    first = await feeds.slate(library.scope, length=5)
    assert (first.how, first.age_s, len(first.slate.entries)) == ("filled", 0.0, 5)
    library.clock.advance(FEED_YOUNG_S - 1)
    second = await feeds.slate(library.scope, length=5)
    assert (second.how, second.age_s, second.packed) == ("hit", FEED_YOUNG_S - 1, first.packed)
    peeked = feeds.peek(key)
    assert peeked is not None
    assert peeked.value is first.packed
    library.clock.advance(FEED_S - FEED_YOUNG_S)
    assert feeds.peek(key) is None
    third = await feeds.slate(library.scope, length=5)
    assert (third.how, third.packed) == ("hit", first.packed)
    await made_behind()
    fourth = await feeds.slate(library.scope, length=5)
    assert (fourth.how, fourth.age_s) == ("hit", 0.0)
    assert fourth.slate.id != first.slate.id
    assert kept(library) == 2
    library.clock.advance(FEED_S + 1)
    late = await feeds.slate(library.scope, length=5)
    assert (late.how, late.packed) == ("stale", fourth.packed)
    await made_behind()
    assert kept(library) == 3
    library.clock.advance(FEED_S + 100)
    assert (await feeds.slate(library.scope, length=5)).how == "filled"


async def test_who_waits_goes_before_who_does_not(library: Library, made: tuple[Feeds, Failing]) -> None:
    """Of many slates that are made behind, one is made at a time, and whoever asks afresh does not wait for them."""
    feeds, _ = made
    people = [Scope(library.scope.workspace, library.person(f"p{number}")) for number in range(30)]
    for scope in people:
        await feeds.slate(scope, length=3)
    library.clock.advance(FEED_S + 1)
    assert {(await feeds.slate(scope, length=3)).how for scope in people} == {"stale"}
    assert (await feeds.slate(library.scope, length=3, fresh=True)).how == "filled"
    behind = sum(feeds.peek(Ticket(key_of(scope, 3), None)) is not None for scope in people)
    assert behind < 15
    for _ in range(500):
        if all(feeds.peek(Ticket(key_of(scope, 3), None)) is not None for scope in people):
            break
        await asyncio.sleep(0.01)
    assert kept(library) == 61


async def test_asked_for_afresh_it_is_made_of_all_that_is_known(library: Library, made: tuple[Feeds, Failing]) -> None:
    """From then on nobody gets the old one."""
    feeds, _ = made
    first = await feeds.slate(library.scope, length=5)
    hidden = first.slate.entries[0].item
    did(library, hidden, "hidden")
    kept_on = await feeds.slate(library.scope, length=5)
    assert kept_on.packed is first.packed  # a page does not change under who reads it
    fresh = await feeds.slate(library.scope, length=12, fresh=True)
    assert hidden not in [entry.item for entry in fresh.slate.entries]
    assert len(fresh.slate.entries) == 11
    assert (await feeds.slate(library.scope, length=5)).slate.id != first.slate.id


async def test_what_says_little_leaves_the_profile(library: Library, made: tuple[Feeds, Failing]) -> None:
    """Until its time is over; what is significant does not."""
    feeds, _ = made
    item = (await feeds.slate(library.scope, length=1)).slate.entries[0].item
    did(library, item, "opened")
    assert not (await feeds.profile(library.scope)).acts
    did(library, item, "liked")
    assert [act.kind for act in (await feeds.profile(library.scope)).acts] == ["liked"]


async def test_a_change_of_an_item_drops_the_feeds_that_hold_it(library: Library, made: tuple[Feeds, Failing]) -> None:
    """And no others."""
    feeds, _ = made
    people = [Scope(library.scope.workspace, library.person(f"p{number}")) for number in range(6)]
    before = {scope: (await feeds.slate(scope, length=3)).packed for scope in people}
    item = before[people[0]].items[0]
    change(library, item, title="Another title")
    holds = [scope for scope in people if item in before[scope].items]
    assert len(holds) > 0
    for scope in people:
        after = await feeds.slate(scope, length=3)
        assert (after.packed is before[scope]) == (scope not in holds)
        titles = {entry.title for entry in after.slate.entries if entry.item == item}
        assert titles <= {"Another title"}


async def test_what_somebody_may_see_is_so_from_the_next_feed_on(library: Library, made: tuple[Feeds, Failing]) -> None:
    """A source that closes is in nobody else's feed, whoever had it."""
    feeds, _ = made
    bea = Scope(library.scope.workspace, library.person("bea"))
    source = library.source("https://b.example.org/")
    theirs = set(put(library, source, unit_vectors(3, seed=5)))
    first = await feeds.slate(bea, length=15)
    assert theirs <= {entry.item for entry in first.slate.entries}
    library.records.write(lambda conn: set_private(conn, source, library.scope, private=True, clock=library.clock))
    assert not theirs & {entry.item for entry in (await feeds.slate(bea, length=15)).slate.entries}
    assert theirs <= {entry.item for entry in (await feeds.slate(library.scope, length=15)).slate.entries}


async def test_who_sees_less_does_not_get_what_was_made_for_who_sees_more(
    library: Library, made: tuple[Feeds, Failing]
) -> None:
    """Of the same person, within the same five minutes, by way of the records; nor the other way round."""
    feeds, _ = made
    other = library.source("https://b.example.org/")
    theirs = set(put(library, other, unit_vectors(3, seed=5)))
    await feeds.slate(library.scope, length=15)
    narrow = Scope(library.scope.workspace, library.scope.person, (other,))
    assert {entry.item for entry in (await feeds.slate(narrow, length=15)).slate.entries} == theirs
    async with opened(library) as (elsewhere, _):
        assert {entry.item for entry in (await elsewhere.slate(narrow, length=15)).slate.entries} == theirs
        assert len((await elsewhere.slate(library.scope, length=15)).slate.entries) == 15


async def test_what_another_process_made_is_found(library: Library, made: tuple[Feeds, Failing]) -> None:
    """While nothing of it has changed; otherwise another is made."""
    feeds, _ = made
    first = await feeds.slate(library.scope, length=4)
    library.clock.advance(60)
    async with opened(library) as (other, _):
        second = await other.slate(library.scope, length=4)
        assert (second.slate.id, second.slate.entries) == (first.slate.id, first.slate.entries)
        assert second.age_s == pytest.approx(60.0)
    spoiled = first.slate.entries[0].item

    def choose_otherwise() -> None:
        library.records.write(lambda conn: choose(conn, library.scope, clock=library.clock, surprise=1.0))

    for spoil in (partial(change, library, spoiled, title="Another"), choose_otherwise):
        spoil()
        async with opened(library) as (other, _):
            third = await other.slate(library.scope, length=4)
            assert third.slate.id != first.slate.id
        first = third
    async with opened(library) as (other, _):
        assert (await other.slate(library.scope, length=5)).slate.id != first.slate.id


async def test_whatever_read_fails_there_is_a_slate(library: Library, made: tuple[Feeds, Failing]) -> None:
    """One after the other, and from one on; after they have been read once, and before."""
    warm = Scope(library.scope.workspace, library.person("warm"))
    for is_warm in (True, False):
        for which in range(1, 7):
            for once in (True, False):
                async with opened(library) as (feeds, records):
                    if is_warm:
                        await feeds.slate(warm, length=3, fresh=True)
                        library.clock.advance(3)
                    began = records.reads
                    records.fails = lambda at, of=began + which, once=once: at == of if once else at >= of  # type: ignore[misc]
                    served = await feeds.slate(library.scope, length=3, fresh=True)
                    assert served.slate.level in ("agents", "trending")
                    assert len(served.slate.entries) == 3 or not is_warm
    feeds, records = made
    records.fails_to_write = True
    assert (await feeds.slate(library.scope, length=3, fresh=True)).slate.level == "agents"


async def test_without_the_records_nothing_private_is_shown(library: Library, made: tuple[Feeds, Failing]) -> None:
    """Neither somebody's own, nor what has been closed since it was last read, nor what they hid."""
    feeds, records = made
    bea = Scope(library.scope.workspace, library.person("bea"))
    private = set(put(library, library.source("https://b.example.org/", person=bea.person), unit_vectors(2, seed=5)))
    closing = library.source("https://c.example.org/")
    put(library, closing, unit_vectors(2, seed=6))
    first = (await feeds.slate(bea, length=20)).slate
    assert private <= {entry.item for entry in first.entries}
    public = {entry.item for entry in first.entries} - private
    hidden = min(public)
    did(library, hidden, "hidden", by=bea)
    await feeds.profile(bea)
    records.fails = lambda _: True
    served = await feeds.slate(bea, length=19)
    assert served.slate.level == "trending"
    assert {entry.item for entry in served.slate.entries} == public - {hidden}
    library.records.write(lambda conn: set_private(conn, closing, library.scope, private=True, clock=library.clock))
    cut_off = await feeds.slate(Scope(library.scope.workspace, library.person("cem")), length=18)
    assert (cut_off.slate.level, cut_off.slate.entries) == ("trending", ())


async def test_a_makeshift_ends_when_the_records_are_back(library: Library, made: tuple[Feeds, Failing]) -> None:
    """It is given out for some seconds, and what it is told to be of age is its own."""
    feeds, records = made
    await feeds.slate(Scope(library.scope.workspace, library.person("warm")), length=3)
    records.fails = lambda _: True
    first = await feeds.slate(library.scope, length=3)
    assert (first.slate.level, first.how, first.age_s) == ("trending", "filled", 0.0)
    assert feeds.peek(Ticket(key_of(library.scope, 3), None)) is None
    library.clock.advance(1)
    reads = records.reads
    again = await feeds.slate(library.scope, length=3)
    assert (again.slate.level, again.how, again.age_s) == ("trending", "stale", 1.0)
    for _ in range(200):  # until the one behind it is made, of nothing either
        if records.reads > reads:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    records.fails = lambda _: False
    library.clock.advance(MAKESHIFT_S)
    assert (await feeds.slate(library.scope, length=3)).slate.level == "agents"
    assert kept(library) == 2


async def test_two_hundred_who_wait_get_one_slate(library: Library, made: tuple[Feeds, Failing]) -> None:
    """Of a person whom nobody has asked for before."""
    feeds, _ = made
    served = await asyncio.gather(*(feeds.slate(library.scope, length=5) for _ in range(200)))
    assert len({one.slate.id for one in served}) == 1
    assert kept(library) == 1


async def test_one_who_leaves_takes_nothing_from_the_others(library: Library, made: tuple[Feeds, Failing]) -> None:
    """Also the first, for whom it is made; when all have left, the next one begins anew."""
    feeds, records = made
    records.held = asyncio.Event()
    tasks = [asyncio.create_task(feeds.slate(library.scope, length=5)) for _ in range(5)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()
    tasks[3].cancel()
    await asyncio.sleep(0.01)
    records.held.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in done] == [True, False, False, True, False]
    records.held = asyncio.Event()
    alone = asyncio.create_task(feeds.slate(library.scope, length=6))
    await asyncio.sleep(0.01)
    alone.cancel()
    await asyncio.gather(alone, return_exceptions=True)
    records.held.set()
    assert len((await feeds.slate(library.scope, length=6)).slate.entries) == 6


async def test_what_they_choose_holds_from_the_next_feed_on(library: Library, made: tuple[Feeds, Failing]) -> None:
    feeds, _ = made
    other = library.source("https://b.example.org/")
    theirs = set(put(library, other, unit_vectors(3, seed=5)))
    assert theirs <= {entry.item for entry in (await feeds.slate(library.scope, length=15)).slate.entries}
    library.records.write(lambda conn: mute(conn, library.scope, other, clock=library.clock))
    assert not theirs & {entry.item for entry in (await feeds.slate(library.scope, length=15)).slate.entries}


async def test_a_closed_one_makes_no_more(library: Library) -> None:
    async with opened(library) as (feeds, _):
        await feeds.slate(library.scope, length=5)
    with pytest.raises(Exception, match="stopping"):
        await feeds.slate(library.scope, length=5)


async def test_what_is_told_of_a_slate_adds_up(library: Library, made: tuple[Feeds, Failing]) -> None:
    """As programs get it."""
    feeds, _ = made
    told = (await feeds.slate(library.scope, length=12)).to_json()
    assert len(told["items"]) == 12
    for item in told["items"]:
        assert sum(item["why"].values()) == pytest.approx(item["score"], abs=1e-9)
        assert 0 < item["propensity"] <= 1
