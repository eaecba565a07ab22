"""Fields of JSON objects that somebody wrote: what is missing, of another kind or no number is told with its place."""

import difflib
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, Final, cast

from bowerbird.kernel.errors import InputWrong

__all__ = ["Fields", "listed", "seen"]

LARGEST: Final = 1e150  # whose square is still a number


class Fields:
    """The fields of one object, which `place` names in messages."""

    def __init__(self, place: str, given: object) -> None:
        if not isinstance(given, Mapping):
            raise InputWrong(f"{place} is {seen(given)}, expected an object", field=place)
        self.place = place
        self.given = cast(Mapping[str, Any], given)

    def refuse_others(self, known: Iterable[str]) -> None:
        """Raise InputWrong for a field that is not known: it would be passed over otherwise."""
        for name in self.given:
            if name not in known:
                close = difflib.get_close_matches(str(name), list(known), n=1)
                meant = f"did you mean {close[0]!r}? " if close else ""
                raise InputWrong(f"{self.place} has {name!r}, {meant}expected {listed(known)}", field=str(name))

    def renamed(self, also: Mapping[str, str]) -> "Fields":
        """The same by their proper names."""
        found: dict[str, Any] = {}
        for name, value in self.given.items():
            proper = also.get(name, name)
            if proper in found:
                raise InputWrong(f"{self.place} has {proper!r} twice, once as {name!r}; leave one out", field=name)
            found[proper] = value
        return Fields(self.place, found)

    def has(self, name: str) -> bool:
        """It is there, and not null."""
        return self.given.get(name) is not None

    def or_else(self, name: str, default: object) -> Any:
        """The value, or what null and nothing stand for."""
        return self.given[name] if self.has(name) else default

    def need(self, name: str) -> Any:
        """The value; raises InputWrong when it is not there."""
        if not self.has(name):
            raise InputWrong(f"{self.place} has no {name!r}; add it", field=name)
        return self.given[name]

    def number(
        self, name: str, default: float | None = None, *, above: float | None = None, below: float | None = None
    ) -> float:
        """A finite number strictly within the bounds."""
        value = self.need(name) if default is None else self.or_else(name, default)
        low = "" if above is None else f" above {above:g}"
        high = "" if below is None else f" below {below:g}"
        wanted = f"a number{low}{' and' if low and high else ''}{high}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputWrong(f"{name} of {self.place} is {seen(value)}, expected {wanted}", field=name)
        if not (isfinite(value) if isinstance(value, float) else True) or abs(value) > LARGEST:
            raise InputWrong(f"{name} of {self.place} is {seen(value)}, expected {wanted} that is finite", field=name)
        if (above is not None and not value > above) or (below is not None and not value < below):
            raise InputWrong(f"{name} of {self.place} is {seen(value)}, expected {wanted}", field=name)
        return float(value)

    def count(self, name: str) -> float:
        """A whole number from 0 on."""
        value = self.number(name)
        if value < 0 or value != int(value):
            raise InputWrong(f"{name} of {self.place} is {value:g}, expected a whole number from 0 on", field=name)
        return value

    def truth(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self.or_else(name, default)
        if not isinstance(value, bool):
            raise InputWrong(f"{name} is {seen(value)}, expected true or false", field=name)
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of these words."""
        value = self.need(name) if default is None else self.or_else(name, default)
        if not isinstance(value, str) or value not in choices:
            raise InputWrong(f"{name} is {seen(value)}, expected one of {listed(choices)}", field=name)
        return value


def seen(value: object) -> str:
    """A value as messages show it, however long it is."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def listed(names: Iterable[object]) -> str:
    """Some names, as messages show them."""
    return ", ".join(seen(name).strip("'") for name in names)
