"""What every implementation of `Stamps` promises; a test module subclasses this and hands in its own."""

import threading

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bowerbird.ops.stamps import Stamps, places_of

__all__ = ["StampsContract"]


class StampsContract:
    """Inherited by the tests of an implementation, whose fixture `stamps` gives one that nobody has marked."""

    def test_a_mark_is_a_number_that_was_never_there(self, stamps: Stamps) -> None:
        """Ten thousand marks of one key are ten thousand numbers, none of them 0."""
        seen = {stamps.look("key")}
        for _ in range(10_000):
            stamps.mark("key")
            seen.add(stamps.look("key"))
        assert len(seen) == 10_001
        assert 0 not in seen

    def test_a_key_has_one_place(self, stamps: Stamps) -> None:
        """Looking at the slot is looking at the key, also for keys that are no ASCII."""
        for key in ("", "person:17", "Ærø:ü", "x" * 10_000):
            slot = stamps.slot(key)
            before = stamps.look_at(slot)
            stamps.mark(key)
            assert stamps.slot(key) == slot
            assert stamps.look_at(slot) == stamps.look(key) != before

    def test_what_was_seen_stands_until_one_of_it_is_marked(self, stamps: Stamps) -> None:
        """Of no key, of one, of several."""
        for keys in ((), ("person:1",), ("person:1", "item:2", "items")):
            slots = [stamps.slot(key) for key in keys]
            places, seen = places_of(slots), tuple(map(stamps.look_at, slots))
            assert stamps.stands(places, seen)
            for key in keys:
                stamps.mark(key)
                assert not stamps.stands(places, seen)
                seen = tuple(map(stamps.look_at, slots))
                assert stamps.stands(places, seen)

    def test_a_kind_of_keys_does_not_touch_another(self, stamps: Stamps) -> None:
        """What people do is marked all the time; what feeds rest on is not moved by it."""
        kept = [*(f"item:{number}" for number in range(2_000)), *(f"choices:{number}" for number in range(2_000))]
        kept += ["items", "identity", "permission:w", "counts:w"]
        before = [stamps.look(key) for key in kept]
        for number in range(5_000):
            stamps.mark(f"did:{number}")
        assert [stamps.look(key) for key in kept] == before

    def test_few_keys_meet(self, stamps: Stamps) -> None:
        """A mark of one key leaves nearly all others as they were."""
        keys = [f"person:{number}" for number in range(10_000)]
        before = [stamps.look(key) for key in keys]
        stamps.mark("person:4711")
        moved = [key for key, was in zip(keys, before, strict=True) if stamps.look(key) != was]
        assert "person:4711" in moved
        assert len(moved) <= 3

    def test_threads_mark_at_once(self, stamps: Stamps) -> None:
        """Each sees that the key has moved since it marked last, and nothing breaks."""
        wrong: list[int] = []

        def mark() -> None:
            last = stamps.look("key")
            for _ in range(2_000):
                stamps.mark("key")
                now = stamps.look("key")
                if now == last:
                    wrong.append(now)
                last = now

        threads = [threading.Thread(target=mark) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    # One fixture for all examples, and for the tests of all implementations: the law holds from whatever was before.
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors])
    @given(st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b", "person:1", "person:2"])), max_size=50))
    def test_what_was_marked_differs_from_every_earlier_look(
        self, stamps: Stamps, steps: list[tuple[bool, str]]
    ) -> None:
        """Whatever is marked and looked at in whichever order: too much may move, never too little."""
        looks: dict[str, set[int]] = {}
        for is_mark, key in steps:
            if is_mark:
                stamps.mark(key)
                assert stamps.look(key) not in looks.get(key, set())
            looks.setdefault(key, set()).add(stamps.look(key))
