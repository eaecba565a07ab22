"""What is asked, and what is no question."""

import time

import pytest

from bowerbird.answer import MAX_QUESTION_CHARACTERS, check_question
from bowerbird.answer.question import Kind, about_itself, asks_what_to_do, plan
from bowerbird.kernel.errors import InputWrong


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who proposed random forests?", Kind.WHO),
        ("When was it published?", Kind.WHEN),
        ("In which year did the war end?", Kind.WHEN),
        ("Where is Ulaanbaatar?", Kind.WHERE),
        ("How many images does it hold?", Kind.AMOUNT),
        ("What is the population of Perth?", Kind.AMOUNT),
        ("What is a decision tree?", Kind.DEFINITION),
        ("what does PCA stand for", Kind.DEFINITION),
        ("What are the main types of machine learning?", Kind.LIST),
        ("Why do forests work?", Kind.WHY),
        ("How does boosting work?", Kind.HOW),
        ("Is a tree a white box?", Kind.YES_NO),
        ("Tell me something of the river's birds at night", Kind.OTHER),
    ],
)
def test_kind_of_answer_follows_from_the_words(question: str, kind: Kind) -> None:
    """A name, a date, a place, a number, a definition, a list, a reason, a way, or a yes or no."""
    assert plan(question).kind is kind


def test_telling_words_are_kept_in_order_with_their_stems() -> None:
    """Small words and words of asking tell nothing; each stem comes once, in its first spelling."""
    planned = plan("What are the main types of machine learning machines?")
    assert planned.words == ("types", "machine", "learning")
    assert planned.terms == ("type", "machin", "learn")
    assert planned.subject == "types of machine learning"


def test_question_of_small_words_only_is_looked_for_by_those() -> None:
    """There is nothing else to go by."""
    assert plan("What is it?").words == ("What", "is", "it")


def test_blanks_are_tidied() -> None:
    """Line breaks and runs of blanks become single ones."""
    assert check_question("  What \n is\ta tree? ") == "What is a tree?"


@pytest.mark.parametrize(
    ("question", "seen"),
    [
        ("", "''"),
        (" \n ", "''"),
        ("???", "'???'"),
        ("a" * (MAX_QUESTION_CHARACTERS + 1), "2,001 characters"),
        ("what\x00is", r"'\x00'"),
        ("what\x1bis", r"'\x1b'"),
        ("what \ud800 is", "half of a surrogate pair"),
    ],
)
def test_what_is_no_question_is_refused(question: str, seen: str) -> None:
    """The message says what was seen, and which field it came from."""
    with pytest.raises(InputWrong) as refused:
        check_question(question)
    assert (refused.value.field, seen in str(refused.value)) == ("query", True)


@pytest.mark.parametrize("piece", ["what is ", "a", "what ", "a-", "is a ", "how many "])
def test_planning_takes_no_time(piece: str) -> None:
    """No question makes a pattern go back and forth."""
    began = time.process_time()
    plan("what is " + piece * (1900 // len(piece)) + "\u00b6")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "question", ["Who are you?", "What can you answer?", "hello, what are you", "How do you work?"]
)
def test_questions_about_the_one_who_answers_are_known(question: str) -> None:
    """They are not answered from pages."""
    assert about_itself(question)


@pytest.mark.parametrize(
    "question", ["What are your rights in France?", "How do you make tea?", "Who is Ada Lovelace?"]
)
def test_questions_that_only_speak_to_someone_are_not(question: str) -> None:
    """The "you" may be anyone."""
    assert not about_itself(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do I reset the device?",
        "How is bread baked?",
        "What should visitors bring?",
        "Where can I park?",
        "Must I wear a helmet?",
        "Steps to install the driver",
        "How often should I change the oil?",
        "If the pump fails, what should I do?",
        "My printer is stuck. How do I reset it?",
        "What is the best way to store tomatoes?",
        "What to do if it rains?",
        "Which form to fill in?",
        "What are the installation steps?",
        "What must applicants submit?",
        "Can visitors park here?",
        "Help me install the driver",
        "I want to reset my password",
    ],
)
def test_a_question_of_what_to_do_may_be_answered_by_an_order(question: str) -> None:
    """What tells to press a button for ten seconds answers it."""
    assert asks_what_to_do(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many people live in Perth?",
        "Who built the bridge?",
        "When was it opened?",
        "What is said about a message that you should recommend?",
        "How long is the bridge that was built in Perth?",
        "Which was the first ship to cross the bay under steam?",
    ],
)
def test_a_question_of_what_is_so_is_not_answered_by_an_order(question: str) -> None:
    """What tells somebody to do something does not say that anything is so."""
    assert not asks_what_to_do(question)
