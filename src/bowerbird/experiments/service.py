"""
Experiments for whoever asks in the course of a request: `variant = await experiments.variant("ranker", scope)`.

What runs is kept in memory for each workspace until something of it changes (a stamp), and so are a person's buckets:
who was exposed already costs some microseconds and no look at the records. Somebody's first meeting with an experiment
is written down before they are told their variant; those that come at the same time go in one transaction.

While the records cannot be written, people get the variant that is computed, which is the one they will get later, and
are recorded when they come again: a feed is not refused because an experiment cannot be measured.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments.a_a import KeptAlwaysOn
from bowerbird.experiments.acquainted import People, Running, remember
from bowerbird.experiments.assign import NOBODY_KNOWN, UnitBuckets, assign
from bowerbird.experiments.baseline import Baselines
from bowerbird.experiments.bots import is_program
from bowerbird.experiments.by_segment import BySegment, by_segment
from bowerbird.experiments.counting import catch_up, recount, waits
from bowerbird.experiments.exposing import Exposed, Meeting, meetings_of, together
from bowerbird.experiments.places import NOWHERE, Places
from bowerbird.experiments.plan import Plan, Rules
from bowerbird.experiments.store import (
    Decision,
    Experiment,
    change,
    decide,
    experiments_of,
    find,
    list_experiments,
    replan,
    running_phase,
    stop,
)
from bowerbird.experiments.sums import Results, results
from bowerbird.experiments.targeting import Attributes
from bowerbird.experiments.watch import Report, effect_seen, report
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound, Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.logs import logger
from bowerbird.records import Records

__all__ = ["Experiments"]

_log = logger("api")

PEOPLE_KEPT: Final = 10_000
EXPOSED_KEPT: Final = 100_000
ROUNDS: Final = 20  # of counting before somebody sees results

_Met = tuple[str, int, str]  # experiment, phase, person


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The variant of a person that is recorded, as of the stamp of their being forgotten."""

    variant: str
    forgotten: int


@dataclass(frozen=True, slots=True)
class _Board:
    """What is the case in a workspace, as of a stamp."""

    stamp: int
    running: Mapping[str, Running]
    settled: Mapping[str, str]  # the variant that everybody has of what does not run


class Experiments:
    """Assignment, exposure and results, for one event loop, which closes it."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._boards: dict[str, _Board] = {}
        self._people = People(records, most=PEOPLE_KEPT)
        self._exposed: OrderedDict[_Met, _Recorded] = OrderedDict()
        self.baselines = Baselines(records, clock)
        self.always_on = KeptAlwaysOn(records, clock)
        self._together = together(records, clock)

    async def variant(
        self,
        name: str,
        who: Scope,
        *,
        attributes: Attributes = NOBODY_KNOWN,
        user_agent: str = "",
        otherwise: str = "control",
    ) -> str:
        """
        The person's variant, once it is recorded that they meet it; the control for who is not in the experiment.

        Everybody gets what was decided once it is; `otherwise` while there is no such experiment. Never raises because
        the records cannot be reached.
        """
        try:
            return await self._variant(name, who, attributes, user_agent, otherwise)
        except Unavailable as exc:
            _log.warning("experiments.not_recorded", experiment=name, error=str(exc))
            return self._unrecorded(name, who, attributes, otherwise)

    async def meet(
        self,
        name: str,
        who: Scope,
        *,
        attributes: Attributes = NOBODY_KNOWN,
        shown: str | None = None,
        user_agent: str = "",
    ) -> Exposed:
        """
        Record that the person meets the experiment; `shown` is what a client of its own says it has shown them.

        Raises NotFound for an experiment that there is not, InputWrong for a variant that it has not and for one whose
        variants the product gives by itself, and Unavailable.
        """
        board = await self._board(who.workspace)
        if name not in board.running and name not in board.settled:
            raise _unknown(name)
        one = board.running.get(name)
        if one is not None and one.experiment.rules.place is not None:
            raise _given_elsewhere(one.experiment)
        if shown is not None and one is not None:
            _ensure_variant(one.experiment, shown)
        if is_program(user_agent):
            return Exposed(None, "a program", "not in")
        buckets = await self._buckets(who.person)
        return await self._together((who.workspace, Meeting(name, who.person, buckets, attributes, shown)))

    async def without(self, name: str, workspace: str) -> str:
        """The variant of who is not in the experiment; raises NotFound."""
        board = await self._board(workspace)
        if (one := board.running.get(name)) is not None:
            return one.experiment.without
        if name not in board.settled:
            raise _unknown(name)
        return board.settled[name]

    async def results(self, name: str, workspace: str, *, phase: int | None = None) -> Results:
        """What is known now, of the phase or the last one; counted first, as far as a moment reaches (`behind`)."""
        await self._count_some()

        def read(conn: sa.Connection) -> Results:
            return results(conn, find(conn, workspace, name), phase=phase, clock=self._clock)

        return await self._records.aread(read)

    async def report(self, name: str, workspace: str, *, phase: int | None = None) -> Report:
        """As `report`, counted first like `results`."""
        await self._count_some()

        def read(conn: sa.Connection) -> Report:
            return report(conn, find(conn, workspace, name), phase=phase, clock=self._clock)

        return await self._records.aread(read)

    async def by_segment(
        self, name: str, workspace: str, *, metric: str | None = None, phase: int | None = None
    ) -> BySegment:
        """As `by_segment`, counted first like `results`."""
        await self._count_some()

        def read(conn: sa.Connection) -> BySegment:
            return by_segment(conn, find(conn, workspace, name), metric=metric, phase=phase, clock=self._clock)

        return await self._records.aread(read)

    async def effect_seen(self, name: str, workspace: str) -> dict[str, Any] | None:
        """What a learning takes along; None of a draft, and where nothing is told. Raises NotFound."""
        one = await self._records.aread(lambda conn: find(conn, workspace, name))
        return effect_seen(await self.report(name, workspace), one) if one.phase else None

    async def count(self) -> bool:
        """Count a batch of what people did; False when nothing is left. Takes no writer's turn for nothing."""
        if not await self._records.aread(waits):
            return False
        return await self._records.awrite(lambda conn: catch_up(conn, clock=self._clock))

    async def count_all(self, name: str, workspace: str) -> None:
        """Count what waits, then the whole experiment anew, so that what was taken back is in it no more."""
        while await self.count():
            pass
        known = await self._records.aread(lambda conn: find(conn, workspace, name))
        after: int | None = 0
        while after is not None:
            after = await self._recounted(known.id, after)

    async def change(
        self,
        name: str,
        who: Scope,
        *,
        rules: Rules | None = None,
        plan: Plan | None = None,
        new_phase: bool = False,
        places: Places = NOWHERE,
    ) -> Experiment:
        """As `change` of the store, or with a plan as `replan`; without rules by those that it has."""
        if rules is None and plan is None and not new_phase:
            raise InputWrong("nothing is given to change; expected rules, a plan, or new_phase", field="rules")

        def write(conn: sa.Connection) -> Experiment:
            given = rules or find(conn, who.workspace, name).rules
            if plan is not None:
                return replan(conn, who, name, plan, given, clock=self._clock, places=places)
            return change(conn, who, name, given, clock=self._clock, new_phase=new_phase, places=places)

        return await self._records.awrite(write)

    async def stop(self, name: str, who: Scope) -> Experiment:
        """As `stop` of the store, counted to the end."""
        stopped = await self._records.awrite(lambda conn: stop(conn, who, name, clock=self._clock))
        await self.count_all(name, who.workspace)
        return stopped

    async def decide(
        self, name: str, who: Scope, decision: Decision, reasons: str, *, variant: str | None = None
    ) -> Experiment:
        """As `decide` of the store, counted to the end before."""
        await self.count_all(name, who.workspace)
        return await self._records.awrite(
            lambda conn: decide(conn, who, name, decision, reasons, clock=self._clock, variant=variant)
        )

    async def close(self) -> None:
        """Break off what waits; may be called twice."""
        await self._together.close()
        await self.baselines.close()
        await self.always_on.close()

    # -- the way of a request ---------------------------------------------------------------------------------------

    async def _variant(self, name: str, who: Scope, attributes: Attributes, user_agent: str, otherwise: str) -> str:
        board = await self._board(who.workspace)
        one = board.running.get(name)
        if one is None:
            return board.settled.get(name, otherwise)
        if is_program(user_agent):
            return one.experiment.without
        buckets = await self._buckets(who.person)
        met = one.experiment.id, one.experiment.phase, who.person
        kept = await self._people.kept(one, who.person)
        if assign(one.phase, buckets, attributes, kept=kept).variant is None:
            return one.experiment.without
        forgotten = self._records.stamps.look(meetings_of(who.person))
        known = self._exposed.get(met)
        if known is not None and known.forgotten == forgotten:
            return known.variant
        exposed = await self._together((who.workspace, Meeting(name, who.person, buckets, attributes)))
        if exposed.variant is None:  # it has just been changed
            return one.experiment.without
        met = exposed.experiment, exposed.phase, who.person
        remember(self._exposed, met, _Recorded(exposed.variant, forgotten), EXPOSED_KEPT)
        return exposed.variant

    def _unrecorded(self, name: str, who: Scope, attributes: Attributes, otherwise: str) -> str:
        """By what is in memory, whatever the stamp says."""
        board, buckets = self._boards.get(who.workspace), self._people.known_buckets(who.person)
        one = None if board is None else board.running.get(name)
        if board is None or one is None:
            return otherwise if board is None else board.settled.get(name, otherwise)
        if buckets is None:
            return one.experiment.without
        met = one.experiment.id, one.experiment.phase, who.person
        found = assign(one.phase, buckets, attributes, kept=self._people.known_kept(one, who.person)).variant
        if found is None:
            return one.experiment.without
        recorded = self._exposed.get(met)
        return found if recorded is None else recorded.variant

    async def _board(self, workspace: str) -> _Board:
        stamp = self._records.stamps.look(experiments_of(workspace))
        known = self._boards.get(workspace)
        if known is not None and known.stamp == stamp:
            return known
        found = await self._records.aread(lambda conn: list_experiments(conn, workspace))
        board = _Board(
            stamp,
            {one.name: Running(one, running_phase(one)) for one in found if one.state == "running"},
            {one.name: one.without for one in found if one.state != "running"},
        )
        self._boards[workspace] = board
        return board

    async def _buckets(self, person: str) -> UnitBuckets:
        buckets = await self._people.buckets(person)
        if buckets is None:
            raise NotFound("this person is not known any more")
        return buckets

    async def _count_some(self) -> None:
        for _ in range(ROUNDS):
            if not await self.count():
                return

    async def _recounted(self, experiment: str, after: int) -> int | None:
        return await self._records.awrite(lambda conn: recount(conn, experiment, after))


def _unknown(name: str) -> NotFound:
    return NotFound(f"no experiment {name[:64]!r} here; GET /v1/experiments lists those there are")


def _given_elsewhere(experiment: Experiment) -> InputWrong:
    return InputWrong(
        f"{experiment.name} is about what the product does at {experiment.rules.place}, so who is only said to meet it"
        " may never see the difference; expected an experiment without a place. People are recorded when they get a"
        " feed or an answer by it",
        field="name",
    )


def _ensure_variant(experiment: Experiment, shown: str) -> None:
    names = [name for name, _ in experiment.rules.weights]
    if shown not in names:
        raise InputWrong(
            f"{shown[:64]!r} is no variant of {experiment.name}; expected one of {', '.join(names)}", field="variant"
        )
