"""
All items of a workspace as arrays in memory: what a feed chooses from.

Derived from the records, and caught up with them: rows that changed since are added behind the others, and the old ones
are marked as gone, so that who reads while it grows never sees half a row. Vectors are kept in whole numbers of
1 / SCALE: a quarter of the memory, and products that are the same whoever adds them up.

Reads and `catch_up` may run at the same time in different threads. An item that changed has two rows for a moment: who
holds a mask over the first `size` rows asks for the rows that items had then (`rows_of`).
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.event import DAY_S, REWARDS, is_reward_in_sql
from bowerbird.feed.item_changes import version_of
from bowerbird.feed.only import Only
from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.index.nearest import Cells, Floats, Mask, Numbers
from bowerbird.records.tables import events, items

__all__ = ["DAY_S", "DIMENSIONS", "REWARDS", "Catalogue", "Counts"]

DIMENSIONS: Final = 384
SCALE: Final = 400.0  # unit vectors of 384 numbers have few beyond 127 / 400
HALF_LIFE_S: Final = 7 * DAY_S  # of what counts as popular
# Windows of days, and how old what is in them is taken to be.
_AGES: Final = ((1 / 24, 0.0), (1.0, 0.5), (7.0, 4.0), (30.0, 18.0))
_AT_ONCE: Final = 5_000
_EXACT: Final = 4_000  # up to so many, all are compared
_MASKS: Final = 32  # what so many different askers see is kept
_LISTED: Final = 2_000  # of the newest and the most popular
_WASTE: Final = 20_000  # rows of what items were before, until it is better to load all anew


@dataclass(frozen=True, slots=True)
class Counts:
    """How often items were shown and rewarded lately (n,); older events count for less."""

    shown: Floats
    rewarded: Floats


class Catalogue:
    """The items of one workspace."""

    ids: NDArray[np.int64]  # these arrays have room for more rows than there are
    versions: NDArray[np.int64]  # another once an item has changed
    before: NDArray[np.int64]  # the row that the item had before it changed; -1: none
    vectors: NDArray[np.int8]  # (rows, DIMENSIONS)
    has_vector: Mask
    gone: Mask
    quality: Floats
    created_at: NDArray[np.float64]
    added_at: NDArray[np.float64]
    sources: NDArray[np.int32]
    categories: NDArray[np.int32]  # -1: none
    regions: NDArray[np.int32]  # -1: none
    shown: Floats
    rewarded: Floats

    def __init__(self, workspace: str, clock: Clock) -> None:
        self.workspace = workspace
        self.size = 0  # rows that may be read
        self.seq = 0  # of the newest change that is in
        self.keys: list[str] = []
        self.titles: list[str] = []
        self.source_ids: list[str] = []
        self.category_names: list[str] = []
        self.region_names: list[str] = []
        self.newest: Numbers = np.empty(0, np.int64)  # rows, the newest first
        self.trending: Numbers = np.empty(0, np.int64)  # rows, the most rewarded lately first
        self._clock = clock
        self._rows: dict[int, int] = {}  # of an item, its row
        self._one_at_a_time = threading.Lock()
        self._source_codes: dict[str, int] = {}
        self._category_codes: dict[str, int] = {}
        self._region_codes: dict[str, int] = {}
        self._event = 0
        self._counted_s = clock.now_s()  # the moment that the counts are as of
        self._visible: tuple[int, dict[tuple[str, ...], Mask]] = (0, {})  # of so many rows, by the sources seen
        self._divided: tuple[Cells, int] | None = None  # and how many rows are in them
        self._make_room(1024)

    # -- reading ---------------------------------------------------------------------------------------------

    def row_of(self, item: int) -> int | None:
        """The row of an item; None for one that is not here."""
        return self._rows.get(item)

    def rows_of(self, items_: Sequence[int], *, size: int | None = None) -> Numbers:
        """The rows (n,) of items, as they were among the first `size` rows if it is given; -1 for those not there."""
        rows = np.fromiter(map(self._rows.get, items_, repeat(-1)), np.int64, len(items_))
        return rows if size is None else self.rows_then(rows, size)

    def rows_then(self, rows: Numbers, size: int) -> Numbers:
        """The rows (n,) that the items of these had among the first `size`; -1 for those that came since."""
        rows = rows.copy()
        while (later := rows >= size).any():
            rows[later] = self.before[rows[later]]
        return rows

    @property
    def is_wasteful(self) -> bool:
        """Whether most of it is what items were before they changed: a new one is smaller."""
        return self.size - len(self._rows) > max(_WASTE, len(self._rows))

    def code_of(self, source: str) -> int | None:
        """What stands for a source in `sources`; None when there is nothing of it."""
        return self._source_codes.get(source)

    def unit(self, rows: Numbers) -> Floats:
        """Vectors (n, d) of about unit length; zeros for items that have none yet."""
        return self.vectors[rows].astype(np.float32) / np.float32(SCALE)

    def visible(self, sources: Sequence[str]) -> Mask:
        """Which rows (size,) are of those sources and still there."""
        size = self.size  # before the codes: of these rows all are known
        kept_size, kept = self._visible
        if kept_size != size:  # whatever changes adds a row
            kept = {}
            self._visible = size, kept
        mask = kept.get(key := tuple(sources))
        if mask is None:
            if len(kept) >= _MASKS:
                kept.clear()
            mask = kept[key] = self._of_sources(key, size)
        return mask.copy()  # who asked may narrow it

    def _of_sources(self, sources: Sequence[str], size: int) -> Mask:
        codes = np.zeros(len(self.source_ids) + 1, bool)
        known = [code for source in sources if (code := self._source_codes.get(source)) is not None]
        codes[[code for code in known if code < len(codes)]] = True
        mask: Mask = codes[self.sources[:size]] & ~self.gone[:size]
        return mask

    def matching(self, only: Only) -> Mask:
        """Which rows (size,) are what is asked for; none where nothing here is called so."""
        size = self.size
        mask: Mask = np.ones(size, bool)
        for name, codes, column in (
            (only.category, self._category_codes, self.categories),
            (only.region, self._region_codes, self.regions),
        ):
            if name:
                mask &= column[:size] == codes.get(name, -2)
        if only.quality > 0:
            mask &= self.quality[:size] >= only.quality
        return mask

    def nearest(self, query: Floats, k: int, among: Mask) -> Numbers:
        """Up to k rows near to `query` (d,), the nearest first, of those that `among` marks and that have a vector."""
        (rows,) = self._compared(query[None, :], k, among)
        return self._best(query, k, rows)

    def around(self, queries: Floats, k: int, among: Mask) -> Numbers:
        """What `nearest` finds for any of `queries` (m, d): rows, ascending, each once."""
        found = list(self._compared(queries, k, among))
        for number, rows in enumerate(found):
            if len(rows) > k:
                found[number] = self._best(queries[number], k, rows)
        return np.unique(np.concatenate(found))

    def _compared(self, queries: Floats, k: int, among: Mask) -> Sequence[Numbers]:
        """For each query the rows that its nearest are chosen from."""
        divided = self._divided
        if divided is None or np.count_nonzero(among) <= _EXACT:  # cells would miss what few of them hold
            return [self._with_vector(np.flatnonzero(among))] * len(queries)
        cells, size = divided
        since = self._with_vector(size + np.flatnonzero(among[size:]))
        return [np.concatenate((rows, since)) for rows in cells.nearest(queries, k, _padded(among[:size]))]

    def _with_vector(self, rows: Numbers) -> Numbers:
        return rows[self.has_vector[rows]]

    def _best(self, query: Floats, k: int, rows: Numbers) -> Numbers:
        scores = self.unit(rows) @ query.astype(np.float32)
        return rows[np.lexsort((rows, -scores))[:k]]

    # -- catching up -----------------------------------------------------------------------------------------

    def catch_up(self, conn: sa.Connection) -> Sequence[int]:
        """Take in what changed since; the items that did."""
        with self._one_at_a_time:
            return self._caught_up(conn)

    def _caught_up(self, conn: sa.Connection) -> Sequence[int]:
        changed: list[int] = []
        while rows := conn.execute(_changed(self.workspace, self.seq)).all():
            self._take(rows)
            changed += [row.id for row in rows]
            if len(rows) < _AT_ONCE:
                break
        counted = self._count(conn)
        if changed or counted:
            self._list()
        return changed

    def count_anew(self) -> None:
        """Forget what was counted; the next `catch_up` counts from the records."""
        with self._one_at_a_time:
            self.shown, self.rewarded = np.zeros_like(self.shown), np.zeros_like(self.rewarded)
            self._event = 0

    def counts(self, rows: Numbers) -> Counts:
        """How often these were shown and rewarded lately."""
        faded = 0.5 ** ((self._clock.now_s() - self._counted_s) / HALF_LIFE_S)
        return Counts(self.shown[rows] * faded, self.rewarded[rows] * faded)

    def _take(self, rows: Sequence[Any]) -> None:
        first = self.size
        if first + len(rows) > len(self.ids):
            self._make_room(max(first + len(rows), 2 * len(self.ids)))
        del self.keys[first:], self.titles[first:]  # of an attempt that was broken off
        for at, row in enumerate(rows, first):
            old = self._rows.get(row.id)
            self.before[at] = -1 if old is None else old
            if old is not None:
                self.shown[at], self.rewarded[at] = self.shown[old], self.rewarded[old]
            category, region = (str(row.fields.get(name) or "") for name in ("category", "region"))
            self.ids[at] = row.id
            self.versions[at] = version_of(row.key, row.seq)
            self.quality[at] = row.quality
            self.created_at[at] = row.created_at
            self.added_at[at] = row.added_at
            self.gone[at] = row.gone_at is not None
            self.sources[at] = _code(self._source_codes, self.source_ids, row.source)
            self.categories[at] = _code(self._category_codes, self.category_names, category) if category else -1
            self.regions[at] = _code(self._region_codes, self.region_names, region) if region else -1
            vector = _whole(row.vector)
            self.has_vector[at] = vector is not None
            self.vectors[at] = 0 if vector is None else vector
            self.keys.append(row.key)
            self.titles.append(row.title)
        for row in rows:  # rather nowhere for a moment than in two places of a slate
            if (old := self._rows.get(row.id)) is not None:
                self.gone[old] = True
        for at, row in enumerate(rows, first):
            self._rows[row.id] = at
        self.size = first + len(rows)  # from here on they can be seen
        self.seq = rows[-1].seq

    def _count(self, conn: sa.Connection) -> bool:
        """Take in what people did since; False when they did nothing."""
        now_s = self._clock.now_s()
        newest = conn.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0
        if newest <= self._event:
            return False
        rows = conn.execute(_tried(self.workspace, self._event, newest, now_s))
        size = len(self.ids)
        shown, rewarded = np.zeros(size), np.zeros(size)
        for item, was_shown, *tallies in rows:
            if (at := self._rows.get(item)) is not None:
                (shown if was_shown else rewarded)[at] += _faded(tallies)
        faded = 0.5 ** ((now_s - self._counted_s) / HALF_LIFE_S)
        self.shown = (self.shown * faded + shown).astype(np.float32)
        self.rewarded = (self.rewarded * faded + rewarded).astype(np.float32)
        self._counted_s, self._event = now_s, newest
        return True

    def _list(self) -> None:
        here = np.flatnonzero(~self.gone[: self.size])
        self.newest = _first(here, self.added_at[here])
        self.trending = _first(here, self.rewarded[here] + 0.1 * self.quality[here])

    @property
    def is_to_be_divided(self) -> bool:
        """Whether so much has come that `nearest` compares more than it should."""
        size, in_cells = self.size, self._divided[1] if self._divided else 0
        if size - in_cells <= max(_EXACT, in_cells // 5):
            return False
        return int(np.count_nonzero(self.has_vector[:size] & ~self.gone[:size])) > _EXACT

    def divide(self) -> None:
        """
        Sort all vectors into cells: 3 s for 100,000, so not while somebody waits. By one thread at a time.

        It only reads what is there; the catalogue may be read and caught up with meanwhile.
        """
        size = self.size
        rows = np.flatnonzero(self.has_vector[:size] & ~self.gone[:size])
        count = int(2 * np.sqrt(len(rows)))
        rng = np.random.default_rng(len(rows))
        sample = rows if len(rows) <= 40 * count else np.sort(rng.choice(rows, 40 * count, replace=False))
        cells = Cells(self.vectors[sample], cells=count, looked_into=max(8, count // 24))
        for first in range(0, len(rows), 10_000):
            some = rows[first : first + 10_000]
            cells.add(self.vectors[some], some)
        self._divided = cells, size

    def _make_room(self, size: int) -> None:
        """Arrays for so many rows, with what is there at the front."""

        def room(name: str, dtype: Any, *more: int) -> NDArray[Any]:
            made = np.zeros((size, *more), dtype)
            if self.size:
                made[: self.size] = getattr(self, name)[: self.size]
            return made

        self.ids = room("ids", np.int64)
        self.versions = room("versions", np.int64)
        self.before = room("before", np.int64)
        self.vectors = room("vectors", np.int8, DIMENSIONS)
        self.has_vector = room("has_vector", np.bool_)
        self.gone = room("gone", np.bool_)
        self.quality = room("quality", np.float32)
        self.created_at = room("created_at", np.float64)
        self.added_at = room("added_at", np.float64)
        self.sources = room("sources", np.int32)
        self.categories = room("categories", np.int32)
        self.regions = room("regions", np.int32)
        self.shown = room("shown", np.float32)
        self.rewarded = room("rewarded", np.float32)


def _changed(workspace: str, seq: int) -> sa.Executable:
    columns = items.c
    return (
        sa.select(
            columns.id,
            columns.seq,
            columns.key,
            columns.title,
            columns.source,
            columns.fields,
            columns.quality,
            columns.vector,
            columns.created_at,
            columns.added_at,
            columns.gone_at,
        )
        # Found by `seq`: of a workspace there are all its items, changed since are few.
        .where(_unindexed(columns.workspace) == workspace, columns.seq > seq)
        .order_by(columns.seq)
        .limit(_AT_ONCE)
    )


def _whole(vector: bytes | None) -> NDArray[np.int8] | None:
    """A vector of float16 in whole numbers; None for what is none, or another model's, or holds what is no number."""
    if vector is None or len(vector) != 2 * DIMENSIONS:
        return None
    values = np.frombuffer(vector, np.float16).astype(np.float32)
    return np.clip(np.rint(values * SCALE), -127, 127).astype(np.int8) if np.isfinite(values).all() else None


def _tried(workspace: str, above: int, until: int, now_s: float) -> sa.Executable:
    """
    To how many people each item was shown, and to how many it was worth it, and how much of that is how old.

    People and not events: nobody makes a thing popular by opening it again and again.
    """
    columns = events.c
    was_shown = (columns.kind == "shown").label("was_shown")
    within = [
        sa.func.count(sa.distinct(sa.case((columns.at > now_s - days * DAY_S, columns.person)))).label(
            f"within_{number}"
        )
        for number, (days, _) in enumerate(_AGES)
    ]
    # The first time they are found by when they were, later, every other second, by their number: those since are few.
    of_workspace = _unindexed(columns.workspace) if above else columns.workspace
    return (
        sa.select(columns.item, was_shown, *within)
        .where(
            of_workspace == workspace,
            columns.id > above,
            columns.id <= until,
            columns.at > now_s - _AGES[-1][0] * DAY_S,
            sa.or_(columns.kind == "shown", is_reward_in_sql()),
        )
        .group_by("item", "was_shown")
    )


def _unindexed(column: "sa.Column[str]") -> "sa.ColumnElement[str]":
    """The same text, by which no index is looked into: SQLite takes the first that has the column."""
    return column.concat("")


def _faded(tallies: Sequence[int]) -> float:
    """What events within growing windows still count for."""
    total, before = 0.0, 0
    for tally, (_, age_days) in zip(tallies, _AGES, strict=True):
        total += (int(tally) - before) * 0.5 ** (age_days * DAY_S / HALF_LIFE_S)
        before = int(tally)
    return total


def _first(rows: Numbers, worth: NDArray[Any]) -> Numbers:
    """The rows (n,) of most worth, the best first; only they are put in order."""
    if len(rows) > _LISTED:
        least = np.partition(worth, -_LISTED)[-_LISTED]
        rows, worth = rows[worth >= least], worth[worth >= least]
    return rows[np.lexsort((rows, -worth))][:_LISTED]


def _code(codes: dict[str, int], names: list[str], name: str) -> int:
    code = codes.get(name)
    if code is None:
        code = codes[name] = len(names)
        names.append(name)
    return code


def _padded(mask: Mask) -> Mask:
    """A selector is read by whole bytes."""
    return np.concatenate((mask, np.zeros(-len(mask) % 8, bool)))
