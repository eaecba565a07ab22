"""Questions that lean on the conversation, and questions that are two."""

import pytest

from bowerbird.answer.follow_up import Turn, parts, resolve

CURIE = Turn("Who was Marie Curie?", "Marie Curie was a physicist. She discovered radium.")
TREES = Turn("How do decision trees split?", "Decision trees split the data by features.")
APPLE = Turn("Who founded Apple?", "Apple was founded by Steve Jobs.", ("Apple", "Steve Jobs"))


@pytest.mark.parametrize(
    ("question", "before", "expected"),
    [
        ("and when did she die?", CURIE, "When did Marie Curie die?"),
        ("What were her discoveries?", CURIE, "What were Marie Curie’s discoveries?"),
        ("what about random forests?", TREES, "How do random forests split?"),
        ("what are their advantages?", TREES, "What are decision trees’ advantages?"),
        ("Where was he born?", APPLE, "Where was Steve Jobs born?"),
        ("Where is it?", APPLE, "Where is Apple?"),
        ("And in 2012?", Turn("Who won in 2010?", "Spain won."), "Who won in 2012?"),
        ("Why?", Turn("Is the sky blue?", "The sky is blue."), "Why is the sky blue?"),
        ("Who wrote it?", Turn("What is Emma about?", "Emma is a novel."), "Who wrote Emma?"),
    ],
)
def test_a_follow_up_stands_alone(question: str, before: Turn, expected: str) -> None:
    """What a pronoun or a fragment means is taken from the turn before."""
    assert resolve(question, [before]) == expected


@pytest.mark.parametrize(
    "question",
    ["What is gradient boosting?", "How long does it take to boil an egg?", "Is it true that water is wet?"],
)
def test_a_question_that_leans_on_nothing_stays_as_it_is(question: str) -> None:
    """No topic is pressed into a question that has its own."""
    assert resolve(question, [CURIE]) == question


def test_the_latest_turn_counts() -> None:
    """A pronoun means what was spoken of last."""
    assert resolve("When did she die?", [APPLE, CURIE]) == "When did Marie Curie die?"
    assert resolve("When did she die?", []) == "When did she die?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who founded Tesla and when was SpaceX started?", ("Who founded Tesla?", "When was SpaceX started?")),
        (
            "When was Newcastle founded, and how many people live in it?",
            ("When was Newcastle founded?", "How many people live in Newcastle?"),
        ),
        (
            "Who founded Apple and when did he die?",
            ("Who founded Apple?", "When did the person who founded Apple die?"),
        ),
        (
            "Which is older, the University of Oxford or Harvard University?",
            ("How old is the University of Oxford?", "How old is Harvard University?"),
        ),
        ("What is the difference between bagging and boosting?", ("What is bagging?", "What is boosting?")),
    ],
)
def test_a_question_that_is_two_is_parted(question: str, expected: tuple[str, ...]) -> None:
    """Each part stands alone."""
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question", ["What is the capital of France?", "Who are Romeo and Juliet?", "How do trees and forests work?"]
)
def test_a_question_that_is_one_stays_one(question: str) -> None:
    """An "and" alone does not part it."""
    assert parts(question) == (question,)
