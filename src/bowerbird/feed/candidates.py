"""Which items are weighed for a person: a few hundred of all, from several sides, so that no one taste decides."""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np

from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.feed.profile import Profile
from bowerbird.feed.view import Taste
from bowerbird.knowledge.index.nearest import Floats, Mask, Numbers

__all__ = ["Near", "banned", "gather"]

NEAR: Final = 140
TRENDING: Final = 40
FRESH: Final = 40
WANDERED: Final = 30  # by chance, from everything: what nobody asked for can be found
RESURFACED: Final = 10
RESURFACE_S: Final = 30 * DAY_S
PASSED_OVER: Final = 3  # times shown without being opened, after which it stays away for a while
PASSED_OVER_S: Final = 14 * DAY_S

Welcomed = Callable[[Mask, int], Numbers]  # of the rows that the mask marks, up to so many of the most welcome


class Near(Protocol):
    """What finds the items near to a taste: a catalogue, or a part of it."""

    def nearest(self, query: Floats, k: int, among: Mask) -> Numbers:
        """Up to k rows near to `query` (d,), the nearest first, of those that `among` marks."""
        ...

    def around(self, queries: Floats, k: int, among: Mask) -> Numbers:
        """What `nearest` finds for any of `queries` (m, d): rows, ascending, each once."""
        ...


def gather(
    profile: Profile,
    taste: Taste,
    catalogue: Catalogue,
    visible: Mask,
    *,
    seed: int,
    wanted: int,
    near: Near | None = None,
    welcomed: Welcomed | None = None,
    followed: Callable[[Mask], Numbers] | None = None,
) -> Numbers:
    """
    Rows of the catalogue, without repeats: new of what they follow, near to the taste, trending, fresh, kept long ago,
    and by chance.

    What the person hid, what they did already, and what they passed over lately is not among them; when fewer than
    `wanted` are left, what was passed over comes back, and then what was opened, but never what was hidden. With
    `welcomed`, it says what is near to the taste; `followed` says what is new of what they follow.
    """
    done, passed = _left_out(profile, catalogue, len(visible))
    visible = visible & ~banned(profile, catalogue, len(visible))
    new = np.empty(0, np.int64)
    for left_out in ((done, passed), (done,), ()):
        open_ = visible.copy()
        for rows in left_out:
            open_[rows] = False
        if followed is not None and len(left_out) == 2:  # what they have seen is new no more
            new = followed(open_)
        if welcomed is not None:
            liked = welcomed(open_, NEAR)
        else:
            liked = (near or catalogue).nearest(taste.vector, NEAR, open_) if taste.is_known else np.empty(0, np.int64)
        first = np.concatenate((new, liked))
        rows = _from_all_sides(profile, catalogue, first, visible, open_, seed=seed, wanted=wanted)
        if len(rows) >= wanted:
            break
    return rows


def banned(profile: Profile, catalogue: Catalogue, size: int) -> Mask:
    """Which of the first `size` rows are never shown to the person."""
    mask = np.zeros(size, bool)
    mask[_rows(catalogue, list(profile.unwanted), size)] = True
    muted = [code for code, source in enumerate(catalogue.source_ids) if source in profile.muted]
    if muted:
        mask |= np.isin(catalogue.sources[:size], muted)
    return mask


def _left_out(profile: Profile, catalogue: Catalogue, size: int) -> tuple[Numbers, Numbers]:
    """The rows of what they did already, and of what they passed over, among the first `size`."""
    now_s = profile.read_at
    again = [
        item
        for item, (times, last_at) in profile.shown.items()
        if times >= PASSED_OVER and now_s - last_at < PASSED_OVER_S
    ]
    return _rows(catalogue, [act.item for act in profile.acts], size), _rows(catalogue, again, size)


def _rows(catalogue: Catalogue, items: list[int], size: int) -> Numbers:
    """Where they are among the first `size` rows, those that are."""
    rows = catalogue.rows_of(items, size=size)
    return rows[rows >= 0]


def _from_all_sides(
    profile: Profile, catalogue: Catalogue, near: Numbers, visible: Mask, open_: Mask, *, seed: int, wanted: int
) -> Numbers:
    size = len(open_)
    rng = np.random.default_rng(seed)
    found: list[Numbers] = [near]
    for listed, count in ((catalogue.trending, TRENDING), (catalogue.newest, FRESH)):
        listed = listed[listed < size]  # noqa: PLW2901  it may have been listed since
        found.append(listed[open_[listed]][:count])
    kept = [item for item, at in profile.saved.items() if profile.read_at - at > RESURFACE_S]
    back = _rows(catalogue, sorted(kept), size)
    found.append(rng.permutation(back[visible[back]])[:RESURFACED])  # each gets its turn
    by_chance = rng.integers(0, size, 4 * WANDERED) if size else np.empty(0, np.int64)
    found.append(by_chance[open_[by_chance]][:WANDERED] if size else by_chance)
    if size <= NEAR:  # a small library is weighed as a whole
        found.append(np.flatnonzero(open_))
    rows = _once(np.concatenate(found).astype(np.int64))
    if len(rows) < wanted:  # many were the same: the rest by chance
        rows = _once(np.concatenate((rows, rng.permutation(np.flatnonzero(open_))[:wanted])))
    return rows


def _once(rows: Numbers) -> Numbers:
    """Each where it stood first."""
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]
