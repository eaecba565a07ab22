"""
Feeds for everybody of this process: slates that were made a moment ago, or that a maker makes now.

    tier    holds      for       dropped by
    feed    a slate    5 min     a change of an item in it, of who may see what, of what the person chooses; it is of
                                 the variants that the person is given, and of no others

Within the last half of these minutes another is made behind who asks, sooner for some than for others, so that nobody
waits and those that were made together are not all made anew together.

A significant action leaves the slate until it expires or is asked for afresh, so that a page does not change under who
reads it. Who asks afresh is read anew from the records, and the slate that is made takes the place of the old one.

A slate that is less than it should be (`level`) is given out for some seconds only, so that it ends with what was the
matter.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from bowerbird.experiments import Given, Trials
from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.local_maker import FEED_S, FEED_YOUNG_S, LocalMaker
from bowerbird.feed.maker import Around, Maker, Shelf
from bowerbird.feed.only import EVERYTHING, Only
from bowerbird.feed.packed import Packed, Served
from bowerbird.feed.profile import Profile
from bowerbird.feed.profiles import PEOPLE, Profiles
from bowerbird.feed.slate import Replayed
from bowerbird.feed.stamps import ITEMS_CHANGED, choices_of, item_slots, scope_slots
from bowerbird.feed.variants import FEED_PLACES, USUAL, Variants
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.index.nearest import Floats
from bowerbird.ops.cache import Found, Tier
from bowerbird.ops.shared import Shared
from bowerbird.records import Records

__all__ = ["Feeds", "Ticket", "key_of", "local_feeds"]

FEED_STALE_S: Final = 60.0
MAKESHIFT_S: Final = 10.0  # how long a slate of a lower level is given out, as a late one: another is made behind it


def key_of(scope: Scope, length: int, only: Only = EVERYTHING, variants: Variants = USUAL) -> str:
    """
    By what a slate is kept: for whom, of which sources, how long, by which variants, of which items. A text knows its
    hash.
    """
    sources = "*" if scope.sources is None else ",".join(scope.sources)
    # Ids, numbers and names of variants have no spaces.
    return f"{scope.workspace} {scope.person} {sources} {length} {variants.text} {only}"


class Ticket(NamedTuple):
    """By what somebody gets their slate again, for as long as what they are given stands (`Feeds.peek`)."""

    key: str
    given: Given | None  # None: nothing is tried here


class Feeds:
    """Slates by person; for the tasks of one event loop."""

    def __init__(
        self,
        records: Records,
        maker: Maker,
        profiles: Profiles,
        clock: Clock,
        *,
        agents: Sequence[FeedAgent] | None = None,
        tier: str = "feed",
        stale_s: float = FEED_STALE_S,
        trials: Trials | None = None,
    ) -> None:
        """
        `maker` makes what is not here. The agents are those that it asks. `trials` give each person their variants;
        without, whoever asks says them.

        A slate that is older than five minutes is given out for `stale_s` more while another is made. `tier` is what
        the metrics call what is kept.
        """
        self.agents = tuple(default_agents() if agents is None else agents)
        self._maker = maker
        self._profiles = profiles
        self._stamps = records.stamps
        self._clock = clock
        self._trials = trials
        self._guards = [records.stamps.slot(ITEMS_CHANGED)]
        self._slates = Tier[str, Packed](
            tier,
            records.stamps,
            clock,
            lifetime_s=FEED_S,
            stale_s=stale_s,
            early_s=FEED_S - FEED_YOUNG_S if stale_s else 0.0,  # those of people who came together not all together
            most=PEOPLE,
        )

    @property
    def is_cut_off(self) -> bool:
        """Whether the records did not answer when they were last asked for a slate."""
        return self._maker.is_cut_off

    def ticket(self, scope: Scope, length: int) -> Ticket | None:
        """Theirs; None while it is not known, or not recorded, what they are given."""
        if self._trials is None:
            return Ticket(key_of(scope, length), None)
        given = self._trials.known(scope, FEED_PLACES)
        return None if given is None else Ticket(key_of(scope, length, variants=Variants.of(given.variants)), given)

    def peek(self, ticket: Ticket) -> Found[Packed] | None:
        """
        The slate that is kept for who has that ticket, unchanged and in time, without waiting; some microseconds.

        None when what they are given may be something else now.
        """
        if ticket.given is not None and self._trials is not None and not self._trials.stands(ticket.given):
            return None
        return self._slates.peek(ticket.key)

    async def slate(
        self,
        scope: Scope,
        *,
        length: int,
        fresh: bool = False,
        only: Only = EVERYTHING,
        variants: Variants | None = None,
        user_agent: str = "",
        can_wait: bool = False,
    ) -> Served:
        """
        The slate of a person: one of a moment ago, or one that is made now. There always is one.

        It is made by the variants that the person is given, which they are recorded to have met, unless others are
        named. For whom nobody waits (`can_wait`) it is made after the others.
        """
        if variants is None:
            variants = await self._given(scope, user_agent)
        make = partial(self._maker.slate, scope, length=length, only=only, variants=variants)
        key, stamps = key_of(scope, length, only, variants), scope_slots(self._stamps, scope)

        def rests_on(packed: Packed) -> list[int]:
            return item_slots(self._stamps, packed.items)

        if fresh:
            # From here on nobody gets the old one, in no process.
            self._stamps.mark(choices_of(scope.person))
            found = await self._slates.renew(
                key, make, stamps=stamps, guards=self._guards, narrow=rests_on, aged=self._aged
            )
        else:
            behind = partial(make, can_wait=True)
            found = await self._slates.get(
                key,
                behind if can_wait else make,
                stamps=stamps,
                guards=self._guards,
                narrow=rests_on,
                aged=self._aged,
                behind=behind,
                younger_s=FEED_YOUNG_S if can_wait else math.inf,
            )
        packed = found.value
        age_s = found.age_s if packed.level == "agents" else self._since_s(packed)
        return Served(packed, scope, age_s, found.how, length, only)

    async def profile(self, scope: Scope) -> Profile:
        """What is known of a person, as it was at most a quarter of an hour ago; raises StoreUnavailable."""
        return await self._profiles.of(scope)

    def unwanted(self, scope: Scope) -> frozenset[int]:
        """The items that the person does not want, for all that is known here; without waiting, nor the records."""
        profile = self._profiles.peek(scope)
        return frozenset() if profile is None else profile.unwanted

    async def shelf(self, scope: Scope, *, most: int) -> Shelf:
        """What they may see, with up to `most` values of each kind; raises StoreUnavailable."""
        return await self._maker.shelf(scope, most=most)

    async def around(self, scope: Scope, item: int, *, most: int) -> Around:
        """What is like an item, of what they may see; raises StoreUnavailable."""
        return await self._maker.around(scope, item, most=most)

    async def replay(self, scope: Scope, slate: str, *, without: Sequence[str] = ()) -> Replayed:
        """
        A slate of the person made again, as it was or as it would have been without some agents.

        Raises NotFound; Changed when that cannot be told any more; InputWrong for agents that had no say in it.
        """
        return await self._maker.replay(scope, slate, without=without)

    async def resting(self) -> tuple[str, ...]:
        """The agents that are left alone for now, because they failed."""
        return await self._maker.resting()

    async def warm(self) -> None:
        """Read what was asked for lately, so that nobody has to wait for it."""
        await self._maker.warm()

    async def close(self) -> None:
        """Give out no more."""
        await self._slates.close()
        await self._profiles.close()
        await self._maker.close()

    async def _given(self, scope: Scope, user_agent: str) -> Variants:
        if self._trials is None:
            return USUAL
        return Variants.of((await self._trials.give(scope, FEED_PLACES, user_agent=user_agent)).variants)

    def _since_s(self, packed: Packed) -> float:
        return max(self._clock.now_s() - packed.made_at, 0.0)

    def _aged(self, packed: Packed) -> float:
        """How much of its time is over when it comes."""
        return self._since_s(packed) if packed.level == "agents" else FEED_S + FEED_STALE_S - MAKESHIFT_S


def local_feeds(
    records: Records,
    embed: Callable[[str], Floats],
    clock: Clock,
    *,
    agents: Sequence[FeedAgent] | None = None,
    shared: Shared | None = None,
    trials: Trials | None = None,
) -> Feeds:
    """Feeds whose slates are made in this process; `embed` gives the vector of a topic that a person picked."""
    agents = tuple(default_agents() if agents is None else agents)
    maker = LocalMaker(records, embed, clock, agents=agents, shared=shared)
    return Feeds(records, maker, maker.profiles, clock, agents=agents, trials=trials)
