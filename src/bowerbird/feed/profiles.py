"""What is known of people (`profile`), kept for a quarter of an hour or until they do or choose something."""

from dataclasses import replace
from typing import Final

from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.stamps import choices_of, did_by
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.cache import Tier
from bowerbird.records import Records

__all__ = ["Profiles"]

PERSON_S: Final = 15 * 60.0
PEOPLE: Final = 50_000


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

        slots = [self._stamps.slot(key) for key in (choices_of(scope.person), did_by(scope.person))]
        found = await self._tier.get((scope.workspace, scope.person), read, stamps=slots)
        return replace(found.value, scope=scope)

    def peek(self, scope: Scope) -> Profile | None:
        """What is here, unchanged and in time."""
        found = self._tier.peek((scope.workspace, scope.person))
        return None if found is None else found.value

    async def close(self) -> None:
        """Keep nothing any more."""
        await self._tier.close()
