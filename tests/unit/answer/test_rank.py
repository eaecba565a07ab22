"""Which sentence is the best answer, and whether the best is good enough."""

from dataclasses import replace

from bowerbird.answer.features import term_weights
from bowerbird.answer.question import plan
from bowerbird.answer.rank import KNOWN, Ranked, known, rank, support
from bowerbird.answer.sentences import sentences_in
from bowerbird.models.words import word_vectors
from tests.unit.answer.builders import a_hit


def _ranked(question: str, *texts: str, meant: float | None = None, keep: int = 8) -> list[Ranked]:
    hits = [replace(a_hit(text, page=number), dense=meant) for number, text in enumerate(texts, start=1)]
    asked = plan(question)
    return rank(asked, term_weights(asked.terms, {}, 100), sentences_in(hits), word_vectors(), keep=keep)


def test_a_word_that_means_the_like_counts() -> None:
    """The word "established" answers "founded"; the order of the passages says the opposite."""
    texts = ("The museum has many visitors in summer.", "The museum was established by monks in 1390.")
    assert _ranked("When was the museum founded?", *texts)[0].sentence.text == texts[1]


def test_a_number_before_what_is_counted_answers_how_many() -> None:
    """Another number does not."""
    texts = ("In 1913 the museum received its costumes.", "The museum shows 14,000 costumes today.")
    assert _ranked("How many costumes does the museum have?", *texts)[0].sentence.text == texts[1]


def test_no_more_than_asked_for_are_kept() -> None:
    """The best of them."""
    texts = [f"The museum number {number} has many old costumes." for number in range(9)]
    assert len(_ranked("Which museum has costumes?", *texts, keep=3)) == 3


def test_support_follows_what_the_passage_means_and_what_it_says() -> None:
    """A passage about something else does not support an answer; one that says it does; nothing supports nothing."""
    question, right = "When was the museum founded?", "The museum was founded by monks in 1390."
    assert support(_ranked(question, right, meant=0.7), 1.0) > 0.5
    assert support(_ranked(question, "Trees grow quickly in wet summers.", meant=0.1), 1.0) < 0.5
    assert support([], 1.0) == 0.0


def test_without_vectors_the_words_decide() -> None:
    """A new passage waits for its vector, and can already answer."""
    question = "When was the museum founded?"
    assert support(_ranked(question, "The museum was founded by monks in 1390."), 1.0) > 0.5
    assert support(_ranked(question, "Trees grow quickly in wet summers."), 1.0) < 0.5


def test_of_what_nobody_speaks_nothing_is_an_answer() -> None:
    """However alike the passages are: the one year that they share with the question is not what it is about."""
    asked = plan("Who won the 1954 football world cup in Bern?")
    weights = term_weights(asked.terms, {}, 100)
    pool = sentences_in([replace(a_hit("Alan Turing lived from 1912 to 1954 and asked about machines."), dense=0.9)])
    ranked = rank(asked, weights, pool, word_vectors())
    assert known(weights, pool) < KNOWN
    assert (support(ranked, known(weights, pool)), support(ranked, 1.0) > 0.5) == (0.0, True)
