"""Vectors of texts that were embedded before."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bowerbird.kernel.clock import ManualClock
from bowerbird.models.remembered import VECTORS_S, remembering
from bowerbird.ops.shared import Shared
from bowerbird.ops.shared_file import FileStore


class Counting:
    """Embeds, and counts how often it did."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> NDArray[np.float32]:
        self.asked.append(text)
        return np.full(4, len(text), np.float32)


@pytest.fixture
def clock() -> ManualClock:
    """The time of the tier."""
    return ManualClock()


@pytest.fixture
def shared(tmp_path: Path, clock: ManualClock) -> Iterator[Shared]:
    """The tier in a file."""
    tier = Shared(FileStore(tmp_path / "shared.db", clock), clock)
    yield tier
    tier.close()


def test_a_text_is_embedded_once_in_seven_days(shared: Shared, clock: ManualClock) -> None:
    """Whichever process asks; it is the same vector, bit for bit."""
    first, second = Counting(), Counting()
    vector = remembering(first, shared, model="m", dimensions=4)("glass frogs")
    again = remembering(second, shared, model="m", dimensions=4)
    np.testing.assert_array_equal(again("glass frogs"), vector)
    assert (first.asked, second.asked) == (["glass frogs"], [])
    clock.advance(VECTORS_S)
    again("glass frogs")
    assert second.asked == ["glass frogs"]


@pytest.mark.parametrize("what", [np.nan, np.inf])
def test_a_vector_that_is_none_is_made_again(shared: Shared, what: float) -> None:
    """Whatever another program has put there."""
    embed = Counting()
    vector = remembering(embed, shared, model="m", dimensions=4)
    made = vector("glass frogs")
    key = f"vector:{hashlib.sha256(b'glass frogs').hexdigest()}"
    shared.put({key: np.array([0, 0, what, 0], np.float32).tobytes()}, {key: "m"}, lifetime_s=VECTORS_S)
    np.testing.assert_array_equal(vector("glass frogs"), made)
    assert embed.asked == ["glass frogs"] * 2


def test_another_model_and_another_text_have_their_own(shared: Shared) -> None:
    """Also a model of the same name whose vectors have another length."""
    embed = Counting()
    for model, dimensions, text in (("m", 4, "a"), ("n", 4, "a"), ("m", 4, "b"), ("m", 8, "b")):
        remembering(embed, shared, model=model, dimensions=dimensions)(text)
    assert embed.asked == ["a", "a", "b", "b"]


def test_the_text_is_not_kept(shared: Shared, tmp_path: Path) -> None:
    """What somebody picked is found in no file of the tier."""
    remembering(Counting(), shared, model="m", dimensions=4)("a very private matter")
    assert all(b"private" not in path.read_bytes() for path in tmp_path.iterdir())
