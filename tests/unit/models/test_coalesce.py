"""Calls of an embedder that come together are made as one run."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from bowerbird.models import Coalescing


class Counting:
    """Embeds a text as its length, and notes its runs; the first waits until it may go on."""

    name = "counting"
    dimensions = 1

    def __init__(self) -> None:
        self.runs: list[list[str]] = []
        self.may_go_on = threading.Event()
        self.has_begun = threading.Event()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A vector with the length of each text; refuses what holds "bad"."""
        self.runs.append(list(texts))
        self.has_begun.set()
        assert self.may_go_on.wait(10)
        if any("bad" in text for text in texts):
            raise ValueError("a bad text")
        return np.array([[len(text)] for text in texts], np.float32)

    def close(self) -> None:
        """Nothing is held."""


def _asked_while_busy(embedder: Counting, texts: Sequence[str]) -> list[float | str]:
    """What each text gets when all come while the first one's run is under way."""
    together = Coalescing(embedder)

    def ask(text: str) -> float | str:
        try:
            return float(together.embed([text])[0, 0])
        except ValueError as exc:
            return str(exc)

    with ThreadPoolExecutor(len(texts)) as threads:
        first = threads.submit(ask, texts[0])
        assert embedder.has_begun.wait(10)
        others = [threads.submit(ask, text) for text in texts[1:]]
        while len(together._waiting) < len(others):
            threading.Event().wait(0.001)
        embedder.may_go_on.set()
        return [each.result(10) for each in (first, *others)]


def test_what_comes_during_a_run_is_made_in_the_next_and_everyone_gets_their_own() -> None:
    """Two runs for five calls."""
    embedder = Counting()
    assert _asked_while_busy(embedder, ["a", "bb", "ccc", "dddd", "eeeee"]) == [1, 2, 3, 4, 5]
    assert [len(run) for run in embedder.runs] == [1, 4]


def test_a_text_that_cannot_be_embedded_harms_nobody_else() -> None:
    """Its caller gets the error, the others their vectors."""
    assert _asked_while_busy(Counting(), ["a", "bb", "bad", "dddd"]) == [1, 2, "a bad text", 4]


def test_alone_a_call_is_a_run() -> None:
    """An error is the caller's own."""
    embedder = Counting()
    embedder.may_go_on.set()
    with pytest.raises(ValueError, match="a bad text"):
        Coalescing(embedder).embed(["bad"])
