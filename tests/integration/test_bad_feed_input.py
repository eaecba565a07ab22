"""
Bad input of the feed, against a server that runs and the command line: a right answer each time, or a clear error.

The server has agents plugged in that raise, hang, lie and cannot be made, from a package of the test's own. Each line
of what was asked for has a test here, and beside it those that say more:

    unknown people and items         `unknown_people`; tests/unit/web/test_events.py, tests/unit/feed/test_events.py
    duplicates, replays of events    `events_again`; tests/property/test_feed_events.py, tests/crash/test_events.py
    events from the future           `events_of_the_future`; tests/unit/feed/test_events.py
    10 MB items                      `ten_megabytes`; tests/unit/web/test_items.py
    NaN embeddings                   `embeddings_that_are_none`; tests/unit/feed/test_catalogue.py, test_items.py
    an empty catalogue               `an_empty_catalogue`; tests/unit/web/test_feed_api.py
    everything already seen          `who_has_seen_everything`; tests/unit/feed/test_candidates.py
    everything hidden                the same; tests/unit/web/test_feed_pages.py
    n = 0 or 10⁹                     `a_length_that_cannot_be`; tests/unit/web/test_feed_api.py
    an agent that raises, hangs, returns NaN or the wrong length
                                     `bad_agents`; tests/unit/feed/test_panel.py, test_failing_agents.py; one that has
                                     contents read for it: tests/unit/feed/test_judging.py
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.site import Site, served

pytestmark = pytest.mark.timeout(300)

BAD = ("raises", "hangs", "nan", "longer", "writes")
BROKEN = ("nameless", "exits")
CODE = """
import time
import numpy as np

class Agent:
    duty, prior = "Does not", 0.1
    @property
    def name(self): return type(self).__name__.lower()
class Raises(Agent):
    def score(self, view): raise RuntimeError("boom")
class Hangs(Agent):
    def score(self, view): time.sleep(600)
class Nan(Agent):
    def score(self, view): return np.full(len(view), np.nan)
class Longer(Agent):
    def score(self, view): return np.zeros(len(view) + 3)
class Writes(Agent):
    def score(self, view):
        view.quality[:] = 0
        return view.quality
class Nameless: pass
class Exits:
    def __init__(self): raise SystemExit(3)
"""


@dataclass(frozen=True, slots=True)
class Feed(Site):
    """A server with fourteen items."""

    def feed(self, query: str = "fresh=1") -> Any:
        """A feed that there must be."""
        status, told = self.asks(f"/v1/feed?{query}")
        assert status == 200, told
        return told

    def tells(self, *events: dict[str, Any]) -> Any:
        """What became of events."""
        status, told = self.asks("/v1/events", list(events))
        assert status == 200, told
        return told

    def brings(self, items: object) -> list[dict[str, Any]]:
        """What became of each row of an import of items."""
        status, job = self.asks("/v1/items", items)
        assert status == 202, job
        until = time.monotonic() + 60
        while self.asks(f"/v1/jobs/{job['job']}")[1]["status"] in ("queued", "running"):
            assert time.monotonic() < until, "the import does not end"
            time.sleep(0.1)
        found: list[dict[str, Any]] = self.asks(f"/v1/jobs/{job['job']}/urls")[1]["urls"]
        return found


def plugged(folder: Path) -> str:
    """A path on which a package of bad agents is installed."""
    about = folder / "bad_agents-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bad-agents\nVersion: 1.0\n")
    points = [f"{name} = bad_agents:{name.title()}" for name in (*BAD, *BROKEN)]
    (about / "entry_points.txt").write_text("\n".join(["[bowerbird.feed_agents]", *points, ""]))
    (folder / "bad_agents.py").write_text(CODE)
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


@contextmanager
def feeding(data: Path, environment: dict[str, str]) -> Iterator[Feed]:
    """A server over `data`, as the feed's tests ask it."""
    with served(data, environment) as site:
        yield Feed(site.server, site.data, site.environment)


def notes(count: int) -> list[dict[str, str]]:
    text = "The bowerbird gathers blue things and arranges them before its bower, number {} among them."
    return [{"id": f"m{number}", "title": f"Note {number}", "text": text.format(number)} for number in range(count)]


@pytest.fixture(scope="module")
def empty(data: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feed]:
    """Nothing is there yet; tests that need something bring it (`site`)."""
    plugs = plugged(tmp_path_factory.mktemp("plugs"))
    with feeding(data, environment | {"PYTHONPATH": plugs}) as one:
        yield one


def test_an_empty_catalogue_is_an_empty_feed(empty: Feed) -> None:
    """An empty catalogue: by HTTP and by the command, which says what to do; it is no error."""
    assert empty.feed()["items"] == []
    assert empty.asks("/v1/items") == (200, {"items": [], "next": None})
    done = empty.runs("feed", "anna")
    assert (done.code, done.out.partition(".")[0]) == (0, "Nothing to show")
    assert "bowerbird crawl" in done.out


@pytest.fixture(scope="module")
def site(empty: Feed) -> Feed:
    """Fourteen items."""
    kept = empty.brings(notes(14))
    assert {row["state"] for row in kept} == {"kept"}
    return empty


def test_bad_agents_take_nothing_from_the_others(site: Feed) -> None:
    """
    A plug-in that raises, hangs, returns NaN or the wrong length: the level is `agents`, by those that answered; each
    that failed is told with what it did, and left alone.
    """
    ours = {"discovery", "quality", "archivist", "serendipity", "forecaster", "freshness"}
    took_s = []
    for _ in range(5):
        began_s = time.monotonic()
        told = site.feed("fresh=1&n=3")
        took_s.append(time.monotonic() - began_s)
        assert told["level"] == "agents"
        assert all(item["why"].keys() == ours for item in told["items"])
        assert all(item["why"]["quality"] > 0 for item in told["items"]), "an agent wrote into what others see"
    assert max(took_s[3:]) < 2.0, "one that hangs is paid for once"
    log = site.server.log.read_text()
    for agent, says in (
        ("raises", "RuntimeError: boom"),
        ("hangs", "late: it said nothing within 150 ms"),
        ("nan", "14 of 14 are no finite numbers"),
        ("longer", "shape (17,), expected (14,)"),
        ("writes", "read-only"),
        ("nameless", "Nameless has no `name`"),
        ("exits", "SystemExit"),
    ):
        line = next((line for line in log.splitlines() if f"agent={agent} " in line), "")
        assert says in line or says in log, (agent, line)
    done = site.runs("feed", "anna", "-n", "3", "--json")
    assert (done.code, len(done.json["items"]), done.json["level"]) == (0, 3, "agents")


def test_unknown_people_are_met_and_unknown_items_refused(site: Feed) -> None:
    """
    Unknown people and items: who is first named has a feed of what there is; that an item is not there is said, with
    where to look.
    """
    assert len(site.feed("user=nobody-yet&n=5")["items"]) == 5
    assert site.runs("feed", "newcomer", "-n", "2", "--json").json["level"] == "agents"
    assert site.runs("feed", "").code == 2
    assert site.asks("/v1/feed?user=")[0] == 422

    status, problem = site.asks("/v1/items/nothing")
    assert (status, problem["detail"]) == (404, "no item 'nothing'; GET /v1/items lists those that are there")
    told = site.tells({"item": "nothing", "kind": "opened"}, {"item": "m1", "kind": "opened", "person": "zed"})
    assert (told["kept"], told["refused"][0]["index"]) == (1, 0)
    assert "no item 'nothing'" in told["refused"][0]["reason"]
    assert "no slate 'none'" in site.asks("/v1/feed/slates/none")[1]["detail"]
    done = site.runs("feed", "zed", "--replay", "none")
    assert (done.code, "no slate 'none'" in done.err) == (2, True)


def test_events_again_are_known(site: Feed) -> None:
    """Duplicates and replays of events: twice in one request, in another request, by the command: kept once."""
    event = {"id": "e1", "person": "dora", "item": "m1", "kind": "opened", "at": 1.7e9}
    assert site.tells(event, event) == {"kept": 1, "known": 1, "refused": []}
    assert site.tells(event) == {"kept": 0, "known": 1, "refused": []}
    file = site.data / "again.jsonl"
    file.write_text(json.dumps(event) + "\n")
    assert site.runs("events", "import", str(file)).out == "0 kept, 1 known, 0 refused\n"


def test_events_of_the_future_are_refused(site: Feed) -> None:
    """
    Events from the future, but for a clock that is a little fast; what was seen and what is expected is said, also of
    milliseconds.
    """
    event: dict[str, Any] = {"person": "emil", "item": "m1", "kind": "opened"}
    now_s = time.time()
    told = site.tells(*(event | {"at": at} for at in (now_s + 60, now_s + 86_400, 1000 * now_s, "9999-01-01", 5)))
    assert told["kept"] == 1
    reasons = [one["reason"] for one in told["refused"]]
    assert ["in the future" in one or "before" in one for one in reasons] == [True] * 4
    assert "at most 300 ahead; set the clock" in reasons[0]
    assert "no milliseconds" in reasons[1]
    assert "a date before 2100" in reasons[2]
    assert "before the year 2000" in reasons[3]


def test_ten_megabytes_are_refused_and_the_rest_comes_in(site: Feed, tmp_path: Path) -> None:
    """10 MB items: a row of an import, with its line, size and limit, by HTTP and by command; an event's details."""
    large = {"id": "large", "title": "Large", "text": "The bowerbird gathers blue things. " * 300_000}
    rows = site.brings([large, notes(1)[0]])
    assert [(row["state"], row["reason"]) for row in rows] in (
        [("skipped", "too large"), ("unchanged", None)],
        [("skipped", "too large"), ("kept", None)],
    )
    assert "a line of 10," in rows[0]["detail"]
    assert "expected at most 1,000,000: divide or shorten it" in rows[0]["detail"]
    file = tmp_path / "large.jsonl"
    file.write_text(json.dumps(large) + "\n")
    done = site.runs("items", "import", str(file))
    assert (done.code, "large.jsonl, line 1: too large: a line of" in done.err) == (0, True)
    told = site.tells({"item": "m1", "kind": "opened", "note": "x" * 10_000_000})
    assert "more than 2,000 characters" in told["refused"][0]["reason"]


def test_embeddings_that_are_none_are_refused(site: Feed) -> None:
    """NaN embeddings, infinite ones, of another length, zeros, words: each row by itself, with what is expected."""
    vectors = ("NaN", "1e999", "0", '"a"')
    rows = [f'{{"id":"v{at}","text":"Blue.","embedding":[{",".join([one] * 384)}]}}' for at, one in enumerate(vectors)]
    rows.append('{"id":"v9","text":"Blue.","embedding":[1,2,3]}')
    found = site.brings(f"[{','.join(rows)}]".encode())
    assert [row["reason"] for row in found] == ["invalid"] * 5
    assert ["number" in row["detail"] for row in found] == [True] * 5
    assert site.asks("/v1/items/v0")[0] == 404
    assert site.feed()["level"] == "agents"


@pytest.mark.parametrize("n", [0, -1, 10**9])
def test_a_length_that_cannot_be_is_refused(site: Feed, n: int) -> None:
    """A feed of n = 0 or 10⁹: by HTTP with what was seen; by the command as a wrong one."""
    status, problem = site.asks(f"/v1/feed?n={n}")
    assert (status, problem["field"]) == (422, "n")
    assert str(n) in problem["detail"]
    done = site.runs("feed", "anna", "-n", str(n))
    assert (done.code, "Invalid value" in done.err) == (2, True)


def test_who_has_seen_everything_sees_it_again_and_who_hid_it_does_not(site: Feed) -> None:
    """
    Everything already seen: a feed that has nothing new is of what there is. Everything hidden: it never comes back,
    and that is said.
    """
    there = [item["id"] for item in site.asks("/v1/items?limit=100")[1]["items"]]
    site.tells(*({"item": one, "kind": "opened", "person": "reader"} for one in there))
    site.tells(*({"item": one, "kind": "hidden", "person": "hider"} for one in there))
    assert len(site.feed("user=reader&n=100&fresh=1")["items"]) == len(there)
    hidden = site.feed("user=hider&fresh=1")
    assert (hidden["level"], hidden["items"]) == ("agents", [])
    done = site.runs("feed", "hider")
    assert (done.code, "they have hidden" in done.out) == (0, True)


@pytest.mark.on("sqlite")
def test_without_its_index_and_without_its_records_there_is_a_slate(tmp_path: Path) -> None:
    """
    Its folders go under a running server: the level is named, for who comes with a key and for the local operator.

    A person who is not known to the process cannot be looked up, and is told to come back.
    """
    data = tmp_path / "data"
    with feeding(data, {}) as site:
        site.brings(notes(6))
        made = site.runs("keys", "add", "feeds", "--role", "operator", "--json")
        assert made.code == 0, made.err
        key = {"authorization": f"Bearer {made.json['secret']}"}
        assert site.feed("n=3")["level"] == "agents"
        assert site.asks("/v1/feed?user=anna&n=3", **key)[1]["level"] == "agents"

        shutil.rmtree(data / "index")
        assert site.feed("n=3&fresh=1")["level"] == "agents"

        for name in ("bowerbird.db", "bowerbird.db-wal"):  # not the map of it: who truncates that ends its readers
            os.truncate(data / name, 0)
        assert site.feed("n=3&fresh=1")["level"] == "trending"
        time.sleep(0.1)
        assert len(site.feed("n=4")["items"]) == 4
        assert site.asks("/v1/feed?user=anna&n=3", **key)[1]["level"] in ("agents", "trending")
        status, problem = site.asks("/v1/feed?user=nobody&n=3", **key)
        assert (status, problem["retry_after_s"] > 0) == (503, True)
        assert "records did not answer" in site.asks("/v1/events", {"item": "m1", "kind": "opened"})[1]["detail"]
