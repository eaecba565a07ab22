"""What was learnt, to be found again: a text, what it came from, and the effect that was seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.experiments.plan import canonical
from bowerbird.experiments.store import find, log
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import experiments, learnings

__all__ = ["Learning", "Prior", "find_learnings", "learn", "prior_of"]

MAX_CHARS: Final = 10_000
MAX_EFFECT_CHARS: Final = 4_000
MOST_IN_A_PRIOR: Final = 200


@dataclass(frozen=True, slots=True)
class Learning:
    """A learning, and the name of the experiment that it is from, if it is from one."""

    id: str
    experiment: str | None
    text: str
    effect: Mapping[str, Any] | None
    created_at: float


def learn(
    conn: sa.Connection,
    scope: Scope,
    text: str,
    *,
    clock: Clock,
    experiment: str | None = None,
    effect: Mapping[str, Any] | None = None,
) -> Learning:
    """Keep it. Raises InputWrong for no text, NotFound for an experiment that there is not."""
    text = text.strip()
    if not 0 < len(text) <= MAX_CHARS:
        raise InputWrong(f"the text has {len(text)} characters, expected 1 to {MAX_CHARS}", field="text")
    _ensure_effect(effect)
    known = None if experiment is None else find(conn, scope.workspace, experiment)
    identifier, now_s = new_id(clock), clock.now_s()
    name = "" if known is None else known.name
    conn.execute(
        sa.insert(learnings).values(
            id=identifier,
            workspace=scope.workspace,
            experiment=None if known is None else known.id,
            text=text,
            folded=f"{name} {text}".casefold(),
            effect=None if effect is None else dict(effect),
            created_by=scope.person,
            created_at=now_s,
        )
    )
    if known is not None:
        log(conn, known.id, "learnt", {"learning": identifier}, person=scope.person, clock=clock)
    return Learning(identifier, experiment, text, effect, now_s)


@dataclass(frozen=True, slots=True)
class Prior:
    """What earlier experiments changed of a metric: relative lifts, as they were written down."""

    metric: str
    learnings: int
    lowest: float
    middle: float  # the median of their sizes, without sign
    highest: float

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "metric": self.metric,
            "learnings": self.learnings,
            "lowest": self.lowest,
            "middle": self.middle,
            "highest": self.highest,
        }


def prior_of(conn: sa.Connection, workspace: str, metric: str) -> Prior | None:
    """How large effects on the metric were, for the next plan; None when none was written down."""
    found = find_learnings(conn, workspace, metric=metric, limit=MOST_IN_A_PRIOR)
    seen = [(one.effect or {}).get("lift") for one in found]
    lifts = [float(lift) for lift in seen if isinstance(lift, int | float) and not isinstance(lift, bool)]
    if not lifts:
        return None
    return Prior(metric, len(lifts), min(lifts), median(map(abs, lifts)), max(lifts))


def find_learnings(
    conn: sa.Connection, workspace: str, query: str = "", *, metric: str | None = None, limit: int = 50
) -> list[Learning]:
    """
    Those in which all words of the query stand, without regard to case; the newest first.

    With a metric only those that tell of an effect on it.
    """
    wanted = (
        sa.select(learnings, experiments.c.name.label("of"))
        .outerjoin(experiments, experiments.c.id == learnings.c.experiment)
        .where(learnings.c.workspace == workspace)
    )
    for word in query.casefold().split()[:20]:
        wanted = wanted.where(learnings.c.folded.contains(word, autoescape=True))
    if metric is not None:
        wanted = wanted.where(learnings.c.effect["metric"].as_string() == metric)
    rows = conn.execute(wanted.order_by(learnings.c.created_at.desc(), learnings.c.id.desc()).limit(limit))
    return [Learning(row.id, row.of, row.text, row.effect, row.created_at) for row in rows]


def _ensure_effect(effect: Mapping[str, Any] | None) -> None:
    if effect is None:
        return
    try:
        size = len(canonical(effect))
    except ValueError:
        raise InputWrong("the effect holds an infinite number or none; expected finite ones", field="effect") from None
    if size > MAX_EFFECT_CHARS:
        raise InputWrong(f"the effect has {size} characters as JSON, expected up to {MAX_EFFECT_CHARS}", field="effect")
