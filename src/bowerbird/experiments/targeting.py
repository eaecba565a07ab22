"""
Whom an experiment is for: conditions on what is known of a person, all of which must hold.

    one_of     the attribute is one of the values            none_of    it is known, and is none of them
    at_least   a number that is not below the value          at_most    one that is not above it
    given      it is known, whatever it is                   missing    it is not

What is not known fulfils no condition but `missing`; what is of another type is unlike: the text "1" is not the number
1, and neither is true. So who is in does not depend on how a client writes things.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

__all__ = ["MOST_CONDITIONS", "Attributes", "Condition", "Value", "lets_in", "lets_in_all_of"]

Value = StrictBool | StrictInt | StrictFloat | StrictStr
Attributes = Mapping[str, object]
MOST_CONDITIONS: Final = 20
_COUNTS: Final = {"one_of": (1, 200), "none_of": (1, 200), "at_least": (1, 1), "at_most": (1, 1)}


class Condition(BaseModel):
    """What must be true of one attribute of a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attribute: Annotated[str, Field(min_length=1, max_length=100)]
    test: Literal["one_of", "none_of", "at_least", "at_most", "given", "missing"]
    values: tuple[Value, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        least, most = _COUNTS.get(self.test, (0, 0))
        if not least <= len(self.values) <= most:
            expected = "none" if not most else f"{least}" if least == most else f"{least} to {most}"
            raise ValueError(f"{self.test} has {len(self.values)} values; expected {expected}")
        if self.test in ("at_least", "at_most") and not _is_number(self.values[0]):
            raise ValueError(f"{self.test} has the value {self.values[0]!r}; expected a finite number")
        if any(isinstance(value, float) and not math.isfinite(value) for value in self.values):
            raise ValueError("a value is infinite or no number; expected finite ones")
        return self

    def holds(self, attributes: Attributes) -> bool:
        """Whether it is true of somebody of whom this is known; None is not known."""
        known = attributes.get(self.attribute)
        match self.test:
            case "given":
                return known is not None
            case "missing":
                return known is None
            case "one_of":
                return known is not None and _is_among(known, self.values)
            case "none_of":
                return known is not None and not _is_among(known, self.values)
            case "at_least":
                return _is_number(known) and known >= self.values[0]  # type: ignore[operator]  # both are numbers
            case "at_most":
                return _is_number(known) and known <= self.values[0]  # type: ignore[operator]

    def lets_in_all_of(self, other: "Condition") -> bool:
        """Whether it holds for everybody for whom the other does; False where that cannot be told."""
        if self.attribute != other.attribute or self.test != other.test:
            return False
        match self.test:
            case "one_of":
                return all(_is_among(value, self.values) for value in other.values)
            case "none_of":
                return all(_is_among(value, other.values) for value in self.values)
            case "at_least":
                return self.values[0] <= other.values[0]  # type: ignore[operator]
            case "at_most":
                return self.values[0] >= other.values[0]  # type: ignore[operator]
            case "given" | "missing":
                return True


def lets_in(conditions: Sequence[Condition], attributes: Attributes) -> bool:
    """Whether all of them hold."""
    return all(condition.holds(attributes) for condition in conditions)


def lets_in_all_of(new: Sequence[Condition], old: Sequence[Condition]) -> bool:
    """Whether the new conditions let in everybody whom the old ones let in; False where that cannot be told."""
    return all(any(one.lets_in_all_of(other) for other in old) for one in new)


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_among(known: object, values: Sequence[object]) -> bool:
    # In Python True is 1.
    return any(known == value and isinstance(known, bool) == isinstance(value, bool) for value in values)
