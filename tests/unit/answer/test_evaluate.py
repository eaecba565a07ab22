"""How good an answer is: the three cases of the brief, their corrupted twins, and where the truth comes from."""

import pytest

from bowerbird.answer.evaluate import score

CASES = [
    ("What is the capital of France?", "The capital of France is Paris."),
    ("Who invented the telephone?", "The telephone was invented by Alexander Graham Bell in 1876."),
    (
        "What is the boiling point of water?",
        "Water boils at 100 degrees Celsius at standard atmospheric pressure.",
    ),
]
CORRUPTED = [
    ("What is the capital of France?", "The capital of France is Lyon."),
    ("Who invented the telephone?", "The telephone was invented by Thomas Edison in 1876."),
    ("Who invented the telephone?", "The telephone was invented by Alexander Graham Bell in 1976."),
    ("What is the boiling point of water?", "Water boils at 50 degrees Celsius at standard atmospheric pressure."),
]


@pytest.mark.parametrize(("question", "answer"), CASES)
def test_what_is_true_is_scored_as_true_by_the_pages_that_ship(question: str, answer: str) -> None:
    """At least .9 for truth and .8 for speaking of what was asked."""
    seen = score(question, answer)
    assert seen.factual_accuracy is not None
    assert seen.factual_accuracy >= 0.9
    assert seen.relevance >= 0.8
    assert seen.judged_by == "reference pages"


@pytest.mark.parametrize(("question", "answer"), CORRUPTED)
def test_a_wrong_name_or_number_is_scored_as_wrong(question: str, answer: str) -> None:
    """A twin that differs in one value is below .5."""
    seen = score(question, answer)
    assert seen.factual_accuracy is not None
    assert seen.factual_accuracy < 0.5


def test_what_is_given_goes_before_own_pages_and_those_before_what_ships() -> None:
    """The order in which truth is looked for."""
    question, answer = CASES[0]
    own = ["The capital of France is Lyon."]
    given = score(question, answer, gold="Paris is the capital of France.", own_pages=lambda _: own)
    assert (given.judged_by, given.factual_accuracy) == ("given", 1.0)
    mine = score(question, answer, own_pages=lambda _: own)
    assert mine.judged_by == "own pages"
    assert mine.factual_accuracy is not None
    assert mine.factual_accuracy < 0.5


def test_where_nothing_is_known_there_is_no_score_but_a_reason() -> None:
    """No guess."""
    seen = score("Who painted the ceiling of our canteen?", "The ceiling of our canteen was painted by Erna Grün.")
    assert seen.factual_accuracy is None
    assert "no evidence" in seen.reason


def test_an_answer_about_something_else_is_not_relevant() -> None:
    """True, and no answer."""
    assert score("Who invented the telephone?", "Water boils at 100 degrees Celsius at sea level.").relevance < 0.5


def test_a_short_answer_is_read_with_its_question() -> None:
    """The answer "Paris" says that the capital of France is Paris."""
    seen = score("What is the capital of France?", "Paris")
    assert seen.factual_accuracy == 1.0
    assert seen.relevance >= 0.5
