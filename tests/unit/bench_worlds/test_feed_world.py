"""The feed's simulated world: that it is the one that was frozen, and that it is what its docstring says."""

import numpy as np
import pytest

from bench.quality import feed_world as feed
from bench.quality.feed_metrics import ndcg, top


@pytest.fixture(scope="module")
def small() -> tuple[feed.World, feed.History]:
    """A world of few, for laws that hold in any."""
    w = feed.world(3, items=300, people=60)
    return w, feed.history(w)


def test_the_world_is_the_one_that_was_frozen() -> None:
    """A figure of the feed is of the world that was hashed before the ranker was written."""
    w = feed.world()
    assert feed.digest(w, feed.history(w)) == feed.FROZEN


def test_another_seed_is_another_world(small: tuple[feed.World, feed.History]) -> None:
    """The digest tells worlds apart, and the same world is drawn again alike."""
    w, past = small
    other = feed.world(4, items=300, people=60)
    assert feed.digest(w, feed.history(w)) == feed.digest(w, past) != feed.digest(other, feed.history(other))


def test_relevance_is_a_chance(small: tuple[feed.World, feed.History]) -> None:
    """Gains are from 0 to 1, none for what was hidden or is not there yet, little for what was opened."""
    w, past = small
    gains = feed.truth(w, past)
    assert gains.min() >= 0
    assert gains.max() <= 1
    assert np.all(gains[past.hidden] == 0)
    assert gains[past.opened].max() <= 0.1
    assert np.all(feed.truth(w, past, at=feed.START)[:, w.created_at > feed.START] == 0)


def test_part_of_the_truth_is_the_truth_of_that_part(small: tuple[feed.World, feed.History]) -> None:
    """Relevance to a few people, as a large world is asked for it, is the same as among all."""
    w, past = small
    some = np.array([5, 17, 3])
    assert np.allclose(feed.truth(w, past, some), feed.truth(w, past)[some])


def test_events_are_in_order_and_name_what_was_there(small: tuple[feed.World, feed.History]) -> None:
    """A history is in order of time, ends a day before now, and shows nothing before it was created."""
    w, past = small
    assert np.all(np.diff(past.at) >= 0)
    assert past.at.max() < feed.NOW - feed.DAY_S + 1
    assert np.all(past.at >= w.created_at[past.item])


def test_whatever_was_done_on_a_page_was_shown_there_and_looked_at(small: tuple[feed.World, feed.History]) -> None:
    """A person acts only on what they looked at, and no page shows an item twice."""
    _, past = small
    shown = past.kind == feed.SHOWN
    places = list(zip(past.slate[shown], past.item[shown], past.person[shown], past.position[shown], strict=True))
    assert len({place[:2] for place in places}) == len(places)
    done = (past.slate >= 0) & ~shown
    assert {*zip(past.slate[done], past.item[done], past.person[done], past.position[done], strict=True)} <= {*places}
    assert past.looked_at[done].all()
    assert not past.looked_at[shown].all()


def test_lower_places_are_opened_less(small: tuple[feed.World, feed.History]) -> None:
    """The cascade leaves a bias of position in what is opened."""
    _, past = small
    opened = np.bincount(past.position[(past.kind == feed.OPENED) & (past.slate >= 0)], minlength=feed.PLACES)
    assert opened[:3].sum() > 1.5 * opened[-3:].sum()


def test_the_oracle_is_the_best_and_knowing_more_is_better(small: tuple[feed.World, feed.History]) -> None:
    """The references lie in the order of what they know, chance and popularity far below, and none above the oracle."""
    w, past = small
    gains = feed.truth(w, past)
    assert np.allclose(ndcg(gains, top(gains, 10)), 1)
    mean = {name: float(values.mean()) for name, values in feed.references(w, past).items()}
    assert 1 > mean["ceiling"] > mean["public ceiling"] > mean["learnable"] > mean["popularity"] > mean["random"]
    assert mean["learnable"] > mean["public learnable"] > mean["popularity"]


def test_exploring_finds_what_the_history_hides(small: tuple[feed.World, feed.History]) -> None:
    """Hidden interests are rarer among what was opened than among what would be welcomed most."""
    w, past = small
    topic = w.item_topics.argmax(1)
    best = top(feed.truth(w, past), 10)
    welcome = w.hidden_interests[np.arange(w.people)[:, None], topic[best]].mean()
    opened = past.kind == feed.OPENED
    found = w.hidden_interests[past.person[opened], topic[past.item[opened]]].mean()
    assert welcome > 2 * found


def test_the_pages_go_on_where_the_history_ends(small: tuple[feed.World, feed.History]) -> None:
    """A ranker's pages are read by the same people; those of the oracle are welcomed more than those of the policy."""
    w, past = small
    read = feed.pages(w)
    everybody = np.arange(w.people)
    read.react(everybody, top(feed.truth(w, past), feed.PLACES))
    after = read.told()
    new = after.at >= feed.NOW - feed.DAY_S
    assert feed.digest(w, past) != feed.digest(w, after)

    def opened_share(shown: np.ndarray[tuple[int], np.dtype[np.bool_]], of: feed.History) -> float:
        looked = shown & of.looked_at & (of.slate >= 0)
        return float((of.kind[looked] == feed.OPENED).sum() / (of.kind[looked] == feed.SHOWN).sum())

    assert opened_share(new, after) > 3 * opened_share(~new, after)
