"""What a network learns of the agents: from whom it was learnt, for whom it holds, and what it draws again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

from bowerbird.feed import Feeds, local_feeds
from bowerbird.feed.catalogues import LEARN_S, Catalogues
from bowerbird.feed.local_maker import FEED_S
from bowerbird.feed.network import LEAST_SHOWN, Nomination, learn_network, read_nominations
from bowerbird.feed.people import reset
from bowerbird.feed.places import ENR
from bowerbird.feed.profile import Profile, Tried
from bowerbird.feed.variants import Variants
from bowerbird.kernel.nouns import Scope
from bowerbird.learn import imagined_chances
from bowerbird.learn.enr import INDICES
from bowerbird.testing.builders import Library

from .shelves import TOPIC, did, kept_inputs, put, unit_vectors

AGENTS: Final = ("calm", "odd", "plain")
BY_NETWORK: Final = Variants(thompson=ENR)


def people(count: int, *, seed: int = 0) -> list[list[Nomination]]:
    """Half of them welcome what is odd, the others what is calm; nobody what is plain. Each has seen forty places."""
    rng = np.random.default_rng(seed)
    found: list[list[Nomination]] = []
    for number in range(count):
        best = ("calm", "odd")[number % 2]
        agents = [AGENTS[at] for at in rng.integers(0, 3, 40)]
        found.append(
            [Nomination(60.0 * at, (one,), bool(rng.random() < (0.5 if one == best else 0.05)))
             for at, one in enumerate(agents)]
        )  # fmt: skip
    return found


def somebody(**tried: tuple[float, float]) -> Profile:
    """Whom it is known of how often each agent's nominees were rewarded and not."""
    return Profile(Scope("w", "p"), 0.0, tried={name: Tried(*one) for name, one in tried.items()})


def test_what_one_person_teaches_holds_for_who_is_like_them() -> None:
    """Somebody who has seen little of it is expected to go on as the others who began so."""
    network = learn_network(people(120))
    assert network is not None
    odd = network.rates(AGENTS, somebody(odd=(5.0, 5.0), calm=(0.0, 5.0)))
    calm = network.rates(AGENTS, somebody(calm=(5.0, 5.0), odd=(0.0, 5.0)))
    assert imagined_chances(odd)[AGENTS.index("odd")] > 0.8
    assert imagined_chances(calm)[AGENTS.index("calm")] > 0.8
    assert odd.mean(axis=1)[2] < 0.5 * odd.mean(axis=1)[1]


def test_of_an_agent_that_it_has_not_seen_it_knows_that_it_knows_nothing() -> None:
    """A plug-in that came since has a chance, and its rate is the least certain."""
    network = learn_network(people(120))
    assert network is not None
    rates = network.rates((*AGENTS, "new"), somebody(odd=(5.0, 5.0), calm=(0.0, 5.0)))
    assert rates.shape == (4, INDICES)
    odds = np.log((rates + 1.0) / (65_536.0 - rates))
    assert odds[3].std() > odds[:3].std(axis=1).max()


def test_too_little_teaches_nothing() -> None:
    """Neither few places nor many of which none was welcome."""
    few = people(2)
    assert sum(map(len, few)) < LEAST_SHOWN
    assert learn_network(few) is None
    assert learn_network([[replace(one, won=False) for one in theirs] for theirs in people(40)]) is None
    assert learn_network([]) is None


def test_nominations_are_read_once_for_each_place(library: Library) -> None:
    """Shown twice is one; a reward in that place wins it; what was begun anew from is left out."""
    items = put(library, library.source(), unit_vectors(8))
    slate = asyncio.run(_slate(library))
    entries = slate.entries
    for entry in entries:
        did(library, entry.item, "shown", slate=slate.id)
    did(library, entries[0].item, "shown", slate=slate.id)
    did(library, entries[0].item, "saved", slate=slate.id)
    did(library, items[-1], "saved")
    [theirs] = library.records.read(lambda conn: read_nominations(conn, library.scope.workspace))
    assert len(theirs) == len(entries)
    assert [one.won for one in theirs].count(True) == 1
    assert {one.agents for one in theirs} == {entry.nominated_by for entry in entries}
    library.clock.advance(1)
    library.records.write(lambda conn: reset(conn, library.scope, clock=library.clock))
    assert library.records.read(lambda conn: read_nominations(conn, library.scope.workspace)) == []


async def _slate(library: Library) -> Any:
    feeds = local_feeds(library.records, lambda _: TOPIC, library.clock)
    made = (await feeds.slate(library.scope, length=5)).slate
    await feeds.close()
    return made


@pytest.fixture
def past(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Twenty items, and a workspace of which enough is known."""
    put(library, library.source(), unit_vectors(20))
    names = ("discovery", "quality", "archivist", "serendipity", "forecaster", "freshness")
    rng = np.random.default_rng(1)
    known = [
        [Nomination(float(at), (names[at % 6],), bool(rng.random() < (0.5 if at % 6 == 3 else 0.05)))
         for at in range(60)]
        for _ in range(40)
    ]  # fmt: skip
    monkeypatch.setattr("bowerbird.feed.catalogues.read_nominations", lambda *_: known)
    return library


async def test_it_is_learnt_as_long_as_it_is_wanted(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every half hour; an hour after somebody was to have it for the last time no more, until somebody is again."""
    put(library, library.source(), unit_vectors(3))
    read: list[str] = []

    def none(_: object, workspace: str) -> list[list[Nomination]]:
        read.append(workspace)
        return []

    monkeypatch.setattr("bowerbird.feed.catalogues.read_nominations", none)
    with ThreadPoolExecutor(1) as pool:
        catalogues = Catalogues(library.records, library.clock, pool)

        async def learnt() -> int:
            known = await catalogues.of(library.scope.workspace)
            assert known.learning is not None
            await known.learning
            return len(read)

        assert await learnt() == 0
        catalogues.want_network(await catalogues.of(library.scope.workspace))
        assert await learnt() == 1
        counts: list[int] = []
        for _ in range(5):
            library.clock.advance(LEARN_S)
            counts.append(await learnt())
        assert counts == [2, 2, 2, 2, 2]
        catalogues.want_network(await catalogues.of(library.scope.workspace))
        assert await learnt() == 3
        catalogues.close()


async def test_slates_are_drawn_by_it_kept_and_made_again(past: Library) -> None:
    """Also without an agent; who is drawn as usual is drawn as before, and gets another slate."""
    feeds: Feeds = local_feeds(past.records, lambda _: TOPIC, past.clock)
    ada, bea = (Scope(past.scope.workspace, past.person(name)) for name in ("ada", "bea"))
    await feeds.slate(ada, length=8, variants=BY_NETWORK)  # it is learnt behind this one
    for _ in range(500):
        past.clock.advance(FEED_S + 120.0)
        served = await feeds.slate(ada, length=8, variants=BY_NETWORK)
        inputs = kept_inputs(past, served.packed.id)
        if inputs.imagined is not None:
            break
        await asyncio.sleep(0.02)
    else:
        raise AssertionError("it was not learnt")
    assert inputs.variants == {"feed.thompson": ENR}
    assert inputs.chances[inputs.names.index("serendipity")] > 0.5
    assert inputs.chances == pytest.approx(imagined_chances(inputs.imagined), abs=0.0)
    again = await feeds.replay(ada, served.packed.id)
    assert again.is_same
    assert again.variants == {"feed.thompson": ENR}
    without = await feeds.replay(ada, served.packed.id, without=["serendipity"])
    assert without.agents == inputs.names
    assert all("serendipity" not in entry.why for entry in without.entries)

    usual = await feeds.slate(bea, length=8)
    assert kept_inputs(past, usual.packed.id).imagined is None
    other = await feeds.slate(bea, length=8, variants=BY_NETWORK)
    assert other.packed.id != usual.packed.id
    assert (await feeds.slate(bea, length=8)).packed is usual.packed
    assert kept_inputs(past, other.packed.id).imagined is not None
    await feeds.close()
