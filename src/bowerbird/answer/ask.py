"""
From a question to an answer with proof.

    planner ──► what is asked, in how many parts, by which words
    retriever ──► of each part: the passages that the asker may see, and their sentences
    writer ──► of each part: one to five sentences with their quotes, or none when nothing supports an answer
    verifier ──► each quote against the stored version, each claim against its quotes; conflicts

With a model, and nothing of what it wrote proven, the writer without one and the verifier are asked once more.

The question is kept before the agents begin; the answer, what it cites and what the agents said to each other are kept
together when they have ended.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from bowerbird.agents import Agent, Message, Run, codec_of, read_run, record_run
from bowerbird.answer.answer import Answer, Step, Suggestion
from bowerbird.answer.draft import Draft, joined_drafts
from bowerbird.answer.elsewhere import languages_quoted, told_of
from bowerbird.answer.follow_up import Turn
from bowerbird.answer.found import Found, found_codec, joined_finds
from bowerbird.answer.history import (
    QuestionRow,
    begin_question,
    find_question,
    keep_question,
    new_question,
    save_answer,
    turns_before,
)
from bowerbird.answer.model_first import QUOTING_S, UNPROVEN, ModelFirst
from bowerbird.answer.model_writer import ModelWriter
from bowerbird.answer.past import day
from bowerbird.answer.places import ANSWER_PLACES, PIPELINE, USUAL, USUAL_PIPELINE, Looking, looking_of
from bowerbird.answer.planner import MAX_PARTS, Asked, Planned, planner
from bowerbird.answer.premise import unknown_to
from bowerbird.answer.question import check_question
from bowerbird.answer.retriever import Retriever
from bowerbird.answer.seen_runs import sees_run
from bowerbird.answer.verifier import Checking, Proof, Verifier
from bowerbird.answer.write import tidy
from bowerbird.answer.writer import ExtractiveWriter, Writer, Writing
from bowerbird.experiments import Trials
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound, Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Searcher
from bowerbird.knowledge.words import is_english
from bowerbird.models.words import word_vectors
from bowerbird.ops import metrics
from bowerbird.ops.breaker import Breaker
from bowerbird.records import Records

__all__ = ["Asker", "Considered"]

DEADLINE_S = 30.0  # without a model


@dataclass(frozen=True, slots=True)
class Considered:
    """An answer that nobody has kept yet."""

    row: QuestionRow
    answer: Answer
    said: Sequence[Message]


class Asker:
    """Answers questions from what was gathered, and keeps them."""

    def __init__(
        self,
        records: Records,
        searcher: Searcher,
        clock: Clock,
        model: ModelWriter | None = None,
        *,
        model_timeout_s: float = 60.0,
        trials: Trials | None = None,
    ) -> None:
        """
        `model_timeout_s` is how long a part of a question waits for `model` before it is answered by quotes.

        `trials` say how passages are looked for, for each person; without, it is as usual.
        """
        self._trials = trials
        self._records = records
        self._clock = clock
        # Each has a breaker for as long as the process lives: what failed for one question fails fast for the next.
        self._retriever = Retriever(records, searcher, Breaker("the retriever", clock))
        self._quotes = ExtractiveWriter(searcher, word_vectors(), Breaker("the writer", clock))
        self._writer: Writer = self._quotes
        self._deadline_s = DEADLINE_S
        if model is not None:
            self._writer = ModelFirst(model, self._quotes, clock, model_timeout_s)
            self._deadline_s += MAX_PARTS * (model_timeout_s + QUOTING_S)
        self._verifier = Verifier(records)

    def team(self, scope: Scope) -> "tuple[Agent[Any, Any], ...]":
        """The agents in the order in which they are asked, as they would work for `scope`."""
        retriever = self._retriever.agent(scope)
        return (
            planner(),
            retriever,
            self._writer.agent(retriever.gives, scope.workspace),
            self._verifier.agent(scope, retriever.gives),
        )

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
        Unavailable when an agent does not answer; the question is kept then, without an answer, with what was said.
        """
        text = check_question(question)
        if as_of is not None and not 0 <= as_of <= self._clock.now_s():
            raise InputWrong(
                f"as_of is {as_of:g}, expected a time that has been; leave it out to ask of now", field="as_of"
            )
        row = await self._records.awrite(
            partial(begin_question, scope=scope, text=text, conversation=conversation, clock=self._clock, as_of=as_of)
        )
        find_turns = partial(turns_before, scope=scope, question=row)
        previous = await self._records.aread(find_turns) if conversation is not None else []
        run = Run(row.id, "asker", self._clock, deadline_s=self._deadline_s)
        try:
            async for done in self._steps(run, row, previous, scope, is_for_somebody=True):
                if isinstance(done, Answer):
                    await self._records.awrite(partial(self._keep, scope=scope, answer=done, said=run.messages))
                yield done
        except Exception:
            if run.messages and run.messages[-1].kind == "error":
                # Records that do not answer either must not hide why the agent failed.
                with suppress(Unavailable):
                    await self._records.awrite(partial(record_run, workspace=scope.workspace, said=run.messages))
            raise

    async def consider(self, question: str, scope: Scope, *, conversation: str, before_s: float) -> Considered:
        """
        What the answer would be now, for somebody to keep or not; raises Unavailable.

        It is understood by what was said in the conversation before `before_s`, when it was first asked.
        """
        row = new_question(question, conversation=conversation, clock=self._clock)
        find_turns = partial(turns_before, scope=scope, question=row, before_s=before_s)
        previous = await self._records.aread(find_turns)
        run = Run(row.id, "asker", self._clock, deadline_s=self._deadline_s)
        async for done in self._steps(run, row, previous, scope):
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

        Raises NotFound when the person asked no such question, what the agents said is no longer kept, or it rests on
        pages that have become somebody else's; Differs when the agents that only think say something else today.
        """
        row = await self._records.aread(partial(find_question, scope=scope, question=question))
        said = await self._records.aread(partial(read_run, workspace=scope.workspace, run=question))
        if not said:
            raise NotFound(f"what the agents said about question {question!r} is not kept any more; ask it again")
        if not await self._records.aread(partial(sees_run, scope=scope, run=question, said=said)):
            raise NotFound(f"question {question!r} was answered from pages that its asker may not see any more")
        previous = codec_of(Asked).read(said[0].body).previous
        run = Run(row.id, "asker", self._clock, deadline_s=self._deadline_s, recorded=said)
        async for done in self._steps(run, row, previous, scope):
            if isinstance(done, Answer):
                return done
        raise AssertionError("a replay ends with its answer")

    def _keep(self, conn: sa.Connection, *, scope: Scope, answer: Answer, said: Sequence[Message]) -> None:
        save_answer(conn, answer.id, answer.to_json(), clock=self._clock)
        record_run(conn, scope.workspace, said)

    async def _looking(self, run: Run, scope: Scope, *, is_for_somebody: bool) -> Looking:
        """How passages are looked for; who waits for the answer has met what is tried there."""
        if self._trials is None or run.is_replay:  # which remembers what was found, however it was looked for
            return USUAL
        if is_for_somebody:
            variants = (await self._trials.give(scope, ANSWER_PLACES)).variants
        else:
            variants = await self._trials.look(scope, ANSWER_PLACES)
        return looking_of(variants.get(PIPELINE, USUAL_PIPELINE))

    async def _steps(
        self, run: Run, row: QuestionRow, previous: Sequence[Turn], scope: Scope, *, is_for_somebody: bool = False
    ) -> AsyncIterator[Step | Answer]:
        steps: list[Step] = []
        planned = await run.ask(planner(), Asked(row.text, tuple(previous)))
        steps.append(Step("planner", planned.describe(), run.last_took_ms))
        yield steps[-1]

        finds: list[Found] = []
        drafts: list[Draft] = []
        if planned.asks_pages:
            began_ms = run.took_ms
            looking = await self._looking(run, scope, is_for_somebody=is_for_somebody)
            retriever = self._retriever.agent(scope, row.as_of, looking)
            finds = [await run.ask(retriever, part) for part in planned.parts]
            steps.append(Step("retriever", joined_finds(finds).describe(), run.took_ms - began_ms))
            yield steps[-1]

            drafts, step = await self._written(run, self._writer, planned, finds, scope)
            steps.append(step)
            yield step

        proof, step = await self._proven(run, drafts, finds, scope)
        steps.append(step)
        yield step

        if not proof.claims and any(draft.claims and draft.written_by for draft in drafts):
            left_out = proof.left_out
            drafts, step = await self._written(run, self._quotes, planned, finds, scope)
            drafts = [replace(draft, notice=UNPROVEN, fell_back=True) for draft in drafts]
            steps.append(step)
            yield step
            proof, step = await self._proven(run, drafts, finds, scope)
            proof = replace(proof, left_out=(*left_out, *proof.left_out))
            steps.append(step)
            yield step

        if not run.is_replay:
            metrics.ANSWER_SECONDS.observe(run.took_ms / 1000)
            metrics.ANSWERS.labels("answered" if proof.claims else "abstained").inc()
        told = [_as_of(row, finds), _notice(planned, finds, drafts, proof)]
        notice = " ".join(one for one in told if one)
        answer = _answer(row, planned, proof, steps, took_ms=run.took_ms, notice=notice)
        draft = joined_drafts(drafts)
        yield replace(answer, written_by=draft.written_by, fell_back=draft.fell_back)

    async def _written(
        self, run: Run, writer: Writer, planned: Planned, finds: Sequence[Found], scope: Scope
    ) -> tuple[list[Draft], Step]:
        """What `writer` writes of each part."""
        began_ms = run.took_ms
        agent = writer.agent(found_codec(self._records, scope), scope.workspace)
        drafts = [await run.ask(agent, Writing(part, found)) for part, found in zip(planned.parts, finds, strict=True)]
        return drafts, Step("writer", "; ".join(draft.words for draft in drafts), run.took_ms - began_ms)

    async def _proven(
        self, run: Run, drafts: Sequence[Draft], finds: Sequence[Found], scope: Scope
    ) -> tuple[Proof, Step]:
        """What the verifier leaves of all parts together."""
        agent = self._verifier.agent(scope, found_codec(self._records, scope))
        proof = await run.ask(agent, Checking(joined_drafts(drafts), joined_finds(finds)))
        return proof, Step("verifier", proof.describe(), run.last_took_ms)


def _answer(
    row: QuestionRow, planned: Planned, proof: Proof, steps: list[Step], *, took_ms: float, notice: str
) -> Answer:
    return Answer(
        question=row.text,
        text=" ".join(claim.text for claim in proof.claims) or _nothing(planned),
        claims=proof.claims,
        conflicts=proof.conflicts,
        suggestions=() if proof.claims or not planned.asks_pages else _suggestions(planned, proof),
        steps=tuple(steps),
        took_ms=took_ms,
        id=row.id,
        conversation=row.conversation,
        left_out=proof.left_out,
        notice=notice,
    )


def _nothing(planned: Planned) -> str:
    if planned.about_itself:
        return (
            "This is Bowerbird. It answers from the pages that were gathered here, in their own words, and shows where"
            " each sentence stands; when they do not answer, it says so. Ask about what the pages say."
        )
    if planned.is_order:
        return (
            "This reads as an order to a machine and not as a question, and nothing in it was followed."
            " Ask about what the gathered pages say."
        )
    subject = planned.parts[0].subject
    return f"What was gathered does not answer this. No stored page supports an answer about {subject}."


def _as_of(row: QuestionRow, finds: Sequence[Found]) -> str:
    """Of which day the answer is; and since when there is anything, if that is later."""
    if row.as_of is None:
        return ""
    told = f"This is what was stored on {day(row.as_of)}."
    if any(found.hits for found in finds):
        return told
    since = next((found.rounds[-1] for found in finds if found.rounds), "")
    return f"{told} Nothing was found of that time{f': {since}' if since else ''}."


def _notice(planned: Planned, finds: Sequence[Found], drafts: Sequence[Draft], proof: Proof) -> str:
    """What the reader should know: how it was written, what was not answered, and what nobody knows of."""
    told = [draft.notice for draft in drafts if draft.notice]
    elsewhere = languages_quoted(proof.claims)
    told += filter(None, [told_of(elsewhere)])
    if proof.claims:
        for part, found, draft in zip(planned.parts, finds, drafts, strict=True):
            if not draft.claims:
                told.append(f"Nothing that was gathered answers “{part.question}”.")
            elif not elsewhere and is_english(part.language) and (unknown := unknown_to(part, found.hits)):
                named = " or ".join(f"“{word}”" for word in unknown)
                told.append(
                    f"No page that was found mentions {named}: what the question takes for granted may be wrong."
                )
    return " ".join(dict.fromkeys(told))


def _suggestions(planned: Planned, proof: Proof) -> tuple[Suggestion, ...]:
    evidence = [Suggestion("evidence", tidy(near.text), citation=near.citation) for near in proof.near]
    goal = " ".join(part.question for part in planned.parts)
    crawl = Suggestion("crawl", f"Gather pages about {planned.parts[0].subject}, then ask again.", goal=goal)
    return (*evidence, crawl)
