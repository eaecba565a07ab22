"""Which page of a paged document (a PDF) a place in its text stands on."""

from bisect import bisect_right
from collections.abc import Sequence

__all__ = ["page_number"]


def page_number(page_starts: Sequence[int] | None, offset: int) -> int | None:
    """The number of the page, from 1, that holds the character at `offset`; None for a text without pages."""
    return bisect_right(page_starts, offset) or 1 if page_starts else None
