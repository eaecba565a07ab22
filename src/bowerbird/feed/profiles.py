"""What is known of people (`profile`), kept for a quarter of an hour or until they do or choose something."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa

from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.stamps import choices_of, did_by
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.cache import Tier
from bowerbird.records import Records

__all__ = ["Profiles", "Reading"]

PERSON_S: Final = 15 * 60.0
PEOPLE: Final = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """That a thread is to read a profile, unless it is known."""

    scope: Scope
    clock: Clock
    known: Profile | None
    slots: Sequence[int]
    seen: Sequence[int]

    def by(self, conn: sa.Connection) -> Profile:
        """The profile, read with that connection unless it is known."""
        return self.known or read_profile(conn, self.scope, clock=self.clock)


class Profiles:
    """Those of this process; for the tasks of one event loop."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._stamps = records.stamps
        self._clock = clock
        self._tier = Tier[tuple[str, str], Profile]("person", records.stamps, clock, lifetime_s=PERSON_S, most=PEOPLE)

    async def of(self, scope: Scope) -> Profile:
        """That of a person; raises StoreUnavailable."""

        async def read() -> Profile:
            return await self._records.aread(lambda conn: read_profile(conn, scope, clock=self._clock))

        found = await self._tier.get((scope.workspace, scope.person), read, stamps=self._slots(scope))
        return replace(found.value, scope=scope)

    def reading(self, scope: Scope) -> "Reading":
        """For a thread that reads the records anyway: `Reading.by` there, `keep` here with what it gave."""
        known, slots = self.peek(scope), self._slots(scope)
        seen = () if known is not None else tuple(map(self._stamps.look_at, slots))
        return Reading(scope, self._clock, None if known is None else replace(known, scope=scope), slots, seen)

    def keep(self, reading: "Reading", profile: Profile) -> None:
        """Keep what was read, if it was not known and is still so."""
        if reading.known is None:
            scope = reading.scope
            self._tier.put((scope.workspace, scope.person), profile, stamps=reading.slots, seen=reading.seen)

    def peek(self, scope: Scope) -> Profile | None:
        """What is here, unchanged and in time."""
        found = self._tier.peek((scope.workspace, scope.person))
        return None if found is None else found.value

    def _slots(self, scope: Scope) -> Sequence[int]:
        return [self._stamps.slot(key) for key in (choices_of(scope.person), did_by(scope.person))]

    async def close(self) -> None:
        """Keep nothing any more."""
        await self._tier.close()
