"""
Exposures: assignment and its record in one transaction, once for each experiment, phase and person.

    first    computed by the rules that hold in this transaction, whatever the caller had in memory; kept
    again    what was kept, whatever the rules say now
    other    a client says that it showed another variant: the first one counts, and the case is counted beside it

Writers take turns, so two processes that assign somebody at once give one answer: the second finds the first's row.

Times are what the clock said. Only their order matters, and only to what counts as done before or after; an exposure is
never before its phase. When a machine's clock jumps back, what is done until it has caught up counts as before the
exposure, for every variant alike. Who was first, and what is counted already, is told by row numbers, not by times.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.experiments.assign import Assignment, UnitBuckets, assign
from bowerbird.experiments.plan import canonical
from bowerbird.experiments.store import Experiment, list_experiments, running_phase
from bowerbird.experiments.targeting import Attributes
from bowerbird.experiments.totals import forget
from bowerbird.kernel.clock import Clock
from bowerbird.ops.batcher import Batcher
from bowerbird.records import Records, mark_on_commit
from bowerbird.records.tables import experiment_hours, experiment_phases, experiment_units, experiments, exposures

__all__ = ["Exposed", "Meeting", "expose", "forget_met", "kept_of", "meetings_of", "met_by", "together"]

# Of what is known of a person, as it is kept with an exposure.
MOST_ATTRIBUTES: Final = 20
MOST_CHARACTERS: Final = 64


@dataclass(frozen=True, slots=True)
class Meeting:
    """A person meets an experiment."""

    experiment: str  # its name
    person: str  # their row
    buckets: UnitBuckets  # of their external id
    attributes: Attributes = field(default_factory=dict[str, object])
    shown: str | None = None  # the variant that a client says it has shown


@dataclass(frozen=True, slots=True)
class Exposed:
    """The variant of a person, and whether it was recorded now, before, or not at all: they are not in it."""

    variant: str | None
    why: str
    state: Literal["first", "again", "other", "not in"]
    experiment: str = ""
    phase: int = 0


def expose(conn: sa.Connection, workspace: str, meetings: Sequence[Meeting], *, clock: Clock) -> list[Exposed]:
    """
    Assign these people and record it; what became of each, in their order. Nobody is in what does not run.

    Somebody may come twice: what is shown to them is the same.
    """
    running = {one.name: one for one in list_experiments(conn, workspace, states=("running",))}
    met = [(meeting, running.get(meeting.experiment)) for meeting in meetings]
    known = _known(conn, met)
    began = _began(conn, list(running.values()))
    now_s = clock.now_s()
    rows: list[dict[str, Any]] = []
    outcomes: list[Exposed] = []
    others: list[dict[str, str | int]] = []
    for meeting, one in met:
        if one is None:
            outcomes.append(Exposed(None, "does not run", "not in"))
            continue
        key = one.id, meeting.person
        before = known.get(key)
        found = Assignment(before, "assigned") if before is not None else _assigned(conn, one, meeting)
        if found.variant is None:
            outcomes.append(Exposed(None, found.why, "not in", one.id, one.phase))
            continue
        is_other = meeting.shown not in (None, found.variant)
        if before is None:
            known[key] = found.variant
            rows.append(
                {
                    "workspace": workspace,
                    "experiment": one.id,
                    "phase": one.phase,
                    "person": meeting.person,
                    "variant": found.variant,
                    "others": 0,
                    "at": max(now_s, began[one.id]),
                    "is_bot": False,
                    "attributes": _kept(meeting.attributes),
                }
            )
        if is_other:
            others.append({"of_experiment": one.id, "of_phase": one.phase, "of_person": meeting.person})
        state: Literal["first", "again", "other"] = "other" if is_other else "first" if before is None else "again"
        outcomes.append(Exposed(found.variant, found.why, state, one.id, one.phase))
    if rows:
        conn.execute(sa.insert(exposures), rows)
    if others:
        conn.execute(_COUNT_OTHER, others)
    return outcomes


def together(records: Records, clock: Clock) -> Batcher[tuple[str, Meeting], Exposed]:
    """Meetings, each with its workspace, that come at the same time, in one transaction; closed by who has it."""

    async def expose_all(calls: Sequence[tuple[str, Meeting]]) -> Sequence[Exposed]:
        def write(conn: sa.Connection) -> list[Exposed]:
            outcomes: dict[int, Exposed] = {}
            for workspace in dict.fromkeys(workspace for workspace, _ in calls):
                numbers = [number for number, call in enumerate(calls) if call[0] == workspace]
                met = [calls[number][1] for number in numbers]
                outcomes.update(zip(numbers, expose(conn, workspace, met, clock=clock), strict=True))
            return [outcomes[number] for number in range(len(calls))]

        return await records.awrite(write)

    return Batcher(expose_all, most=500, linger_s=0.005, waiting=5_000, parallel=1)


def _kept(attributes: Attributes) -> str:
    """What is written down of them: what people can be grouped by, some of it, and no long texts."""
    known = {
        name: value
        for name, value in sorted(attributes.items())
        if isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= MOST_CHARACTERS)
    }
    return canonical(dict(list(known.items())[:MOST_ATTRIBUTES]))


def kept_of(conn: sa.Connection, experiment: Experiment, person: str) -> str | None:
    """The variant that the person had in the last earlier phase in which they had one."""
    return conn.execute(
        sa.select(exposures.c.variant)
        .where(
            exposures.c.experiment == experiment.id,
            exposures.c.person == person,
            exposures.c.phase < experiment.phase,
        )
        .order_by(exposures.c.phase.desc())
        .limit(1)
    ).scalar_one_or_none()


def met_by(conn: sa.Connection, person: str) -> list[dict[str, Any]]:
    """The experiments that the person met, with their variants and what was known of them then; the oldest first."""
    rows = conn.execute(
        sa.select(experiments.c.name, exposures.c.phase, exposures.c.variant, exposures.c.at, exposures.c.attributes)
        .join(experiments, experiments.c.id == exposures.c.experiment)
        .where(exposures.c.person == person)
        .order_by(exposures.c.id)
    )
    return [
        {"experiment": row.name, "phase": row.phase, "variant": row.variant, "at": row.at}
        | {"attributes": json.loads(row.attributes)}
        for row in rows
    ]


def forget_met(conn: sa.Connection, person: str) -> None:
    """
    Delete that they met any experiment, and what was counted of them; what they meet from now on is a first time.

    Looks that were kept are of many people, and stay. Whoever has in memory that they were recorded is told by a mark.
    """
    forget(conn, experiment_units.c.person == person)
    for table in (exposures, experiment_hours):
        conn.execute(sa.delete(table).where(table.c.person == person))
    mark_on_commit(conn, meetings_of(person))


def meetings_of(person: str) -> str:
    """The key that is marked when what the person met is forgotten."""
    return f"met:{person}"


_COUNT_OTHER = (
    sa.update(exposures)
    .where(
        exposures.c.experiment == sa.bindparam("of_experiment"),
        exposures.c.phase == sa.bindparam("of_phase"),
        exposures.c.person == sa.bindparam("of_person"),
    )
    .values(others=exposures.c.others + 1)
)


def _known(conn: sa.Connection, met: Sequence[tuple[Meeting, Experiment | None]]) -> dict[tuple[str, str], str]:
    """The variants that are recorded of these people in the phases that run."""
    found: dict[tuple[str, str], str] = {}
    phases = {one.id: one.phase for _, one in met if one is not None}
    for experiment, phase in phases.items():
        people = {meeting.person for meeting, one in met if one is not None and one.id == experiment}
        rows = conn.execute(
            sa.select(exposures.c.person, exposures.c.variant).where(
                exposures.c.experiment == experiment, exposures.c.phase == phase, exposures.c.person.in_(people)
            )
        )
        found.update({(experiment, row.person): row.variant for row in rows})
    return found


def _began(conn: sa.Connection, running: Sequence[Experiment]) -> dict[str, float]:
    numbers = {one.id: one.phase for one in running}
    rows = conn.execute(
        sa.select(experiment_phases.c.experiment, experiment_phases.c.number, experiment_phases.c.began_at).where(
            experiment_phases.c.experiment.in_(numbers)
        )
    )
    return {row.experiment: row.began_at for row in rows if row.number == numbers[row.experiment]}


def _assigned(conn: sa.Connection, one: Experiment, meeting: Meeting) -> Assignment:
    phase = running_phase(one)
    kept = kept_of(conn, one, meeting.person) if phase.is_sticky and one.phase > 1 else None
    return assign(phase, meeting.buckets, meeting.attributes, kept=kept)
