"""
By which variants a slate is made: what an experiment of the product's own may have changed for its person.

Slates made by different variants are never taken for one another: they are a part of the key by which a slate is kept,
of what is asked of another process, and of what is kept to make a slate again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final, Self

__all__ = ["AGENTS", "EMBEDDING", "FEED_PLACES", "THOMPSON", "USUAL", "Variants"]

AGENTS: Final = "feed.agents"
THOMPSON: Final = "feed.thompson"
EMBEDDING: Final = "feed.embedding"
FEED_PLACES: Final = (AGENTS, THOMPSON, EMBEDDING)  # all that a slate depends on


@dataclass(frozen=True)
class Variants:
    """One for each place of `FEED_PLACES`; each is usual unless it says otherwise (`feed/places.py`)."""

    agents: str = "all"
    thompson: str = "beta-bernoulli"
    embedding: str = "half-life-30-days"

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """Those that a person is given at the places; usual ones where nothing is given."""
        return cls(*(given.get(place, usual) for place, usual in zip(FEED_PLACES, asdict(USUAL).values(), strict=True)))

    @cached_property
    def unusual(self) -> dict[str, str]:
        """By place, those that are not usual."""
        usual = asdict(USUAL)
        return {f"feed.{name}": variant for name, variant in asdict(self).items() if variant != usual[name]}

    @cached_property
    def text(self) -> str:
        """By which they are told from others: no two have one text, and names of variants have no spaces."""
        return ",".join(f"{place}={variant}" for place, variant in self.unusual.items())

    @cached_property
    def stamp(self) -> tuple[int, ...]:
        """What stands for them among the stamps of a slate that is kept; nothing for usual ones."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return (int.from_bytes(digest[:6], "big"),) if self.unusual else ()


USUAL: Final = Variants()
