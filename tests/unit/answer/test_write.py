"""Which sentences make the answer."""

from bowerbird.answer.question import plan
from bowerbird.answer.rank import Ranked
from bowerbird.answer.sentences import Sentence
from bowerbird.answer.write import choose, tidy
from tests.unit.answer.builders import sentences_of


def _chosen(question: str, pool: list[Sentence], *scores: float) -> list[str]:
    ranked = sorted((Ranked(s, score, ()) for s, score in zip(pool, scores, strict=False)), key=lambda one: -one.score)
    return [sentence.text for sentence in choose(plan(question), ranked, pool)]


def test_repetition_is_left_out() -> None:
    """A second sentence that says the same adds nothing."""
    pool = sentences_of("Trees ask questions about features.", "Trees ask many questions about features.")
    assert _chosen("How do trees work?", pool, 9.0, 8.9) == ["Trees ask questions about features."]


def test_sentence_far_behind_the_best_is_left_out() -> None:
    """An answer is no list of everything that was found."""
    pool = sentences_of("Trees ask questions about features.", "Bread needs flour and water.")
    assert _chosen("How do trees work?", pool, 9.0, 5.0) == ["Trees ask questions about features."]


def test_pronoun_brings_its_antecedent() -> None:
    """The sentence before comes first, and both are quoted."""
    pool = sentences_of("A forest holds many trees. It takes the vote of all.")
    assert _chosen("How does it vote?", pool, 0.0, 9.0) == ["A forest holds many trees.", "It takes the vote of all."]


def test_list_gives_its_items() -> None:
    """A sentence ending in a colon is quoted with the items below it, and nothing else."""
    items = "- trees that classify things\n- trees that predict a number"
    text = f"There are two kinds of trees:\n\n{items}\n\nBread is good for you too."
    expected = ["There are two kinds of trees:", "trees that classify things", "trees that predict a number"]
    assert _chosen("What kinds of trees are there?", sentences_of(text), 9.0) == expected


def test_the_best_sentence_comes_first_and_the_others_as_they_are_written() -> None:
    """Who reads one sentence reads the best; the others stand page by page, within each as it is written."""
    pool = sentences_of("Roots drink the water. Leaves make all sugar.", "Bark keeps beetles out.")
    expected = ["Leaves make all sugar.", "Bark keeps beetles out.", "Roots drink the water."]
    assert _chosen("How do trees live?", pool, 8.0, 9.0, 8.5) == expected


def test_text_is_read_without_marks() -> None:
    """Emphasis and line breaks go; the words stay."""
    assert (
        tidy("A **random\nforest** uses `bagging`, *not* boosting [2*3].")
        == "A random forest uses bagging, not boosting [2*3]."
    )


def test_what_it_is_needs_no_telling_when_the_question_tells() -> None:
    """The answer comes first, and the sentence before only where the question does not name what "It" is."""
    pool = sentences_of("The bridge crosses the river. It was built of iron in 1901.")
    assert _chosen("When was the bridge built?", pool, 5.0, 9.0)[0] == "It was built of iron in 1901."
    assert _chosen("What was built in 1901?", pool, 5.0, 9.0)[0] == "The bridge crosses the river."
