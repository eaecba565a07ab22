"""`/v1/agents`: who answers, what they did and how well, and one run message by message."""

from typing import Annotated, Any, Literal

import anyio
import sqlalchemy as sa
from fastapi import Query
from pydantic import BaseModel, Field

from bowerbird.agents import Letter, Message
from bowerbird.answer import asked_by, replay_and_compare
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.queries.agents import AgentRow, Breaking, Over, list_agents
from bowerbird.web.queries.runs import Outcome, RunRow, find_run, list_runs

__all__ = [
    "AgentList",
    "AgentOut",
    "DeadLetter",
    "MessageOut",
    "ReplayOut",
    "Revived",
    "RunOut",
    "RunSummary",
    "routes",
]

routes = Routes(prefix="/v1/agents", tags=["operations"])


class AgentOut(BaseModel):
    """An agent, and how it did."""

    name: str
    duty: str
    deadline_s: float = Field(description="How long it may take.")
    breaker: Breaking = Field(
        description="`open`: it fails at once, for what it asks did not answer; `none`: it asks nothing."
    )
    calls: int
    failures: int
    p50_ms: float | None = Field(description="Of its replies; null without any.")
    p95_ms: float | None
    scores: list[int] = Field(description="How many replies had a score in each tenth from 0 to 1.")


class RunSummary(BaseModel):
    """A run."""

    run: str
    at: float = Field(description="When it began, seconds since 1970.")
    took_ms: float
    calls: int
    outcome: Outcome
    question: str | None = Field(description="Your own; null when somebody else asked.")


class DeadLetter(BaseModel):
    """A letter that was given up."""

    letter: str = Field(description="Its id.")
    at: float
    sender: str
    recipient: str
    attempts: int
    error: str = Field(description="Why it was not done at the last try.")


class Revived(BaseModel):
    """A letter that waits again."""

    letter: str


class AgentList(BaseModel):
    """The agents in the order in which they are asked, the newest runs, the letters that were given up."""

    agents: list[AgentOut]
    runs: list[RunSummary]
    dead_letters: list[DeadLetter]


class MessageOut(BaseModel):
    """What one agent said to another."""

    seq: int
    sender: str
    recipient: str
    kind: Literal["request", "reply", "error"]
    at: float
    took_ms: float | None
    score: float | None
    body: Any = Field(description="Null when somebody else asked, or it rests on pages that you may not see.")


class RunOut(RunSummary):
    """A run with its messages."""

    messages: list[MessageOut]


class ReplayOut(BaseModel):
    """What a replay came to."""

    run: str
    same: bool = Field(description="True when the same answer came out, to the byte.")
    differs: str | None = Field(description="Where it went another way; null when somebody else asked.")


@routes.get("", operation_id="list_agents", summary="What the agents did")
async def index(
    app: AppDep,
    scope: ScopeDep,
    over: Annotated[Over, Query(description="Over which time.")] = "day",
    limit: Annotated[int, Query(ge=1, le=200, description="Runs, and dead letters, at most.")] = 30,
) -> AgentList:
    """The team and its newest runs in the workspace."""
    dead = await anyio.to_thread.run_sync(lambda: app.bus.dead(scope.workspace, limit=limit))

    def read(conn: sa.Connection) -> AgentList:
        return AgentList(
            agents=[_agent(row) for row in list_agents(conn, app, scope, over)],
            runs=[RunSummary(**_summary(row)) for row in list_runs(conn, scope, limit=limit)],
            dead_letters=[_dead(letter) for letter in dead],
        )

    return await app.records.aread(read)


@routes.get("/runs/{run}", operation_id="get_agent_run", summary="Read a run")
async def one(app: AppDep, scope: ScopeDep, run: str) -> RunOut:
    """A run with its messages; their bodies only when you asked."""
    row, said = await app.records.aread(lambda conn: find_run(conn, scope, run))
    return RunOut(**_summary(row), messages=[_message(message) for message in said])


@routes.post("/runs/{run}/replay", operation_id="replay_agent_run", summary="Replay a run")
async def replay(app: AppDep, scope: ScopeDep, run: str) -> ReplayOut:
    """Ask the agents again from the record, without network, index or model, and compare the answers."""
    owner = await app.records.aread(lambda conn: asked_by(conn, scope.workspace, run))
    replayed = await replay_and_compare(app.asker, app.records, owner, run)
    words = replayed.words if owner.person == scope.person else ""
    return ReplayOut(run=run, same=replayed.is_same, differs=words or None)


@routes.post("/letters/{letter}/revive", operation_id="revive_letter", summary="Revive a dead letter")
async def revive(app: AppDep, scope: ScopeDep, letter: str) -> Revived:
    """Let it be handled again, with all its attempts."""
    await anyio.to_thread.run_sync(app.bus.revive, scope.workspace, letter)
    return Revived(letter=letter)


def _dead(letter: Letter) -> DeadLetter:
    return DeadLetter(
        letter=letter.id,
        at=letter.at,
        sender=letter.sender,
        recipient=letter.recipient,
        attempts=letter.attempts,
        error=letter.error,
    )


def _agent(row: AgentRow) -> AgentOut:
    figures = row.figures
    return AgentOut(
        name=row.name,
        duty=row.duty,
        deadline_s=row.deadline_s,
        breaker=row.breaker,
        calls=figures.calls,
        failures=figures.failures,
        p50_ms=figures.p50_ms,
        p95_ms=figures.p95_ms,
        scores=list(figures.scores),
    )


def _summary(row: RunRow) -> dict[str, Any]:
    return {
        "run": row.id,
        "at": row.at,
        "took_ms": row.took_ms,
        "calls": row.calls,
        "outcome": row.outcome,
        "question": row.question,
    }


def _message(message: Message) -> MessageOut:
    return MessageOut(
        seq=message.seq,
        sender=message.sender,
        recipient=message.recipient,
        kind=message.kind,
        at=message.at,
        took_ms=message.took_ms,
        score=message.score,
        body=message.body,
    )
