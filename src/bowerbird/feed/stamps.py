"""By which keys processes learn that something of a feed has changed (`records/marks.py`, `ops/stamps.py`)."""

from collections.abc import Iterable
from typing import Final

from bowerbird.kernel.nouns import Scope
from bowerbird.ops.stamps import Stamps
from bowerbird.records import choices_of
from bowerbird.records.access import permission_of

__all__ = ["ITEMS_CHANGED", "choices_of", "counts_of", "did_by", "item_of", "item_slots", "scope_slots"]

ITEMS_CHANGED: Final = "items"  # any of them; marked before the items themselves are


def item_of(item: int) -> str:
    """An item: what it says, or that it is there."""
    return f"item:{item}"


def did_by(person: str) -> str:
    """What a person did that is significant."""
    return f"did:{person}"


def counts_of(workspace: str) -> str:
    """What was counted of items is to be counted anew, because somebody is to be forgotten."""
    return f"counts:{workspace}"


def scope_slots(stamps: Stamps, scope: Scope) -> list[int]:
    """Where it stands what a person chose and who may see what: every slate of theirs rests on these."""
    return [stamps.slot(choices_of(scope.person)), stamps.slot(permission_of(scope.workspace))]


def item_slots(stamps: Stamps, items: Iterable[int]) -> list[int]:
    """Where it stands whether these items have changed."""
    return [stamps.slot(item_of(item)) for item in items]
