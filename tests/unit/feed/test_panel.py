"""An agent that fails costs itself its say, and the others nothing."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest

from bowerbird.feed.agents import GROUP, FeedAgent, default_agents, plugged_in
from bowerbird.feed.panel import FAILURES, LEFT_ALONE_S, Panel
from bowerbird.feed.view import Scores, View
from bowerbird.kernel.clock import ManualClock

DEADLINE_S = 0.4
N = 7


def a_view(n: int = N) -> View:
    zeros = np.zeros(n, np.float32)
    return View(
        now_s=0.0, surprise=0.3, is_known=False, affinity=zeros, nearest=zeros, kept=zeros, quality=zeros + 0.5,
        rate=zeros + 0.1, popularity=zeros, age_s=zeros, known_s=zeros, shown=zeros, saved_s=zeros + np.inf,
        familiar=zeros, categories=np.zeros(n, np.int32), sources=np.zeros(n, np.int32),
    )  # fmt: skip


class Scripted:
    """An agent that says whatever it is told to."""

    duty = "Does as it is told"
    prior = 0.1

    def __init__(self, says: Callable[[View], Any], name: str = "scripted") -> None:
        self.name = name
        self.says = says
        self.asked = 0

    def score(self, view: View) -> Scores:
        self.asked += 1
        found: Scores = self.says(view)
        return found


def good(view: View) -> Any:
    return np.full(len(view), 0.5)


def raises(error: BaseException) -> Callable[[View], Any]:
    def say(_: View) -> Any:
        raise error

    return say


class Mute(Exception):
    """Cannot even say what it is."""

    def __str__(self) -> str:
        raise RuntimeError


class Trap:
    """Explodes when it is read as numbers."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("boom")


@contextmanager
def a_panel(*agents: FeedAgent, clock: ManualClock | None = None) -> Iterator[Panel]:
    panel = Panel(agents, clock or ManualClock(), deadline_s=DEADLINE_S)
    yield panel
    panel.close()


WRONG: dict[str, Callable[[View], Any]] = {
    "an error": raises(ZeroDivisionError("no")),
    "an exit": raises(SystemExit(3)),
    "an interrupt": raises(KeyboardInterrupt()),
    "a cancellation": raises(asyncio.CancelledError()),
    "an error without words": raises(Mute()),
    "a trap": lambda _: Trap(),
    "NaN": lambda view: np.full(len(view), np.nan),
    "infinite": lambda view: np.full(len(view), -np.inf),
    "one too many": lambda view: np.zeros(len(view) + 1),
    "a table": lambda view: np.zeros((len(view), 1)),
    "a number": lambda _: 0.5,
    "None": lambda _: None,
    "words": lambda view: ["much"] * len(view),
    "numbers too large": lambda view: [10**400] * len(view),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_that_says_what_is_no_score_has_no_say(what: str) -> None:
    """It is told why; the others have theirs."""
    with a_panel(Scripted(WRONG[what], "bad"), Scripted(good, "good")) as panel:
        bad, fine = panel.ask(a_view())
        assert bad.scores is None
        assert bad.error
        assert fine.scores is not None
        assert (fine.error, fine.scores.tolist()) == ("", [0.5] * N)


@pytest.mark.parametrize("what", WRONG)
def test_when_all_fail_there_are_no_scores(what: str) -> None:
    with a_panel(*(Scripted(WRONG[what], name) for name in ("one", "two", "three"))) as panel:
        for _ in range(5):
            assert [said.scores for said in panel.ask(a_view())] == [None] * 3


def test_scores_are_taken_into_bounds() -> None:
    """From 0 to 1, whatever kind of numbers they are."""
    with a_panel(Scripted(lambda _: [-1, 0, True, 2, 0.25, np.float16(0.5), 1])) as panel:
        (said,) = panel.ask(a_view())
        assert said.scores is not None
        assert said.scores.tolist() == [0, 0, 1, 1, 0.25, 0.5, 1]


def test_who_is_left_out_is_not_asked() -> None:
    one, two = Scripted(good, "one"), Scripted(good, "two")
    with a_panel(one, two) as panel:
        assert [said.name for said in panel.ask(a_view(), without=["one"])] == ["two"]
        assert (one.asked, two.asked) == (0, 1)


def test_after_failures_it_is_left_alone_and_then_tried_by_one() -> None:
    """Of fifty that come at the same time; when that fails too, the pause begins again."""
    clock, agent = ManualClock(), Scripted(raises(ZeroDivisionError()))
    with a_panel(agent, clock=clock) as panel:
        for _ in range(FAILURES):
            panel.ask(a_view())
        assert panel.resting() == ("scripted",)
        for _ in range(5):
            assert panel.ask(a_view())[0].error == "resting after failures"
        assert agent.asked == FAILURES
        for times in (1, 2):
            clock.advance(LEFT_ALONE_S)
            with ThreadPoolExecutor(50) as pool:
                said = list(pool.map(lambda _: panel.ask(a_view())[0], range(50)))
            assert agent.asked == FAILURES + times
            assert sum(one.error.startswith("ZeroDivisionError") for one in said) == 1
        agent.says = good
        clock.advance(LEFT_ALONE_S)
        assert panel.ask(a_view())[0].scores is not None
        assert panel.resting() == ()
        agent.says = raises(ZeroDivisionError())
        panel.ask(a_view())
        assert panel.resting() == ()  # it begins to count anew


def test_one_that_hangs_costs_its_deadline_once() -> None:
    """Also when several ask at the same time; once it is back, it is asked again."""
    release = threading.Event()

    def hang(view: View) -> Any:
        release.wait(20)
        return good(view)

    agent = Scripted(hang)
    with a_panel(agent, Scripted(good, "good")) as panel:
        with ThreadPoolExecutor(8) as pool:
            first = list(pool.map(lambda _: panel.ask(a_view()), range(8)))
        assert all(bad.error.startswith("late") and fine.scores is not None for bad, fine in first)
        began_s = time.monotonic()
        for _ in range(20):
            bad, fine = panel.ask(a_view())
            assert bad.error in ("still busy with an earlier question", "resting after failures")
            assert fine.scores is not None
        assert time.monotonic() - began_s < DEADLINE_S
        assert agent.asked == 1
        release.set()


def test_one_that_hangs_is_not_asked_while_it_does_also_after_its_pause() -> None:
    """The deadline is not paid again for a thread that is known to be busy."""
    clock, release = ManualClock(), threading.Event()
    agent = Scripted(lambda view: release.wait(20) and good(view))
    with a_panel(agent, clock=clock) as panel:
        panel.ask(a_view())
        for _ in range(5):
            clock.advance(LEFT_ALONE_S + 1)
            began_s = time.monotonic()
            assert panel.ask(a_view())[0].error == "still busy with an earlier question"
            assert time.monotonic() - began_s < DEADLINE_S / 2
        release.set()
        for _ in range(100):
            if panel.ask(a_view())[0].scores is not None:
                break
            clock.advance(LEFT_ALONE_S + 1)
            time.sleep(0.01)
        assert panel.ask(a_view())[0].scores is not None


def test_one_that_hangs_does_not_keep_the_process() -> None:
    """Whoever stops it does not have to kill it."""
    program = (
        "import time; from tests.unit.feed.test_panel import Scripted, a_view; from bowerbird.feed.panel import Panel;"
        "from bowerbird.kernel.clock import SystemClock;"
        "panel = Panel([Scripted(lambda view: time.sleep(600))], SystemClock(), deadline_s=0.05);"
        "print(panel.ask(a_view())[0].error); panel.close()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert "late: it said nothing" in done.stdout


# -- which agents there are -------------------------------------------------------------------------------------------


def test_ours_are_there_and_score_everybody() -> None:
    """Each has a name, a duty, a prior, and scores from 0 to 1 for whatever it is shown."""
    agents = default_agents()
    assert {"discovery", "quality", "archivist", "serendipity", "forecaster", "freshness"} <= {a.name for a in agents}
    with a_panel(*agents) as panel:
        for n in (1, 0, 50):
            assert all(said.scores is not None and len(said.scores) == n for said in panel.ask(a_view(n)))


class Nameless(Scripted):
    def __init__(self) -> None:
        super().__init__(good, "")


class LongName(Scripted):
    def __init__(self) -> None:
        super().__init__(good, "x" * 65)


class Sure(Scripted):
    prior = 1.0

    def __init__(self) -> None:
        super().__init__(good)


class Useless:
    name = "useless"


class Exits(Scripted):
    def __init__(self) -> None:
        raise SystemExit(1)


class Fine(Scripted):
    def __init__(self) -> None:
        super().__init__(good, "fine")


class Twin(Fine):
    pass


class Quality(Scripted):
    def __init__(self) -> None:
        super().__init__(good, "quality")


def test_a_plug_in_that_cannot_be_loaded_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong with it; the others are there, each name once, and none takes one of ours."""
    values = ["nowhere.at.all:Agent", f"{__name__}:nothing"]
    values += [f"{__name__}:{one.__name__}" for one in (Nameless, LongName, Sure, Useless, Exits, Fine, Twin, Quality)]
    points = [EntryPoint(f"p{number:02}", value, GROUP) for number, value in enumerate(values)]
    monkeypatch.setattr("bowerbird.feed.agents.agent.entry_points", lambda group: points)
    assert [type(agent).__name__ for agent in plugged_in()] == ["Fine", "Twin", "Quality"]
    made = default_agents()
    assert [agent.name for agent in made].count("quality") == 1
    assert [type(agent).__name__ for agent in made][5:] == ["Fine"]
