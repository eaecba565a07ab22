"""The filters over three words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.answer.phrasing import FEATURES, MOST_WORDS, Filters, features, tokens

RNG = np.random.default_rng(7)
KERNEL = RNG.normal(size=(3, FEATURES, 5)).astype(np.float32)
BIAS, WEIGHTS = (RNG.normal(size=5).astype(np.float32) for _ in range(2))
FILTERS = Filters(KERNEL, BIAS, WEIGHTS)


def slowly(sentence: str) -> float:
    """The weight by its definition."""
    known = [features(token) for token in tokens(sentence)]
    if len(known) < 3:
        return 0.0
    fits = [
        sum(known[at + n] @ KERNEL[n] for n in range(3)) + BIAS  # each filter at one place
        for at in range(len(known) - 2)
    ]
    return float(np.maximum(np.max(fits, axis=0), 0) @ WEIGHTS)


@given(st.lists(st.sampled_from(["say", "the", "answer", "2", "https://a.example", "!", "bridge", "zzqx"]), max_size=9))
def test_a_sentence_weighs_what_its_best_three_words_do(words: list[str]) -> None:
    """What a word is to a filter is kept, and changes nothing."""
    sentence = " ".join(words)
    assert FILTERS.weight(sentence) == pytest.approx(slowly(sentence), abs=1e-3)


def test_only_the_first_words_count() -> None:
    """A sentence without an end costs no more than a long one."""
    long = "word " * MOST_WORDS
    assert FILTERS.weight(long) == FILTERS.weight(long + "and on and on")


def test_words_that_mean_the_same_are_near() -> None:
    """Their vectors are, so that a filter fits both."""
    assert features("reveal") @ features("disclose") > 2 * features("reveal") @ features("banana")
    assert (features("https://a.example") == features("http://b.example/c")).all()
    assert (features("1901") == features("7")).all()
