"""Whether an index does worse than another: a test on pairs, which luck does not fail and a real loss does not pass."""

import random

import pytest

from bowerbird.answer.exam.compare import MEASURES, Outcome, compare, tail


def outcomes(found: list[bool]) -> dict[str, Outcome]:
    """An exam in which only the page that is found differs."""
    return {str(n): Outcome(one, cited=True, by_words=True, by_meaning=True) for n, one in enumerate(found)}


@pytest.mark.parametrize(("lost", "of", "expected"), [(0, 0, 1.0), (1, 1, 0.5), (5, 5, 1 / 32), (8, 10, 56 / 1024)])
def test_the_tail_is_that_of_a_fair_coin(lost: int, of: int, expected: float) -> None:
    """Counted by hand."""
    assert tail(lost, of) == expected


def test_a_real_loss_is_told_with_its_numbers() -> None:
    """Ten of a hundred questions are lost, none gained."""
    compared = compare(outcomes([True] * 100), outcomes([False] * 10 + [True] * 90))
    assert compared.reasons == (
        "the right page is found for 90 of 100 questions instead of 100 (10 lost, 0 gained, p = 0.00098)",
    )


def test_as_many_gained_as_lost_is_no_loss() -> None:
    """Another index finds others."""
    before = [False] * 10 + [True] * 90
    after = [True] * 10 + [False] * 10 + [True] * 80
    assert compare(outcomes(before), outcomes(after)).reasons == ()


def test_few_questions_refuse_only_a_collapse() -> None:
    """Two of six may be chance; half of what was found is not worth a test."""
    assert compare(outcomes([True] * 6), outcomes([False] * 2 + [True] * 4)).reasons == ()
    assert "at most half" in compare(outcomes([True] * 6), outcomes([False] * 3 + [True] * 3)).reasons[0]


def test_a_fall_that_nobody_would_notice_is_no_reason() -> None:
    """Sure, and small: nine of a thousand."""
    assert compare(outcomes([True] * 1000), outcomes([False] * 9 + [True] * 991)).reasons == ()


def test_each_measure_is_looked_at() -> None:
    """A half of the search that is broken is seen behind the other, which hides it."""
    good = {str(n): Outcome(found=True, cited=True, by_words=True, by_meaning=True) for n in range(40)}
    for name in MEASURES:
        bad = {
            question: Outcome(**{each: each != name for each in MEASURES})  # one of the four fails
            for question in good
        }
        assert len(compare(good, bad).reasons) == 1


def test_only_questions_that_both_were_asked_count() -> None:
    """A question that came later says nothing of the index before."""
    before = outcomes([True] * 5)
    after = outcomes([True] * 5 + [False] * 50)
    assert (compare(before, after).asked, compare(before, after).reasons) == (5, ())


def test_two_indexes_that_differ_by_chance_are_seldom_refused() -> None:
    """Over a thousand pairs of equally good ones at most one in twenty."""
    rng = random.Random(7)
    refused = 0
    for _ in range(1000):
        before, after = ([rng.random() < 0.8 for _ in range(100)] for _ in range(2))
        refused += bool(compare(outcomes(before), outcomes(after)).reasons)
    assert refused <= 50
