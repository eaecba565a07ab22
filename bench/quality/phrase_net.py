"""Learns the filters of `bowerbird.answer.phrasing`: a network of one layer, by Adam."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bowerbird.answer.phrasing import FEATURES, Floats, features, tokens

__all__ = ["Learnt", "Phrases", "learn"]

FILTERS = 64
ROUNDS = 10  # over all texts; the last two with smaller steps
STEP, SHRINK, DROPPED = 3e-3, 1e-4, 0.2  # the share of words that a round does not see
BATCH = 128  # texts

Ints: TypeAlias = NDArray[np.int64]


class Phrases:
    """Texts as the filters see them: the words of their sentences by number, and what is known of each word."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        numbers = {"": 0}  # the edges, which every round sees
        self.texts: list[list[list[int]]] = [
            [[numbers.setdefault(token, len(numbers)) for token in tokens(sentence)] for sentence in sentences]
            for sentences in texts
        ]
        self.longest = np.array([max([len(one) for one in text], default=0) for text in self.texts])
        self._words = list(numbers)

    @cached_property
    def known(self) -> Floats:
        """A row for each word, and one of zeros for none."""
        return np.array([*map(features, self._words), np.zeros(FEATURES)], np.float32)

    def batch(self, chosen: Ints) -> tuple[Ints, Ints]:
        """The words of the sentences of some texts (sentences, longest), -1 for none, and whose each sentence is."""
        sentences = [one for text in chosen for one in self.texts[text]]
        owner = np.repeat(np.arange(len(chosen)), [len(self.texts[text]) for text in chosen])
        words = np.full((len(sentences), max([3, *map(len, sentences)])), -1)
        for row, one in zip(words, sentences, strict=True):
            row[: len(one)] = one
        return words, owner


@dataclass
class Learnt:
    """The filters, and what a text weighs that shows nothing."""

    kernel: Floats  # (3 * FEATURES, filters)
    bias: Floats
    weights: Floats
    start: Floats  # (1,)

    def fits(self, phrases: Phrases, words: Ints) -> tuple[Floats, Ints, Floats]:
        """All threes of words (sentences, places, 3 * FEATURES), and where and how well each filter fits best."""
        known = phrases.known[words]
        threes = np.concatenate([known[:, :-2], known[:, 1:-1], known[:, 2:]], axis=2)
        found = threes @ self.kernel + self.bias
        found[words[:, 2:] < 0] = -np.inf
        best = found.argmax(axis=1)
        return threes, best, np.maximum(np.take_along_axis(found, best[:, None], axis=1)[:, 0], 0)

    def score(self, phrases: Phrases, chosen: Ints) -> Floats:
        """The log-odds of some texts."""
        found = np.zeros(len(chosen), np.float32)
        order = np.argsort(phrases.longest[chosen], kind="stable")
        for part in np.array_split(order, max(1, len(order) // BATCH)):
            words, owner = phrases.batch(chosen[part])
            _, _, fits = self.fits(phrases, words)
            found[part] = np.bincount(owner, fits @ self.weights, len(part)) + self.start[0]
        return found


def learn(phrases: Phrases, truth: Floats, weight: Floats, chosen: Ints, *, seed: int) -> Learnt:
    """Filters from the chosen texts: which are orders, and how much each counts."""
    rng = np.random.default_rng(seed)
    shape = (3 * FEATURES, FILTERS)
    net = Learnt(
        (rng.normal(size=shape) * 1.5 / np.sqrt(shape[0])).astype(np.float32),
        np.full(FILTERS, -0.1, np.float32),
        (rng.normal(size=FILTERS) * 0.1).astype(np.float32),
        np.full(1, -3, np.float32),
    )
    values = [net.kernel, net.bias, net.weights, net.start]
    means, squares = [np.zeros_like(one) for one in values], [np.zeros_like(one) for one in values]
    done = 0
    for turn in range(ROUNDS):
        step = STEP * {ROUNDS - 1: 0.1, ROUNDS - 2: 0.3}.get(turn, 1.0)
        for part in _batches(phrases, chosen, rng):
            done += 1
            slopes = _slopes(net, phrases, part, truth[part], weight[part], rng)
            for n, slope in enumerate(slopes):
                means[n] += 0.1 * (slope - means[n])
                squares[n] += 0.001 * (slope**2 - squares[n])
                values[n] -= step * (means[n] / (1 - 0.9**done)) / (np.sqrt(squares[n] / (1 - 0.999**done)) + 1e-8)
    return net


def _batches(phrases: Phrases, chosen: Ints, rng: np.random.Generator) -> Iterator[Ints]:
    """The texts in a new order, those of about the same length together."""
    mixed = rng.permutation(chosen)
    parts: list[Ints] = []
    for some in np.array_split(mixed, max(1, len(mixed) // (40 * BATCH))):
        ordered = some[np.argsort(phrases.longest[some], kind="stable")]
        parts += np.array_split(ordered, max(1, len(ordered) // BATCH))
    for number in rng.permutation(len(parts)):
        yield parts[number]


def _slopes(  # noqa: PLR0917 - all of one step
    net: Learnt, phrases: Phrases, part: Ints, truth: Floats, weight: Floats, rng: np.random.Generator
) -> list[Floats]:
    words, owner = phrases.batch(part)
    none = len(phrases.known) - 1
    seen = np.where((words > 0) & (rng.random(words.shape) < DROPPED), none, words)
    threes, best, fits = net.fits(phrases, seen)
    odds = np.bincount(owner, fits @ net.weights, len(part)) + net.start[0]
    miss = (weight * (1 / (1 + np.exp(-np.clip(odds, -30, 30))) - truth) / len(part)).astype(np.float32)
    by_fit = miss[owner][:, None] * net.weights * (fits > 0)
    at_best = threes[np.arange(len(words))[:, None], best]
    kernel = np.einsum("sfd,sf->df", at_best, by_fit, optimize=True)
    return [
        kernel + SHRINK * net.kernel,
        by_fit.sum(axis=0),
        fits.T @ miss[owner] + SHRINK * net.weights,
        np.array([miss.sum()], np.float32),
    ]
