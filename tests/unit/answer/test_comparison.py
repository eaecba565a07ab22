"""What was learnt of how a sentence's words answer a question's: laws that hold whatever was learnt, and one reply."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bowerbird.answer.comparison import COMPARED, AskedWords, SaidWords, asked_words, compared, said_words
from bowerbird.models.in_context import DIMENSIONS

QUESTION = "In which year was the old bridge built?"
TEXT = "The old bridge was built in 1901. Birds nest on it."


def _vectors(count: int, seed: int) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).normal(size=(count, DIMENSIONS))
    unit: NDArray[np.float32] = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _asked(seed: int = 0) -> AskedWords:
    return asked_words(QUESTION, _vectors(8, seed), {"bridg": 0.7, "built": 0.3})


def _said(seed: int, words: int, order: int, passage: int = 1) -> SaidWords:
    return said_words(_asked(), TEXT, _vectors(words, seed), 0, passage, order)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_a_sentence_is_compared_as_if_it_were_alone(seed: int, lengths: list[int]) -> None:
    """But for what stands before and behind it, the others of the question do not change its numbers."""
    said = [_said(seed + place, length, order=2 * place) for place, length in enumerate(lengths)]
    together = compared(_asked(seed), said)
    alone = np.concatenate([compared(_asked(seed), [each]) for each in said])
    assert together.shape == (len(said), len(COMPARED))
    np.testing.assert_allclose(together, alone, atol=1e-3)


@given(st.integers(0, 10_000))
def test_a_neighbour_adds_and_never_takes(seed: int) -> None:
    """What the sentence before adds is not negative, is nothing across passages, and leaves the other numbers."""
    first, second = _said(seed, 6, order=0), _said(seed + 1, 6, order=1)
    beside = compared(_asked(seed), [first, second])
    apart = compared(_asked(seed), [replace(first, passage=2), second])
    before, behind = COMPARED.index("before"), COMPARED.index("behind")
    assert (beside[:, [before, behind]] >= 0).all()
    assert (apart[:, [before, behind]] == 0).all()
    others = [place for place in range(len(COMPARED)) if place not in {before, behind}]
    np.testing.assert_allclose(beside[:, others], apart[:, others], atol=1e-4)


def test_words_are_known_by_what_they_are_for() -> None:
    """Of the question which ask, tell and join; of the sentence a year, the first word and what the question has."""
    asked = _asked()
    assert asked.roles.tolist() == [2, 0, 1, 2, 2, 1, 1, 1]
    assert asked.after.tolist() == [2, 3, 4, 5, 6, 7, 8, 9]
    assert (10 * asked.told).round().astype(int).tolist() == [0, 0, 0, 0, 0, 0, 7, 3]
    forms = _said(0, 7, order=0).forms
    assert np.flatnonzero(forms[:, 1]).tolist() == [6]
    assert not forms[:, 0].any()
    assert np.flatnonzero(forms[:, 5]).tolist() == [1, 2, 4]
