"""Runs of agents as an operator may see them: whose words they hold is known, the words are only their own asker's."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import sqlalchemy as sa

from bowerbird.agents import Message, read_run
from bowerbird.answer import sees_run
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import messages, questions

__all__ = ["Outcome", "RunRow", "find_run", "list_runs"]

Outcome = Literal["answered", "abstained", "failed"]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run."""

    id: str
    at: float
    took_ms: float
    calls: int
    outcome: Outcome
    is_own: bool  # who looks asked for it
    question: str | None  # only of one's own
    conversation: str | None  # only of one's own


def list_runs(conn: sa.Connection, scope: Scope, *, limit: int, run: str | None = None) -> list[RunRow]:
    """The newest runs of the workspace; with `run` that one only."""
    newest = sa.select(messages.c.run).where(
        messages.c.workspace == scope.workspace, messages.c.seq == 0, messages.c.kind == "request"
    )
    if run is not None:
        newest = newest.where(messages.c.run == run)
    chosen = newest.order_by(messages.c.at.desc(), messages.c.id.desc()).limit(limit).subquery()
    failed = sa.func.max(sa.case((messages.c.kind == "error", 1), else_=0))
    together = (
        sa.select(
            messages.c.run,
            sa.func.min(messages.c.at).label("at"),
            sa.func.sum(sa.func.coalesce(messages.c.took_ms, 0.0)).label("took_ms"),
            sa.func.sum(sa.case((messages.c.kind == "request", 1), else_=0)).label("calls"),
            failed.label("failed"),
        )
        .where(messages.c.run.in_(sa.select(chosen.c.run)), messages.c.workspace == scope.workspace)
        .group_by(messages.c.run)
        .subquery()
    )
    rows = conn.execute(
        sa.select(together, questions.c.person, questions.c.text, questions.c.conversation, questions.c.answer)
        .outerjoin(questions, questions.c.id == together.c.run)
        .order_by(together.c.at.desc(), together.c.run.desc())
    )
    return [_row(row, scope) for row in rows]


def find_run(conn: sa.Connection, scope: Scope, run: str) -> tuple[RunRow, list[Message]]:
    """A run with its messages in their order, their bodies None when `scope` may not read them; raises NotFound."""
    rows = list_runs(conn, scope, limit=1, run=run)
    if not rows:
        raise NotFound(f"no run {run!r}, or what was said in it is not kept any more; /agents lists the runs there are")
    said = read_run(conn, scope.workspace, run)
    return rows[0], said if sees_run(conn, scope, run, said) else [replace(message, body=None) for message in said]


def _row(row: "sa.Row[Any]", scope: Scope) -> RunRow:
    is_own = row.person == scope.person
    outcome: Outcome = "failed" if row.failed else "answered"
    if not row.failed and row.answer is not None and row.answer.get("abstained"):
        outcome = "abstained"
    return RunRow(
        id=row.run,
        at=row.at,
        took_ms=row.took_ms,
        calls=int(row.calls),
        outcome=outcome,
        is_own=is_own,
        question=row.text if is_own else None,
        conversation=row.conversation if is_own else None,
    )
