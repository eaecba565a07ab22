"""Each agent failing, slow or lying in turn, then all of them: a slate every time, and it says what made it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import pytest

from bowerbird.feed.agents import FeedAgent, default_agents
from bowerbird.feed.panel import DEADLINE_S
from bowerbird.feed.service import local_feeds
from bowerbird.feed.view import View
from bowerbird.testing.builders import Library

from .shelves import put, unit_vectors
from .test_panel import Scripted, a_panel, a_view, good, raises

NAMES: Final = tuple(agent.name for agent in default_agents())
LATE_S: Final = 20.0  # on a machine that does much else; one that is slow would take a minute
Faulty = Callable[[FeedAgent], FeedAgent]


@pytest.fixture(params=["fails", "is slow", "lies"])
def faulty(request: pytest.FixtureRequest) -> Iterator[Faulty]:
    """What an agent becomes that has the fault."""
    until = threading.Event()

    def wait(_: View) -> Any:
        until.wait(60)

    def lie(view: View) -> Any:
        return np.full(len(view) + 1, np.nan)

    says: dict[str, Callable[[View], Any]] = {"fails": raises(RuntimeError("no")), "is slow": wait, "lies": lie}
    yield lambda agent: Scripted(says[request.param], agent.name)
    until.set()  # its thread ends


@pytest.mark.parametrize("which", [*NAMES, "all"])
async def test_there_is_a_slate_and_its_level_is_named(library: Library, faulty: Faulty, which: str) -> None:
    """With one faulty agent by the others, `agents`; with all by a simple rule, `simple`. In time, too."""
    put(library, library.source(), unit_vectors(12))
    agents = [faulty(agent) if which in (agent.name, "all") else agent for agent in default_agents()]
    feeds = local_feeds(library.records, lambda _: unit_vectors(1)[0], library.clock, agents=agents)
    try:
        await feeds.shelf(library.scope, most=1)  # read before the time is taken
        began_s = time.monotonic()
        slate = (await feeds.slate(library.scope, length=5)).slate
        assert time.monotonic() - began_s < DEADLINE_S + LATE_S
    finally:
        await feeds.close()
    assert len(slate.entries) == 5
    heard = {name for entry in slate.entries for name in entry.why}
    if which == "all":
        assert (slate.level, heard) == ("simple", {"simple"})
    else:
        assert (slate.level, heard) == ("agents", {*NAMES} - {which})


@pytest.mark.parametrize("which", NAMES)
async def test_ours_may_fail_where_they_are_asked_in_place(
    library: Library, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    """They have no thread of their own; an error of theirs is theirs all the same."""
    put(library, library.source(), unit_vectors(12))
    agents = default_agents()
    broken = next(agent for agent in agents if agent.name == which)
    monkeypatch.setattr(type(broken), "score", lambda _self, _view: 1 / 0)
    feeds = local_feeds(library.records, lambda _: unit_vectors(1)[0], library.clock, agents=agents)
    try:
        slate = (await feeds.slate(library.scope, length=5)).slate
    finally:
        await feeds.close()
    assert (slate.level, len(slate.entries)) == ("agents", 5)
    assert {name for entry in slate.entries for name in entry.why} == {*NAMES} - {which}


def test_nobody_writes_into_what_the_others_see() -> None:
    """All agents are given the same arrays: writing to one is an error of who does."""

    def scribble(view: View) -> Any:
        view.quality[:] = 0.0

    with a_panel(Scripted(scribble, "bad"), Scripted(good, "good")) as panel:
        view = a_view()
        bad, fine = panel.ask(view)
        assert bad.scores is None
        assert "read-only" in bad.error
        assert fine.scores is not None
        assert view.quality.tolist() == [0.5] * len(view)
