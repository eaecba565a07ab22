"""The product's own experiments over HTTP, on a server of two web processes and one that makes feeds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.served import Server, serving
from bowerbird.kernel.clock import ManualClock
from bowerbird.settings import load_settings
from bowerbird.testing.builders import Library
from bowerbird.wiring import opened_records
from tests.feeding import furnish
from tests.waiting import until

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("records_in_environment")]
PEOPLE = tuple(f"p{number}" for number in range(10))
TIMES = 6  # so often that both processes are asked for everybody
WITHOUT = "without-serendipity"
PLAN = {
    "hypothesis": "Nobody misses surprises.",
    "metric": "saved",
    "metrics": [{"name": "saved", "kinds": ["saved"]}],
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Over eight items."""
    data = tmp_path / "data"
    with opened_records(load_settings(data_dir=data)) as records:
        furnish(Library(records, ManualClock()), 8)
    with serving(data, allow="127.0.0.1", environment={"BOWERBIRD_PROCESSES": "2"}) as served:
        yield served


def call(server: Server, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """What the API answers, on a connection of its own."""
    answer = httpx.request(method, f"{server.url}/v1/{path}", json=body, headers=headers, timeout=60)
    assert answer.status_code < 300, answer.text
    return answer.json()


def surprised(server: Server, key: str) -> dict[str, bool]:
    """Of everybody whether the agent has a say in their slate, which every process tells alike."""
    found: dict[str, bool] = {}
    for person in PEOPLE:
        slates = [call(server, "GET", f"feed?user={person}&n=5", authorization=key) for _ in range(TIMES)]
        told = {("serendipity" in item["why"]) for slate in slates for item in slate["items"]}
        assert len(told) == 1, person
        found[person] = told.pop()
    return found


def test_what_is_tried_is_so_in_every_process_at_once(server: Server) -> None:
    """From the start to the stop, and from the shipping to the undoing; people are recorded once."""
    secret = call(server, "POST", "keys", {"name": "test", "role": "operator"})["secret"]
    key = f"Bearer {secret}"
    assert all(surprised(server, key).values())

    rules = {"variants": [{"name": "all"}, {"name": WITHOUT}], "place": "feed.agents"}
    call(server, "POST", "experiments", {"name": "surprise", "plan": PLAN, "rules": rules}, authorization=key)
    call(server, "POST", "experiments/surprise/start", authorization=key)
    during = surprised(server, key)
    assert set(during.values()) == {True, False}

    def came() -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]]
        found = call(server, "GET", "experiments/surprise/results", authorization=key)["exposures"]
        return found

    def all_came() -> bool:  # whoever could not be recorded in time is when they come again
        assert surprised(server, key) == during
        return sum(one["people"] for one in came().values()) == len(PEOPLE)

    until(all_came)
    assert {variant: one["people"] for variant, one in came().items()} == {
        "all": sum(during.values()),
        WITHOUT: len(PEOPLE) - sum(during.values()),
    }
    assert sum(one["multiple"] for one in came().values()) == 0

    call(server, "POST", "experiments/surprise/stop", authorization=key)
    assert all(surprised(server, key).values())
    shipped = {"decision": "ship", "variant": WITHOUT, "reasons": "Nobody missed it."}
    call(server, "POST", "experiments/surprise/decide", shipped, authorization=key)
    assert not any(surprised(server, key).values())
    undone = {"decision": "roll back", "reasons": "Somebody did."}
    call(server, "POST", "experiments/surprise/decide", undone, authorization=key)
    assert all(surprised(server, key).values())
