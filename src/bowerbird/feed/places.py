"""What of the feed can be put to the test: who nominates, what a person is taken to like, how a page lays it out."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bowerbird.experiments import Place, Variant
from bowerbird.feed.agents import FeedAgent
from bowerbird.feed.catalogue import DAY_S
from bowerbird.feed.variants import AGENTS, EMBEDDING, THOMPSON, USUAL

__all__ = [
    "ENR",
    "FIRST_FOUR",
    "ONE_COLUMN",
    "PAGE",
    "USUAL_PAGE",
    "WHY_FIRST",
    "half_life_of",
    "left_out_by",
    "places_of",
]

PAGE: Final = "feed.page"  # of the page alone: no slate depends on it
USUAL_PAGE: Final = "two-columns"
WHY_FIRST: Final = "why-first"
ONE_COLUMN: Final = "one-column"
ENR: Final = "enr"
FIRST_FOUR: Final = ("discovery", "quality", "archivist", "serendipity")
_FOUR: Final = "first-four"
_WITHOUT: Final = "without-"
# As experiments name variants: an agent whose name does not fit can be left out with others only.
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
_HALF_LIVES: Final[Mapping[str, float]] = MappingProxyType(
    {USUAL.embedding: 30 * DAY_S, "half-life-7-days": 7 * DAY_S, "no-decay": float("inf")}
)


def places_of(agents: Sequence[FeedAgent]) -> tuple[Place, ...]:
    """Those of a feed with these agents."""
    names = [agent.name for agent in agents]
    fewer = [Variant(variant, f"Without {left_out}.") for variant, left_out in _without(names).items()]
    if set(names) > set(FIRST_FOUR):
        fewer.append(Variant(_FOUR, f"Only {', '.join(FIRST_FOUR[:-1])} and {FIRST_FOUR[-1]}."))
    agents_place = Place(
        AGENTS,
        "Who of the agents nominates what is shown.",
        (Variant(USUAL.agents, f"All of them: {', '.join(names)}."), *fewer),
    )
    return (
        *([agents_place] if fewer else []),
        Place(
            PAGE,
            "How the page of the feed lays out what is in it, which is the same for all variants.",
            (
                Variant(USUAL_PAGE, "Two columns where there is room; why a card is there stands below what it says."),
                Variant(WHY_FIRST, "Why a card is there stands right below its title."),
                Variant(ONE_COLUMN, "One column, however wide the window is."),
            ),
        ),
        Place(
            THOMPSON,
            "How it is drawn whose nominee is shown, by what was welcome before.",
            (
                Variant(
                    USUAL.thompson, "By a Beta distribution for each agent, of this person's and then everybody's."
                ),
                Variant(
                    ENR,
                    "By a network that learns from people who are alike, and knows what it does not know; as usual"
                    " until there is enough to learn from.",
                ),
            ),
        ),
        Place(
            EMBEDDING,
            "What a person is taken to like: the mean of what they kept and opened, the older the less.",
            (
                Variant(USUAL.embedding, "What is 30 days old counts half."),
                Variant("half-life-7-days", "What is a week old counts half: a feed that follows quickly."),
                Variant("no-decay", "All that they did counts alike, however long ago."),
            ),
        ),
    )


def left_out_by(variant: str, names: Sequence[str]) -> tuple[str, ...]:
    """Who of the agents has no say by that variant of `feed.agents`; nobody by one that is not known any more."""
    if variant == _FOUR:
        return tuple(name for name in names if name not in FIRST_FOUR)
    left_out = _without(names).get(variant)
    return () if left_out is None else (left_out,)


def half_life_of(variant: str) -> float:
    """After how many seconds an act counts half, by that variant of `feed.embedding`."""
    return _HALF_LIVES.get(variant, _HALF_LIVES[USUAL.embedding])


def _without(names: Sequence[str]) -> dict[str, str]:
    """By variant, the agent that it leaves out."""
    if len(names) < 2:
        return {}
    found: dict[str, str] = {}
    for name in names:
        variant = f"{_WITHOUT}{name.lower()}"
        if _NAME.fullmatch(variant):
            found.setdefault(variant, name)
    return found
