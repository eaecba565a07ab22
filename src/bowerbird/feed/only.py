"""Which items a feed is limited to: those of a region, of a category, of at least some quality."""

from dataclasses import dataclass
from typing import Final

__all__ = ["EVERYTHING", "Only"]


@dataclass(frozen=True, slots=True)
class Only:
    """What an item must be; empty and 0: anything."""

    category: str = ""
    region: str = ""
    quality: float = 0.0  # at least, from 0 to 1

    def __str__(self) -> str:
        """As the records have it; empty for everything."""
        return "" if self.is_everything else "\x1f".join((self.category, self.region, f"{self.quality:g}"))

    @property
    def is_everything(self) -> bool:
        """Whether it leaves nothing out."""
        return not self.category and not self.region and self.quality <= 0


EVERYTHING: Final = Only()
