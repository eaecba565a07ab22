"""Events as others write them: a JSON object each, read into `NewEvent` or refused in words."""

from collections.abc import Mapping
from typing import Any, Final

from bowerbird.feed.event import NewEvent
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.reading.dates import to_iso, to_timestamp

__all__ = ["read_event"]

MAX_MORE: Final = 20  # fields that are not ours, kept beside them
OURS: Final = frozenset({"id", "person", "item", "kind", "at", "slate", "value", "details"})
WANTED: Final = 'expected {"person": …, "item": …, "kind": …, "at": …}'


def read_event(row: object, *, sender: Scope | None = None) -> NewEvent:
    """
    The event that a JSON value tells of; `sender` is who sends it. Raises InputWrong.

    `at` is seconds since 1970 or a date such as 2026-03-01T09:30:00Z; without it, it is now.
    """
    if not isinstance(row, Mapping):
        raise InputWrong(f"a JSON {type(row).__name__}; {WANTED}")
    values: Mapping[str, Any] = row
    item, kind = _text(values, "item"), _text(values, "kind")
    if not item or not kind:
        raise InputWrong(f"no {'kind' if item else 'item'}; {WANTED}")
    return NewEvent(
        item=item,
        kind=kind,
        at=_moment(values.get("at")),
        person=_text(values, "person"),
        id=_text(values, "id"),
        value=_number(values, "value"),
        slate=_text(values, "slate"),
        details=_details(values),
        sender=sender,
    )


def _text(values: Mapping[str, Any], name: str) -> str | None:
    """Text, or a whole number, which many systems have for ids."""
    value = values.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 2**64 else None
    if value is not None and not isinstance(value, str):
        raise InputWrong(f"{name} is {str(value)[:40]!r}: expected text")
    return value


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputWrong(f"{name} is {str(value)[:40]!r}: expected a number")
    try:
        return float(value)
    except OverflowError:
        raise InputWrong(f"{name} is a number of {len(str(value)):,} digits: expected one that fits") from None


def _moment(value: object) -> float | None:
    if isinstance(value, str):
        at_s = to_timestamp(to_iso(value))
        if at_s is None:
            raise InputWrong(
                f"at is {value[:40]!r}: expected seconds since 1970, or a date before 2100 such as 2026-03-01T09:30:00Z"
            )
        return at_s
    return _number({"at": value}, "at")


def _details(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What else was said: a `details` object, and fields that are not ours."""
    details = values.get("details")
    if details is not None and not isinstance(details, Mapping):
        raise InputWrong(f"details is {str(details)[:40]!r}: expected an object")
    more = {str(name): value for name, value in values.items() if name not in OURS and value is not None}
    if len(more) > MAX_MORE:
        raise InputWrong(f"{len(more)} fields that no event has: expected at most {MAX_MORE}; leave some out")
    return {**(details or {}), **more}
