"""
What was tried with a person and what came of it: events as a forecast learns from them and is asked by them.

    shown in a place     a try; won when a reward names the same place (slate and item), or the item without any slate
    a reward alone       they found it by themselves, as by searching: a try that was won
    hidden, disliked     lost, whatever came before

What stands below the last thing that somebody did on a page may not have been looked at: it tells less with each place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.feed.event import REWARDS, is_reward

__all__ = ["NO_TRIES", "Tries", "tries_of"]

# An opening may be an accident; these are none.
SURE: Final = REWARDS - {"opened"}
UNWANTED: Final = frozenset({"hidden", "disliked"})
LOOKED_ON: Final = 0.8  # of a page, from one place to the next
UNKNOWN_PLACE: Final = 0.6
LEAST_WEIGHT: Final = 0.1  # below, a try is not worth its time


@dataclass(frozen=True, slots=True)
class Tries:
    """Of one person, the newest first."""

    items: NDArray[np.int64]  # (n,)
    at: NDArray[np.float64]  # (n,) seconds since 1970
    weight: NDArray[np.float64]  # (n,) how likely they looked at it
    won: NDArray[np.bool_]  # (n,)
    sure: NDArray[np.bool_]  # (n,) more than an opening tells it
    found: NDArray[np.bool_]  # (n,) by themselves
    before: NDArray[np.float64]  # (n,) how often it was shown to them before

    def __len__(self) -> int:
        """How many."""
        return len(self.items)

    def until(self, moment_s: float) -> "Tries":
        """Those of before that moment."""
        some = self.at < moment_s
        return Tries(*(getattr(self, field.name)[some] for field in fields(self)))


def _tries(rows: Sequence[tuple[int, float, float, bool, bool, bool, int]]) -> Tries:
    return Tries(
        items=np.array([row[0] for row in rows], np.int64),
        at=np.array([row[1] for row in rows], np.float64),
        weight=np.array([row[2] for row in rows], np.float64),
        won=np.array([row[3] for row in rows], np.bool_),
        sure=np.array([row[4] for row in rows], np.bool_),
        found=np.array([row[5] for row in rows], np.bool_),
        before=np.array([row[6] for row in rows], np.float64),
    )


NO_TRIES: Final = _tries([])


def tries_of(events: Sequence[Any]) -> Tries:
    """Of the events of one person (rows with item, kind, at, value, slate and position, in any order)."""
    shown: dict[tuple[str | None, int], tuple[float, int | None]] = {}
    rewarded: dict[tuple[str | None, int], tuple[float, bool]] = {}
    unwanted: set[int] = set()
    last: dict[str, int] = {}  # of each slate, the lowest place where they did something
    for event in events:
        place = event.slate, event.item
        if event.kind == "shown":
            had = shown.get(place)
            shown[place] = (event.at, event.position) if had is None or event.at < had[0] else had
            continue
        if event.slate is not None and event.position is not None:
            last[event.slate] = max(last.get(event.slate, -1), event.position)
        if event.kind in UNWANTED:
            unwanted.add(event.item)
        elif is_reward(event.kind, event.value):
            at, sure = rewarded.get(place, (event.at, False))
            rewarded[place] = min(at, event.at), sure or event.kind in SURE or event.kind == "dwelt"
    found = _placed(shown, rewarded, unwanted, last)
    alone = {place: won for place, won in rewarded.items() if place not in shown}
    for (slate, item), (at, sure) in alone.items():
        found.append((item, at, 1.0, item not in unwanted, sure and item not in unwanted, slate is None, 0))
    return _tries(sorted(found, key=lambda one: (-one[1], one[0])))


def _placed(
    shown: Mapping[tuple[str | None, int], tuple[float, int | None]],
    rewarded: Mapping[tuple[str | None, int], tuple[float, bool]],
    unwanted: set[int],
    last: Mapping[str, int],
) -> list[tuple[int, float, float, bool, bool, bool, int]]:
    found: list[tuple[int, float, float, bool, bool, bool, int]] = []
    times: dict[int, int] = {}
    for place, (at, position) in sorted(shown.items(), key=lambda one: one[1][0]):
        slate, item = place
        before = times.get(item, 0)
        times[item] = before + 1
        won = rewarded.get(place)
        if item in unwanted or won is not None:
            is_won = won is not None and item not in unwanted
            found.append((item, at, 1.0, is_won, is_won and won is not None and won[1], False, before))
            continue
        weight = UNKNOWN_PLACE
        if position is not None:
            weight = LOOKED_ON ** max(position - last.get(slate or "", -1), 0)
        if weight >= LEAST_WEIGHT:
            found.append((item, at, weight, False, False, False, before))
    return found
