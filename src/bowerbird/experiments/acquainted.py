"""
What is in memory of people who ask for their variants: their buckets, and the variants that they had in earlier phases.

Read once and kept, those of the most recent people; what was kept of somebody counts until it is forgotten that they
met anything (a stamp). While the records do not answer, what is in memory is what there is.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, TypeVar

import sqlalchemy as sa

from bowerbird.experiments.assign import Phase, UnitBuckets
from bowerbird.experiments.exposing import kept_of, meetings_of
from bowerbird.experiments.store import Experiment
from bowerbird.records import Records
from bowerbird.records.tables import persons

__all__ = ["People", "Running", "remember"]

KEPT: Final = 100_000  # variants of earlier phases

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Running:
    """An experiment that runs, and by what people are assigned in it."""

    experiment: Experiment
    phase: Phase

    @property
    def has_kept(self) -> bool:
        """Whether who had a variant in an earlier phase keeps it."""
        return self.phase.is_sticky and self.experiment.phase > 1


class People:
    """The `most` people who asked last; for the tasks of one event loop."""

    def __init__(self, records: Records, *, most: int) -> None:
        self._records = records
        self._most = most
        self._buckets: OrderedDict[str, UnitBuckets] = OrderedDict()
        self._kept: OrderedDict[tuple[str, int, str], tuple[int, str | None]] = OrderedDict()

    async def buckets(self, person: str) -> UnitBuckets | None:
        """None for somebody who is not known any more; raises Unavailable."""
        if (known := self._buckets.get(person)) is not None:
            return known
        wanted = sa.select(persons.c.external_id).where(persons.c.id == person)
        external_id = await self._records.aread(lambda conn: conn.execute(wanted).scalar_one_or_none())
        if external_id is None:
            return None
        buckets = UnitBuckets(external_id)
        remember(self._buckets, person, buckets, self._most)
        return buckets

    def known_buckets(self, person: str) -> UnitBuckets | None:
        """Those that are in memory."""
        return self._buckets.get(person)

    async def kept(self, one: Running, person: str) -> str | None:
        """The variant that they keep from an earlier phase; raises Unavailable."""
        if not one.has_kept:
            return None
        key = one.experiment.id, one.experiment.phase, person
        forgotten = self._forgotten(person)
        known = self._kept.get(key)
        if known is None or known[0] != forgotten:
            known = forgotten, await self._records.aread(lambda conn: kept_of(conn, one.experiment, person))
            remember(self._kept, key, known, KEPT)
        return known[1]

    def known_kept(self, one: Running, person: str) -> str | None:
        """That which is in memory."""
        known = self._kept.get((one.experiment.id, one.experiment.phase, person)) if one.has_kept else None
        return None if known is None or known[0] != self._forgotten(person) else known[1]

    def _forgotten(self, person: str) -> int:
        return self._records.stamps.look(meetings_of(person))


def remember(kept: OrderedDict[Key, Value], key: Key, value: Value, most: int) -> None:
    """Keep it, and forget what was kept longest."""
    kept[key] = value
    if len(kept) > most:
        kept.popitem(last=False)
