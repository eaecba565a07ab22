"""
From a question to an answer with proof.

    planner ──► what is asked, by which words
    retriever ──► the passages that the asker may see, and their sentences
    writer ──► one to five sentences, quoted, or none when nothing supports an answer
    verifier ──► each quote against the stored version, each claim against its quotes; conflicts

The question is kept before the agents begin; the answer, what it cites and what the agents said to each other are kept
together when they have ended.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from bowerbird.agents import Message, Run, read_run, record_run
from bowerbird.answer.answer import AgentName, Answer, Step, Suggestion
from bowerbird.answer.history import (
    QuestionRow,
    begin_question,
    find_question,
    keep_question,
    new_question,
    save_answer,
)
from bowerbird.answer.planner import Asked, planner
from bowerbird.answer.question import Plan, check_question
from bowerbird.answer.retriever import Retriever
from bowerbird.answer.verifier import Checking, Proof, Verifier
from bowerbird.answer.write import tidy
from bowerbird.answer.writer import ExtractiveWriter, Writing
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Searcher
from bowerbird.models.words import word_vectors
from bowerbird.ops import metrics
from bowerbird.records import Records

__all__ = ["Asker", "Considered"]

DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Considered:
    """An answer that nobody has kept yet."""

    row: QuestionRow
    answer: Answer
    said: Sequence[Message]


class Asker:
    """Answers questions from what was gathered, and keeps them."""

    def __init__(self, records: Records, searcher: Searcher, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._retriever = Retriever(records, searcher)
        self._writer = ExtractiveWriter(searcher, word_vectors())
        self._verifier = Verifier(records)

    async def ask(
        self, question: str, scope: Scope, *, conversation: str | None = None, as_of: float | None = None
    ) -> Answer:
        """The answer to `question` from what `scope` may see; raises as `stream` does."""
        async for done in self.stream(question, scope, conversation=conversation, as_of=as_of):
            if isinstance(done, Answer):
                return done
        raise AssertionError("a stream ends with its answer")

    async def stream(
        self, question: str, scope: Scope, *, conversation: str | None = None, as_of: float | None = None
    ) -> AsyncIterator[Step | Answer]:
        """
        The agents' steps as they finish, then the answer; `as_of` a time, from what was stored then.

        Raises InputWrong for what is no question, NotFound for a conversation that is not the person's, and
        Unavailable when an agent does not answer; the question is kept then, without an answer.
        """
        text = check_question(question)
        row = await self._records.awrite(
            partial(begin_question, scope=scope, text=text, conversation=conversation, clock=self._clock, as_of=as_of)
        )
        run = Run(row.id, "asker", self._clock, deadline_s=DEADLINE_S)
        async for done in self._steps(run, row, scope):
            if isinstance(done, Answer):
                await self._records.awrite(partial(self._keep, scope=scope, answer=done, said=run.messages))
            yield done

    async def consider(self, question: str, scope: Scope, *, conversation: str) -> Considered:
        """What the answer would be now, for somebody to keep or not; raises Unavailable."""
        row = new_question(question, conversation=conversation, clock=self._clock)
        run = Run(row.id, "asker", self._clock, deadline_s=DEADLINE_S)
        async for done in self._steps(run, row, scope):
            if isinstance(done, Answer):
                return Considered(row, done, run.messages)
        raise AssertionError("a run ends with its answer")

    def keep(self, conn: sa.Connection, scope: Scope, considered: Considered) -> None:
        """Keep a question with its answer and how it came to be."""
        keep_question(conn, scope, considered.row)
        self._keep(conn, scope=scope, answer=considered.answer, said=considered.said)

    async def replay(self, question: str, scope: Scope) -> Answer:
        """
        The answer to the kept question with that id as it came to be, without network, index or model.

        Raises NotFound when the person asked no such question, or what the agents said is no longer kept; Differs when
        the agents that only think say something else today.
        """
        row = await self._records.aread(partial(find_question, scope=scope, question=question))
        said = await self._records.aread(partial(read_run, workspace=scope.workspace, run=question))
        if not said:
            raise NotFound(f"what the agents said about question {question!r} is not kept any more; ask it again")
        run = Run(row.id, "asker", self._clock, deadline_s=DEADLINE_S, recorded=said)
        async for done in self._steps(run, row, scope):
            if isinstance(done, Answer):
                return done
        raise AssertionError("a replay ends with its answer")

    def _keep(self, conn: sa.Connection, *, scope: Scope, answer: Answer, said: Sequence[Message]) -> None:
        save_answer(conn, answer.id, answer.to_json(), clock=self._clock)
        record_run(conn, scope.workspace, said)

    async def _steps(self, run: Run, row: QuestionRow, scope: Scope) -> AsyncIterator[Step | Answer]:
        steps: list[Step] = []
        retriever = self._retriever.agent(scope)
        plan = await run.ask(planner(), Asked(row.text))
        steps.append(_step(run, "planner", plan.describe()))
        yield steps[-1]

        found = await run.ask(retriever, plan)
        steps.append(_step(run, "retriever", found.describe()))
        yield steps[-1]

        draft = await run.ask(self._writer.agent(retriever.gives), Writing(plan, found))
        steps.append(_step(run, "writer", draft.words))
        yield steps[-1]

        proof = await run.ask(self._verifier.agent(scope, retriever.gives), Checking(draft, found))
        steps.append(_step(run, "verifier", proof.describe()))
        yield steps[-1]

        if not run.is_replay:
            metrics.ANSWER_SECONDS.observe(run.took_ms / 1000)
            metrics.ANSWERS.labels("answered" if proof.claims else "abstained").inc()
        yield _answer(row, plan, proof, steps, took_ms=run.took_ms, notice=draft.notice)


def _step(run: Run, agent: AgentName, words: str) -> Step:
    return Step(agent, words, run.messages[-1].took_ms or 0.0)


def _answer(row: QuestionRow, plan: Plan, proof: Proof, steps: list[Step], *, took_ms: float, notice: str) -> Answer:
    text = " ".join(claim.text for claim in proof.claims)
    return Answer(
        question=row.text,
        text=text or f"What was gathered does not answer this. No stored page supports an answer about {plan.subject}.",
        claims=proof.claims,
        conflicts=proof.conflicts,
        suggestions=() if proof.claims else _suggestions(plan, proof),
        steps=tuple(steps),
        took_ms=took_ms,
        id=row.id,
        conversation=row.conversation,
        left_out=proof.left_out,
        notice=notice,
    )


def _suggestions(plan: Plan, proof: Proof) -> tuple[Suggestion, ...]:
    evidence = [Suggestion("evidence", tidy(near.text), citation=near.citation) for near in proof.near]
    crawl = Suggestion("crawl", f"Gather pages about {plan.subject}, then ask again.", goal=plan.question)
    return (*evidence, crawl)
