"""Layers: what an experiment reserves, nobody else has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.experiments import BUCKETS
from bowerbird.experiments.layers import SEGMENTS, Segments, free_segments, has_segment, reserve, segment_of, size_of
from bowerbird.kernel.errors import InputWrong


@given(st.lists(st.integers(1, 4_000), max_size=8), st.data())
def test_reservations_never_meet_and_are_as_large_as_asked(wanted: list[int], data: st.DataObject) -> None:
    """While others come, go and grow; what is refused does not fit."""
    held: dict[int, Segments] = {}
    for number, size in enumerate(wanted):
        if held and (gone := data.draw(st.sampled_from([None, *held]))) is not None:
            del held[gone]
        try:
            held[number] = reserve(size, held.values())
        except InputWrong:
            assert size > size_of(free_segments(held.values()))
            continue
        assert size_of(held[number]) == size
        assert size_of(free_segments(held.values())) == SEGMENTS - sum(map(size_of, held.values()))
    for number in list(held)[:1]:
        own, others = held[number], [one for other, one in held.items() if other != number]
        most = size_of(own) + size_of(free_segments(held.values()))
        grown = reserve(data.draw(st.integers(size_of(own), most)), others, own=own)
        assert all(has_segment(grown, segment) for first, end in own for segment in (first, end - 1))
        assert size_of(free_segments([*others, grown])) == SEGMENTS - size_of(grown) - sum(map(size_of, others))


def test_an_exclusive_experiment_can_be_added_to_a_running_layer() -> None:
    """To what the others have not reserved; when nothing is free, it is refused with what there is."""
    first = reserve(6_000, [])
    second = reserve(4_000, [first])

    assert free_segments([first, second]) == ()
    with pytest.raises(InputWrong, match=r"1\.00% of the layer are wanted, 0\.00% are free"):
        reserve(100, [first, second])
    assert reserve(2_000, [second]) == ((0, 2_000),)  # the first has ended


@given(st.integers(0, BUCKETS - 1))
def test_every_bucket_is_in_one_segment(bucket: int) -> None:
    """The first of the first, the last of the last."""
    assert 0 <= segment_of(bucket) < SEGMENTS
    assert (segment_of(0), segment_of(BUCKETS - 1)) == (0, SEGMENTS - 1)
