"""
Experiments as the records have them, and all that may be done to one.

    draft ──start──► running ──stop──► stopped
                      │ ▲ change           │
                      │ └─ safe: goes on; unsafe: a new phase, drawn anew
                      └────────decide──────┴──► decided: everybody gets one variant

Every step is a row of the log, in the transaction of what it tells of. Whoever keeps experiments in memory is told by a
mark (`experiments_of`), so that every process assigns by the new rules once the change is acknowledged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, cast

import sqlalchemy as sa

from bowerbird.experiments.assign import Phase, arms_of, below
from bowerbird.experiments.layers import SEGMENTS, Segments, reserve
from bowerbird.experiments.places import NOWHERE, Places
from bowerbird.experiments.plan import Plan, Rules, hash_of, is_hash_of, read, unsafe_changes
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import mark_on_commit
from bowerbird.records.tables import experiment_layers, experiment_log, experiment_phases, experiments

__all__ = [
    "DECISIONS",
    "Decision",
    "Experiment",
    "Happened",
    "State",
    "change",
    "create",
    "decide",
    "experiments_of",
    "find",
    "history",
    "list_experiments",
    "list_running",
    "log",
    "replan",
    "roll_back",
    "running_phase",
    "start",
    "stop",
]

State = Literal["draft", "running", "stopped", "decided"]
Decision = Literal["ship", "roll back", "wait", "review"]
DECISIONS: Final[tuple[Decision, ...]] = ("ship", "roll back", "wait", "review")
RESERVED: Final = ("new", "learnings", "places")  # what stands beside experiments under /experiments/
MAX_REASONS_CHARS: Final = 4_000


def experiments_of(workspace: str) -> str:
    """The key that is marked when who gets what changes in the workspace."""
    return f"experiments:{workspace}"


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment as it is now."""

    id: str
    workspace: str
    name: str
    state: State
    plan: Plan
    rules: Rules
    promised: str | None  # the hash of plan and rules at its start
    promised_rules: Rules | None
    layer: str | None  # its id
    segments: Segments | None
    phase: int
    decision: str | None
    given: str | None
    created_at: float
    started_at: float | None
    stopped_at: float | None
    decided_at: float | None

    @property
    def keeps_its_promise(self) -> bool | None:
        """Whether what is stored is what was promised at the start; None before it."""
        if self.promised is None or self.promised_rules is None:
            return None
        return is_hash_of(self.plan, self.promised_rules, self.promised)

    @property
    def without(self) -> str:
        """The variant of who is in no running experiment: the control, or what was decided."""
        return self.given or self.rules.control_name


@dataclass(frozen=True, slots=True)
class Happened:
    """A step in the life of an experiment."""

    at: float
    person: str | None
    action: str
    detail: Mapping[str, Any]


# -- reading --------------------------------------------------------------------------------------------------------


def find(conn: sa.Connection, workspace: str, name: str) -> Experiment:
    """The experiment of that name; raises NotFound."""
    row = conn.execute(
        sa.select(experiments).where(experiments.c.workspace == workspace, experiments.c.name == name)
    ).one_or_none()
    if row is None:
        raise NotFound(f"no experiment {name[:64]!r} here; `bowerbird experiments list` lists those there are")
    return _experiment(row)


def list_experiments(conn: sa.Connection, workspace: str, *, states: Sequence[State] = ()) -> list[Experiment]:
    """All of the workspace, or those in these states; the newest first."""
    wanted = sa.select(experiments).where(experiments.c.workspace == workspace)
    if states:
        wanted = wanted.where(experiments.c.state.in_(states))
    return [
        _experiment(row) for row in conn.execute(wanted.order_by(experiments.c.created_at.desc(), experiments.c.id))
    ]


def list_running(conn: sa.Connection) -> list[Experiment]:
    """What runs, of all workspaces."""
    return [_experiment(row) for row in conn.execute(sa.select(experiments).where(experiments.c.state == "running"))]


def history(conn: sa.Connection, experiment: Experiment) -> list[Happened]:
    """All that was done to it, the oldest first."""
    rows = conn.execute(
        sa.select(experiment_log).where(experiment_log.c.experiment == experiment.id).order_by(experiment_log.c.id)
    )
    return [Happened(row.at, row.person, row.action, row.detail) for row in rows]


def running_phase(experiment: Experiment) -> Phase:
    """What assignment goes by now; of a draft, what it would go by."""
    rules = experiment.rules
    return Phase(
        inclusion_salt=f"{experiment.id}/in",
        included_below=below(rules.traffic),
        variant_salt=f"{experiment.id}/{max(experiment.phase, 1)}",
        arms=arms_of(rules.weights),
        conditions=rules.conditions,
        layer_salt="" if experiment.layer is None else f"{experiment.layer}/layer",
        segments=experiment.segments,
        holdout_salt=f"{experiment.workspace}/holdout",
        held_below=below(rules.holdout),
        is_sticky=rules.sticky,
    )


# -- changing -------------------------------------------------------------------------------------------------------


def create(
    conn: sa.Connection,
    scope: Scope,
    name: str,
    plan: Plan,
    rules: Rules,
    *,
    clock: Clock,
    places: Places = NOWHERE,
) -> Experiment:
    """
    A draft; `places` are those that its rules may name.

    Raises InputWrong when the name is taken, which is an experiment's for ever, as its learnings are; and for what
    cannot be tried at the place.
    """
    places.ensure_fits(rules)
    if name in RESERVED:
        raise InputWrong(f"{name!r} is the address of another page; choose another name", field="name")
    taken = sa.select(experiments.c.id).where(experiments.c.workspace == scope.workspace, experiments.c.name == name)
    if conn.execute(taken).one_or_none() is not None:
        raise InputWrong(f"an experiment {name!r} is there already; choose another name", field="name")
    identifier = new_id(clock)
    conn.execute(
        sa.insert(experiments).values(
            id=identifier,
            workspace=scope.workspace,
            name=name,
            state="draft",
            plan=plan.model_dump(mode="json"),
            rules=rules.model_dump(mode="json"),
            phase=0,
            created_by=scope.person,
            created_at=clock.now_s(),
        )
    )
    return _done(conn, scope, name, "created", clock=clock)


def start(conn: sa.Connection, scope: Scope, name: str, *, clock: Clock, places: Places = NOWHERE) -> Experiment:
    """
    Begin its first phase; what is promised is hashed, and is not changed any more.

    Raises InputWrong for what is no draft, when its layer has not enough left, and when another that runs at its place
    is not in its layer.
    """
    known = find(conn, scope.workspace, name)
    _ensure(known, "draft")
    places.ensure_fits(known.rules)
    _ensure_apart(conn, known, known.rules)
    layer = None if known.rules.layer is None else _layer(conn, scope, known.rules.layer, clock)
    segments = None if layer is None else reserve(_wanted(known.rules), _taken(conn, layer, but=known.id))
    promised, now_s = hash_of(known.plan, known.rules), clock.now_s()
    _update(
        conn, known, state="running", phase=1, started_at=now_s, layer=layer, segments=segments, promised=promised,
        promised_rules=known.rules.model_dump(mode="json"),
    )  # fmt: skip
    _begin_phase(conn, known, 1, known.rules, now_s)
    return _done(conn, scope, name, "started", clock=clock, promised=promised)


def replan(
    conn: sa.Connection,
    scope: Scope,
    name: str,
    plan: Plan,
    rules: Rules,
    *,
    clock: Clock,
    places: Places = NOWHERE,
) -> Experiment:
    """
    Another plan for a draft. Raises InputWrong for what has begun, as what was promised stays; and as `create`.

    What comes out is judged by what was said before anything was known, so a plan is not moved to where it came out.
    """
    known = find(conn, scope.workspace, name)
    if known.state != "draft":
        raise InputWrong(
            f"{name} is {known.state}, and its plan was sealed at its start; only a draft's plan can be changed. Stop"
            " it and plan another experiment, or change who gets what",
            field="plan",
        )
    places.ensure_fits(rules)
    stored = {"plan": plan.model_dump(mode="json"), "rules": rules.model_dump(mode="json")}
    _update(conn, known, **stored)
    return _done(conn, scope, name, "planned anew", clock=clock, **stored)


def change(
    conn: sa.Connection,
    scope: Scope,
    name: str,
    rules: Rules,
    *,
    clock: Clock,
    new_phase: bool = False,
    places: Places = NOWHERE,
) -> Experiment:
    """
    Go on by these rules. A change that only lets more people in continues the phase; any other begins a new one.

    Raises InputWrong with the reasons when it needs a new phase and `new_phase` does not say so, and for what is over.
    """
    known = find(conn, scope.workspace, name)
    places.ensure_fits(rules)
    stored = rules.model_dump(mode="json")
    if known.state == "draft":
        _update(conn, known, rules=stored)
        return _done(conn, scope, name, "changed", clock=clock, rules=stored)
    _ensure(known, "running")
    reasons = unsafe_changes(known.rules, rules)
    if reasons and not new_phase:
        raise InputWrong(
            f"{name} is running, and {'; '.join(reasons)}. Say new_phase to draw everybody anew and count from 0, or"
            " only let more people in",
            field="rules",
        )
    _ensure_apart(conn, known, rules)
    layer, segments = _moved(conn, scope, known, rules, clock)
    _update(conn, known, rules=stored, layer=layer, segments=segments)
    if not (reasons or new_phase):
        its_phase = experiment_phases.c.experiment == known.id, experiment_phases.c.number == known.phase
        conn.execute(sa.update(experiment_phases).where(*its_phase).values(rules=stored))
        return _done(conn, scope, name, "changed", clock=clock, rules=stored)
    now_s = clock.now_s()
    _end_phase(conn, known, now_s)
    _update(conn, known, phase=known.phase + 1)
    _begin_phase(conn, known, known.phase + 1, rules, now_s)
    return _done(conn, scope, name, "new phase", clock=clock, rules=stored, reasons=reasons)


def stop(conn: sa.Connection, scope: Scope, name: str, *, clock: Clock) -> Experiment:
    """Everybody gets the control; nobody is exposed any more, and what is still within a window is counted."""
    known = find(conn, scope.workspace, name)
    _ensure(known, "running")
    _end_phase(conn, known, clock.now_s())
    _update(conn, known, state="stopped", stopped_at=clock.now_s(), segments=None)
    return _done(conn, scope, name, "stopped", clock=clock)


def decide(
    conn: sa.Connection,
    scope: Scope,
    name: str,
    decision: Decision,
    reasons: str,
    *,
    clock: Clock,
    variant: str | None = None,
) -> Experiment:
    """
    `ship`: everybody gets the variant; `roll back`: the control; `wait` and `review`: it is only written down.

    What was shipped can be rolled back later, and nothing else be decided again. At a place, what was shipped there
    before holds again then.

    Raises InputWrong without reasons, for a draft, for what is decided already, and for a variant that is none.
    """
    known = find(conn, scope.workspace, name)
    if not (decision == "roll back" and known.decision == "ship"):
        _ensure(known, "running", "stopped")
    reasons = reasons.strip()
    if not 0 < len(reasons) <= MAX_REASONS_CHARS:
        raise InputWrong(f"reasons have {len(reasons)} characters, expected 1 to {MAX_REASONS_CHARS}", field="reasons")
    given = _given(known, decision, variant)
    if given is not None:
        _settle(conn, known, decision, given, _after_others(conn, known, clock.now_s()))
    return _done(conn, scope, name, "decided", clock=clock, decision=decision, reasons=reasons, variant=given)


def roll_back(conn: sa.Connection, experiment: Experiment, reasons: str, *, clock: Clock) -> bool:
    """
    Give everybody the control in nobody's name; in the log, the person is None.

    False when it does not run any more, or is in another phase than the experiment that is given: nothing is done then.
    """
    known = find(conn, experiment.workspace, experiment.name)
    if known.state != "running" or known.phase != experiment.phase:
        return False
    decision: Decision = "roll back"
    given = known.rules.control_name
    _settle(conn, known, decision, given, clock.now_s())
    detail = {"decision": decision, "reasons": reasons[:MAX_REASONS_CHARS], "variant": given}
    log(conn, known.id, "decided", detail, person=None, clock=clock)
    mark_on_commit(conn, experiments_of(known.workspace))
    return True


def log(
    conn: sa.Connection, experiment: str, action: str, detail: Mapping[str, Any], *, person: str | None, clock: Clock
) -> None:
    """Write down what was done."""
    conn.execute(
        sa.insert(experiment_log).values(
            experiment=experiment, at=clock.now_s(), person=person, action=action, detail=dict(detail)
        )
    )


# -- steps ----------------------------------------------------------------------------------------------------------


def _given(known: Experiment, decision: Decision, variant: str | None) -> str | None:
    names = [name for name, _ in known.rules.weights]
    if decision == "ship":
        if variant not in names:
            seen = "no variant is named" if variant is None else f"{variant[:64]!r} is no variant"
            raise InputWrong(f"{seen} to ship; expected one of {', '.join(names)}", field="variant")
        return variant
    if variant is not None:
        raise InputWrong(f"a variant is named with {decision!r}; only ship takes one", field="variant")
    return known.rules.control_name if decision == "roll back" else None


def _settle(conn: sa.Connection, known: Experiment, decision: Decision, given: str, now_s: float) -> None:
    """Everybody gets that variant."""
    if known.state == "running":
        _end_phase(conn, known, now_s)
        _update(conn, known, stopped_at=now_s)
    _update(conn, known, state="decided", decided_at=now_s, decision=decision, given=given, segments=None)


def _after_others(conn: sa.Connection, known: Experiment, now_s: float) -> float:
    """Now, or right after what was shipped at its place last: a clock that was set back does not make it older."""
    if known.rules.place is None:
        return now_s
    decided = list_experiments(conn, known.workspace, states=("decided",))
    return max([now_s, *((one.decided_at or 0.0) + 0.001 for one in decided if one.rules.place == known.rules.place)])


def _moved(
    conn: sa.Connection, scope: Scope, known: Experiment, rules: Rules, clock: Clock
) -> tuple[str | None, Segments | None]:
    """The layer, and what is reserved of it, by the new rules; as much of what it has as fits."""
    if rules.layer is None:
        return None, None
    layer = _layer(conn, scope, rules.layer, clock)
    own = known.segments or () if layer == known.layer else ()
    wanted = _wanted(rules)
    kept = own if wanted >= sum(end - first for first, end in own) else ()
    return layer, reserve(wanted, _taken(conn, layer, but=known.id), own=kept)


def _ensure_apart(conn: sa.Connection, known: Experiment, rules: Rules) -> None:
    """Raise InputWrong if somebody could be in it and in another that runs at its place."""
    if rules.place is None:
        return
    for other in list_experiments(conn, known.workspace, states=("running",)):
        if other.id == known.id or other.rules.place != rules.place:
            continue
        if rules.layer is None or other.rules.layer != rules.layer:
            theirs = "in no layer" if other.rules.layer is None else f"in the layer {other.rules.layer!r}"
            own = "in none" if rules.layer is None else f"in {rules.layer!r}"
            raise InputWrong(
                f"{other.name} runs at {rules.place} too, {theirs}, and this one is {own}; expected both in one layer,"
                f" so that nobody is in both. Stop {other.name}, or plan them with a share of one layer each",
                field="rules.layer",
            )


def _wanted(rules: Rules) -> int:
    return int(Fraction(rules.layer_share).limit_denominator(SEGMENTS) * SEGMENTS)


def _layer(conn: sa.Connection, scope: Scope, name: str, clock: Clock) -> str:
    """The id of the layer; made when it is first named."""
    own = experiment_layers.c.workspace == scope.workspace, experiment_layers.c.name == name
    found = conn.execute(sa.select(experiment_layers.c.id).where(*own)).scalar_one_or_none()
    if found is not None:
        return str(found)
    identifier = new_id(clock)
    conn.execute(sa.insert(experiment_layers).values(id=identifier, workspace=scope.workspace, name=name))
    return identifier


def _taken(conn: sa.Connection, layer: str, *, but: str) -> list[Segments]:
    rows = conn.execute(
        sa.select(experiments.c.segments).where(
            experiments.c.layer == layer, experiments.c.id != but, experiments.c.state == "running"
        )
    ).scalars()
    return [_segments(one) or () for one in rows]


def _begin_phase(conn: sa.Connection, known: Experiment, number: int, rules: Rules, now_s: float) -> None:
    values = {"number": number, "rules": rules.model_dump(mode="json"), "began_at": now_s}
    conn.execute(sa.insert(experiment_phases).values(experiment=known.id, **values))


def _end_phase(conn: sa.Connection, known: Experiment, now_s: float) -> None:
    its_phase = experiment_phases.c.experiment == known.id, experiment_phases.c.number == known.phase
    conn.execute(sa.update(experiment_phases).where(*its_phase).values(ended_at=now_s))


def _ensure(known: Experiment, *states: State) -> None:
    if known.state not in states:
        raise InputWrong(f"{known.name} is {known.state}, expected it to be {' or '.join(states)}", field="name")


def _update(conn: sa.Connection, known: Experiment, **values: Any) -> None:
    conn.execute(sa.update(experiments).where(experiments.c.id == known.id).values(values))


def _done(conn: sa.Connection, scope: Scope, name: str, action: str, *, clock: Clock, **detail: Any) -> Experiment:
    now = find(conn, scope.workspace, name)
    log(conn, now.id, action, detail, person=scope.person, clock=clock)
    mark_on_commit(conn, experiments_of(scope.workspace))
    return now


def _segments(stored: Any) -> Segments | None:
    return None if stored is None else tuple((int(first), int(end)) for first, end in stored)


def _experiment(row: "sa.Row[Any]") -> Experiment:
    return Experiment(
        id=row.id,
        workspace=row.workspace,
        name=row.name,
        state=cast("State", row.state),
        plan=read(Plan, row.plan),
        rules=read(Rules, row.rules),
        promised=row.promised,
        promised_rules=None if row.promised_rules is None else read(Rules, row.promised_rules),
        layer=row.layer,
        segments=_segments(row.segments),
        phase=row.phase,
        decision=row.decision,
        given=row.given,
        created_at=row.created_at,
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        decided_at=row.decided_at,
    )
