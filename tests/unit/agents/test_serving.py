"""The loop that gives letters to their handlers."""

import threading
import time
from collections.abc import Callable

import pytest

from bowerbird.agents import Letter, NewLetter, Serving
from bowerbird.agents.records_bus import RecordsBus
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.testing.builders import Library


class Kitchen:
    """A bus with a cook and a waiter, who are served in a thread."""

    def __init__(self, library: Library, *, at_once: int = 2) -> None:
        self.bus = RecordsBus(library.records, SystemClock())
        self.workspace = library.scope.workspace
        self.stop = threading.Event()
        self.let_go = threading.Event()
        self.let_go.set()
        self.done: list[object] = []
        self.begun: list[object] = []
        serving = Serving(
            self.bus, {"cook": self.handle, "waiter": self.handle}, at_once=at_once, lease_s=30, idle_s=0.01
        )
        self.thread = threading.Thread(target=serving.run, args=(self.stop,))

    def handle(self, letter: Letter) -> None:
        self.begun.append(letter.body)
        if letter.body == "burns":
            raise ValueError("too hot")
        self.let_go.wait(10)
        self.done.append(letter.body)

    def post(self, body: object, to: str = "cook") -> None:
        self.bus.post(NewLetter(self.workspace, "me", to, body, run="k" * 26))

    def states(self) -> list[str]:
        return [letter.state for letter in self.bus.letters_of(self.workspace, "k" * 26)]


def _until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_each_letter_is_handled_and_acknowledged(library: Library) -> None:
    """By the handler of its recipient; what nobody here handles stays where it is."""
    kitchen = Kitchen(library)
    for number in range(5):
        kitchen.post(number, to="cook" if number % 2 else "waiter")
    kitchen.post("not ours", to="gardener")
    kitchen.thread.start()
    _until(lambda: kitchen.states() == ["done"] * 5 + ["waiting"])
    kitchen.stop.set()
    kitchen.thread.join(10)
    assert sorted(kitchen.done, key=str) == [0, 1, 2, 3, 4]


def test_what_a_handler_raises_lets_the_letter_wait(library: Library) -> None:
    """With why, and the loop goes on."""
    kitchen = Kitchen(library)
    kitchen.post("burns")
    kitchen.post("fine")
    kitchen.thread.start()
    _until(lambda: kitchen.states() == ["waiting", "done"])
    kitchen.stop.set()
    kitchen.thread.join(10)
    assert kitchen.bus.letters_of(kitchen.workspace, "k" * 26)[0].error == "ValueError: too hot"


def test_no_more_at_once_than_is_allowed_and_a_stop_waits_for_them(library: Library) -> None:
    """What was begun is done before the loop ends; what was not begun waits."""
    kitchen = Kitchen(library, at_once=2)
    kitchen.let_go.clear()
    for number in range(4):
        kitchen.post(number)
    kitchen.thread.start()
    _until(lambda: len(kitchen.begun) == 2)
    time.sleep(0.1)
    assert len(kitchen.begun) == 2
    kitchen.stop.set()
    kitchen.let_go.set()
    kitchen.thread.join(10)
    assert not kitchen.thread.is_alive()
    assert sorted(kitchen.states()) == ["done", "done", "waiting", "waiting"]


def test_a_bus_that_does_not_answer_is_tried_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop outlives it."""
    kitchen = Kitchen(library)
    kitchen.post("fine")
    take, failures = kitchen.bus.take, [1, 2, 3]

    def stumbling(recipient: str, *, lease_s: float) -> Letter | None:
        if failures:
            failures.pop()
            raise StoreUnavailable("no disk")
        return take(recipient, lease_s=lease_s)

    monkeypatch.setattr(kitchen.bus, "take", stumbling)
    kitchen.thread.start()
    _until(lambda: kitchen.states() == ["done"])
    kitchen.stop.set()
    kitchen.thread.join(10)
    assert failures == []
