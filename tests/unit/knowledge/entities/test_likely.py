"""What is likely a name."""

import pytest

from bowerbird.knowledge.entities import Candidate, extract
from bowerbird.knowledge.entities.extract import found_on
from bowerbird.knowledge.entities.likely import Likelihood, likelihood
from bowerbird.knowledge.entities.signs import Surroundings, signs_of

# Enough elements of interfaces to be a page about code.
CODE = "\n\nUse GridSearchCV with RandomForest here. GridSearchCV and RandomForest are slow, as GridSearchCV says.\n"


def _signs(text: str, key: str) -> dict[str, float]:
    read, seen = found_on(text, "")
    around = Surroundings(text, read.lines, read.found.values())
    return signs_of(read.found[key], seen[key], around)


def test_words_of_headings_and_parts_of_longer_names_are_left_out() -> None:
    """A heading in capitals names nothing, a name is none without its end; who is named whole stays."""
    text = (
        "# Plot Regular K-Means Performance Comparison of Methods\n\nThe Robust Covariance Estimation of the Labeled"
        " Faces in the Wild is here. It was written by Andrew Nystrom and Ronald Barry." + CODE
    )
    wrong = {"regular k means performance comparison of method", "robust covariance", "labeled face"}
    assert wrong <= {candidate.key for candidate in found_on(text, "")[0].candidates}
    keys = {candidate.key for candidate in extract(text, "")}
    assert not wrong & keys
    assert {"andrew nystrom", "ronald barry", "gridsearchcv"} <= keys


def test_elements_of_interfaces_are_always_kept() -> None:
    """However unlikely their signs would make them."""
    never = Likelihood({}, bias=-9.0, enough=0.5)
    read, seen = found_on(CODE, "")
    around = Surroundings(CODE, read.lines, read.found.values())
    kept = {each.key for each in read.candidates if never.is_enough(each, seen[each.key], around)}
    assert kept == {"gridsearchcv", "randomforest"}


def test_names_are_filtered_only_where_a_page_is_about_code() -> None:
    """Elsewhere the tagger's names are kept as it found them."""
    never = Likelihood({}, bias=-9.0, enough=0.5)
    for text, is_kept in (("We met Anna Smith in Berlin.", True), (f"We met Anna Smith in Berlin.{CODE}", False)):
        read, seen = found_on(text, "")
        around = Surroundings(text, read.lines, read.found.values())
        assert never.is_enough(read.found["anna smith"], seen["anna smith"], around) is is_kept


@pytest.mark.parametrize("weight", [-2.0, 0.0, 2.0])
def test_more_of_a_sign_moves_it_as_the_weight_says(weight: float) -> None:
    """The likelihood goes one way with each sign, and a sign without a weight counts for nothing."""
    one = Likelihood({"headed": weight}, bias=0.3, enough=0.5)
    steps = [one.of({"headed": much, "unheard of": much}) for much in (0.0, 0.5, 1.0)]
    assert steps == sorted(steps, reverse=weight < 0)
    assert (steps[0] == steps[2]) is (weight == 0)


def test_signs_say_where_a_name_stands() -> None:
    """Between which words, in what kind of line, and within which other names."""
    signs = _signs(f"# Gradient boosting\n\nHe knew a gradient boosting of old.{CODE}", "gradient boosting")
    assert signs["headed"] == 0.5
    assert signs["after an article"] == 0.5
    assert signs["before of"] == 0.5
    assert signs["whole line"] == 0.5
    assert signs["on a page of code"] == 1.0


def test_every_sign_is_a_share() -> None:
    """No sign is below 0 or above 1, so that a page cannot shout."""
    text = f"# Trees\n\nThe Random Forest of Leo Breiman (2001), pp. 5. {'random forest ' * 40}\n{CODE}"
    read, seen = found_on(text, "Trees")
    around = Surroundings(text, read.lines, read.found.values())
    for candidate in read.candidates:
        signs = signs_of(candidate, seen[candidate.key], around)
        assert all(0 <= much <= 1.000001 for much in signs.values()), candidate.key


def test_what_ships_weighs_signs_that_there_are() -> None:
    """The weights are of signs that pages show, and the threshold is a chance."""
    ships = likelihood()
    assert 0 < ships.enough < 1
    assert {"headed", "after a capital", "kind term", "sure"} <= ships.weights.keys()


def test_what_is_kept_is_some_of_what_was_found() -> None:
    """The filter takes out and changes nothing: names, mentions and their order stay."""
    text = f"# Random forests\n\nA random forest is an ensemble. The numeric data of a random forest is shown.{CODE}"
    found = found_on(text, "Random forests")[0].candidates
    kept = extract(text, "Random forests")
    assert kept == [candidate for candidate in found if candidate in kept]
    assert all(isinstance(candidate, Candidate) for candidate in kept)
