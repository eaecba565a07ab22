"""By which keys processes learn that something of a feed has changed (`records/marks.py`, `ops/stamps.py`)."""

from typing import Final

__all__ = ["ITEMS_CHANGED", "choices_of", "counts_of", "did_by", "item_of"]

ITEMS_CHANGED: Final = "items"  # any of them; marked before the items themselves are


def item_of(item: int) -> str:
    """An item: what it says, or that it is there."""
    return f"item:{item}"


def choices_of(person: str) -> str:
    """What a person chose for their feed, that they asked for it afresh, and their being forgotten."""
    return f"choices:{person}"


def did_by(person: str) -> str:
    """What a person did that is significant."""
    return f"did:{person}"


def counts_of(workspace: str) -> str:
    """What was counted of items is to be counted anew, because somebody is to be forgotten."""
    return f"counts:{workspace}"
