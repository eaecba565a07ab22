"""Agents that have contents read for them: in batches, each content for itself, and nobody waits."""

import asyncio
import math
import struct
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bowerbird.feed.agents import JUDGES, Content, FeedAgent, Judged, NotYet, default_agents
from bowerbird.feed.item_changes import version_of
from bowerbird.feed.judging import FAILED_S, MOST, SCORES_S, Judging, seated
from bowerbird.feed.service import Feeds, local_feeds
from bowerbird.feed.view import View
from bowerbird.ops.shared import Shared
from bowerbird.ops.shared_file import FileStore
from bowerbird.records.tables import items as item_rows
from bowerbird.testing.builders import Library

from .shelves import Failing, change, loaded, put, unit_vectors
from .test_panel import Scripted, a_panel, a_view, good

Says = Callable[[Sequence[Content]], Any]


class Reading:
    """A judge that says whatever it is told to, after so many seconds."""

    duty, prior = "Reads every word", 0.06

    def __init__(self, says: Says, *, takes_s: float = 0.0, version: str = "1", name: str = "reader") -> None:
        self.name = name
        self.version = version
        self.calls: list[list[int]] = []
        self._says, self._takes_s = says, takes_s

    async def judge(self, contents: Sequence[Content]) -> Sequence[float | Exception]:
        self.calls.append([content.item for content in contents])
        await asyncio.sleep(self._takes_s)
        said: Sequence[float | Exception] = self._says(contents)
        return said


def by_number(contents: Sequence[Content]) -> Any:
    """Each its own."""
    return [content.item / 100 for content in contents]


@contextmanager
def sitting(
    library: Library, judge: Reading, shared: Shared | None = None, *, records: Any = None
) -> Iterator[Judging]:
    (agent,) = seated([Judged(judge)], records or library.records, shared, library.clock)
    assert isinstance(agent, Judging)
    yield agent
    agent.close()


@contextmanager
def a_shared(library: Library, folder: Path) -> Iterator[Shared]:
    shared = Shared(FileStore(folder / "shared.db", library.clock), library.clock)
    yield shared
    shared.close()


def seen(library: Library, items: Sequence[int], version: int | None = None) -> View:
    """What an agent sees of these."""
    n = len(items)
    given = {name: getattr(a_view(n), name) for name in View.__dataclass_fields__}
    # `put` numbers rows, keys and changes alike.
    versions = np.array([version_of(f"i{item}", item if version is None else version) for item in items])
    return View(**given | {"workspace": library.scope.workspace, "items": np.array(items), "versions": versions})


def judged(agent: Judging, view: View, within_s: float = 20.0) -> Any:
    """What it says once it has something to say."""
    until_s = time.monotonic() + within_s
    while True:
        try:
            return agent.score(view)
        except NotYet:
            assert time.monotonic() < until_s
            time.sleep(0.01)


def settled(agent: Judging, view: View, check: Callable[[], bool]) -> None:
    """Let it be asked until that is so."""
    until_s = time.monotonic() + 20.0
    while not check():
        assert time.monotonic() < until_s
        with suppress(NotYet):
            agent.score(view)
        time.sleep(0.01)


def says_all(agent: Judging, view: View, scores: list[float]) -> None:
    """It gives exactly these, once all are judged: what is lacking until then counts as the mean of the others."""
    settled(agent, view, lambda: judged(agent, view).tolist() == scores)


def test_ten_contents_go_into_one_call(library: Library) -> None:
    """Of 35 candidates in four calls, each content once, however often slates ask meanwhile; each its own score."""
    items = put(library, library.source(), unit_vectors(35))
    judge = Reading(by_number, takes_s=0.1)
    with sitting(library, judge) as agent:
        view = seen(library, items)
        settled(agent, view, lambda: len({item for call in judge.calls for item in call}) == 35)
        time.sleep(0.2)
        assert agent.score(view).tolist() == [item / 100 for item in items]
    assert sorted(len(call) for call in judge.calls) == [5, MOST, MOST, MOST]


def test_what_is_few_does_not_wait_for_ten(library: Library) -> None:
    """After a moment there is a call all the same."""
    items = put(library, library.source(), unit_vectors(3))
    judge = Reading(by_number)
    with sitting(library, judge) as agent:
        says_all(agent, seen(library, items), [item / 100 for item in items])
    assert [len(call) for call in judge.calls] == [3]


def test_each_content_has_its_own_score_or_error(library: Library) -> None:
    """What could not be judged, or got what is no score, counts as the others' mean, and is not asked about at once."""
    items = put(library, library.source(), unit_vectors(5))

    def says(contents: Sequence[Content]) -> Any:
        return [
            [0.2, ValueError("cannot read that"), 0.4, float("nan"), "many"][content.item - 1] for content in contents
        ]

    judge = Reading(says)
    with sitting(library, judge) as agent:
        view = seen(library, items)
        with pytest.raises(NotYet):
            agent.score(view)
        settled(agent, seen(library, items[:3]), lambda: not agent._under_way and bool(judge.calls))
        assert agent.score(seen(library, items[:3])).tolist() == pytest.approx([0.2, 0.3, 0.4])
        with pytest.raises(NotYet, match="2 of 5"):
            agent.score(view)
        assert len(judge.calls) == 1
        library.clock.advance(FAILED_S)
        settled(agent, view, lambda: len(judge.calls) == 2)
    assert sorted(judge.calls[1]) == [items[1], items[3], items[4]]


@pytest.mark.parametrize(
    "says",
    [lambda _: 1 / 0, lambda _: [0.5] * 20, lambda _: [], lambda _: None],
    ids=["raises", "more", "none", "nothing"],
)
def test_a_judge_that_fails_is_left_alone(library: Library, says: Says) -> None:
    """After five calls in a row nobody asks it for a while; then one call does."""
    items = put(library, library.source(), unit_vectors(60))
    judge = Reading(says)
    with sitting(library, judge) as agent:
        view = seen(library, items)
        settled(agent, view, lambda: len(judge.calls) >= 5)
        for _ in range(20):
            with pytest.raises(NotYet, match="0 of 60"):
                agent.score(view)
            time.sleep(0.01)
        asked = len(judge.calls)
        assert 5 <= asked <= 8  # four at the same time
        library.clock.advance(30.0)
        settled(agent, view, lambda: len(judge.calls) > asked)
        time.sleep(0.1)
        assert len(judge.calls) == asked + 1


def test_a_judge_that_hangs_holds_up_nobody(library: Library) -> None:
    """Also one that does not even leave its loop: whoever asks is told at once that there is nothing yet."""
    items = put(library, library.source(), unit_vectors(12))
    until = threading.Event()
    with sitting(library, Reading(lambda _: until.wait(60))) as agent:
        view = seen(library, items)
        began_s = time.monotonic()
        for _ in range(50):
            with pytest.raises(NotYet):
                agent.score(view)
        assert time.monotonic() - began_s < 5.0
        until.set()


def test_an_item_that_changed_is_judged_anew(library: Library) -> None:
    """And what was said of it before is not used; other items keep theirs."""
    items = put(library, library.source(), unit_vectors(4))
    says: dict[str, float] = {"score": 0.1}
    judge = Reading(lambda contents: [says["score"]] * len(contents))
    with sitting(library, judge) as agent:
        judged(agent, seen(library, items))
        says["score"] = 0.9
        change(library, items[0], title="Another")
        changed = seen(library, items[:1], version=5)
        assert judged(agent, changed).tolist() == [0.9]
        assert agent.score(seen(library, items[1:])).tolist() == [0.1] * 3
    assert judge.calls[1:] == [items[:1]]


def test_after_an_hour_they_are_judged_again(library: Library) -> None:
    """By the clock, wherever the scores were meanwhile."""
    items = put(library, library.source(), unit_vectors(4))
    judge = Reading(by_number)
    with sitting(library, judge) as agent:
        view = seen(library, items)
        judged(agent, view)
        library.clock.advance(SCORES_S - 1.0)
        agent.score(view)
        library.clock.advance(1.0)
        judged(agent, view)
    assert len(judge.calls) == 2


def test_another_process_does_not_ask_again(library: Library, tmp_path: Path) -> None:
    """What one had judged the next one finds, at once and for the rest of its hour; another version of a judge not."""
    items = put(library, library.source(), unit_vectors(4))
    view = seen(library, items)
    first, second, third, other = (Reading(by_number, version=version) for version in ("1", "1", "1", "2"))
    with a_shared(library, tmp_path) as shared:
        with sitting(library, first, shared) as agent:
            judged(agent, view)
            settled(agent, view, lambda: not agent._under_way)
        library.clock.advance(SCORES_S / 2)
        with sitting(library, second, shared) as agent:
            assert agent.score(view).tolist() == [item / 100 for item in items]
            library.clock.advance(SCORES_S / 2)
            with pytest.raises(NotYet):
                agent.score(view)
        with sitting(library, other, shared) as agent, pytest.raises(NotYet):
            agent.score(view)
        with sitting(library, third, shared) as agent, pytest.raises(NotYet):
            agent.score(seen(library, items, version=99))
    assert third.calls == []


@pytest.mark.parametrize(
    ("score", "later_s"), [(1.5, 0.0), (-0.5, 0.0), (math.nan, 0.0), (0.5, 61.0), (0.5, math.inf), (0.5, -SCORES_S)]
)
def test_what_others_put_for_a_score_and_is_none_is_judged_anew(
    library: Library, tmp_path: Path, score: float, later_s: float
) -> None:
    """It is from 0 to 1 and was given within the hour; a minute from now is another machine's clock."""
    items = put(library, library.source(), unit_vectors(2))
    view = seen(library, items)
    judge = Reading(by_number)
    with a_shared(library, tmp_path) as shared, sitting(library, judge, shared) as agent:
        wanted = [f"score:reader:1:{library.scope.workspace}:{item}" for item in items]
        found = dict(zip(wanted, map(str, view.versions.tolist()), strict=True))
        value = struct.pack(">dd", score, library.clock.now_s() + later_s)
        shared.put(dict.fromkeys(wanted, value), found, lifetime_s=SCORES_S)
        says_all(agent, view, [item / 100 for item in items])
        value = struct.pack(">dd", 0.75, library.clock.now_s() + 59.0)
        shared.put(dict.fromkeys(wanted, value), found, lifetime_s=SCORES_S)
        with sitting(library, judge, shared) as other:
            assert other.score(view).tolist() == [0.75, 0.75]


def test_an_item_of_restored_records_is_not_taken_for_another(library: Library, tmp_path: Path) -> None:
    """A copy gives a row and a number out again that another item had when it was judged."""
    items = put(library, library.source(), unit_vectors(2))

    def look() -> View:
        rows = np.arange(2)
        found = loaded(library)
        given = {name: getattr(seen(library, items), name) for name in View.__dataclass_fields__}
        return View(**given | {"items": found.ids[rows], "versions": found.versions[rows]})

    with a_shared(library, tmp_path) as shared:
        judge = Reading(lambda contents: [0.1] * len(contents))
        with sitting(library, judge, shared) as agent:
            assert judged(agent, look()).tolist() == [0.1, 0.1]
            settled(agent, look(), lambda: not agent._under_way)
        library.records.write(
            lambda conn: conn.execute(sa.update(item_rows).where(item_rows.c.id == items[0]).values(key="another"))
        )
        judge = Reading(lambda contents: [0.9] * len(contents))
        with sitting(library, judge, shared) as agent:
            settled(agent, look(), lambda: sorted(judged(agent, look()).tolist()) == [0.1, 0.9])
    assert judge.calls == [items[:1]]


def test_that_the_records_do_not_answer_is_no_fault_of_the_judges(library: Library) -> None:
    """As soon as they do it is asked."""
    items = put(library, library.source(), unit_vectors(100))
    judge, records = Reading(by_number), Failing(library.records)
    records.fails = lambda _: True
    with sitting(library, judge, records=records) as agent:
        view = seen(library, items)
        settled(agent, view, lambda: records.reads >= 10 and not agent._under_way)
        records.fails = lambda _: False
        says_all(agent, view, [item / 100 for item in items])


def test_who_closes_it_has_waited_for_its_end(library: Library) -> None:
    """Nothing of it is under way any more; one that hangs is waited for no longer than a second or so."""
    items = put(library, library.source(), unit_vectors(3))
    before = set(threading.enumerate())
    with sitting(library, Reading(by_number)) as agent:
        judged(agent, seen(library, items))
    assert set(threading.enumerate()) <= before
    until = threading.Event()
    with sitting(library, Reading(lambda _: until.wait(60))) as agent:
        with pytest.raises(NotYet):
            agent.score(seen(library, items))
        time.sleep(0.2)
        began_s = time.monotonic()
    assert 0.5 < time.monotonic() - began_s < 10.0
    until.set()


_HANGS = """
import asyncio, threading
from bowerbird.feed.agents import Content, NotYet
from bowerbird.feed.judging import Judging
from bowerbird.kernel.clock import SystemClock
from tests.unit.feed.test_panel import a_view

asked = threading.Event()

class Hanging:
    name, duty, prior, version = "hanging", "Reads", 0.06, "1"

    async def judge(self, contents):
        await asyncio.to_thread(self.hang)

    def hang(self):
        asked.set()
        threading.Event().wait()

def read(wanted):
    return {one.item: Content(one.item, "note", "", "", "", {}) for one in wanted}

agent = Judging(Hanging(), read, None, SystemClock())
view = a_view(1)
try:
    agent.score(view)
except NotYet:
    assert asked.wait(20)
agent.close()
print("closed", flush=True)
"""


def test_a_judge_that_hangs_in_a_thread_does_not_keep_the_process() -> None:
    """The process ends when it is told to, whatever somebody else's code waits for."""
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", _HANGS], timeout=60, capture_output=True, text=True, check=False, cwd=root
    )
    assert (ended.returncode, ended.stdout) == (0, "closed\n"), ended.stderr


def test_who_has_nothing_to_say_yet_has_not_failed() -> None:
    """However often it is asked, it is not left to rest for it."""

    def nothing(_: View) -> Any:
        raise NotYet("0 of 7 are judged")

    with a_panel(Scripted(nothing, "slow"), Scripted(good, "good")) as panel:
        for _ in range(10):
            slow, fine = panel.ask(a_view())
            assert (slow.scores, slow.error) == (None, "not yet: 0 of 7 are judged")
            assert fine.scores is not None
        assert panel.resting() == ()


@asynccontextmanager
async def feeding(library: Library, judge: Reading) -> AsyncIterator[Feeds]:
    agents: list[FeedAgent] = [Scripted(good, "other"), Judged(judge)]
    feeds = local_feeds(library.records, lambda _: unit_vectors(1)[0], library.clock, agents=agents)
    yield feeds
    await feeds.close()


async def test_a_slow_judge_has_its_say_in_a_later_slate(library: Library) -> None:
    """The first slate is there without it, and in time; once it has read the candidates, its share is in the score."""
    put(library, library.source(), unit_vectors(25))
    judge = Reading(by_number, takes_s=0.5)
    async with feeding(library, judge) as feeds:
        await feeds.shelf(library.scope, most=1)
        first = (await feeds.slate(library.scope, length=5, fresh=True)).slate
        assert (first.level, {name for entry in first.entries for name in entry.why}) == ("agents", {"other"})
        async with asyncio.timeout(20.0):
            while True:
                later = (await feeds.slate(library.scope, length=5, fresh=True)).slate
                if "reader" in {name for entry in later.entries for name in entry.why}:
                    break
                await asyncio.sleep(0.05)
    assert sum(map(len, judge.calls)) == 25
    assert all(len(call) <= MOST for call in judge.calls)


class Kind(Reading):
    """A judge as it is plugged in."""

    def __init__(self) -> None:
        super().__init__(by_number, name="kind")


class Versionless:
    name, duty, prior = "versionless", "Reads", 0.1

    async def judge(self, contents: Sequence[Content]) -> Sequence[float | Exception]:
        return [0.0] * len(contents)


class Verbose(Reading):
    def __init__(self) -> None:
        super().__init__(by_number, name="verbose", version="v" * 65)


class Namesake(Reading):
    def __init__(self) -> None:
        super().__init__(by_number, name="quality")


def test_judges_are_plugged_in_beside_the_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be used is left out, whatever is wrong with it; none takes the name of an agent of ours."""
    values = [f"{__name__}:{one.__name__}" for one in (Kind, Versionless, Verbose, Namesake)] + ["nowhere:Judge"]
    points = {JUDGES: [EntryPoint(f"p{number}", value, JUDGES) for number, value in enumerate(values)]}
    monkeypatch.setattr("bowerbird.feed.agents.agent.entry_points", lambda group: points.get(group, []))
    judges = [agent for agent in default_agents() if isinstance(agent, Judged)]
    assert [(judge.name, judge.duty, judge.prior) for judge in judges] == [("kind", "Reads every word", 0.06)]
    with pytest.raises(NotYet):  # a process that makes no slates has nothing read
        judges[0].score(a_view())
