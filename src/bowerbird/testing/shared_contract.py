"""
What every store of the shared tier promises. Inherit `SharedContract` and give a `both` fixture: two that have one
store in common, as two processes would.
"""

import random
from dataclasses import dataclass

from bowerbird.kernel.clock import ManualClock
from bowerbird.ops.shared import Shared, SharedStore

__all__ = ["Both", "SharedContract"]

LIFETIME_S = 100.0


@dataclass(frozen=True, slots=True)
class Both:
    """Two processes' openings of one store, and the clock of both."""

    here: SharedStore
    there: SharedStore
    clock: ManualClock

    def opened(self) -> tuple[Shared, Shared]:
        """The tier as each of them has it."""
        return Shared(self.here, self.clock), Shared(self.there, self.clock)


class SharedContract:
    """What is found is of the version that was asked for, and in time."""

    def test_what_one_puts_the_other_finds(self, both: Both) -> None:
        """Byte for byte, under any key and version, an empty value too; what nobody put is not there."""
        here, there = both.opened()
        made = {"a": b"\x00\xff\n", "b:1 ü'\";--": b"", "c": b"x" * 70_000}
        versions = {"a": "", "b:1 ü'\";--": "v ä 1", "c": "7"}
        here.put(made, versions, lifetime_s=LIFETIME_S)
        assert there.get({**versions, "d": ""}) == made
        assert there.get({}) == {}

    def test_what_was_made_of_another_version_is_not_found(self, both: Both) -> None:
        """Neither before a change nor after it; versions of which one begins the other are two."""
        here, there = both.opened()
        here.put({"a": b"old"}, {"a": "1"}, lifetime_s=LIFETIME_S)
        for version in ("2", "", "11"):
            assert there.get({"a": version}) == {}
        there.put({"a": b"new"}, {"a": "2"}, lifetime_s=LIFETIME_S)
        assert here.get({"a": "2"}) == {"a": b"new"}
        assert here.get({"a": "1"}) == {}

    def test_a_thousand_orders_of_changes_and_late_fills_give_nothing_old(self, both: Both) -> None:
        """A fill that began before a change is put after it, by either: who knows of the change never gets it."""
        tiers = both.opened()
        rng = random.Random(7)  # noqa: S311  orders, no secrets
        current = dict.fromkeys("abc", 0)
        under_way: list[tuple[str, int]] = []
        found = 0
        for _ in range(1_000):
            key, tier = rng.choice("abc"), rng.choice(tiers)
            match rng.randrange(4):
                case 0:
                    current[key] += 1
                case 1:
                    under_way.append((key, current[key]))
                case 2 if under_way:
                    filled, version = under_way.pop(rng.randrange(len(under_way)))
                    value = f"{filled}{version}".encode()
                    tier.put({filled: value}, {filled: str(version)}, lifetime_s=LIFETIME_S)
                case _:
                    got = tier.get({name: str(version) for name, version in current.items()})
                    assert all(value == f"{name}{current[name]}".encode() for name, value in got.items())
                    found += len(got)
        assert found > 0

    def test_it_ends_with_its_lifetime(self, both: Both) -> None:
        """By the clock that is given; what is put again begins anew."""
        here, there = both.opened()
        here.put({"a": b"1", "b": b"1"}, {"a": "", "b": ""}, lifetime_s=LIFETIME_S)
        both.clock.advance(LIFETIME_S - 1.0)
        here.put({"b": b"2"}, {"b": ""}, lifetime_s=LIFETIME_S)
        assert there.get({"a": "", "b": ""}) == {"a": b"1", "b": b"2"}
        both.clock.advance(1.0)
        assert there.get({"a": "", "b": ""}) == {"b": b"2"}

    def test_hundreds_at_once(self, both: Both) -> None:
        """As many as a feed weighs, and more than a statement may hold."""
        here, there = both.opened()
        made = {f"k{number}": str(number).encode() for number in range(1_200)}
        versions = dict.fromkeys(made, "1")
        here.put(made, versions, lifetime_s=LIFETIME_S)
        assert there.get(versions) == made

    def test_what_others_wrote_there_is_nothing(self, both: Both) -> None:
        """Too short, or of another form."""
        here, there = both.opened()
        both.here.put({"a": b"", "b": b"xyz", "c": b"\x00" * 9}, lifetime_s=LIFETIME_S)
        assert there.get({"a": "", "b": "", "c": ""}) == {}
        assert here.get({"a": "1"}) == {}
