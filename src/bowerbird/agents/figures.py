"""
How agents did over a stretch of time, from what they said to each other.

Calls and failures are counted exactly. Quantiles and scores come from the newest replies, at most `SAMPLE` of all
agents together, because no quantile is portable between the databases and all replies of a month may be many.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from bowerbird.records.tables import messages

__all__ = ["BINS", "SAMPLE", "Figures", "agent_figures"]

SAMPLE: Final = 10_000
BINS: Final = 10  # of scores, each a tenth wide; the last one holds 1.0 too


@dataclass(frozen=True, slots=True)
class Figures:
    """What one agent did."""

    calls: int
    failures: int
    p50_ms: float | None = None  # of replies; None when there are none
    p95_ms: float | None = None
    scores: tuple[int, ...] = (0,) * BINS  # how many replies had a score in each tenth


def agent_figures(conn: sa.Connection, workspace: str, *, since_s: float) -> dict[str, Figures]:
    """The figures of each agent that was asked since then, by its name."""
    ended = (
        messages.c.workspace == workspace,
        messages.c.at >= since_s,
        messages.c.kind.in_(("reply", "error")),
    )
    counted = conn.execute(
        sa.select(
            messages.c.sender,
            sa.func.count().label("calls"),
            sa.func.sum(sa.case((messages.c.kind == "error", 1), else_=0)).label("failures"),
        )
        .where(*ended)
        .group_by(messages.c.sender)
    ).all()
    took: dict[str, list[float]] = {row.sender: [] for row in counted}
    scores: dict[str, list[float]] = {row.sender: [] for row in counted}
    newest = (
        sa.select(messages.c.sender, messages.c.took_ms, messages.c.score)
        .where(*ended, messages.c.kind == "reply")
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(SAMPLE)
    )
    for row in conn.execute(newest):
        if row.took_ms is not None:
            took[row.sender].append(row.took_ms)
        if row.score is not None:
            scores[row.sender].append(row.score)
    return {
        row.sender: Figures(
            calls=row.calls,
            failures=int(row.failures),
            p50_ms=_quantile(took[row.sender], 0.5),
            p95_ms=_quantile(took[row.sender], 0.95),
            scores=_binned(scores[row.sender]),
        )
        for row in counted
    }


def _quantile(values: Sequence[float], q: float) -> float | None:
    """The least value that at least that share of them does not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[math.ceil(q * len(ordered)) - 1]


def _binned(scores: Sequence[float]) -> tuple[int, ...]:
    counts = [0] * BINS
    for score in scores:
        counts[min(BINS - 1, max(0, int(score * BINS)))] += 1
    return tuple(counts)
