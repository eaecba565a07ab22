"""
Places: where the product itself can be put to the test, and what it can do there.

Whoever knows a part of the product declares its places (`feed/places.py`, `answer/places.py`), and `wiring` puts them
together. Nothing here knows what a feed is: a place is a name, what is tried there, and variants with what each does.
The first is what the product does while nobody has tried anything.

An experiment that names a place is about what the product does there: its variants are some of the place's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bowerbird.experiments.plan import Rules
from bowerbird.kernel.errors import InputWrong

__all__ = ["NOWHERE", "Place", "Places", "Variant"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the things that the product can do at a place."""

    name: str
    does: str  # in a sentence


@dataclass(frozen=True, slots=True)
class Place:
    """A choice in the product that can be left to an experiment."""

    name: str
    tries: str  # what is tried there, in a sentence
    variants: tuple[Variant, ...]  # two at least; the first is what it does now

    @property
    def usual(self) -> str:
        """What the product does there by itself."""
        return self.variants[0].name

    def has(self, variant: str) -> bool:
        """Whether it can do that."""
        return any(one.name == variant for one in self.variants)

    def to_json(self) -> dict[str, Any]:
        """As programs get it."""
        variants = [{"name": one.name, "does": one.does} for one in self.variants]
        return {"place": self.name, "tries": self.tries, "variants": variants}


class Places:
    """All of them, by name."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        """Raises ValueError for a name that is there twice, and for a place with nothing to choose."""
        self._by_name: dict[str, Place] = {}
        for place in places:
            names = [one.name for one in place.variants]
            if place.name in self._by_name or len(set(names)) != len(names) or len(names) < 2:
                raise ValueError(f"{place.name}: a place is declared once, with two different variants at least")
            self._by_name[place.name] = place

    def __iter__(self) -> Iterator[Place]:
        """In the order in which they were declared."""
        return iter(self._by_name.values())

    def get(self, name: str) -> Place | None:
        """That of this name; None where it is not declared, as without the agents that it is about."""
        return self._by_name.get(name)

    def can(self, name: str, variant: str) -> bool:
        """Whether that can be done at that place: a plug-in may be gone since it was planned."""
        place = self._by_name.get(name)
        return place is not None and place.has(variant)

    def ensure_fits(self, rules: Rules) -> None:
        """Raise InputWrong when the rules name a place that there is not, or what cannot be tried there."""
        if rules.place is None:
            return
        place = self._by_name.get(rules.place)
        if place is None:
            there = f"expected one of {', '.join(self._by_name)}" if self._by_name else "there is none here"
            raise InputWrong(
                f"the product has no place {rules.place!r}; {there}. `bowerbird experiments places` says what each"
                " tries; leave the place out to give variants by yourself",
                field="rules.place",
            )
        for name, _ in rules.weights:
            if not place.has(name):
                raise InputWrong(
                    f"{name!r} is no variant at {place.name}; expected some of"
                    f" {', '.join(one.name for one in place.variants)}",
                    field="rules.variants",
                )
        if rules.conditions:
            raise InputWrong(
                f"there are conditions, and at {place.name} the product knows nothing of people that these could be"
                " about, so nobody would be in; expected none. To let fewer people in, lower the traffic",
                field="rules.conditions",
            )


NOWHERE: Final = Places()
