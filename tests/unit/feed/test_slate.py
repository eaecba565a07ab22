"""A slate is kept with all that it was made from, and is made again from that or not at all."""

import base64
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bowerbird.feed.compose import Likeness, compose
from bowerbird.feed.packed import Packed
from bowerbird.feed.slate import Changed, forget_slates, newest_slate, pack, replay, unpack
from bowerbird.feed.stamps import item_slots, scope_slots
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import slates
from bowerbird.testing.builders import Library
from tests.feeding import make_slate

from .shelves import change, half, loaded, put, unit_vectors
from .test_compose import made

DAY_S = 86_400.0


@given(st.integers(0, 40), st.integers(1, 6), st.integers(0, 1_000), st.integers(0, 100))
@settings(max_examples=60)
def test_what_is_packed_is_unpacked(n: int, k: int, seed: int, length: int) -> None:
    """Bit for bit, so that the same slate comes of it."""
    inputs, alike = made(n, k, seed=seed, length=length)
    inputs = replace(inputs, seed=2**62 - 1 - seed)
    vectors = np.zeros((n, 4), np.int8)
    again, digest = unpack(pack(inputs, vectors))
    for name in ("items", "steps", "sources", "categories", "wanted"):
        assert np.array_equal(getattr(again, name), getattr(inputs, name)), name
    assert (again.seed, again.length, again.names, again.weights) == (
        inputs.seed, inputs.length, inputs.names, inputs.weights,
    )  # fmt: skip
    assert np.array_equal(again.beliefs.alpha, inputs.beliefs.alpha)
    assert np.array_equal(again.beliefs.beta, inputs.beliefs.beta)
    assert compose(again, alike) == compose(inputs, alike)
    assert again.wins is not None
    assert again.wins.tolist() == inputs.chances.tolist()
    assert digest == unpack(pack(inputs, vectors))[1]


def test_what_another_version_packed_is_not_read_as_this_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another form has other fields."""
    inputs, _ = made(3, 2)
    monkeypatch.setattr("bowerbird.feed.slate.FORM", 3)
    packed = pack(inputs, np.zeros((3, 4), np.int8))
    monkeypatch.undo()
    with pytest.raises(Changed, match="another version"):
        unpack(packed)


# Five places of three agents, as they were packed before probabilities were kept with them.
OF_BEFORE = (
    "cmYjLJ5Iwu5alCLP|zZ}XbTDytj*d^Ff|PY2S8C2?b_qm#PNc?afG4(63Ph>G&ukgHOD|)08zjVD5zn^StLf9eQ(~pnVl(%bunUx"
    "jaIY4N`Q!{K%PN9FbP&Z7P%ZjiM-3Av<!6x#U(@eVl1=N)HE)jOmZko)+0Z91H=iWgT&C}l<5hn+;LGaAcIQgA=FA6l@K?nLYh=B"
    "U3AV!m!_}deyPWWwR$t!DsxjG+T{*j#~oo``dVh^iNv+tmcyHk78zWJQ%8ZR8y@GJdVxiOhyqzE2#qf2UZ$i7Tp`;Lgfa>bA`ytT"
    "3{>0YO2wY^AeO>aJnVRW+)*9~<@o`3V<otdoJVZ78Lcb>EXEcG788r9#WRaTi<!lbhuQv1^}cvLDV}eW?w8{yPdnSYOwY~r;<|UW"
    "@wRo->B0BW=l$u>Jr3Nx$9aCYhSTddiBnRnV*cqr7`15i|21)%`318<h!6"
)
VECTORS_OF_BEFORE = [
    [18, 36, 31, 1], [36, 39, 38, -34], [-4, 9, -18, -10], [10, 24, 7, -26], [14, 30, -23, 4], [-13, 33, -36, -2],
    [32, -6, -29, 23], [38, 39, 35, -11], [19, 38, 6, 35],
]  # fmt: skip


def test_what_was_packed_before_is_made_again_as_it_was() -> None:
    """The same items, with the probabilities that were computed then, to the last places."""
    given_then, _ = unpack(base64.b85decode(OF_BEFORE))
    chosen = compose(given_then, Likeness(np.array(VECTORS_OF_BEFORE, np.int8)))
    assert [one.item for one in chosen] == [107, 105, 102, 103, 100]
    then = [1.0, 0.7481723328508401, 0.25182766714915994, 1.0, 1.0]
    assert [one.propensity for one in chosen] == pytest.approx(then, abs=1e-13)
    assert chosen[1].propensity != pytest.approx(
        compose(replace(given_then, wins=None), Likeness(np.array(VECTORS_OF_BEFORE, np.int8)))[1].propensity, abs=1e-13
    )


async def test_a_slate_is_made_again_as_it_was(library: Library) -> None:
    """Places, propensities, shares; without an agent everybody else draws as they did, and it has no share."""
    put(library, library.source(), unit_vectors(40))
    slate = await make_slate(library, length=8)
    catalogue = loaded(library)
    again = library.records.read(lambda conn: replay(conn, library.scope, slate.id, catalogue))
    assert again.is_same
    kept = library.records.read(lambda conn: newest_slate(conn, library.scope, 8, since_s=0))
    assert kept is not None
    assert [replace(entry, because="", rewarded=0) for entry in again.entries] == [
        replace(entry, because="", rewarded=0) for entry in kept.entries
    ]
    left = library.records.read(
        lambda conn: replay(conn, library.scope, slate.id, catalogue, without=["quality", "discovery"])
    )
    assert len(left.entries) == 8
    assert not any({"quality", "discovery"} & entry.why.keys() for entry in left.entries)
    everybody = list(again.agents)
    nobody = library.records.read(lambda conn: replay(conn, library.scope, slate.id, catalogue, without=everybody))
    assert nobody.entries == ()


async def test_what_has_changed_is_not_made_again(library: Library) -> None:
    """Another vector, or none; another title is the same item. What nobody may see is not told of."""
    source = library.source()
    items = put(library, source, unit_vectors(5))
    slate = await make_slate(library, length=3)

    def again() -> bool:
        catalogue = loaded(library)
        return library.records.read(lambda conn: replay(conn, library.scope, slate.id, catalogue)).is_same

    change(library, items[0], title="Another")
    change(library, items[1], gone_at=1.0)
    assert again()
    change(library, items[4], vector=half(unit_vectors(1, seed=9)[0]))
    with pytest.raises(Changed, match="have changed"):
        again()
    change(library, items[4], vector=half(unit_vectors(5)[4]))
    assert again()
    library.records.write(lambda conn: conn.execute(sa.text("UPDATE sources SET private_to = 'x'")))
    with pytest.raises(Changed, match="may not see"):
        again()


async def test_nobody_gets_anothers_slate_again(library: Library) -> None:
    """Nor one that is not there, nor without an agent that had no say."""
    put(library, library.source(), unit_vectors(5))
    slate = await make_slate(library, length=3)
    other = Scope(library.scope.workspace, library.person("bea"))
    catalogue = loaded(library)
    for scope, identity in ((other, slate.id), (library.scope, "01k"), (Scope("w", library.scope.person), slate.id)):
        with pytest.raises(NotFound):
            library.records.read(lambda conn, of=scope, one=identity: replay(conn, of, one, catalogue))  # type: ignore[misc]
    with pytest.raises(InputWrong, match="no agent 'nobody' had a say; expected of"):
        library.records.read(lambda conn: replay(conn, library.scope, slate.id, catalogue, without=["nobody"]))


async def test_the_newest_slate_is_found_by_whoever_did_not_make_it(library: Library) -> None:
    """As it was given out; if it is of that person and length, new enough, and was made by agents."""
    put(library, library.source(), unit_vectors(10))
    slate = await make_slate(library, length=3)
    since = library.clock.now_s() - 60

    def newest(scope: Scope = library.scope, length: int = 3, since_s: float = since) -> str | None:
        found = library.records.read(lambda conn: newest_slate(conn, scope, length, since_s=since_s))
        if found is not None:
            stamps = library.records.stamps
            slots = (*scope_slots(stamps, scope), *item_slots(stamps, [entry.item for entry in slate.entries]))
            assert Packed.of(found).entries() == slate.entries
            assert found.stamps == tuple(map(stamps.look_at, slots))
        return None if found is None else found.id

    assert newest() == slate.id
    assert newest(length=4) is None
    assert newest(since_s=library.clock.now_s()) is None
    assert newest(Scope(library.scope.workspace, library.person("bea"))) is None
    library.records.write(lambda conn: conn.execute(sa.update(slates).values(level="simple")))
    assert newest() is None


async def test_slates_are_forgotten_when_they_are_old(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day after they were made if they were not shown, ninety if they were; some at a time."""
    put(library, library.source(), unit_vectors(4))
    shown = await make_slate(library)
    library.records.write(lambda conn: conn.execute(sa.update(slates).values(shown_at=library.clock.now_s())))
    for _ in range(3):
        library.clock.advance(1)
        await make_slate(library)

    def forget() -> int:
        return library.records.write(lambda conn: forget_slates(conn, clock=library.clock))

    def left() -> list[str]:
        return library.records.read(lambda conn: list(conn.execute(sa.select(slates.c.id)).scalars()))

    library.clock.advance(DAY_S - 10)
    assert forget() == 0
    library.clock.advance(20)
    monkeypatch.setattr("bowerbird.feed.slate._AT_ONCE", 2)
    assert [forget(), forget(), forget()] == [2, 1, 0]
    assert left() == [shown.id]
    library.clock.advance(89 * DAY_S)
    assert forget() == 1
    assert left() == []
