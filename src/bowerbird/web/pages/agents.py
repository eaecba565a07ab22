"""`/agents`: who answers, what they did and how well; one run, message by message, and whether it replays the same."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import anyio
import sqlalchemy as sa
from fastapi import Query, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.agents import BINS, Letter, Message
from bowerbird.answer import Replayed, asked_by, replay_and_compare
from bowerbird.answer.exam import Decision, Exam, newest_exams
from bowerbird.feed.catalogue import DAY_S
from bowerbird.feed.standing import standings
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.charts import Point, histogram
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.frame import Toast
from bowerbird.web.listings import State, Tone
from bowerbird.web.queries.agents import OVER, AgentRow, Breaking, Over, list_agents
from bowerbird.web.queries.runs import Outcome, RunRow, find_run, list_runs
from bowerbird.web.render import render
from bowerbird.web.words import Moment, count, duration, moment, plural
from bowerbird.wiring import App

__all__ = [
    "AgentLine",
    "AgentsPage",
    "DeadLine",
    "ExamLine",
    "FeedAgentLine",
    "MessageLine",
    "RunLine",
    "RunPage",
    "Tab",
    "routes",
]

_RUNS: Final = 30
_DEAD: Final = 50
_EXAMS: Final = 10
_FEED_DAYS: Final = 30
_WORDS: Final = 90  # characters of a question
_BODY: Final = 50_000  # characters of a message; more is for programs, by the API
_OUTCOMES: Final[dict[Outcome, State]] = {
    "answered": State("answered", "answered", "good", "circle-check"),
    "abstained": State("abstained", "no answer found", "warn", "circle-slash"),
    "failed": State("failed", "failed", "bad", "circle-x"),
}
_DECISIONS: Final[dict[Decision, State]] = {
    "measured": State("measured", "examined", "", "search"),
    "accepted": State("accepted", "came into use", "good", "circle-check"),
    "refused": State("refused", "refused", "bad", "circle-x"),
    "forced": State("forced", "used all the same", "warn", "triangle-alert"),
}
_BREAKERS: Final[dict[Breaking, tuple[str, Tone]]] = {
    "none": ("asks nothing outside", ""),
    "closed": ("in order", "good"),
    "half-open": ("is being tried", "warn"),
    "open": ("not asked for now", "bad"),
}

routes = Routes(prefix="/agents", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Tab:
    """A stretch of time to look at."""

    title: str
    href: str
    is_chosen: bool
    count: str = ""


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent as one row."""

    name: str
    duty: str
    calls: str
    failures: str
    has_failed: bool
    took: str
    scores: tuple[Point, ...]
    scores_words: str
    deadline: str
    breaker: str
    breaker_tone: Tone


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as one row."""

    id: str
    href: str
    at: Moment
    took: str
    calls: str
    state: State
    words: str  # of one's own question
    chat_href: str


@dataclass(frozen=True, slots=True)
class DeadLine:
    """A dead letter as one row."""

    id: str
    at: Moment
    way: str
    tries: str
    error: str


@dataclass(frozen=True, slots=True)
class ExamLine:
    """What a search index made of the questions from one's own pages, and what came of it."""

    at: Moment
    generation: str
    found: str
    cited: str
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class FeedAgentLine:
    """An agent of the feed as one row."""

    name: str
    duty: str
    shown: str
    rewarded: str
    rate: str
    state: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class AgentsPage:
    """The team, its newest runs, how the search index did in its exams, and the letters that were given up."""

    tabs: tuple[Tab, ...]
    agents: tuple[AgentLine, ...]
    feed: tuple[FeedAgentLine, ...]
    runs: tuple[RunLine, ...]
    exams: tuple[ExamLine, ...]
    dead: tuple[DeadLine, ...]


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message as one line; its body only for who asked."""

    title: str
    state: State
    took: str
    score: str
    body: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run; `replayed` once somebody had it replayed."""

    run: RunLine
    is_own: bool
    messages: tuple[MessageLine, ...]
    is_told: bool  # what they said is shown
    can_replay: bool
    replayed: Replayed | None = None


@routes.get("")
async def show(
    request: Request, app: AppDep, scope: ScopeDep, *, over: Annotated[Over, Query()] = "day", revived: bool = False
) -> Response:
    """The team over the time that was asked for."""
    now_s = app.clock.now_s()
    dead = await anyio.to_thread.run_sync(lambda: app.bus.dead(scope.workspace, limit=_DEAD))
    resting = await app.feeds.resting()

    def read(conn: sa.Connection) -> AgentsPage:
        return AgentsPage(
            tabs=tuple(Tab(title, f"/agents?over={name}", name == over) for name, (title, _) in OVER.items()),
            agents=tuple(_agent(row) for row in list_agents(conn, app, scope, over)),
            feed=_choosing(conn, app, scope, resting, now_s),
            runs=tuple(_run(row, now_s) for row in list_runs(conn, scope, limit=_RUNS)),
            exams=tuple(_exam(one, now_s) for one in newest_exams(conn, scope.workspace, limit=_EXAMS)),
            dead=tuple(_dead(letter, now_s) for letter in dead),
        )

    toast = Toast("The letter waits to be handled again.") if revived else None
    return render(request, "agents.html", await app.records.aread(read), here="agents", toast=toast)


@routes.post("/letters/{letter}/revive")
async def revive(app: AppDep, scope: ScopeDep, letter: str) -> Response:
    """Let a dead letter be handled again."""
    await anyio.to_thread.run_sync(app.bus.revive, scope.workspace, letter)
    return RedirectResponse("/agents?revived=true", status_code=303)


@routes.get("/runs/{run}")
async def show_run(request: Request, app: AppDep, scope: ScopeDep, run: str) -> Response:
    """One run, message by message."""
    page = await app.records.aread(lambda conn: _read_run(conn, scope, run, app.clock.now_s()))
    return render(request, "agent_run.html", page, here="agents")


@routes.post("/runs/{run}/replay")
async def replay(request: Request, app: AppDep, scope: ScopeDep, run: str) -> Response:
    """The run's page, with what its replay came to."""
    owner = await app.records.aread(lambda conn: asked_by(conn, scope.workspace, run))
    replayed = await replay_and_compare(app.asker, app.records, owner, run)
    page = await app.records.aread(lambda conn: _read_run(conn, scope, run, app.clock.now_s(), replayed=replayed))
    return render(request, "agent_run.html", page, here="agents")


def _read_run(
    conn: sa.Connection, scope: Scope, run: str, now_s: float, *, replayed: Replayed | None = None
) -> RunPage:
    row, said = find_run(conn, scope, run)
    if replayed is not None and not row.is_own:
        replayed = Replayed(is_same=replayed.is_same)  # the words are the asker's
    return RunPage(
        run=_run(row, now_s),
        is_own=row.is_own,
        messages=tuple(_message(message) for message in said),
        is_told=all(message.body is not None for message in said),
        can_replay=row.outcome != "failed",
        replayed=replayed,
    )


def _agent(row: AgentRow) -> AgentLine:
    figures = row.figures
    took = "–"
    if figures.p50_ms is not None and figures.p95_ms is not None:
        took = f"{_milliseconds(figures.p50_ms)} / {_milliseconds(figures.p95_ms)}"
    words, tone = _BREAKERS[row.breaker]
    return AgentLine(
        name=row.name,
        duty=row.duty,
        calls=count(figures.calls),
        failures=count(figures.failures),
        has_failed=figures.failures > 0,
        took=took,
        scores=histogram(figures.scores),
        scores_words=_scores_words(figures.scores),
        deadline=duration(row.deadline_s),
        breaker=words,
        breaker_tone=tone,
    )


def _choosing(
    conn: sa.Connection, app: App, scope: Scope, resting: Sequence[str], now_s: float
) -> tuple[FeedAgentLine, ...]:
    since_day = int(now_s // DAY_S) - _FEED_DAYS
    return tuple(
        FeedAgentLine(
            name=one.name,
            duty=one.duty,
            shown=count(one.shown),
            rewarded=count(one.rewarded),
            rate=f"{one.rate:.1%} ({one.between[0]:.1%} to {one.between[1]:.1%})",
            state="rests after failures" if one.name in resting else "in order",
            tone="bad" if one.name in resting else "good",
        )
        for one in standings(conn, scope.workspace, app.feeds.agents, since_day=since_day)
    )


def _exam(exam: Exam, now_s: float) -> ExamLine:
    asked = len(exam.outcomes)
    return ExamLine(
        at=moment(exam.at, now_s),
        generation=exam.generation,
        found=f"{count(exam.count('found'))} of {count(asked)}",
        cited=f"{count(exam.count('cited'))} of {count(asked)}",
        state=_DECISIONS[exam.decision],
        reason=exam.reason,
    )


def _scores_words(scores: tuple[int, ...]) -> str:
    told = [f"{plural(number, 'reply', 'replies')} from {at / BINS:.1f}" for at, number in enumerate(scores) if number]
    return f"Scores, by tenths: {', '.join(told)}"


def _run(row: RunRow, now_s: float) -> RunLine:
    words = row.question or ""
    return RunLine(
        id=row.id,
        href=f"/agents/runs/{row.id}",
        at=moment(row.at, now_s),
        took=_milliseconds(row.took_ms),
        calls=count(row.calls),
        state=_OUTCOMES[row.outcome],
        words=words if len(words) <= _WORDS else f"{words[: _WORDS - 1]}…",
        chat_href=f"/chat/{row.conversation}#question-{row.id}" if row.conversation else "",
    )


def _dead(letter: Letter, now_s: float) -> DeadLine:
    return DeadLine(
        id=letter.id,
        at=moment(letter.at, now_s),
        way=f"{letter.sender} → {letter.recipient}",
        tries=count(letter.attempts),
        error=letter.error,
    )


def _message(message: Message) -> MessageLine:
    body = "" if message.body is None else json.dumps(message.body, ensure_ascii=False, indent=2)
    if len(body) > _BODY:
        body = f"{body[:_BODY]}\n… {count(len(body) - _BODY)} characters more, by the API"
    states = {
        "request": State("request", "asked", "", "arrow-right"),
        "reply": State("reply", "answered", "good", "circle-check"),
        "error": State("error", "failed", "bad", "circle-x"),
    }
    return MessageLine(
        title=f"{message.sender} → {message.recipient}",
        state=states[message.kind],
        took=_milliseconds(message.took_ms) if message.took_ms is not None else "",
        score=f"{message.score:.2f}" if message.score is not None else "",
        body=body,
    )


def _milliseconds(took_ms: float) -> str:
    if took_ms >= 9_995:
        return duration(took_ms / 1000)
    return f"{took_ms:.1f} ms" if took_ms < 9.95 else f"{count(took_ms)} ms"
