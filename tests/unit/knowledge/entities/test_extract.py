"""Names and terms of one page."""

import random
import time

import pytest

from bowerbird.knowledge.entities import Candidate, extract
from bowerbird.knowledge.entities.candidate import key_of

FORESTS = """# Random forests

A random forest is an ensemble of decision trees. It was described by Leo Breiman in 2001.

## Out-of-bag error

Each tree sees a bootstrap sample. The out-of-bag error estimates how well a random forest will do.
In this example Breiman worked at the University of California, and Dr. Adele Cutler helped him.
Random forests and support vector machines (SVM) are popular. An SVM draws a border; the SVM is slow.

```
forest.fit(DecisionTree, Random Forest)
```
"""


def _found(text: str, title: str = "") -> dict[str, Candidate]:
    return {candidate.key: candidate for candidate in extract(text, title)}


def test_terms_names_and_acronyms_are_found_with_their_kinds() -> None:
    """A defined term, a person, an organisation and an acronym that is spelt out are each what they are."""
    found = _found(FORESTS, "Random forests")
    expected = {
        "random forest": "term",
        "leo breiman": "person",
        "university of california": "organisation",
        "adele cutler": "person",
    }
    assert {key: found[key].kind for key in expected} == expected


def test_mentions_are_spans_of_the_text_inside_their_sentences() -> None:
    """Every mention says the name where it points, in any form, within its sentence."""
    for candidate in extract(FORESTS, "Random forests"):
        accepted = {candidate.key, *(key_of(alias) for alias in candidate.aliases)}
        for mention in candidate.mentions:
            assert key_of(FORESTS[mention.start : mention.end]) in accepted
            assert mention.sentence_start <= mention.start < mention.end <= mention.sentence_end


def test_singular_and_plural_are_one_entity() -> None:
    """`random forest` and `Random forests` are counted together, and shown as running text writes them."""
    forest = _found(FORESTS, "Random forests")["random forest"]
    assert (forest.name, len(forest.mentions)) == ("random forest", 4)


def test_acronym_that_is_spelt_out_is_an_alias() -> None:
    """Both uses of `SVM` are mentions of what it stands for."""
    machine = _found(FORESTS)["support vector machine"]
    said = [FORESTS[mention.start : mention.end] for mention in machine.mentions]
    assert ("SVM" in machine.aliases, said) == (True, ["support vector machines", "SVM", "SVM", "SVM"])


def test_code_is_not_read() -> None:
    """A fenced block names nothing."""
    assert "decisiontree" not in _found(FORESTS)


def test_furniture_of_documentation_is_no_entity() -> None:
    """Headings that every page has are not what the pages are about."""
    text = (
        "# See also\n\n## Parameters\n\nSome text.\n\n## Examples\n\nMore text.\n\n## Notes\n\n## References\n\nText.\n"
    )
    assert _found(text) == {}


def test_capital_at_the_head_of_a_sentence_proves_nothing() -> None:
    """Words that only ever open sentences are no names."""
    assert _found("Bananas grow here. Bananas ripen there. Bananas rot.") == {}


def test_a_term_stands_by_itself_at_least_once() -> None:
    """What a page only says as a part of longer terms, of whatever kind, is no term of it."""
    once = "The quantile loss function is slow. A quantile loss curve shows it. We plot each quantile loss surface."
    assert "quantile loss" not in _found(once)
    assert "quantile loss" in _found(f"{once} So is the quantile loss.")


def test_words_that_everybody_says_are_terms_only_where_a_page_says_more_of_them() -> None:
    """A heading of such words is none; one such word is where it is defined."""
    text = "# Performance comparison\n\nWe compare.\n\n# Array\n\nWe sort each array here, then one array more."
    assert not {"performance comparison", "array"} & set(_found(text))
    assert "array" in _found(f"{text}\n\nAn array is a row of numbers in memory.")


def test_what_stands_before_a_name_is_no_part_of_it() -> None:
    """A number in a list of authors, and what one does with what is named; the year of an election is."""
    people = "Thanks to all.\n\n- 44 Noel Dawe\n- 38 Gael Varoquaux\n- By Matt Terry\n- Thanks to Matteo Visconti di.\n"
    assert {"noel dawe", "gael varoquaux", "matt terry", "matteo visconti"} <= set(_found(people))
    assert not [key for key in _found(people) if key.startswith(("44", "38", "by"))]
    assert "guttman transform" in _found("Steps:\n\n- Compute the Guttman Transform\n- Iterate.")


def test_initials_alone_name_nobody() -> None:
    """They are torn from a longer name, or from two sentences."""
    found = _found("It would be X. Note that X is dense. Belkina, A. C., Ciccolella, C. O., Anno, R. wrote it.")
    assert not {"x. note", "c. o", "c. o."} & set(found)


def test_also_known_as_gives_an_alias() -> None:
    """The other name that a sentence gives."""
    text = (
        "A decision tree, also known as a classification tree, is a model. The decision tree is old. A decision tree!"
    )
    assert _found(text)["decision tree"].aliases == ("classification tree",)


def test_hostile_length_is_bounded() -> None:
    """A page of a million names adds no more than a long chapter would."""
    text = " ".join(f"He met Anna Name{number} in town." for number in range(6_000))
    found = extract(text, "")
    assert (len(found) <= 80, max(len(candidate.mentions) for candidate in found) <= 12) == (True, True)


def test_a_name_that_nobody_could_say_is_none() -> None:
    """What is longer than a database's index takes is left out, and takes nothing else with it."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=900)).title() for _ in range(5)]
    text = f"We met {' '.join(words)} in town. We know {' '.join(words)} well. We met Anna Smith in town."
    keys = [candidate.key for candidate in extract(text, "")]

    assert "anna smith" in keys
    assert all(len(key) <= 400 for key in keys)


@pytest.mark.parametrize("piece", ["](", "a", "@", "![", "Aa", "$$ ", "A. ", "a@a", "(A", "- ", "**", "```\n"])
def test_time_grows_with_the_length_only(piece: str) -> None:
    """No pattern goes back and forth over a page made to make it do so."""
    began = time.process_time()
    extract(piece * (200_000 // len(piece)), piece * 50)
    assert time.process_time() - began < 10


def test_a_name_ends_before_the_others_that_are_not_named() -> None:
    """Of "X et al." X is named."""
    found = _found(
        "# Trees\n\nThe method of Geoffrey Hinton et al. was new. Later Geoffrey Hinton et al. made it fast.\n"
    )
    assert "geoffrey hinton" in found
    assert not [key for key in found if " et al" in key]


def test_an_element_is_called_without_what_it_is() -> None:
    """The DictReader class is DictReader."""
    text = (
        "# Reading\n\nThe DictReader class reads rows. Use the DictReader class. A DictReader class object is made.\n"
    )
    found = _found(text, "The DictReader class")
    assert "dictreader" in found
    assert "dictreader class" not in found


def test_an_entry_is_where_its_name_stands() -> None:
    """A word before it says what it is, and is not mentioned."""
    text = "# Mixins\n\nclass sklearn.base.RegressorMixin\nMixin class for all regression estimators of the library.\n"
    (entry,) = [each for each in extract(text, "") if each.key == "sklearn.base.regressormixin"]
    assert {text[mention.start : mention.end] for mention in entry.mentions} == {"sklearn.base.RegressorMixin"}
