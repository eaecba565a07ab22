"""A slate is drawn with the propensities that it states, from what can be kept, and never twice otherwise."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bowerbird.feed.compose import (
    LEVELS,
    Chosen,
    Inputs,
    Likeness,
    Weights,
    compose,
    propensities,
    similarities,
    without,
)
from bowerbird.learn import beliefs
from bowerbird.learn.enr import INDICES
from bowerbird.learn.thompson import Beliefs


def made(
    n: int,
    k: int,
    *,
    seed: int = 0,
    length: int = 5,
    sources: int = 4,
    categories: int = 3,
    weights: Weights | None = None,
    is_imagined: bool = False,
) -> tuple[Inputs, Any]:
    """Candidates by chance, and how alike they are; drawn by Beta distributions, or by what a network imagines."""
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-40, 41, (n, 16)).astype(np.int8)
    tried = rng.integers(0, 30, (2, k)).astype(np.float64)
    return Inputs(
        seed=seed,
        length=length,
        names=tuple(f"agent{number}" for number in range(k)),
        beliefs=beliefs(tried[0], tried[1], np.full(k, 0.1), 20.0),
        items=np.arange(100, 100 + n),
        steps=rng.integers(0, LEVELS + 1, (k, n)).astype(np.uint16),
        sources=rng.integers(0, sources, n).astype(np.int32),
        categories=rng.integers(-1, categories, n).astype(np.int32),
        wanted=rng.dirichlet(np.ones(categories)),
        weights=weights or Weights(),
        imagined=rng.integers(0, LEVELS + 1, (k, INDICES)).astype(np.uint16) if is_imagined else None,
    ), similarities(vectors)


worlds = st.builds(
    made,
    n=st.integers(0, 30),
    k=st.integers(1, 6),
    seed=st.integers(0, 10_000),
    length=st.integers(0, 12),
    sources=st.integers(1, 5),
    categories=st.integers(1, 4),
    is_imagined=st.booleans(),
)


@given(worlds)
@settings(max_examples=60)
def test_what_a_slate_says_of_itself_holds(world: tuple[Inputs, Any]) -> None:
    """Propensities of a place sum to 1, the chosen one's among them; shares sum to the score; nothing comes twice."""
    inputs, alike = world
    chosen = compose(inputs, alike)
    assert len(chosen) == min(inputs.length, len(inputs.items))
    assert len({one.item for one in chosen}) == len(chosen)
    for place, one in enumerate(chosen):
        chances = propensities(inputs, alike, [above.at for above in chosen[:place]])
        assert sum(chances.values()) == pytest.approx(1.0, abs=1e-9)
        assert one.propensity == pytest.approx(chances[one.at], abs=1e-12)
        assert 0.0 < one.propensity <= 1.0
        assert sum(one.why.values()) == pytest.approx(one.score, abs=1e-12)
        assert 0.0 <= one.score <= 1.0
        assert one.nominated_by
        assert inputs.items[one.at] == one.item


@given(worlds)
@settings(max_examples=30)
def test_the_same_inputs_give_the_same_slate_bit_for_bit(world: tuple[Inputs, Any]) -> None:
    """Whoever computes it, and whatever was computed before."""
    inputs, alike = world
    compose(replace(inputs, seed=inputs.seed + 1), alike)
    assert compose(inputs, alike) == compose(replace(inputs), alike.copy())


@given(worlds, st.integers(0, 5))
@settings(max_examples=40)
def test_without_an_agent_is_as_if_it_had_never_been_there(world: tuple[Inputs, Any], which: int) -> None:
    """Everybody else draws as they did."""
    inputs, alike = world
    k = len(inputs.names)
    kept = [number for number in range(k) if number != which % k]
    never = replace(
        inputs,
        names=tuple(inputs.names[number] for number in kept),
        beliefs=Beliefs(inputs.beliefs.alpha[kept], inputs.beliefs.beta[kept]),
        steps=inputs.steps[kept],
        imagined=None if inputs.imagined is None else inputs.imagined[kept],
    )
    left = without(inputs, inputs.names[which % k])
    assert left.names == never.names
    assert compose(left, alike) == compose(never, alike)
    assert without(inputs, "nobody").names == inputs.names


@pytest.mark.parametrize("is_imagined", [False, True])
def test_the_first_place_is_filled_as_often_as_its_propensities_say(is_imagined: bool) -> None:
    """χ² over 4,000 seeds; seeds of another hash would give other draws of the same distribution."""
    inputs, alike = made(12, 4, seed=3, length=1, is_imagined=is_imagined)
    chances = propensities(inputs, alike, [])
    assert len(chances) > 1
    seen = Counter(compose(replace(inputs, seed=seed), alike)[0].at for seed in range(4_000))
    assert seen.keys() <= chances.keys()
    kept = sorted(chances)
    found = stats.chisquare([seen[at] for at in kept], [4_000 * chances[at] for at in kept])
    assert found.pvalue > 0.001


@pytest.mark.parametrize(("is_imagined", "seed"), [(False, 5), (True, 6)])  # worlds in which two may be second
def test_the_places_below_are_filled_as_often_as_their_propensities_say(is_imagined: bool, seed: int) -> None:
    """Given what stands above them: each draw is its own."""
    inputs, alike = made(12, 3, seed=seed, length=2, is_imagined=is_imagined)
    slates = [compose(replace(inputs, seed=seed), alike) for seed in range(4_000)]
    first, _ = Counter(slate[0].at for slate in slates).most_common(1)[0]
    second = Counter(slate[1].at for slate in slates if slate[0].at == first)
    chances = propensities(inputs, alike, [first])
    kept = sorted(chances)
    times = sum(second.values())
    assert stats.chisquare([second[at] for at in kept], [times * chances[at] for at in kept]).pvalue > 0.001


def test_a_source_has_no_more_than_its_share_while_there_are_others() -> None:
    """Two in five; what is best stands all in one source."""
    inputs, alike = made(30, 3, length=10, weights=Weights(most_of_source=0.4))
    sources = np.repeat([0, 1, 2], 10).astype(np.int32)
    best = np.where(sources == 0, LEVELS, 1).astype(np.uint16)
    inputs = replace(inputs, sources=sources, steps=np.broadcast_to(best, (3, 30)).copy())
    chosen = compose(inputs, alike)
    assert Counter(int(sources[one.at]) for one in chosen)[0] == 4
    only = replace(inputs, sources=np.zeros(30, np.int32))
    assert len(compose(only, alike)) == 10  # better they than nobody


def test_a_twin_is_not_shown_beside_its_twin() -> None:
    """While something else is worth the same."""
    rng = np.random.default_rng(1)
    vectors = rng.integers(-40, 41, (6, 64)).astype(np.int8)
    vectors[1] = vectors[0]
    inputs, _ = made(6, 2, length=5, weights=Weights(calibration=0.0, most_of_source=1.0))
    level = np.full((2, 6), LEVELS // 2, np.uint16)
    level[:, :2] += 1  # the twins come first by all other means
    chosen = compose(replace(inputs, steps=level), similarities(vectors))
    assert chosen[0].at == 0
    assert [one.at for one in chosen].index(0) == 0
    assert 1 not in [one.at for one in chosen]


def test_what_has_no_vector_is_like_nothing() -> None:
    """It can be chosen, and keeps nobody out."""
    assert np.array_equal(similarities(np.zeros((3, 8), np.int8)), np.zeros((3, 3)))
    inputs, _ = made(3, 2, length=3)
    assert len(compose(inputs, np.zeros((3, 3)))) == 3


def test_one_agent_alone_decides() -> None:
    """Its propensities are 1, its share is the score, and nothing is explored."""
    inputs, alike = made(8, 1)
    chosen = compose(inputs, alike)
    assert {(one.propensity, one.explored, one.nominated_by) for one in chosen} == {(1.0, False, ("agent0",))}
    assert chosen[0].why == {"agent0": chosen[0].score}


def test_of_nothing_comes_nothing() -> None:
    """No candidates, no agents, no places; also when asked for propensities."""
    inputs, alike = made(0, 3)
    assert compose(inputs, alike) == []
    nobody, alike = made(5, 1)
    assert compose(without(nobody, "agent0"), alike) == []
    assert compose(replace(nobody, length=0), alike) == []
    assert propensities(inputs, np.zeros((0, 0)), []) == {}


def test_the_whole_of_a_small_library_is_shown() -> None:
    """Fewer candidates than places: all of them, once."""
    inputs, alike = made(4, 3, length=100)
    assert sorted(one.at for one in compose(inputs, alike)) == [0, 1, 2, 3]


def test_categories_come_in_the_shares_that_are_wanted() -> None:
    """Where all is worth the same; within one place of it."""
    inputs, _ = made(40, 1, length=10, weights=Weights(most_of_source=1.0))
    categories = np.repeat([0, 1], 20).astype(np.int32)
    flat = np.full((1, 40), LEVELS // 2, np.uint16)
    calibrated = replace(inputs, steps=flat, categories=categories, wanted=np.array([0.7, 0.3]))
    chosen: list[Chosen] = compose(calibrated, np.eye(40))
    assert abs(sum(int(categories[one.at] == 0) for one in chosen) - 7) <= 1


@given(st.integers(0, 30), st.integers(1, 40), st.integers(0, 1_000))
@settings(max_examples=40)
def test_how_alike_they_are_is_their_cosine(n: int, d: int, seed: int) -> None:
    """Of any two, and of one by one as of all at once; what has no vector is like nothing."""
    vectors = np.random.default_rng(seed).integers(-127, 128, (n, d)).astype(np.int8)
    vectors[: n // 4] = 0
    whole = vectors.astype(np.float64)
    lengths = np.linalg.norm(whole, axis=1)
    lengths[lengths == 0] = np.inf
    expected = whole @ whole.T / np.outer(lengths, lengths)
    assert similarities(vectors) == pytest.approx(expected, abs=1e-12)
    likeness = Likeness(vectors)
    for at in range(n):
        assert np.array_equal(likeness[at], similarities(vectors)[at])


@given(worlds)
@settings(max_examples=40)
def test_an_agent_is_drawn_as_likely_as_was_kept(world: tuple[Inputs, Any]) -> None:
    """However it would be computed today; without an agent it is computed anew."""
    inputs, alike = world
    k = len(inputs.names)
    kept = replace(inputs, wins=np.full(k, 1.0 / k))
    for one in compose(kept, alike):
        assert one.propensity == pytest.approx(len(one.nominated_by) / k)
    assert sum(without(kept, inputs.names[0]).chances.tolist()) == pytest.approx(1.0 if k > 1 else 0.0)
