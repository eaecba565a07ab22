"""
What every backend of the bus promises. Inherit `BusContract` and give a `box` fixture; `machine_of` is a state machine
that does at random what can be done, beside a model that cannot lose anything.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bowerbird.agents.bus import MOST_ATTEMPTS, Bus, Letter, NewLetter, wait_s
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import Fenced, NotFound
from bowerbird.records import Records

__all__ = ["Box", "BusContract", "machine_of"]

LEASE_S = 10.0


@dataclass(frozen=True, slots=True)
class Box:
    """A bus to try, a second opener of the same, and what it stands on."""

    bus: Bus
    other: Bus
    records: Records
    workspace: str
    clock: ManualClock

    def post(self, body: object = 1, *, to: str = "cook", run: str | None = None) -> None:
        """A letter."""
        self.bus.post(NewLetter(self.workspace, "me", to, body, run=run))

    def take(self, to: str = "cook") -> Letter:
        """A letter that must be there."""
        letter = self.bus.take(to, lease_s=LEASE_S)
        assert letter is not None
        return letter

    def is_empty(self, to: str = "cook") -> bool:
        """Whether there is nothing to take now."""
        return self.other.take(to, lease_s=LEASE_S) is None


class BusContract:
    """Nothing is lost, nothing is acknowledged twice."""

    def test_what_is_posted_is_taken_once_by_its_recipient(self, box: Box) -> None:
        """In the order in which it came, with all that was said."""
        box.post({"n": [1, "ä"]})
        box.post(2)
        assert box.is_empty("waiter")
        first, second = box.take(), box.other.take("cook", lease_s=LEASE_S)
        assert second is not None
        assert (first.body, second.body) == ({"n": [1, "ä"]}, 2)
        assert (first.sender, first.recipient, first.workspace) == ("me", "cook", box.workspace)
        assert (first.attempts, first.at, first.state) == (1, box.clock.now_s(), "taken")
        assert box.is_empty()

    def test_what_is_done_does_not_come_again(self, box: Box) -> None:
        """Not after the lease either, and it cannot be done twice."""
        box.post()
        letter = box.take()
        box.bus.ack(letter)
        box.clock.advance(10 * LEASE_S)
        assert box.is_empty()
        for again in (box.bus.ack, box.other.ack):
            with pytest.raises(Fenced):
                again(letter)
        with pytest.raises(Fenced):
            box.bus.fail(letter, "late")
        assert box.bus.letters_of(box.workspace, letter.run)[0].state == "done"

    def test_a_lease_that_runs_out_lets_the_next_one_take_it(self, box: Box) -> None:
        """Who had it before is fenced, whatever they try; before that moment nobody else gets it."""
        box.post()
        old = box.take()
        box.clock.advance(LEASE_S - 1)
        assert box.is_empty()
        box.clock.advance(1)
        new = box.other.take("cook", lease_s=LEASE_S)
        assert new is not None
        assert (new.id, new.attempts, new.epoch) == (old.id, 2, old.epoch + 1)
        with pytest.raises(Fenced):
            box.bus.ack(old)
        with pytest.raises(Fenced):
            box.bus.fail(old, "late")
        box.other.ack(new)

    def test_a_lease_that_ran_out_but_was_not_taken_still_holds(self, box: Box) -> None:
        """Nobody has begun it again, so it is done."""
        box.post()
        letter = box.take()
        box.clock.advance(2 * LEASE_S)
        box.bus.ack(letter)
        assert box.is_empty()

    def test_what_fails_waits_longer_each_time_and_is_dead_in_the_end(self, box: Box) -> None:
        """Then it stands among the dead with its last error, and nobody is given it."""
        box.post("hot")
        for attempt in range(1, MOST_ATTEMPTS):
            assert box.bus.fail(box.take(), f"burnt {attempt}") == "waiting"
            box.clock.advance(wait_s(attempt) - 0.5)
            assert box.is_empty()
            box.clock.advance(0.5)
        last = box.take()
        assert last.error == f"burnt {MOST_ATTEMPTS - 1}"
        assert box.bus.fail(last, "burnt for good") == "dead"
        box.clock.advance(10_000)
        assert box.is_empty()
        (dead,) = box.other.dead(box.workspace, limit=10)
        assert (dead.id, dead.body, dead.error, dead.state) == (last.id, "hot", "burnt for good", "dead")
        assert box.bus.dead("another", limit=10) == []

    def test_what_kills_whoever_takes_it_is_dead_too(self, box: Box) -> None:
        """A letter that crashes its handler must not do so for ever."""
        box.post("poison")
        box.post("bread")
        for _ in range(MOST_ATTEMPTS):
            while (letter := box.take()).body != "poison":
                box.bus.ack(letter)
            box.clock.advance(LEASE_S)
        while (left := box.bus.take("cook", lease_s=LEASE_S)) is not None:
            assert left.body == "bread"
            box.bus.ack(left)
        (dead,) = box.bus.dead(box.workspace, limit=10)
        assert (dead.body, "died 5 times" in dead.error) == ("poison", True)

    def test_a_dead_letter_can_be_revived_once(self, box: Box) -> None:
        """By its workspace; then it has all its attempts again."""
        box.post()
        letter = box.take()
        while box.bus.fail(letter, "no") == "waiting":
            box.clock.advance(wait_s(letter.attempts))
            letter = box.take()
        with pytest.raises(NotFound):
            box.bus.revive("another", letter.id)
        box.other.revive(box.workspace, letter.id)
        for unknown in (letter.id, "nonsense", "9" * 30):
            with pytest.raises(NotFound):
                box.bus.revive(box.workspace, unknown)
        assert box.bus.dead(box.workspace, limit=10) == []
        again = box.take()
        assert (again.id, again.attempts) == (letter.id, 1)
        with pytest.raises(Fenced):
            box.bus.ack(letter)
        box.bus.ack(again)

    def test_an_effect_and_its_letter_are_one(self, box: Box) -> None:
        """Committed together, or not at all."""

        def effect(conn: sa.Connection, *, fails: bool) -> None:
            box.bus.post_within(conn, NewLetter(box.workspace, "me", "cook", "kept" if not fails else "lost"))
            if fails:
                raise KeyError("no")

        with pytest.raises(KeyError):
            box.records.write(lambda conn: effect(conn, fails=True))
        assert box.is_empty()
        box.records.write(lambda conn: effect(conn, fails=False))
        letter = box.take()
        assert letter.body == "kept"
        box.bus.ack(letter)
        box.clock.advance(10 * LEASE_S)
        assert box.is_empty()

    def test_a_run_is_read_and_replayed_in_its_order(self, box: Box) -> None:
        """As a run of its own; the first stays as it is."""
        for number in range(3):
            box.post(number, run="r" * 26)
        for _ in range(3):
            box.bus.ack(box.take())
        said = box.other.letters_of(box.workspace, "r" * 26)
        assert [(one.seq, one.body, one.state) for one in said] == [(0, 0, "done"), (1, 1, "done"), (2, 2, "done")]
        again = box.bus.replay(box.workspace, "r" * 26)
        taken = [box.take() for _ in range(3)]
        assert [(one.run, one.seq, one.body) for one in taken] == [(again, 0, 0), (again, 1, 1), (again, 2, 2)]
        assert [one.state for one in box.bus.letters_of(box.workspace, "r" * 26)] == ["done"] * 3
        assert box.bus.letters_of("another", again) == []
        with pytest.raises(NotFound):
            box.bus.replay("another", again)

    def test_it_says_how_it_is(self, box: Box) -> None:
        """In words, with what waits."""
        box.post()
        box.bus.ping()
        assert "1 letters waiting, 0 dead" in box.other.examine()


@dataclass
class _Known:
    """What the model knows of a letter."""

    free_at: float
    epoch: int = 0
    attempts: int = 0
    state: str = "waiting"
    held: list[Letter] = field(default_factory=list)  # every taking of it so far


def machine_of(opened: Callable[[], AbstractContextManager[Box]]) -> type[RuleBasedStateMachine]:
    """A state machine over boxes that `opened` opens, each empty."""

    class BusMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self._opened = opened()
            self.box = self._opened.__enter__()
            self.known: dict[int, _Known] = {}

        def teardown(self) -> None:
            self._opened.__exit__(None, None, None)

        @rule()
        def post(self) -> None:
            number = len(self.known)
            self.box.post(number)
            self.known[number] = _Known(self.box.clock.now_s())

        @rule(seconds=st.sampled_from([0.5, 1.0, 5.0, LEASE_S, 120.0]))
        def pass_time(self, seconds: float) -> None:
            self.box.clock.advance(seconds)

        @rule()
        def take(self) -> None:
            now = self.box.clock.now_s()
            free = {n for n, one in self.known.items() if one.state in ("waiting", "taken") and one.free_at <= now}
            worn = {n for n in free if self.known[n].attempts >= MOST_ATTEMPTS}
            letter = self.box.bus.take("cook", lease_s=LEASE_S)
            if letter is None:
                assert free == worn
                for number in worn:
                    self.known[number].state = "dead"
                return
            assert letter.body in free - worn
            buried = {one.body for one in self.box.bus.dead(self.box.workspace, limit=1000)} & worn
            for number in buried:
                self.known[number].state = "dead"
            one = self.known[letter.body]
            one.state, one.free_at = "taken", now + LEASE_S
            one.attempts, one.epoch = one.attempts + 1, one.epoch + 1
            assert (letter.attempts, letter.epoch) == (one.attempts, one.epoch)
            one.held.append(letter)

        @precondition(lambda self: any(one.held for one in self.known.values()))
        @rule(data=st.data(), fails=st.booleans())
        def end(self, data: st.DataObject, fails: bool) -> None:
            letter = data.draw(st.sampled_from([each for one in self.known.values() for each in one.held]))
            one = self.known[letter.body]
            is_mine = one.state == "taken" and letter.epoch == one.epoch
            try:
                if fails:
                    self.box.bus.fail(letter, "no")
                else:
                    self.box.bus.ack(letter)
            except Fenced:
                assert not is_mine
                return
            assert is_mine
            one.state = "done" if not fails else "dead" if letter.attempts >= MOST_ATTEMPTS else "waiting"
            one.free_at = self.box.clock.now_s() + wait_s(letter.attempts)

        @precondition(lambda self: any(one.state == "dead" for one in self.known.values()))
        @rule()
        def revive(self) -> None:
            for letter in self.box.bus.dead(self.box.workspace, limit=1000):
                self.box.bus.revive(self.box.workspace, letter.id)
                one = self.known[letter.body]
                one.state, one.attempts, one.free_at = "waiting", 0, self.box.clock.now_s()

        @invariant()
        def the_dead_are_known(self) -> None:
            dead = {letter.body for letter in self.box.bus.dead(self.box.workspace, limit=1000)}
            assert dead == {number for number, one in self.known.items() if one.state == "dead"}

    return BusMachine
