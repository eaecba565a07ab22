"""How good an answer is: the three cases of the brief, their corrupted twins, and where the truth comes from."""

import pytest

from bowerbird.answer.evaluate import abstains, completeness, score

CASES = [
    ("What is the capital of France?", "The capital of France is Paris."),
    ("Who invented the telephone?", "The telephone was invented by Alexander Graham Bell in 1876."),
    (
        "What is the boiling point of water?",
        "Water boils at 100 degrees Celsius at standard atmospheric pressure.",
    ),
]
FRANCE, TELEPHONE, WATER = (question for question, _ in CASES)
# Tried while the rules were made.
CORRUPTED = {
    "number": [
        (TELEPHONE, "The telephone was invented by Alexander Graham Bell in 1976."),
        (WATER, "Water boils at 50 degrees Celsius at standard atmospheric pressure."),
        (WATER, "The boiling point of water is 212 degrees Celsius."),
    ],
    "unit": [
        (WATER, "Water boils at 100 degrees Fahrenheit at standard atmospheric pressure."),
        (WATER, "Water boils at 100 kelvin."),
    ],
    "name": [
        (FRANCE, "The capital of France is Lyon."),
        (FRANCE, "The Seine."),
        (TELEPHONE, "The telephone was invented by Thomas Edison in 1876."),
        (TELEPHONE, "The telephone was invented by Alexander Fleming in 1876."),
        (TELEPHONE, "Antonio Meucci received the patent for the telephone in 1876."),
        (TELEPHONE, "It was Meucci."),
    ],
    "negation": [
        (FRANCE, "The capital of France is not Paris."),
        (FRANCE, "Paris is no longer the capital of France."),
        (TELEPHONE, "Alexander Graham Bell never invented the telephone."),
        (WATER, "Water does not boil at 100 degrees Celsius at standard atmospheric pressure."),
    ],
    "subject": [
        (FRANCE, "The capital of Germany is Paris."),
        (FRANCE, "Paris is the capital of Italy."),
        (TELEPHONE, "The television was invented by Alexander Graham Bell in 1876."),
        (WATER, "Water freezes at 100 degrees Celsius at standard atmospheric pressure."),
        (WATER, "Alcohol boils at 100 degrees Celsius at standard atmospheric pressure."),
    ],
    "off-topic": [
        (FRANCE, "Water boils at 100 degrees Celsius."),
        (TELEPHONE, "Photosynthesis turns light into sugar."),
        (WATER, "Iron melts at 1538 degrees Celsius."),
    ],
}
# Written after the rules, and not tried before: what happens to twins that nobody had in mind.
UNSEEN = {
    "number": [
        (TELEPHONE, "Alexander Graham Bell invented the telephone in 1886."),
        (WATER, "At sea level water boils at 110 °C."),
        (WATER, "100.5 degrees Celsius"),
    ],
    "unit": [
        (WATER, "Water boils at 100 °F at sea level."),
        (WATER, "The boiling point of water is 373 degrees Celsius."),
    ],
    "name": [
        (FRANCE, "France has its capital in Bordeaux."),
        (FRANCE, "Madrid"),
        (TELEPHONE, "Guglielmo Marconi invented the telephone in 1876."),
        (TELEPHONE, "The inventor of the telephone was Samuel Morse."),
    ],
    "negation": [
        (FRANCE, "Paris isn't the capital of France."),
        (TELEPHONE, "The telephone was invented in 1876, but not by Alexander Graham Bell."),
        (WATER, "Water never boils at 100 degrees Celsius at standard atmospheric pressure."),
    ],
    "subject": [
        (FRANCE, "Paris is the capital of Belgium."),
        (TELEPHONE, "The telegraph was invented by Alexander Graham Bell in 1876."),
        (WATER, "Ethanol boils at 100 degrees Celsius at standard atmospheric pressure."),
    ],
    "off-topic": [
        (FRANCE, "The Great Wall is in China."),
        (TELEPHONE, "The French parliament has its seat in Paris."),
        (WATER, "A marathon is 42 kilometres long."),
    ],
}
TWINS = [pytest.param(*twin, id=f"{kind}: {twin[1]}") for kind, twins in CORRUPTED.items() for twin in twins]
UNSEEN_TWINS = [pytest.param(*twin, id=f"{kind}: {twin[1]}") for kind, twins in UNSEEN.items() for twin in twins]
REWORDED = [
    (FRANCE, "Paris"),
    (FRANCE, "It is Paris."),
    (FRANCE, "France's capital is Paris."),
    (FRANCE, "The capital of France is Paris, which lies on the Seine."),
    (TELEPHONE, "Alexander Graham Bell"),
    (TELEPHONE, "Bell invented the telephone in 1876."),
    (WATER, "100 °C"),
    (WATER, "It is 100 °C at sea level."),
    (WATER, "Water boils at 212 degrees Fahrenheit."),
]


@pytest.mark.parametrize(("question", "answer"), CASES)
def test_what_is_true_is_scored_as_true_by_the_pages_that_ship(question: str, answer: str) -> None:
    """At least .9 for truth and .8 for speaking of what was asked."""
    seen = score(question, answer)
    assert seen.factual_accuracy is not None
    assert seen.factual_accuracy >= 0.9
    assert seen.relevance is not None
    assert seen.relevance >= 0.8
    assert seen.judged_by == "reference pages"


@pytest.mark.parametrize(("question", "answer"), REWORDED)
def test_what_is_true_in_other_words_or_few_is_as_true(question: str, answer: str) -> None:
    """What an answer leaves out is understood from its question."""
    seen = score(question, answer)
    assert seen.factual_accuracy is not None
    assert seen.factual_accuracy >= 0.9
    assert seen.relevance is not None
    assert seen.relevance >= 0.8


@pytest.mark.parametrize(("question", "answer"), [*TWINS, *UNSEEN_TWINS])
def test_a_corrupted_twin_is_scored_as_wrong(question: str, answer: str) -> None:
    """A number, unit, name, denial or subject that is another one, or an answer to something else: below .5."""
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
    seen = score("Who invented the telephone?", "Water boils at 100 degrees Celsius at sea level.")
    assert seen.relevance is not None
    assert seen.relevance < 0.5


def test_pages_that_know_the_words_and_not_the_matter_leave_it_to_those_that_do() -> None:
    """Own pages that neither support nor deny anything of a claim are not its judge where a reference page is."""
    own = ["Our telephone was out of order. Who invented this telephone system should be ashamed."]
    seen = score(*CASES[1], own_pages=lambda _: own)
    assert (seen.judged_by, seen.factual_accuracy) == ("reference pages", 1.0)


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know.",
        "Sorry, I cannot answer that from these pages.",
        "The passages do not mention it.",
        "There is no information about this in the context.",
        "What was gathered does not answer this. No stored page supports an answer about it.",
        "Unknown.",
    ],
)
def test_an_abstention_is_known_as_one_and_has_no_score(answer: str) -> None:
    """It is neither true nor false."""
    assert abstains(answer)
    assert score("What is the capital of France?", answer).factual_accuracy is None


@pytest.mark.parametrize("answer", ["None of the moons has air.", "Unknown forces hold it.", "Not Paris but Lyon."])
def test_a_denial_is_no_abstention(answer: str) -> None:
    """It says something."""
    assert not abstains(answer)


def test_completeness_counts_what_the_gold_answer_adds_to_the_question() -> None:
    """Words of the question are no merit; without any new word all words count."""
    gold = "It was finished in 1889 by Gustave Eiffel."
    assert completeness("When was the tower finished, and by whom?", "The tower was finished.", gold) == 0.0
    assert completeness("When was the tower finished, and by whom?", "In 1889, by Eiffel.", gold) == pytest.approx(
        2 / 3, abs=1e-3
    )
    assert completeness("Is it red?", "It is red.", "Red") == 1.0
