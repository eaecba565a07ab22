"""
Keeping items up with their pages.

A page that is no item gets a row too, which is gone from the start: so it is known that it was looked at. Nothing else
is remembered: what is to be done follows from the rows alone, so that a kill at any line loses nothing, and doing it
again changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.feed.item_changes import mark_changed, next_seqs, parts
from bowerbird.feed.item_vectors import fill_vectors, lacking_vectors
from bowerbird.feed.items import Draft, fields_of, kind_of, read_drafts
from bowerbird.kernel.clock import Clock
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import embeddings, index_log, items, pages, passages, sources, versions

__all__ = ["ItemRenewal", "renew_items", "review_items"]

BUSY_S: Final = 1.0  # between two comparisons while pages come in
REVIEW_S: Final = 30.0  # between two looks at pages that say the same and may state something else
LOOKED_AT: Final = 200  # items in one look for their vectors

Values = dict[str, Any]


def renew_items(records: Records, *, limit: int, clock: Clock) -> int:
    """
    Make up to `limit` items of pages that are new or say something else, and let go those whose pages went.

    The number of rows that were written; 0: everything is as the pages are. Vectors are filled by `fill_vectors`.
    """
    return len(_renew(records, limit=limit, clock=clock))


def review_items(records: Records, *, checked_after: float, limit: int, clock: Clock) -> int:
    """
    Bring items up to date whose pages were asked again after that time, say the same, and state something else.

    Up to `limit`; the number that was written.
    """
    stale = records.read(partial(_stating_else, checked_after=checked_after, limit=limit))
    return len(_written(records, stale, clock=clock))


class ItemRenewal:
    """
    Keeps items up with pages at next to no cost while nothing changes; for the one worker of the records.

    What changes a page's text writes to the index log, so two numbers tell whether there is anything to compare.
    """

    def __init__(self, records: Records, *, model: str, clock: Clock) -> None:
        self._records = records
        self._model = model
        self._clock = clock
        self._seen: tuple[Any, ...] | None = None  # the marks when all items were last found to be as their pages
        self._next_look_s = 0.0
        self._next_review_s = 0.0
        self._checked_after = 0.0  # up to where pages were reviewed; all of them once, when a worker begins
        self._lacking: dict[int, None] | None = None  # in the order in which they are looked at
        self._looked: tuple[Any, ...] | None = None  # the marks when the look for vectors began
        self._unlooked = 0  # of those that lack one, how many have not been looked at since then

    def some(self, limit: int, *, is_idle: bool = False) -> int:
        """
        Write about `limit` items, if any are to be written; how many were (0: everything is as the pages are).

        May be called at any rate: unless the caller `is_idle`, it looks once a second.
        """
        now_s = self._clock.monotonic_s()
        if now_s < self._next_look_s and not is_idle:
            return 0
        marks = self._records.read(_marks)
        is_time_to_review = now_s >= self._next_review_s
        written = self._renewed(marks[:-1], limit, anyhow=is_time_to_review)
        if is_time_to_review and not written:
            written += self._reviewed(now_s, limit)
        written += self._filled(marks)
        self._next_look_s = now_s + BUSY_S
        return written

    def owes(self, source: str) -> bool:
        """
        Whether an item of the source is still to be written, or to be looked at for its vector.

        May be asked from another thread than `some`, which pays it. What nobody can embed is not waited for.
        """
        is_due, lacks, marks = self._records.read(partial(_owed, source=source))
        return is_due or (lacks and (self._unlooked > 0 or self._looked != marks))

    def _renewed(self, marks: tuple[Any, ...], limit: int, *, anyhow: bool) -> int:
        if marks == self._seen and not anyhow:
            return 0
        written = _renew(self._records, limit=limit, clock=self._clock)
        if not written:
            self._seen = marks
        if self._lacking is not None:
            self._lacking |= dict.fromkeys(written)
            self._unlooked = len(self._lacking)
        return len(written)

    def _reviewed(self, now_s: float, limit: int) -> int:
        begun = self._clock.now_s()
        written = review_items(self._records, checked_after=self._checked_after, limit=limit, clock=self._clock)
        if not written:
            self._checked_after = begun - REVIEW_S  # what was under way has the time when it began
            self._next_review_s = now_s + REVIEW_S
        return written

    def _filled(self, marks: tuple[Any, ...]) -> int:
        if self._lacking is None:
            self._lacking = dict.fromkeys(self._records.read(lacking_vectors))
        if marks != self._looked:
            self._looked, self._unlooked = marks, len(self._lacking)
        if not self._unlooked or not self._lacking:
            return 0
        some = list(islice(self._lacking, LOOKED_AT))
        self._unlooked -= len(some)
        done = fill_vectors(self._records, some, model=self._model)
        for item in some:
            del self._lacking[item]
        self._lacking |= dict.fromkeys(item for item in some if item not in done)  # behind the others
        return len(done)


# -- which pages ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Due:
    """Pages whose items are to be written."""

    changed: Sequence[int]  # pages
    gone: Sequence[int]  # items


def _marks(conn: sa.Connection) -> tuple[Any, ...]:
    """What moves when a page's text comes, changes or goes; last, what moves when something was embedded."""
    return tuple(
        conn.execute(
            sa.select(
                sa.select(sa.func.max(index_log.c.seq)).scalar_subquery(),
                sa.select(sa.func.max(versions.c.id)).scalar_subquery(),
                sa.select(sa.func.max(embeddings.c.created_at)).scalar_subquery(),
            )
        ).one()
    )


def _due(conn: sa.Connection, limit: int, where: "sa.ColumnElement[bool] | None" = None) -> _Due:
    """Both by `ix_pages_source`, without reading a page's wide row; of the sources `where` this is so, or of all."""
    here = pages.c.source.in_(sa.select(sources.c.id).where(sa.true() if where is None else where))
    changed = (
        sa.select(pages.c.id)
        .outerjoin(items, items.c.page == pages.c.id)
        .where(
            here,
            pages.c.state == "live",
            pages.c.version.is_not(None),
            sa.or_(items.c.id.is_(None), items.c.version != pages.c.version),
        )
        .limit(limit)
    )
    gone = (
        sa.select(items.c.id)
        .join(pages, pages.c.id == items.c.page)
        .where(here, pages.c.state.in_(("gone", "folded")), items.c.gone_at.is_(None))
        .limit(limit)
    )
    return _Due(conn.execute(changed).scalars().all(), conn.execute(gone).scalars().all())


def _owed(conn: sa.Connection, source: str) -> tuple[bool, bool, tuple[Any, ...]]:
    """Whether items of the source are due, whether one that has passages lacks a vector, and the marks."""
    due = _due(conn, 1, sources.c.id == source)
    lacking = (
        sa.select(items.c.id)
        .join(pages, pages.c.id == items.c.page)
        .where(
            pages.c.source == source,
            items.c.vector.is_(None),
            items.c.gone_at.is_(None),
            sa.exists().where(passages.c.version == items.c.version),
        )
        .limit(1)
    )
    return bool(due.changed or due.gone), conn.execute(lacking).first() is not None, _marks(conn)


def _stating_else(conn: sa.Connection, checked_after: float, limit: int) -> list[int]:
    rows = conn.execute(
        sa.select(
            pages.c.id,
            pages.c.url,
            pages.c.title,
            pages.c.kind,
            pages.c.fields,
            pages.c.published_at,
            items.c.url.label("was_url"),
            items.c.title.label("was_title"),
            items.c.kind.label("was_kind"),
            items.c.fields.label("was_fields"),
            items.c.created_at.label("was_created_at"),
        )
        .join(items, sa.and_(items.c.page == pages.c.id, items.c.version == pages.c.version))
        .where(
            pages.c.source.in_(sa.select(sources.c.id)),
            pages.c.state == "live",
            pages.c.checked_at > checked_after,
            items.c.gone_at.is_(None),
        )
    )
    stale: list[int] = []
    for row in rows:
        is_as_it_was = (row.url, row.title, kind_of(row.kind, row.fields), fields_of(row.fields)) == (
            row.was_url,
            row.was_title,
            row.was_kind,
            row.was_fields,
        ) and row.published_at in (None, row.was_created_at)
        if not is_as_it_was:
            stale.append(row.id)
            if len(stale) >= limit:
                break
    rows.close()
    return stale


# -- what becomes of them -------------------------------------------------------------------------------------------


def _renew(records: Records, *, limit: int, clock: Clock) -> list[int]:
    due = records.read(partial(_due, limit=limit))
    written = _written(records, due.changed, clock=clock)
    if due.gone:
        written += records.write(partial(_let_go, gone=due.gone, now_s=clock.now_s()))
    return written


def _written(records: Records, wanted: Sequence[int], *, clock: Clock) -> list[int]:
    """The items of these pages, made or brought up to date; those that something was written of."""
    if not wanted:
        return []
    drafts = records.read(partial(read_drafts, wanted=wanted))
    crash.point("items.before_commit")
    written = records.write(partial(_keep, drafts=drafts, now_s=clock.now_s()))
    crash.point("items.after_commit")
    return written


def _keep(conn: sa.Connection, drafts: Sequence[Draft], now_s: float) -> list[int]:
    """Write what differs; a page that changed since it was read is left for the next time."""
    current = _current(conn, [draft.page for draft in drafts])
    drafts = [draft for draft in drafts if current.get(draft.page) == draft.version]
    known = {row.page: row for row in _known(conn, [draft.page for draft in drafts])}
    seqs = next_seqs(conn)
    new: list[Values] = []
    changed: list[Values] = []
    taken = _taken(conn, [draft for draft in drafts if draft.page not in known])
    for draft in drafts:
        was = known.get(draft.page)
        if was is None:
            key = _free_key(draft, taken)
            values = {**draft.values, "gone_at": None if draft.is_shown else now_s, "seq": next(seqs)}
            own = {"workspace": draft.workspace, "source": draft.source, "page": draft.page, "key": key}
            new.append({**own, **values, "added_at": now_s})
        elif values := _differing(was, draft, now_s):
            changed.append({"row": was.id, **{f"new_{name}": value for name, value in values.items()}})
            changed[-1]["new_seq"] = next(seqs)
    written = [int(row["row"]) for row in changed]
    if new:
        inserted = sa.insert(items).returning(items.c.id, sort_by_parameter_order=True)
        written += conn.execute(inserted, new).scalars().all()
    if changed:
        names = [name.removeprefix("new_") for name in changed[0] if name != "row"]
        conn.execute(
            sa.update(items)
            .where(items.c.id == sa.bindparam("row"))
            .values({name: sa.bindparam(f"new_{name}", type_=items.c[name].type) for name in names}),
            changed,
        )
    mark_changed(conn, written)
    return written


def _let_go(conn: sa.Connection, gone: Sequence[int], now_s: float) -> list[int]:
    """Show the items of pages that went no longer; those that did not come back meanwhile."""
    seqs = next_seqs(conn)
    still = [
        item
        for some in parts(gone)
        for item in conn.execute(
            sa.select(items.c.id)
            .join(pages, pages.c.id == items.c.page)
            .where(items.c.id.in_(some), items.c.gone_at.is_(None), pages.c.state != "live")
            .order_by(items.c.id)
        ).scalars()
    ]
    if still:
        conn.execute(
            sa.update(items)
            .where(items.c.id == sa.bindparam("row"))
            .values(gone_at=now_s, seq=sa.bindparam("new_seq")),
            [{"row": item, "new_seq": next(seqs)} for item in still],
        )
    mark_changed(conn, still)
    return still


def _current(conn: sa.Connection, wanted: Sequence[int]) -> dict[int, int]:
    """The versions that these pages show now, of those that are live."""
    return {
        row.id: row.version
        for some in parts(wanted)
        for row in conn.execute(
            sa.select(pages.c.id, pages.c.version).where(
                pages.c.id.in_(some), pages.c.state == "live", pages.c.same_as.is_(None)
            )
        )
    }


def _known(conn: sa.Connection, wanted: Sequence[int]) -> Iterator[Any]:
    for some in parts(wanted):
        yield from conn.execute(sa.select(items).where(items.c.page.in_(some)))


def _differing(was: Any, draft: Draft, now_s: float) -> Values:
    """All values of an item that is not as it was; nothing of one that is."""
    values = dict(draft.values)
    if values["vector"] is None and was.version == draft.version:
        values["vector"] = was.vector  # the passages are the same
    values["gone_at"] = None if draft.is_shown else (was.gone_at or now_s)
    return values if any(getattr(was, name) != value for name, value in values.items()) else {}


def _taken(conn: sa.Connection, drafts: Sequence[Draft]) -> set[tuple[str, str]]:
    """Of the keys that new items would like, those that others have."""
    wanted = sorted({key for draft in drafts for key in draft.keys})
    return {
        (row.workspace, row.key)
        for some in parts(wanted)
        for row in conn.execute(sa.select(items.c.workspace, items.c.key).where(items.c.key.in_(some)))
    }


def _free_key(draft: Draft, taken: set[tuple[str, str]]) -> str:
    free = next(key for key in draft.keys if (draft.workspace, key) not in taken)
    taken.add((draft.workspace, free))
    return free
