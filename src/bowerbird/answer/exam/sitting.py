"""An index sits the exam: each question is searched by words, by meaning and by both, and answered by quoting."""

from collections.abc import Callable, Sequence
from functools import partial

import sqlalchemy as sa

from bowerbird.answer.exam.compare import Outcome
from bowerbird.answer.exam.kept import ExamQuestion
from bowerbird.answer.found import Found
from bowerbird.answer.places import PASSAGES
from bowerbird.answer.question import plan
from bowerbird.answer.retrieve import retrieve
from bowerbird.answer.writer import ExtractiveWriter, Writing
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Index, Searcher
from bowerbird.knowledge.index import Filter, Scored
from bowerbird.models import Embedder
from bowerbird.models.words import word_vectors
from bowerbird.ops.breaker import Breaker
from bowerbird.records import Records, visible_sources
from bowerbird.records.tables import passages

__all__ = ["sit"]

DEPTH = 3  # passages that each half of the search may name: the more, the less is seen of its order


def sit(
    questions: Sequence[ExamQuestion],
    index: Index,
    records: Records,
    embedder: Embedder,
    clock: Clock,
    *,
    show: Callable[[str], None] = lambda _: None,
) -> dict[str, Outcome]:
    """What the index makes of each question of one workspace, by the question's id. Blocking; nothing is kept."""
    if not questions:
        return {}
    # Nobody's own pages: those that everyone in the workspace sees.
    scope = Scope(workspace=questions[0].workspace, person="")
    searcher = Searcher(records, index, embedder)
    writer = ExtractiveWriter(searcher, word_vectors(), Breaker("the writer", clock))
    seen = records.read(partial(visible_sources, scope=scope))
    within = Filter(workspaces=(scope.workspace,), sources=tuple(seen))
    outcomes: dict[str, Outcome] = {}
    vectors = embedder.embed([question.text for question in questions])
    for number, (question, vector) in enumerate(zip(questions, vectors, strict=True), 1):
        planned = plan(question.text)
        hits = retrieve(planned, searcher, scope, k=PASSAGES).hits
        draft = writer.write(Writing(planned, Found(hits, ())))
        halves = [
            index.search_lexical(question.text, DEPTH, within),
            index.search_dense(vector, DEPTH, within),
        ]
        by_words, by_meaning = (records.read(partial(_names, found=half, page=question.page)) for half in halves)
        outcomes[question.id] = Outcome(
            found=any(hit.passage.page == question.page for hit in hits),
            cited=any(
                quote.version == question.version and quote.start < question.end and question.start < quote.end
                for claim in draft.claims
                for quote in claim.quotes
            ),
            by_words=by_words,
            by_meaning=by_meaning,
        )
        if number % 10 == 0:
            show(f"{number} of {len(questions)} exam questions asked")
    return outcomes


def _names(conn: sa.Connection, *, found: Sequence[Scored], page: int) -> bool:
    """Whether one of the passages is of the page."""
    ids = [each.passage for each in found]
    is_there = sa.exists().where(passages.c.id.in_(ids), passages.c.page == page)
    return bool(conn.execute(sa.select(is_there)).scalar())
