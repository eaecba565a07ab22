"""The rankers of the bench on real logs, on a small log made up here: what they compute, and that nothing leaks."""

from functools import partial

import numpy as np
import pytest

from bench.quality.feed_real import Log, Ranker, Split, Tag, als, ease, item_knn, popularity, ranked, solved, split


def made_up(seed: int = 0) -> Log:
    """400 entries of 30 people and 40 items in order of time; items of the same parity are liked by the same people."""
    rng = np.random.default_rng(seed)
    pairs = rng.permutation(30 * 40)[:400]
    person, item = pairs // 40, pairs % 40
    return Log(
        name="made up",
        person=person,
        item=item,
        at=np.sort(rng.uniform(0, 1e7, 400)),
        liked=rng.random(400) < np.where(person % 2 == item % 2, 0.95, 0.05),
        titles=[f"item {number}" for number in range(40)],
        tags=[Tag(3, "early", 10.0), Tag(3, "late", 9e6)],
    )


@pytest.fixture
def past() -> Split:
    return split(made_up(), 0.7)


def test_nothing_after_the_split_is_known_before_it(past: Split) -> None:
    """What is to be found comes after the split, and what a ranker is given before it."""
    log = made_up()
    assert past.at.max() < past.start
    for row, who in enumerate(past.who):
        for column in np.flatnonzero(past.gains[row]):
            entry = (log.person == who) & (log.item == past.catalogue[column])
            assert log.at[entry].item() >= past.start
    assert not (past.seen & (past.gains > 0)).any()
    assert set(past.catalogue) == set(log.item[log.at < past.start])


def test_texts_hold_the_tags_of_before() -> None:
    """A tag given after the split is not read by the control."""
    log = made_up()
    assert log.texts(5e6)[3] == "item 3. early"
    assert log.texts(1.0)[3] == "item 3"


def test_ease_is_the_closed_form(past: Split) -> None:
    """The detour through the people's matrix gives what inverting the items' gives."""
    likings = past.matrix().astype(np.float64)
    precision = np.linalg.inv(likings.T @ likings + 5 * np.eye(len(past.catalogue)))
    weights = np.eye(len(past.catalogue)) - precision / np.diag(precision)
    assert np.allclose(ease(past, penalty=5), likings[past.asked] @ weights)
    assert np.allclose(np.diag(weights), 0)


def test_als_solves_each_persons_weighted_regression(past: Split) -> None:
    """The conjugate steps arrive at the exact solution of each row, also of rows without any liking."""
    rng = np.random.default_rng(1)
    theirs = rng.standard_normal((len(past.catalogue), 4)).astype(np.float32)
    mine = np.zeros((past.people + 1, 4), np.float32)
    for _ in range(20):
        mine = solved(mine, theirs, past.person, past.item, weight=3, penalty=2)
    likings = past.matrix()
    for row in range(past.people):
        weights = 1 + 3 * likings[row]
        exact = np.linalg.solve((theirs.T * weights) @ theirs + 2 * np.eye(4), theirs.T @ (weights * likings[row]))
        assert np.allclose(mine[row], exact, atol=1e-3)
    assert np.all(mine[-1] == 0)


def test_item_knn_counts_only_neighbours(past: Split) -> None:
    """With one neighbour, an item's score is the cosine with its nearest, if the person liked that, else nought."""
    likings = past.matrix()
    length = np.maximum(np.sqrt(likings.sum(0)), 1e-9)
    near = likings.T @ likings / np.outer(length, length)
    np.fill_diagonal(near, 0)
    everyone = item_knn(past, neighbours=40, shrink=0)
    assert np.allclose(everyone, likings[past.asked] @ near, atol=1e-4)
    fewer = item_knn(past, neighbours=2, shrink=0)
    assert np.all(fewer <= everyone + 1e-5)
    assert (fewer < everyone - 1e-3).any()


def test_what_was_touched_is_not_ranked_and_likeness_is_found(past: Split) -> None:
    """No list holds what the person touched; rankers that learn from others find the parity, popularity cannot."""
    share = {}
    rankers: dict[str, Ranker] = {
        "ease": partial(ease, penalty=5),
        "als": partial(als, factors=4, weight=4, penalty=1),
        "popularity": popularity,
    }
    for name, ranker in rankers.items():
        lists = ranked(past, ranker)
        assert not np.take_along_axis(past.seen, lists, axis=1).any()
        share[name] = float((past.catalogue[lists] % 2 == past.who[:, None] % 2).mean())
    assert min(share["ease"], share["als"]) > share["popularity"] + 0.2
