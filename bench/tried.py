"""An experiment with people in it, by the API: for pictures of its pages and for journeys through them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bench.served import Server

__all__ = ["PLAN", "meet", "plan_and_start", "tell"]

PLAN: Final[Mapping[str, Any]] = {
    "hypothesis": "Newest first makes more people save something, because what they come back for is new.",
    "metric": "saved",
    "direction": "higher",
    "mde": 0.1,
    "n_star": 600,
    "stop": "After four weeks, or when it is sure after one.",
    "metrics": [{"name": "saved", "kinds": ["saved"]}, {"name": "hidden", "kinds": ["hidden"]}],
    "guardrails": [{"metric": "hidden", "margin": 0.5, "better": "lower"}],
}
EVENTS_AT_ONCE: Final = 400


def plan_and_start(server: Server, name: str, plan: Mapping[str, Any] = PLAN) -> None:
    """An experiment of two variants that runs."""
    rules = {"variants": [{"name": "best-first"}, {"name": "newest-first"}]}
    server.api("/v1/experiments", {"name": name, "plan": dict(plan), "rules": rules})
    server.api(f"/v1/experiments/{name}/start", {})


def meet(server: Server, name: str, people: int, *, first: int = 0) -> dict[str, str]:
    """The variants of so many people who meet it, by who they are."""
    who = [f"reader-{number}" for number in range(first, first + people)]
    path = f"/v1/experiments/{name}/exposures?user="
    return {person: str(server.api(path + person, {})["variant"]) for person in who}


def tell(server: Server, item: str, variants: Mapping[str, str], does: Callable[[str, int], list[str]]) -> None:
    """What each of them does with the item then: `does` says it by variant and number."""
    told = [
        {"item": item, "kind": kind, "person": person}
        for number, (person, variant) in enumerate(variants.items())
        for kind in does(variant, number)
    ]
    for start in range(0, len(told), EVENTS_AT_ONCE):
        kept = server.api("/v1/events", told[start : start + EVENTS_AT_ONCE])
        assert not kept["refused"], kept
