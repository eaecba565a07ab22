"""Lines of a data set: who answers, by what it is judged, which citations count, and what the means are of."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from bowerbird.answer import Asker, Case, Evaluated, Evaluator, mean_of
from bowerbird.answer.evaluate import Evaluation
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.models.open import open_model
from bowerbird.records import open_records
from bowerbird.records.tables import questions
from bowerbird.settings import ModelSettings
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex
from bowerbird.testing.model_server import Asked, ModelServer, Script, Told

TOWER = "# The Riverbank tower\n\nThe Riverbank tower is 330 metres high. It was built by the town in 1911.\n"
QUESTION = "How high is the Riverbank tower?"


@dataclass
class Desk:
    """A library with one page, that can be asked."""

    library: Library
    asker: Asker
    searcher: Searcher

    async def evaluate(self, case: Case, script: Script | None = None) -> Evaluated:
        """The figures of a line; with a model when a script plays one."""
        if script is None:
            return await Evaluator(self.asker, self.searcher, self.library.scope, self.library.clock).evaluate(case)
        with ModelServer(script) as server:
            model = open_model(server.llm, ModelSettings())
            assert model is not None
            try:
                evaluator = Evaluator(self.asker, self.searcher, self.library.scope, self.library.clock, model=model)
                return await evaluator.evaluate(case)
            finally:
                await model.close()


@pytest.fixture
def desk(records_url: str) -> Iterator[Desk]:
    """One page about a tower."""
    records = open_records(records_url)
    clock, embedder, index = ManualClock(), HashEmbedder(dimensions=256), ModelIndex()
    library = Library(records, clock)
    library.page(library.source(), "https://docs.example.org/tower", TOWER)
    library.arrange()
    indexer = Indexer(records, index, embedder, clock)
    while indexer.catch_up() or indexer.embed_some(64):
        pass
    searcher = Searcher(records, index, embedder)
    yield Desk(library, Asker(records, searcher, clock), searcher)
    records.close()


async def test_without_an_answer_the_system_is_asked_and_nothing_of_it_is_kept(desk: Desk) -> None:
    """Its own citations are judged; a person's history stays as it was."""
    done = await desk.evaluate(Case(QUESTION, gold="330 metres"))
    assert "330 metres" in done.answer
    assert (done.evaluation.factual_accuracy, done.evaluation.judged_by, done.completeness) == (1.0, "given", 1.0)
    assert (done.citations.recall, done.citations.precision, done.abstained) == (1.0, 1.0, False)
    kept = desk.library.records.read(
        lambda conn: conn.execute(sa.select(sa.func.count()).select_from(questions)).scalar()
    )
    assert kept == 0


async def test_what_the_system_does_not_answer_is_an_abstention(desk: Desk) -> None:
    """It has none of the gold answer, and no accuracy."""
    done = await desk.evaluate(Case("Who conducts the orchestra of Vienna?", gold="Somebody"))
    shape = done.to_json()
    assert (shape["abstained"], shape["factual_accuracy"], shape["completeness"]) == (True, None, 0.0)


async def test_own_pages_judge_where_nothing_is_given(desk: Desk) -> None:
    """Both ways."""
    right = await desk.evaluate(Case(QUESTION, "The Riverbank tower is 330 metres high."))
    wrong = await desk.evaluate(Case(QUESTION, "The Riverbank tower is 230 metres high."))
    assert [one.evaluation.judged_by for one in (right, wrong)] == ["own pages", "own pages"]
    assert right.evaluation.factual_accuracy == 1.0
    assert wrong.evaluation.factual_accuracy is not None
    assert wrong.evaluation.factual_accuracy < 0.5


async def test_marks_in_an_answer_point_into_the_evidence(desk: Desk) -> None:
    """Also behind the stop; a mark that points nowhere supports nothing."""
    evidence = ("Paris is the capital of France.", "Paris lies on the Seine.")
    answer = "The capital of France is Paris. [1][2] It is Paris that lies on the Seine [2]. It is old [7]."
    done = await desk.evaluate(Case("What is the capital of France?", answer, evidence=evidence))
    counted = done.citations
    assert (counted.supported, counted.sentences, counted.to_the_point, counted.citations) == (2, 3, 2, 4)
    assert "[" not in done.answer


async def test_an_answer_without_marks_has_no_citations_to_judge(desk: Desk) -> None:
    """Null, not 0."""
    shape = (await desk.evaluate(Case("What is the capital of France?", "Paris."))).to_json()
    assert (shape["citation_recall"], shape["citation_precision"]) == (None, None)


def judge(*verdicts: str) -> Callable[[Asked], Told]:
    """A model that says this."""
    return lambda _asked: Told(json.dumps({"verdicts": list(verdicts)}))


async def test_a_model_judges_what_no_page_speaks_of(desk: Desk) -> None:
    """Of the statements that it knows of, those that are true; it is told nothing outside of marks."""
    case = Case("Who painted the ceiling?", "Michelangelo painted the ceiling. He was born in Rome. He was tall.")
    done = await desk.evaluate(case, judge("true", "false", "unknown"))
    assert (done.evaluation.factual_accuracy, "scripted-1" in done.evaluation.judged_by) == (0.5, True)


async def test_a_model_is_not_asked_where_pages_know(desk: Desk) -> None:
    """The order of truth."""
    asked: list[Asked] = []

    def script(each: Asked) -> Told:
        asked.append(each)
        return Told(json.dumps({"verdicts": ["false"]}))

    done = await desk.evaluate(Case(QUESTION, "The Riverbank tower is 330 metres high."), script)
    assert (done.evaluation.factual_accuracy, asked) == (1.0, [])


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param(judge("unknown"), "does not know", id="does not know"),
        pytest.param(judge("true", "true"), "did not judge it", id="miscounts"),
        pytest.param(lambda _: Told("It is true."), "did not judge it", id="no JSON"),
        pytest.param(lambda _: Told(status=500), "did not judge it", id="fails"),
    ],
)
async def test_a_model_that_does_not_judge_leaves_no_score_and_says_why(desk: Desk, script: Script, why: str) -> None:
    """Null with the reason, never a guess."""
    done = await desk.evaluate(Case("Who painted the ceiling?", "Michelangelo painted the ceiling."), script)
    assert done.evaluation.factual_accuracy is None
    assert why in done.evaluation.reason


async def test_without_a_model_the_reason_says_so(desk: Desk) -> None:
    """What to do."""
    done = await desk.evaluate(Case("Who painted the ceiling?", "Michelangelo painted the ceiling."))
    assert done.evaluation.factual_accuracy is None
    assert "BOWERBIRD_LLM" in done.evaluation.reason


def test_means_are_of_the_lines_that_have_the_figure() -> None:
    """An abstention lowers no accuracy; its share stands beside it."""
    lines = [
        Evaluated("q", "a", Evaluation(1.0, 1.0, "given", "")),
        Evaluated("q", "a", Evaluation(0.0, 0.5, "given", "")),
        Evaluated("q", "a", Evaluation(None, None, "nothing", ""), abstained=True),
    ]
    assert mean_of(lines) == {
        "factual_accuracy": 0.5,
        "relevance": 0.75,
        "citation_recall": None,
        "citation_precision": None,
        "completeness": None,
        "abstained": 0.333,
        "lines": 3,
    }
    assert mean_of([])["factual_accuracy"] is None
