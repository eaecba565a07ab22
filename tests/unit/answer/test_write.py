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
    assert _chosen("How do trees work?", pool, 9.0, 4.9) == ["Trees ask questions about features."]


def test_what_asks_for_one_thing_is_answered_by_less() -> None:
    """What comes near the best may add to how something works; to when it began it adds nothing."""
    pool = sentences_of("The first trees grew 385 million years ago.", "Forests spread in the Carboniferous.")
    assert len(_chosen("How did trees spread?", pool, 9.0, 6.0)) == 2
    assert _chosen("When did trees begin?", pool, 9.0, 6.0) == ["The first trees grew 385 million years ago."]


def test_pronoun_brings_its_antecedent() -> None:
    """The answer comes first, then the sentence that says what "It" is, and both are quoted."""
    pool = sentences_of("A forest holds many trees. It takes the vote of all.")
    assert _chosen("How does it vote?", pool, 0.0, 9.0) == ["It takes the vote of all.", "A forest holds many trees."]


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


def test_names_with_underscores_keep_them() -> None:
    """`__name__` in the text of a page is a name of Python's; what has blanks between the marks is bold."""
    assert tidy("Of __init__.py and `__name__` __only the second__ is _here_.") == (
        "Of __init__.py and __name__ only the second is here."
    )


def test_what_it_is_needs_no_telling_when_the_question_tells() -> None:
    """The sentence before is told only where the question does not name what "It" is."""
    pool = sentences_of("The bridge crosses the river. It was built of iron in 1901.")
    it, bridge = "It was built of iron in 1901.", "The bridge crosses the river."
    assert _chosen("When was the bridge built?", pool, 5.0, 9.0) == [it]
    assert _chosen("What was built in 1901?", pool, 5.0, 9.0) == [it, bridge]


def test_what_only_opens_something_is_not_said_after_the_best_sentence() -> None:
    """The best one may: with its items, if it has any."""
    pool = sentences_of("Trees drink much water in summer. Trees do so in the following way:\n\n```\ndrink()\n```")
    assert _chosen("How do trees drink?", pool, 9.0, 8.9) == ["Trees drink much water in summer."]
    steps = sentences_of("Trees drink in two steps:\n\n- roots take the water in\n- leaves let the water go")
    assert len(_chosen("How do trees drink?", steps, 9.0)) == 3


def test_the_rest_of_a_sentence_is_no_sentence() -> None:
    """What stands behind code that broke it up is said only when there is nothing else."""
    pool = sentences_of("then leaves have to let the water go.", "Leaves let the water go at noon.")
    assert _chosen("When do leaves let water go?", pool, 9.0, 8.5) == ["Leaves let the water go at noon."]


def test_a_sentence_that_code_breaks_up_is_said_only_when_there_is_nothing_else() -> None:
    """Neither half says anything; one that ends in a colon and goes on nowhere does."""
    broken = "If the roots are dry:\n\n```\ndry(roots)\n```\n\nthen the leaves fall. Leaves drink at noon."
    assert _chosen("When do leaves drink?", sentences_of(broken), 9.0, 8.9, 8.8) == ["Leaves drink at noon."]
    ended = sentences_of(
        "Call the tap from the roots:\n\n```\ndrink()\n```\n\nBread is good for you.", "Leaves drink at noon."
    )
    assert _chosen("How do leaves drink?", ended, 9.0)[0] == "Call the tap from the roots:"


def test_what_sends_the_reader_elsewhere_is_no_answer() -> None:
    """No next question is read where the answer is."""
    pool = sentences_of("See the next question for leaves.", "Leaves let the water go at noon.")
    assert _chosen("When do leaves let water go?", pool, 9.0, 8.5) == ["Leaves let the water go at noon."]


def test_another_sentence_that_nobody_can_follow_is_left_out() -> None:
    """What "the technique" is stands nowhere in the page; the best sentence is said all the same."""
    alone, other = "The technique, found in 1901, waters leaves.", "Roots drink the water."
    assert _chosen("How do leaves drink?", sentences_of(other, alone), 9.0, 8.9) == [other]
    assert _chosen("How do leaves drink?", sentences_of(alone), 9.0) == [alone]


def test_items_are_given_past_the_second_paragraph_of_one() -> None:
    """A list ends with a blank line, and not where an item says more."""
    first = "- Roots take the water in first of all things.\n  Roots are below the ground. Worms live there, too."
    pool = sentences_of(f"Trees drink in two steps:\n\n{first}\n- Leaves let the water go at noon.")
    expected = ["Trees drink in two steps:", "Roots take the water in first of all things."]
    assert _chosen("How do trees drink?", pool, 9.0) == [*expected, "Leaves let the water go at noon."]


def test_what_code_broke_up_is_cited_and_not_said_before_what_leans_on_it() -> None:
    """The rest alone is no sentence."""
    text = "Users see results like this:\n\n```\n1.2 - 1.0\n```\n\nand think it is a bug. It comes from the machine."
    pool = sentences_of(text)
    assert _chosen("Whose bug do users see?", [pool[-1], *pool[:-1]], 9.0) == ["It comes from the machine."]
