"""
A slate as it is kept in memory and sent between processes: the bytes that programs get, and the little that only pages
need. Ten thousand slates of twenty entries are four hundred thousand objects that Python's collector would look through
again and again; as bytes they are ten thousand.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from bowerbird.feed.only import EVERYTHING, Only
from bowerbird.feed.slate import Entry, Level, Slate
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.cache import How

__all__ = ["Packed", "Served"]


@dataclass(frozen=True, slots=True)
class Packed:
    """What a slate says, as bytes."""

    id: str
    level: Level
    made_at: float
    items: tuple[int, ...]  # row ids, in their places
    told: bytes  # the JSON of its entries, as programs get it
    more: bytes  # the JSON of what else pages say of each: nominated_by, rewarded

    @classmethod
    def of(cls, slate: Slate) -> Self:
        """That of a slate."""
        return cls(
            id=slate.id,
            level=slate.level,
            made_at=slate.made_at,
            items=tuple(entry.item for entry in slate.entries),
            told=_json([entry.to_json() for entry in slate.entries]),
            more=_json([[entry.nominated_by, entry.rewarded] for entry in slate.entries]),
        )

    def entries(self) -> tuple[Entry, ...]:
        """The entries again, with numbers as programs get them: rounded, and shares that sum to the score."""
        told: list[dict[str, Any]] = json.loads(self.told)
        more: list[tuple[list[str], float]] = json.loads(self.more)
        return tuple(
            Entry(
                item=item,
                key=one["id"],
                title=one["title"],
                score=one["score"],
                why=one["why"],
                propensity=one["propensity"],
                nominated_by=tuple(nominated_by),
                explored=one["explored"],
                because=one["because"] or "",
                follow=one["follow"] or "",
                rewarded=rewarded,
            )
            for item, one, (nominated_by, rewarded) in zip(self.items, told, more, strict=True)
        )

    def body(self, age_s: float) -> bytes:
        """The JSON that programs get of it: `{"slate", "level", "age_ms", "items": [...]}`."""
        head = f'{{"slate":"{self.id}","level":"{self.level}","age_ms":{round(1000 * age_s)},"items":'
        return b"".join((head.encode(), self.told, b"}"))


@dataclass(frozen=True)
class Served:
    """A slate as it is given out."""

    packed: Packed
    scope: Scope
    age_s: float
    how: How
    length: int = 0  # places asked for
    only: Only = EVERYTHING

    @cached_property
    def slate(self) -> Slate:
        """The slate, with numbers as programs get them."""
        packed = self.packed
        return Slate(
            packed.id,
            self.scope,
            packed.made_at,
            packed.level,
            packed.entries(),
            length=self.length,
            only=self.only,
        )

    def body(self) -> bytes:
        """As programs get it, in JSON."""
        return self.packed.body(self.age_s)

    def to_json(self) -> dict[str, Any]:
        """As programs get it: `{"slate", "level", "age_ms", "items": [...]}`."""
        told: dict[str, Any] = json.loads(self.body())
        return told


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
