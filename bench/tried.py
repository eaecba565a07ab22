"""An experiment with people in it, by the API: for pictures of its pages and for journeys through them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bench.served import Server
from bowerbird.experiments import bucket

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


def meet(
    server: Server,
    name: str,
    people: int,
    *,
    first: int = 0,
    known: Callable[[int], Mapping[str, Any]] = lambda _: {},
    loses: Callable[[str, int], bool] = lambda _variant, _number: False,
) -> dict[str, str]:
    """
    The variants of so many people who meet it, by who they are.

    `known` says what is known of each by number; `loses` whom a fault loses on the way, by variant and number.
    """
    path, assigned = f"/v1/experiments/{name}", {}
    phase = server.api(path)["assignment"]
    for number in range(first, first + people):
        person = f"reader-{number}"
        at = bucket(phase["variant_salt"], person)
        if not loses(next(str(arm["name"]) for arm in phase["arms"] if at < int(arm["end"])), number):
            met = server.api(f"{path}/exposures?user={person}", {"attributes": dict(known(number))})
            assigned[person] = str(met["variant"])
    return assigned


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
