"""The writer without a model: it quotes the sentences that answer, or says that none does."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bowerbird.agents import Agent, Codec, codec_of
from bowerbird.answer.draft import Draft, DraftClaim, quote_of
from bowerbird.answer.features import term_weights
from bowerbird.answer.found import Found
from bowerbird.answer.in_context import InContext
from bowerbird.answer.leaning import quotes_of
from bowerbird.answer.question import Plan
from bowerbird.answer.rank import Ranked, known, rank, support
from bowerbird.answer.sentences import Sentence
from bowerbird.answer.write import choose, tidy
from bowerbird.knowledge import Searcher
from bowerbird.knowledge.words import is_english
from bowerbird.models.words import WordVectors
from bowerbird.ops.breaker import Breaker

__all__ = ["ANSWERED", "ExtractiveWriter", "Writer", "Writing", "judged", "writing_codec"]

NEAREST = 3  # sentences that an abstention shows
NEARLY = 0.4  # the share of the question's words and the cosine that such a sentence has together
ANSWERED = 0.5  # the support that an answer needs


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer works from."""

    plan: Plan
    found: Found


def writing_codec(found: Codec[Found]) -> Codec[Writing]:
    """How a writer's request travels, by how that which was found does."""
    plan = codec_of(Plan)
    return Codec(
        lambda given: {"plan": plan.write(given.plan), "found": found.write(given.found)},
        lambda body: Writing(plan.read(body["plan"]), found.read(body["found"])),
    )


class Writer(Protocol):
    """Who writes drafts."""

    def agent(self, found: Codec[Found], workspace: str) -> Agent[Writing, Draft]:
        """The writer at work for a workspace."""
        ...


@dataclass(frozen=True, slots=True)
class ExtractiveWriter:
    """Chooses sentences; needs no model."""

    searcher: Searcher
    vectors: WordVectors
    breaker: Breaker

    def agent(self, found: Codec[Found], workspace: str) -> Agent[Writing, Draft]:  # noqa: ARG002  quotes cost nobody
        """The writer at work."""

        async def work(given: Writing) -> Draft:
            return await asyncio.to_thread(self.write, given)

        return Agent(
            name="writer",
            duty="Writes the answer from the passages: here, by quoting the sentences that answer.",
            takes=writing_codec(found),
            gives=codec_of(Draft),
            deadline_s=10.0,
            work=work,
            # How telling a word is depends on all that was gathered, and cosines on the machine's arithmetic.
            asks_outside=True,
            score=lambda draft: draft.sure,
            breaker=self.breaker,
        )

    def write(self, given: Writing) -> Draft:
        """The sentences that answer, the best first; none when the best do not support an answer."""
        plan, pool = given.plan, given.found.sentences
        ranked, sure = judged(plan, pool, self.searcher, self.vectors)
        chosen = choose(plan, ranked, pool) if sure >= ANSWERED else []
        near = [one.sentence for one in ranked if one.number("cover") + one.number("near") >= NEARLY]
        return Draft(
            claims=tuple(_claim(sentence, pool) for sentence in chosen),
            ranked=tuple(quote_of(one.sentence) for one in ranked),
            near=tuple(quote_of(sentence) for sentence in near[:NEAREST]),
            sure=sure,
            words=_told(len(chosen), len(pool), sure),
        )


def judged(
    plan: Plan, pool: Sequence[Sentence], searcher: Searcher, vectors: WordVectors
) -> tuple[list[Ranked], float]:
    """The sentences of `pool` that come nearest to an answer, best first, and how likely they are one. Blocking."""
    total, counts = searcher.word_counts(plan.words)
    weights = term_weights(plan.terms, dict(zip(plan.terms, counts, strict=True)), total)
    asked = searcher.in_context.of_question(plan.question) if is_english(plan.language) else None
    in_context = None if asked is None else InContext(plan.question, asked, searcher.in_context.of_passages)
    ranked = rank(plan, weights, pool, vectors, in_context=in_context)
    return ranked, support(ranked, known(weights, pool))


def _claim(sentence: Sentence, pool: Sequence[Sentence]) -> DraftClaim:
    """The sentence with its place."""
    return DraftClaim(tidy(sentence.text), quotes_of(sentence, pool))


def _told(chosen: int, of: int, sure: float) -> str:
    if not chosen:
        return f"read {of} sentences; none supports an answer (support {sure:.2f}, {ANSWERED:.2f} needed)"
    return f"chose {chosen} of {of} sentences (support {sure:.2f})"
