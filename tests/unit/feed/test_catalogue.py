"""The catalogue is what the records hold, however it came to know of it, and finds what is near."""

import itertools
import threading
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import events
from bowerbird.testing.builders import Library

from .shelves import change, did, loaded, put, unit_vectors


def holds(catalogue: Catalogue) -> dict[int, tuple[Any, ...]]:
    """What it says of each item that is there, whatever rows they stand in."""
    here = np.flatnonzero(~catalogue.gone[: catalogue.size])
    found: dict[int, tuple[Any, ...]] = {}
    for row in here.tolist():
        item, category = int(catalogue.ids[row]), int(catalogue.categories[row])
        assert item not in found
        assert catalogue.row_of(item) == row
        found[item] = (
            catalogue.keys[row],
            catalogue.titles[row],
            catalogue.source_ids[catalogue.sources[row]],
            catalogue.category_names[category] if category >= 0 else "",
            round(float(catalogue.quality[row]), 5),
            bool(catalogue.has_vector[row]),
            catalogue.vectors[row].tobytes(),
            int(catalogue.versions[row]),
        )
    return found


def assert_as_fresh(library: Library, catalogue: Catalogue) -> None:
    library.records.read(catalogue.catch_up)
    fresh = loaded(library)
    assert holds(catalogue) == holds(fresh)
    assert catalogue.seq == fresh.seq
    assert ids(catalogue, catalogue.newest) == ids(fresh, fresh.newest)
    assert ids(catalogue, catalogue.trending) == ids(fresh, fresh.trending)


NUMBERS = itertools.count()


def a_source(library: Library) -> str:
    """One that was not there before."""
    return library.source(f"https://{next(NUMBERS)}.example.net/")


def ids(catalogue: Catalogue, rows: Any) -> list[int]:
    return [int(catalogue.ids[row]) for row in rows.tolist()]


steps = st.lists(
    st.tuples(st.sampled_from(["put", "title", "vector", "no vector", "gone", "back", "catch up"]), st.integers(0, 50)),
    max_size=25,
)


@given(steps)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_catching_up_in_pieces_is_as_loading_anew(library: Library, steps: list[tuple[str, int]]) -> None:
    """Whatever changes in between: items come, change, go and come back."""
    library.clock.advance(1)
    source = library.source(f"https://docs.example.org/{library.clock.now_s()}/")
    catalogue = loaded(library)
    mine = put(library, source, unit_vectors(2))
    for step, number in steps:
        item = mine[number % len(mine)]
        match step:
            case "put":
                fields = [{"category": f"c{number % 3}"}] * 2
                mine += put(library, source, [*unit_vectors(1, seed=number), None], fields=fields)
            case "title":
                change(library, item, title=f"Title {number}", quality=number / 50)
            case "vector":
                change(library, item, vector=unit_vectors(1, seed=number)[0].astype(np.float16).tobytes())
            case "no vector":
                change(library, item, vector=None)
            case "gone":
                change(library, item, gone_at=library.clock.now_s())
            case "back":
                change(library, item, gone_at=None)
            case _:
                library.records.read(catalogue.catch_up)
        library.clock.advance(1)
    assert_as_fresh(library, catalogue)


def test_it_is_caught_up_by_parts(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than is read at once."""
    monkeypatch.setattr("bowerbird.feed.catalogue._AT_ONCE", 7)
    put(library, library.source(), unit_vectors(30))
    catalogue = loaded(library)
    assert len(holds(catalogue)) == 30
    assert library.records.read(catalogue.catch_up) == []


def test_nothing_of_another_source_or_workspace_is_visible(library: Library) -> None:
    """Nor what is gone; a source that nobody knows shows nothing."""
    one, other = library.source(), library.source("https://b.example.org/")
    mine, others = put(library, one, unit_vectors(3)), put(library, other, unit_vectors(3, seed=1))
    change(library, mine[0], gone_at=1.0)
    catalogue = loaded(library)
    visible = np.flatnonzero(catalogue.visible([one, "nobody's"]))
    assert set(ids(catalogue, visible)) == set(mine[1:])
    assert set(ids(catalogue, np.flatnonzero(catalogue.visible([other])))) == set(others)
    assert not catalogue.visible([]).any()
    elsewhere = Catalogue("another", library.clock)
    library.records.read(elsewhere.catch_up)
    assert elsewhere.size == 0


@pytest.mark.parametrize(
    "vector",
    [b"", b"short", unit_vectors(1)[0].astype(np.float32).tobytes(), np.full(384, np.nan, np.float16).tobytes(),
     np.full(384, np.inf, np.float16).tobytes()],
    ids=["empty", "short", "twice as long", "NaN", "infinite"],
)  # fmt: skip
def test_a_vector_that_is_none_is_none(library: Library, vector: bytes) -> None:
    """It is as if there were none: zeros, and never near to anything."""
    put(library, library.source(), [vector, unit_vectors(1)[0]])
    catalogue = loaded(library)
    assert catalogue.has_vector[:2].tolist() == [False, True]
    assert not catalogue.unit(np.array([0])).any()
    near = catalogue.nearest(unit_vectors(1)[0], 10, np.ones(2, bool))
    assert near.tolist() == [1]


def test_vectors_are_as_they_were_within_a_step(library: Library) -> None:
    vectors = unit_vectors(50)
    put(library, library.source(), vectors)
    kept = loaded(library).unit(np.arange(50))
    assert np.abs((kept * vectors).sum(axis=1) - 1.0).max() < 0.01


def test_what_is_near_is_found_among_many(library: Library) -> None:
    """Of 20,000 in 200 clusters nine in ten of the true nearest, and only of those that are asked among."""
    # As with real texts, there are fewer directions than numbers: a cluster has neighbours.
    centres = np.random.default_rng(1).normal(size=(200, 24)).astype(np.float32) @ unit_vectors(24, seed=1)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    vectors = np.concatenate([unit_vectors(100, seed=n, like=centre, noise=0.8) for n, centre in enumerate(centres)])
    order = np.random.default_rng(7).permutation(len(vectors))
    put(library, library.source(), vectors[order])
    catalogue = loaded(library)
    assert catalogue.is_to_be_divided
    catalogue.divide()
    assert not catalogue.is_to_be_divided
    late = put(
        library, library.source("https://late.example.org/"), unit_vectors(50, seed=9, like=centres[0], noise=0.1)
    )
    library.records.read(catalogue.catch_up)
    units = catalogue.unit(np.arange(catalogue.size))
    among = np.random.default_rng(3).random(catalogue.size) < 0.5
    among[catalogue.rows_of(late)] = True
    recalls: list[float] = []
    for query in centres[:20]:
        found = catalogue.nearest(query, 140, among)
        assert among[found].all()
        assert len(set(found.tolist())) == len(found)
        scores = units @ query
        assert (np.diff(scores[found]) <= 1e-5).all()
        exact = np.argsort(-np.where(among, scores, -9))[:140]
        recalls.append(len(set(found.tolist()) & set(exact.tolist())) / 140)
    assert np.mean(recalls) >= 0.9
    # What came after the cells were made is compared too.
    assert set(catalogue.nearest(centres[0], 50, among).tolist()) == {catalogue.row_of(item) for item in late}


@given(st.lists(st.sampled_from(["put", "put elsewhere", "gone", "back", "a new source", "narrow"]), max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_visible_is_that_of_now(library: Library, done: list[str]) -> None:
    """Whatever was visible before, and whatever somebody did with what they were told."""
    one, other = a_source(library), a_source(library)
    of_one = put(library, one, unit_vectors(2))
    catalogue = loaded(library)
    sources = [one, "nobody's"]
    for what in done:
        if what == "narrow":
            mask = catalogue.visible(sources)
            mask &= False
        elif what == "a new source":
            sources = [*sources, a_source(library)]
            assert catalogue.visible(sources).sum() == catalogue.visible(sources[:-1]).sum()
            of_one += put(library, sources[-1], unit_vectors(1))
        elif what.startswith("put"):
            added = put(library, one if what == "put" else other, unit_vectors(1))
            of_one += added if what == "put" else []
        else:
            change(library, of_one[0], gone_at=1.0 if what == "gone" else None)
        for asked in (sources, [other], sources[:1]):
            catalogue.visible(asked)
        library.records.read(catalogue.catch_up)
        fresh = loaded(library)
        for asked in (sources, [other], sources[:1]):
            seen = np.flatnonzero(catalogue.visible(asked))
            assert sorted(ids(catalogue, seen)) == sorted(ids(fresh, np.flatnonzero(fresh.visible(asked))))


def test_many_see_what_is_theirs(library: Library) -> None:
    """More askers than masks that are kept, again and again."""
    sources = [library.source(f"https://{number}.example.org/") for number in range(40)]
    theirs = [put(library, source, unit_vectors(1)) for source in sources]
    catalogue = loaded(library)
    for _ in range(2):
        for source, items in zip(sources, theirs, strict=True):
            assert ids(catalogue, np.flatnonzero(catalogue.visible([source]))) == items


@pytest.mark.parametrize("is_divided", [False, True])
def test_around_several_is_what_is_near_to_any(
    library: Library, monkeypatch: pytest.MonkeyPatch, is_divided: bool
) -> None:
    """Each once, ascending; also of what came after the cells were made."""
    monkeypatch.setattr("bowerbird.feed.catalogue._EXACT", 50)
    source = library.source()
    put(library, source, unit_vectors(300))
    catalogue = loaded(library)
    if is_divided:
        catalogue.divide()
    put(library, source, unit_vectors(20, seed=1))
    library.records.read(catalogue.catch_up)
    among = np.random.default_rng(3).random(catalogue.size) < 0.8
    queries = unit_vectors(3, seed=2)
    expected = {row for query in queries for row in catalogue.nearest(query, 30, among).tolist()}
    found = catalogue.around(queries, 30, among)
    assert found.tolist() == sorted(expected)
    assert among[found].all()


def test_only_what_is_marked_is_near_also_when_the_mask_is_older(library: Library) -> None:
    """A mask over fewer rows than there are now."""
    source = library.source()
    put(library, source, unit_vectors(10))
    catalogue = loaded(library)
    mask = catalogue.visible([source])
    put(library, source, unit_vectors(10, seed=2))
    library.records.read(catalogue.catch_up)
    assert set(catalogue.nearest(unit_vectors(1)[0], 99, mask).tolist()) <= set(range(10))


def test_an_item_is_found_where_it_was_for_an_older_mask(library: Library) -> None:
    """It has changed, twice; who holds a mask over the rows before must still be able to leave it out."""
    item = put(library, library.source(), unit_vectors(3))[1]
    catalogue = loaded(library)
    for title in ("again", "and again"):
        change(library, item, title=title)
        library.records.read(catalogue.catch_up)
    assert catalogue.rows_of([item, 10**9]).tolist() == [4, -1]
    assert catalogue.rows_of([item, 10**9], size=4).tolist() == [3, -1]
    assert catalogue.rows_of([item], size=3).tolist() == [1]
    assert catalogue.rows_of([item], size=0).tolist() == [-1]


def test_counts_fade(library: Library) -> None:
    """Half of it after a week, for both, with or without a look in between."""
    (item,) = put(library, library.source(), unit_vectors(1))
    did(library, item, "shown")
    did(library, item, "opened")
    catalogue = loaded(library)
    assert catalogue.counts(np.array([0])).shown[0] == pytest.approx(1.0)
    library.clock.advance(7 * DAY_S)
    assert catalogue.counts(np.array([0])).rewarded[0] == pytest.approx(0.5)
    did(library, item, "opened")
    library.records.read(catalogue.catch_up)
    counts = catalogue.counts(np.array([0]))
    assert (counts.shown[0], counts.rewarded[0]) == pytest.approx((0.5, 1.5))


@pytest.mark.parametrize("ago_days", [0.0, 0.5, 3.0, 20.0, 40.0, 400.0])
def test_what_is_counted_late_is_counted_by_its_age(library: Library, ago_days: float) -> None:
    """As loading anew counts it: what is imported from last year is not popular now."""
    (item,) = put(library, library.source(), unit_vectors(1))
    did(library, item, "shown")
    catalogue = loaded(library)
    for seconds, name in enumerate(("ana", "ben", "cleo", "dan", "eva")):
        reader = Scope(library.scope.workspace, library.person(name))
        did(library, item, "opened", ago=ago_days * DAY_S + seconds, by=reader)
    library.records.read(catalogue.catch_up)
    counted = catalogue.counts(np.array([0])).rewarded[0]
    assert counted == pytest.approx(loaded(library).counts(np.array([0])).rewarded[0])
    true = 5 * 0.5 ** (ago_days / 7)
    assert counted == pytest.approx(true if ago_days <= 30 else 0.0, rel=0.35, abs=0.3)


def test_nobody_makes_a_thing_popular_alone(library: Library) -> None:
    """Whoever opens it again and again is one reader."""
    (item,) = put(library, library.source(), unit_vectors(1))
    for seconds in range(30):
        did(library, item, "opened", ago=float(seconds))
    assert loaded(library).counts(np.array([0])).rewarded[0] == pytest.approx(1.0)


def test_counts_follow_an_item_that_changes(library: Library) -> None:
    (item,) = put(library, library.source(), unit_vectors(1))
    did(library, item, "liked")
    catalogue = loaded(library)
    change(library, item, title="Another")
    library.records.read(catalogue.catch_up)
    row = catalogue.row_of(item)
    assert row == 1
    assert catalogue.counts(np.array([row])).rewarded[0] == pytest.approx(1.0)


def test_what_counts_is_what_is_a_reward(library: Library) -> None:
    """By the one rule: reading for a while too; hiding not."""
    (item,) = put(library, library.source(), unit_vectors(1))
    did(library, item, "dwelt", value=10.0)
    did(library, item, "dwelt", value=9.0, ago=1)
    did(library, item, "hidden")
    assert loaded(library).counts(np.array([0])).rewarded[0] == pytest.approx(1.0)


def test_counting_anew_forgets_what_is_gone(library: Library) -> None:
    (item,) = put(library, library.source(), unit_vectors(1))
    did(library, item, "liked")
    catalogue = loaded(library)
    library.records.write(lambda conn: conn.execute(sa.delete(events)))
    catalogue.count_anew()
    library.records.read(catalogue.catch_up)
    assert catalogue.counts(np.array([0])).rewarded[0] == 0.0
    did(library, item, "opened")
    library.records.read(catalogue.catch_up)
    assert catalogue.counts(np.array([0])).rewarded[0] == pytest.approx(1.0)


def test_nobody_else_s_workspace_is_counted(library: Library) -> None:
    (item,) = put(library, library.source(), unit_vectors(1))
    did(library, item, "liked", by=Scope(library.scope.workspace, library.person("bea")))
    elsewhere = Catalogue("another", library.clock)
    library.records.read(elsewhere.catch_up)
    assert not elsewhere.rewarded.any()
    assert loaded(library).rewarded[0] == pytest.approx(1.0)


def test_two_that_catch_up_at_the_same_time_take_it_in_once(library: Library) -> None:
    """A reader whose asker has left reads on beside the next one."""
    source = library.source()
    catalogue = loaded(library)
    made = put(library, source, unit_vectors(400))
    for item in made[:5]:
        did(library, item, "liked")
    threads = [threading.Thread(target=library.records.read, args=(catalogue.catch_up,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert catalogue.size == 400
    assert catalogue.counts(np.arange(400)).rewarded.sum() == pytest.approx(5.0)
    assert_as_fresh(library, catalogue)


def test_who_reads_while_it_grows_sees_each_item_at_most_once(library: Library) -> None:
    """And never an item that they leave out, whatever row it has meanwhile."""
    source = library.source()
    made = put(library, source, unit_vectors(100))
    catalogue = loaded(library)
    hidden, wrong, done = made[10:20], [], threading.Event()

    def read() -> None:
        while not done.is_set():
            mask = catalogue.visible([source])
            rows = catalogue.rows_of(hidden, size=len(mask))
            mask[rows[rows >= 0]] = False
            seen = ids(catalogue, np.flatnonzero(mask))
            if len(seen) != len(set(seen)) or set(seen) & set(hidden):
                wrong.append(seen)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(40):
        for item in (*hidden, made[50 + number]):
            change(library, item, title=f"Title {number}")
        library.records.read(catalogue.catch_up)
    done.set()
    thread.join()
    assert not wrong


def test_it_tells_when_it_is_mostly_what_was(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bowerbird.feed.catalogue._WASTE", 5)
    (item,) = put(library, library.source(), unit_vectors(1))
    catalogue = loaded(library)
    for number in range(6):
        assert not catalogue.is_wasteful
        change(library, item, title=f"Title {number}")
        library.records.read(catalogue.catch_up)
    assert catalogue.is_wasteful
    assert not loaded(library).is_wasteful
