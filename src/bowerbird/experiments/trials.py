"""
What the product does for a person at each place where it can be put to the test.

    given = await trials.give(scope, ("feed.agents", "feed.thompson"))
    given.variants["feed.agents"]                              # "without-serendipity"

Who is in an experiment that runs there gets their variant of it, everybody else what was shipped there last, and until
anything was what the product does by itself. Experiments that run at one place share a layer, so nobody is in two.

    first      computed from what runs and the person's buckets, and written down before it is given
    again      from memory, as long as no experiment of the workspace has changed (a stamp): `known`, `stands`

While the records cannot be written, or the writer's turn is long in coming, people get the variant that is computed,
and are recorded when they come again: a feed waits for a moment, not for a migration.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bowerbird.experiments.acquainted import People, Running, remember
from bowerbird.experiments.assign import assign
from bowerbird.experiments.bots import is_program
from bowerbird.experiments.exposing import Exposed, Meeting, meetings_of, together
from bowerbird.experiments.places import Place, Places
from bowerbird.experiments.store import Experiment, experiments_of, list_experiments, running_phase
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import DeadlinePassed, Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.logs import logger
from bowerbird.ops.stamps import Places as Stamped
from bowerbird.ops.stamps import places_of
from bowerbird.records import Records

__all__ = ["Given", "Trials", "Tried", "shipped_at"]

PEOPLE_KEPT: Final = 50_000
LEFT_ALONE_S: Final = 2.0  # after an exposure could not be written
WRITE_S: Final = 0.2  # that a feed waits for it

_log = logger("api")

Names = tuple[str, ...]
_Key = tuple[str, str, Names]  # workspace, person, places


@dataclass(frozen=True, slots=True)
class Given:
    """What a person is given at some places, as of two stamps: of their workspace's experiments, of their meetings."""

    variants: Mapping[str, str]  # by place
    watched: Stamped
    seen: tuple[int, ...]
    is_recorded: bool  # that they met every experiment of it, unless they are in none


@dataclass(frozen=True, slots=True)
class Tried:
    """A place, what is given there to who is in no experiment, and what runs there."""

    place: Place
    given: str
    running: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As programs get it."""
        return self.place.to_json() | {"given": self.given, "running": list(self.running)}


@dataclass(frozen=True, slots=True)
class _Board:
    """What is tried in a workspace, as of a stamp."""

    stamp: int
    running: Mapping[str, tuple[Running, ...]]  # by place
    shipped: Mapping[str, str]


class Trials:
    """The variants of people; for the tasks of one event loop, which closes it."""

    def __init__(self, records: Records, places: Places, clock: Clock, *, write_s: float = WRITE_S) -> None:
        """`write_s`: for so long somebody waits until it is recorded that they meet an experiment."""
        self.places = places
        self._write_s = write_s
        self._records = records
        self._stamps = records.stamps
        self._clock = clock
        self._slots: dict[str, int] = {}
        self._boards: dict[str, _Board] = {}
        self._reading = asyncio.Lock()
        self._given: OrderedDict[_Key, Given] = OrderedDict()
        self._people = People(records, most=PEOPLE_KEPT)
        self._breaker = Breaker("the record of who meets what", clock, failures=1, open_s=LEFT_ALONE_S)
        self._together = together(records, clock)

    async def give(self, who: Scope, places: Names, *, user_agent: str = "") -> Given:
        """
        What the person is given at these places, once it is recorded that they meet what is tried there.

        A program (by the name that it gives itself) is in no experiment. Never raises because the records cannot be
        reached, nor because there is no time.
        """
        if (known := self.known(who, places)) is not None and not is_program(user_agent):
            return known
        watched, forgotten = self._watched(who)
        try:
            board = await self._board(who.workspace)
            if is_program(user_agent):
                return Given(self._otherwise(board, places), watched, (board.stamp, forgotten), is_recorded=False)
            variants, is_recorded = await self._recorded(board, who, places)
        except (Unavailable, DeadlinePassed) as exc:
            _log.warning("experiments.not_recorded", places=places, error=str(exc))
            return Given(self._from_memory(who, places), watched, (), is_recorded=False)
        found = Given(variants, watched, (board.stamp, forgotten), is_recorded)
        if is_recorded:
            remember(self._given, (who.workspace, who.person, places), found, PEOPLE_KEPT)
        return found

    async def look(self, who: Scope, places: Names) -> Mapping[str, str]:
        """The variants, by place, for whom they are not shown to: nothing is recorded."""
        try:
            board = await self._board(who.workspace)
            found = await self._found(board, who, places)
        except Unavailable:
            return self._from_memory(who, places)
        return self._otherwise(board, places) | {place: variant for place, (_, variant) in found.items()}

    def known(self, who: Scope, places: Names) -> Given | None:
        """What was given and recorded before, if it is in memory and nothing has changed; about a microsecond."""
        found = self._given.get((who.workspace, who.person, places))
        return found if found is not None and self.stands(found) else None

    def stands(self, given: Given) -> bool:
        """Whether no experiment of the workspace has changed since, and what the person met was not forgotten."""
        return self._stamps.stands(given.watched, given.seen)

    async def tried(self, workspace: str) -> list[Tried]:
        """How it stands at every place; raises StoreUnavailable."""
        board = await self._board(workspace)
        given = self._otherwise(board, tuple(place.name for place in self.places))
        return [
            Tried(place, given[place.name], tuple(one.experiment.name for one in board.running.get(place.name, ())))
            for place in self.places
        ]

    async def close(self) -> None:
        """Break off what waits."""
        await self._together.close()

    # -- what is tried ----------------------------------------------------------------------------------------------

    def _slot(self, workspace: str) -> int:
        if workspace not in self._slots:
            self._slots[workspace] = self._stamps.slot(experiments_of(workspace))
        return self._slots[workspace]

    async def _board(self, workspace: str) -> _Board:
        if (known := self._current(workspace)) is not None:
            return known
        async with self._reading:  # whoever comes meanwhile would read the same
            if (known := self._current(workspace)) is not None:
                return known
            stamp = self._stamps.look_at(self._slot(workspace))
            found = await self._records.aread(lambda conn: list_experiments(conn, workspace))
            board = self._boards[workspace] = _board_of(found, stamp)
            return board

    def _current(self, workspace: str) -> _Board | None:
        known = self._boards.get(workspace)
        return known if known is not None and known.stamp == self._stamps.look_at(self._slot(workspace)) else None

    def _otherwise(self, board: _Board | None, places: Names) -> dict[str, str]:
        """What who is in no experiment is given, by place."""
        found: dict[str, str] = {}
        for name in places:
            if (place := self.places.get(name)) is not None:
                shipped = "" if board is None else board.shipped.get(name, "")
                found[name] = shipped if place.has(shipped) else place.usual
        return found

    # -- a person ---------------------------------------------------------------------------------------------------

    def _watched(self, who: Scope) -> tuple[Stamped, int]:
        """Where it stands whether what they are given holds, and whether what they met was forgotten until now."""
        of_person = self._stamps.slot(meetings_of(who.person))
        return places_of((self._slot(who.workspace), of_person)), self._stamps.look_at(of_person)

    async def _found(self, board: _Board, who: Scope, places: Names) -> dict[str, tuple[Running, str]]:
        """By place: the experiment that the person is in, and their variant of it."""
        found: dict[str, tuple[Running, str]] = {}
        if not any(board.running.get(place) for place in places):
            return found
        buckets = await self._people.buckets(who.person)
        if buckets is None:
            return found
        for place in places:
            for one in board.running.get(place, ()):
                kept = await self._people.kept(one, who.person)
                variant = assign(one.phase, buckets, kept=kept).variant
                if variant is not None and self.places.can(place, variant):
                    found[place] = one, variant
        return found

    async def _recorded(self, board: _Board, who: Scope, places: Names) -> tuple[Mapping[str, str], bool]:
        """What is given, and whether it is recorded: not what has just been changed, which is found out then."""
        variants = self._otherwise(board, places)
        found = await self._found(board, who, places)
        buckets = await self._people.buckets(who.person) if found else None
        if buckets is None:
            return variants, True
        meetings = [Meeting(one.experiment.name, who.person, buckets) for one, _ in found.values()]
        async with self._breaker.call():
            outcomes = await self._written(who.workspace, meetings)
        for place, outcome in zip(found, outcomes, strict=True):
            if outcome.variant is not None and self.places.can(place, outcome.variant):
                variants[place] = outcome.variant
        return variants, all(outcome.variant is not None for outcome in outcomes)

    async def _written(self, workspace: str, meetings: Sequence[Meeting]) -> list[Exposed]:
        """What became of them; what is being written when nobody waits any more is written all the same."""
        try:
            async with asyncio.timeout(self._write_s):
                return await asyncio.gather(*(self._together((workspace, meeting)) for meeting in meetings))
        except TimeoutError:
            raise Unavailable(f"the records were not written within {self._write_s:g} s") from None

    def _from_memory(self, who: Scope, places: Names) -> Mapping[str, str]:
        """By what is in memory, whatever the stamps say."""
        board, buckets = self._boards.get(who.workspace), self._people.known_buckets(who.person)
        before = self._given.get((who.workspace, who.person, places))
        if before is not None and board is not None and before.seen[0] == board.stamp:
            return before.variants  # as it was recorded
        variants = self._otherwise(board, places)
        if board is None or buckets is None:
            return variants
        for place in places:
            for one in board.running.get(place, ()):
                variant = assign(one.phase, buckets, kept=self._people.known_kept(one, who.person)).variant
                if variant is not None and self.places.can(place, variant):
                    variants[place] = variant
        return variants


def shipped_at(found: Sequence[Experiment]) -> dict[str, str]:
    """By place: the variant that was shipped there last and not taken back since."""
    shipped = [one for one in found if one.rules.place is not None and one.decision == "ship"]
    in_order = sorted(shipped, key=lambda one: (one.decided_at or 0.0, one.id))
    return {one.rules.place: one.given for one in in_order if one.rules.place and one.given}


def _board_of(found: Sequence[Experiment], stamp: int) -> _Board:
    running: dict[str, tuple[Running, ...]] = {}
    for one in found:
        if one.state == "running" and one.rules.place is not None:
            running[one.rules.place] = (*running.get(one.rules.place, ()), Running(one, running_phase(one)))
    return _Board(stamp, running, shipped_at(found))
