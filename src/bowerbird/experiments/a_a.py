"""
An A/A test that is always on: how often experiments without any difference would be called significant here.

Whoever did something in the last two weeks is drawn into two variants that are the same, a hundred times, by the
assignment that experiments go by; each draw is looked at once a day, by the statistics that experiments are judged by,
of what these people really did. Nobody is shown anything, and nothing is written: the log is read, when it is asked.

Of the draws at most `alpha` should be called different at any of their looks; the test for one look, beside it, shows
what looking every day would do.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.experiments.bucket import BUCKETS, bucket
from bowerbird.experiments.shares import DAY_S
from bowerbird.experiments.statistics import Moments, absolute, arm, fixed, sequential, srm
from bowerbird.kernel.clock import Clock
from bowerbird.ops.logs import logger
from bowerbird.records import Records
from bowerbird.records.tables import events, persons

__all__ = ["AlwaysOn", "KeptAlwaysOn", "Rates", "a_a"]

DAYS: Final = 14
DRAWS: Final = 100
MOST_PEOPLE: Final = 5_000
FEWEST_PEOPLE: Final = 200  # sequences are asymptotic: with fewer, nothing is to be learnt of them
ALPHA: Final = 0.05
KEPT_S: Final = 3_600.0
KINDS: Final = ("opened", "saved", "dwelt", "shown")

_log = logger("api")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rates:
    """Of a kind of event, counted by person: the share of draws that were called different at any look."""

    at_any_time: float
    for_one_look: float


@dataclass(frozen=True, slots=True)
class AlwaysOn:
    """What came of the draws; `rates` are empty, with a reason, where too few people did anything."""

    people: int
    draws: int
    looks: int
    alpha: float
    rates: Mapping[str, Rates]
    wrong_shares: float  # the share of draws whose shares were called wrong
    reason: str | None

    @property
    def ok(self) -> bool | None:
        """Whether no rate is above α by more than a hundred draws explain; None where there is none."""
        if not self.rates:
            return None
        most = self.alpha + 3 * float(np.sqrt(self.alpha * (1 - self.alpha) / self.draws))
        return max(one.at_any_time for one in self.rates.values()) <= most

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "people": self.people,
            "draws": self.draws,
            "looks": self.looks,
            "alpha": self.alpha,
            "ok": self.ok,
            "rates": {
                kind: {"at_any_time": one.at_any_time, "for_one_look": one.for_one_look}
                for kind, one in self.rates.items()
            },
            "wrong_shares": self.wrong_shares,
            "reason": self.reason,
        }


class KeptAlwaysOn:
    """What came of the draws of the last hour, for who cannot wait for seconds; for one event loop, which closes it."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._known: dict[str, tuple[float, AlwaysOn]] = {}
        self._making: dict[str, asyncio.Task[AlwaysOn]] = {}

    async def soon(self, workspace: str, *, wait_s: float) -> AlwaysOn | None:
        """
        The workspace's, as far as it is there within so many seconds: else what was known before, or None.

        What was begun goes on, and is there for who asks later. Raises Unavailable when the records cannot be read.
        """
        known = self._known.get(workspace)
        if known is not None and 0 <= self._clock.now_s() - known[0] < KEPT_S:
            return known[1]
        making = self._making.get(workspace)
        if making is None:
            making = self._making[workspace] = asyncio.create_task(self._make(workspace))
            making.add_done_callback(lambda made: self._is_made(workspace, made))
        await asyncio.wait({making}, timeout=wait_s)
        if not making.done():
            return None if known is None else known[1]
        return making.result()

    async def close(self) -> None:
        """Break off what is being made; may be called twice."""
        under_way = list(self._making.values())
        for making in under_way:
            making.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        self._making.clear()

    def _is_made(self, workspace: str, made: "asyncio.Task[AlwaysOn]") -> None:
        """Whoever comes from now on gets what is kept, or has it made anew: nobody what was made, or failed, once."""
        if self._making.get(workspace) is made:
            del self._making[workspace]
        if not made.cancelled() and (error := made.exception()) is not None:
            _log.warning("experiments.a_a_failed", workspace=workspace, error=str(error))

    async def _make(self, workspace: str) -> AlwaysOn:
        now_s = self._clock.now_s()
        found = await self._records.aread(lambda conn: a_a(conn, workspace, clock=self._clock))
        if found.reason is None:  # too few people are soon counted, and soon more
            self._known[workspace] = now_s, found
        return found


def a_a(conn: sa.Connection, workspace: str, *, clock: Clock) -> AlwaysOn:
    """Of the workspace's last two weeks and its 5,000 newest people; computes for seconds: not in the event loop."""
    since = clock.now_s() - DAYS * DAY_S
    people = _people(conn, workspace, since)
    if len(people) < FEWEST_PEOPLE:
        reason = f"{len(people)} people did something in the last {DAYS} days; expected {FEWEST_PEOPLE}"
        return AlwaysOn(len(people), 0, 0, ALPHA, {}, 0.0, reason)
    came, done = _done(conn, workspace, list(people), since)
    sides = np.array(
        [[bucket(f"a-a/{draw}", unit) < BUCKETS // 2 for unit in people.values()] for draw in range(DRAWS)], np.float64
    )
    rates = {kind: _rates(sides, came, counts) for kind, counts in done.items() if counts[:, -1].any()}
    wrong = [_is_wrong(float(treated), len(people)) for treated in sides.sum(1)]
    return AlwaysOn(len(people), DRAWS, DAYS, ALPHA, rates, sum(wrong) / DRAWS, None)


def _is_wrong(treated: float, people: int) -> bool:
    return not srm({"a": people - treated, "b": treated}, {"a": 1.0, "b": 1.0}).ok


def _people(conn: sa.Connection, workspace: str, since: float) -> dict[str, str]:
    """Row and external id of who did something."""
    return {row.id: row.external_id for row in conn.execute(_newest(workspace, since))}


def _newest(workspace: str, since: float) -> "sa.Select[str, str]":
    did = sa.exists().where(events.c.person == persons.c.id, events.c.at >= since)
    return (
        sa.select(persons.c.id, persons.c.external_id)
        .where(persons.c.workspace == workspace, did)
        .order_by(persons.c.id.desc())
        .limit(MOST_PEOPLE)
    )


def _done(conn: sa.Connection, workspace: str, people: list[str], since: float) -> tuple[Floats, dict[str, Floats]]:
    """By person and day: whether they had come by its end, and how often they had done each kind of thing by then."""
    number = {person: at for at, person in enumerate(people)}
    came = np.zeros((len(people), DAYS))
    done = {kind: np.zeros((len(people), DAYS)) for kind in KINDS}
    theirs = events.c.person.in_(sa.select(_newest(workspace, since).subquery().c.id))
    rows = conn.execute(sa.select(events.c.person, events.c.kind, events.c.at).where(theirs, events.c.at >= since))
    for row in rows:
        who = number.get(row.person)
        if who is not None:
            day = min(int((row.at - since) // DAY_S), DAYS - 1)
            came[who, day] = 1.0
            if row.kind in done:
                done[row.kind][who, day] += 1.0
    return np.maximum.accumulate(came, 1), {kind: np.cumsum(counts, 1) for kind, counts in done.items()}


def _rates(sides: Floats, came: Floats, counts: Floats) -> Rates:
    """Over all draws, (draws, looks) at once."""
    sums = [np.stack([sides @ each, (1 - sides) @ each]) for each in (came, counts, counts**2)]
    treated, control = (
        arm("mean", Moments.of_sums(sums[0][side], sums[1][side][..., None], sums[2][side][..., None, None]))
        for side in (0, 1)
    )
    effect = absolute(control, treated)
    with np.errstate(invalid="ignore"):  # of days on which nobody had come
        at_any_time = np.asarray(sequential(effect, alpha=ALPHA).p < ALPHA)
        for_one_look = np.asarray(fixed(effect, alpha=ALPHA).p < ALPHA)
    return Rates(float(at_any_time.any(1).mean()), float(for_one_look.any(1).mean()))
