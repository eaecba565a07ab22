"""
From a question to an answer with proof, without a model.

    planner ──► what is asked, by which words
    retriever ──► the passages that the asker may see, and their sentences
    writer ──► one to five sentences, quoted, or none when nothing supports an answer
    verifier ──► each quote against the stored version, each claim against its quotes; conflicts
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bowerbird.answer.answer import AgentName, Answer, Citation, Claim, Conflict, Side, Step, Suggestion
from bowerbird.answer.conflicts import disagreements
from bowerbird.answer.features import TermWeights, term_weights
from bowerbird.answer.question import Plan, check_question, plan
from bowerbird.answer.rank import Ranked, rank, support
from bowerbird.answer.sentences import Sentence, sentences_in
from bowerbird.answer.verify import verify
from bowerbird.answer.write import choose, tidy
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Searcher
from bowerbird.models import Embedder
from bowerbird.models.words import word_vectors
from bowerbird.ops import metrics
from bowerbird.records import Records, visible
from bowerbird.records.tables import pages, versions

__all__ = ["Asker"]

PASSAGES = 12
NEAREST = 3  # sentences that an abstention shows
NEARLY = 0.4  # the share of the question's words and the cosine that such a sentence has together
# Passages of these ranks are looked at for conflicts; those far down are about something else.
CONFLICT_PASSAGES = 8
ANSWERED = 0.5


@dataclass(frozen=True, slots=True)
class _Quoted:
    """What the records hold at a sentence's span, and how old it is."""

    quote: str
    at: float


class Asker:
    """Answers questions from what was gathered. Blocking; safe to call from several threads."""

    def __init__(self, records: Records, searcher: Searcher, embedder: Embedder, clock: Clock) -> None:
        self._records = records
        self._searcher = searcher
        self._words = word_vectors()
        self._clock = clock

    def ask(self, question: str, scope: Scope) -> Answer:
        """The answer to `question` from what `scope` may see; raises InputWrong for what is no question."""
        for done in self.stream(question, scope):
            if isinstance(done, Answer):
                return done
        raise AssertionError("a stream ends with its answer")

    def stream(self, question: str, scope: Scope) -> Iterator[Step | Answer]:
        """The agents' steps as they finish, then the answer; raises InputWrong for what is no question."""
        began = self._clock.monotonic_s()
        steps: list[Step] = []
        planned = plan(check_question(question))
        steps.append(self._step("planner", planned.describe(), began))
        yield steps[-1]

        at = self._clock.monotonic_s()
        hits = self._searcher.search(planned.question, k=PASSAGES, scope=scope).hits
        pool = sentences_in(hits)
        found_on = len({sentence.passage.page for sentence in pool})
        steps.append(self._step("retriever", f"found {len(hits)} passages on {found_on} pages", at))
        yield steps[-1]

        at = self._clock.monotonic_s()
        ranked = rank(planned, self._weights(planned), pool, self._words)
        sure = support(ranked)
        chosen = choose(planned, ranked, pool) if sure >= ANSWERED else []
        steps.append(self._step("writer", _written(chosen, len(pool), sure), at))
        yield steps[-1]

        at = self._clock.monotonic_s()
        answer = self._proven(planned, chosen, ranked, pool, scope)
        steps.append(self._step("verifier", _verified(answer), at))
        yield steps[-1]
        took_s = self._clock.monotonic_s() - began
        metrics.ANSWER_SECONDS.observe(took_s)
        metrics.ANSWERS.labels("answered" if answer.claims else "abstained").inc()
        yield replace(answer, steps=tuple(steps), took_ms=1000 * took_s)

    def _step(self, agent: AgentName, words: str, began_s: float) -> Step:
        return Step(agent, words, 1000 * (self._clock.monotonic_s() - began_s))

    def _weights(self, planned: Plan) -> TermWeights:
        total, counts = self._searcher.word_counts(planned.words)
        return term_weights(planned.terms, dict(zip(planned.terms, counts, strict=True)), total)

    def _proven(
        self,
        planned: Plan,
        chosen: Sequence[Sentence],
        ranked: Sequence[Ranked],
        pool: Sequence[Sentence],
        scope: Scope,
    ) -> Answer:
        """The answer with what the records confirm of it; what they do not hold word for word is left out."""
        near = [one.sentence for one in ranked if one.number("cover") + one.number("near") >= NEARLY][:NEAREST]
        doubted = [
            each
            for each in (disagreements(_of_first_passages(pool, ranked)) if chosen else ())
            if each.one in chosen or each.other in chosen
        ]
        wanted = [*chosen, *near, *(side for each in doubted for side in (each.one, each.other))]
        held = self._records.read(lambda conn: _quotes(conn, scope, wanted))
        number = _Numbers(held)
        claims = tuple(claim for sentence in chosen if (claim := _claim(sentence, number)) is not None)
        conflicts = [_conflict(each.subject, (each.one, each.other), number) for each in doubted] if claims else []
        return Answer(
            question=planned.question,
            text=_text(claims) if claims else _nothing(planned),
            claims=claims,
            conflicts=tuple(conflict for conflict in conflicts if conflict is not None),
            suggestions=() if claims else _suggestions(planned, near, number),
            steps=(),
            took_ms=0.0,
        )


class _Numbers:
    """Citations of the spans that the records confirmed, numbered in the order they are first cited."""

    def __init__(self, held: Mapping[tuple[int, int, int], _Quoted]) -> None:
        self._held = held
        self._given: dict[tuple[int, int, int], int] = {}

    def cite(self, sentence: Sentence) -> Citation | None:
        """The citation of a sentence; None when the records hold something else at its place."""
        held = self._held.get(sentence.span)
        if held is None or held.quote != sentence.text:
            return None
        return Citation(
            n=self._given.setdefault(sentence.span, len(self._given) + 1),
            quote=held.quote,
            url=sentence.passage.url,
            title=sentence.passage.title,
            version=sentence.passage.version,
            start=sentence.start,
            end=sentence.end,
        )

    def at(self, sentence: Sentence) -> float:
        """When the page that says it was published or, failing that, gathered."""
        return self._held[sentence.span].at


def _quotes(conn: sa.Connection, scope: Scope, sentences: Sequence[Sentence]) -> dict[tuple[int, int, int], _Quoted]:
    """What the visible stored versions hold at the spans of `sentences`."""
    rows = conn.execute(
        sa.select(versions.c.id, versions.c.text, versions.c.fetched_at, pages.c.published_at)
        .join(pages, pages.c.id == versions.c.page)
        .where(
            versions.c.id.in_({sentence.passage.version for sentence in sentences}),
            pages.c.source.in_(visible(scope)),
        )
    )
    stored = {row.id: row for row in rows}
    return {
        sentence.span: _Quoted(
            stored[sentence.passage.version].text[sentence.start : sentence.end],
            stored[sentence.passage.version].published_at or stored[sentence.passage.version].fetched_at,
        )
        for sentence in sentences
        if sentence.passage.version in stored
    }


def _claim(sentence: Sentence, number: _Numbers) -> Claim | None:
    citation = number.cite(sentence)
    if citation is None:
        return None
    text = tidy(sentence.text)
    verdict = verify(text, [citation.quote])
    return Claim(text, verdict.verdict, (citation,)) if verdict.verdict in ("supported", "partial") else None


def _conflict(subject: str, sentences: Sequence[Sentence], number: _Numbers) -> Conflict | None:
    sides = [
        Side(citation, number.at(sentence)) for sentence in sentences if (citation := number.cite(sentence)) is not None
    ]
    sides.sort(key=lambda side: -side.at)
    return Conflict(subject, tuple(sides)) if len(sides) > 1 else None


def _of_first_passages(pool: Sequence[Sentence], ranked: Sequence[Ranked]) -> list[Sentence]:
    """The ranked sentences, then those of the first passages: where a contradiction would matter to the reader."""
    first = list(dict.fromkeys(sentence.passage.id for sentence in pool))[:CONFLICT_PASSAGES]
    best = [one.sentence for one in ranked]
    spans = {sentence.span for sentence in best}
    return best + [one for one in pool if one.passage.id in first and one.span not in spans]


def _suggestions(planned: Plan, near: Sequence[Sentence], number: _Numbers) -> tuple[Suggestion, ...]:
    evidence = [
        Suggestion("evidence", tidy(sentence.text), citation=citation)
        for sentence in near
        if (citation := number.cite(sentence)) is not None
    ]
    crawl = Suggestion("crawl", f"Gather pages about {planned.subject}, then ask again.", goal=planned.question)
    return (*evidence, crawl)


def _text(claims: Sequence[Claim]) -> str:
    return " ".join(claim.text for claim in claims)


def _nothing(planned: Plan) -> str:
    return f"What was gathered does not answer this. No stored page supports an answer about {planned.subject}."


def _written(chosen: Sequence[Sentence], of: int, sure: float) -> str:
    if not chosen:
        return f"read {of} sentences; none supports an answer (support {sure:.2f}, {ANSWERED:.2f} needed)"
    return f"chose {len(chosen)} of {of} sentences (support {sure:.2f})"


def _verified(answer: Answer) -> str:
    if answer.abstained:
        return "nothing to verify"
    supported = sum(claim.verdict == "supported" for claim in answer.claims)
    told = f"{supported} of {len(answer.claims)} sentences supported word for word"
    return f"{told}; {len(answer.conflicts)} conflicts" if answer.conflicts else told
