"""
Who makes slates: the port. In the process that asks (`local_maker`), or in one of its own that all web processes of a
machine share (`remote`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bowerbird.feed.only import Only
from bowerbird.feed.packed import Packed
from bowerbird.feed.slate import Replayed
from bowerbird.feed.variants import USUAL, Variants
from bowerbird.kernel.nouns import Scope

__all__ = ["Around", "Maker", "Shelf"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is for somebody to see."""

    items: int
    categories: tuple[str, ...] = ()  # those that most items have first
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """What is like an item."""

    similar: tuple[int, ...] = ()  # items, the nearest first
    liked: int | None = None  # what the person liked that it is most like


class Maker(Protocol):
    """Makes slates of the items of a workspace, and tells what is known of these."""

    @property
    def is_cut_off(self) -> bool:
        """Whether the records did not answer when the last slate was made."""
        ...

    async def slate(
        self, scope: Scope, *, length: int, only: Only, variants: Variants = USUAL, can_wait: bool = False
    ) -> Packed:
        """
        One that was made a moment ago by these variants and still holds, or one that is made now. There always is one.

        Those that can wait, because nobody does, are made one after the other.
        """
        ...

    async def shelf(self, scope: Scope, *, most: int) -> Shelf:
        """What they may see, with up to `most` values of each kind. Raises StoreUnavailable."""
        ...

    async def around(self, scope: Scope, item: int, *, most: int) -> Around:
        """What is like an item, of what they may see, `most` at most. Raises StoreUnavailable."""
        ...

    async def replay(self, scope: Scope, slate: str, *, without: Sequence[str] = ()) -> Replayed:
        """
        A slate of the person made again, as it was or as it would have been without some agents.

        Raises NotFound; Changed when that cannot be told any more; InputWrong for agents that had no say in it.
        """
        ...

    async def resting(self) -> tuple[str, ...]:
        """The agents that are left alone for now, because they failed."""
        ...

    async def warm(self) -> None:
        """Read what was asked for lately, so that nobody has to wait for it."""
        ...

    async def close(self) -> None:
        """Make no more."""
        ...
