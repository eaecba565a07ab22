"""
Items: what a feed can show, made from pages by rules that can be read here and in `worth.py`.

A page is an item while it is live, nobody's duplicate, and long enough (`worth.MIN_PAGE_CHARS`; what somebody imported
as an item is one however short it is).

    kind      an imported item's own; `vendor` of a gathered page that states to be of a business that offers something
              at a price; `page` of all else that was gathered or read from a file
    key       an imported item's own id (a file's path in what was imported), `page-<number>` of a gathered page; behind
              the source's id and a `/` when another item of the workspace has that key already. It stays.
    fields    category, region, price, author, image and tags, as the page states them
    created   when it was published, else when it was first fetched
    vector    what the item brought with it, else the mean of its passages' vectors, of length 1; NULL until all of
              them are there

A page that is no item gets a row too, which is gone from the start: so it is known that it was looked at. Nothing else
is remembered: what is to be done follows from the rows alone, so that a kill at any line loses nothing, and doing it
again changes nothing.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.stamps import ITEMS_CHANGED, item_of
from bowerbird.feed.worth import HEAD_CHARS, MIN_PAGE_CHARS, key_sentence, quality
from bowerbird.kernel.clock import Clock
from bowerbird.knowledge.indexer import model_text
from bowerbird.models import MiniLM
from bowerbird.ops import crash
from bowerbird.records import Records, mark_on_commit, quoted
from bowerbird.records.tables import embeddings, index_log, items, pages, passages, sources, versions

__all__ = ["PAGE", "VENDOR", "ItemRenewal", "fill_vectors", "lacking_vectors", "renew_items", "review_items"]

PAGE: Final = "page"
VENDOR: Final = "vendor"
FIELDS: Final = ("category", "region", "price", "author", "image", "tags")
READ_KINDS: Final = frozenset({"html", "pdf", "docx", "markdown", "text", "feed"})  # of bodies, not of items
# What schema.org calls businesses that one may want to hire, visit or buy from.
BUSINESSES: Final = frozenset({
    "AutomotiveBusiness", "Bakery", "BarOrPub", "BeautySalon", "BedAndBreakfast", "CafeOrCoffeeShop", "ChildCare",
    "DaySpa", "Dentist", "EntertainmentBusiness", "EventVenue", "FinancialService", "Florist", "FoodEstablishment",
    "GardenStore", "HairSalon", "HealthAndBeautyBusiness", "HomeAndConstructionBusiness", "Hotel", "JewelryStore",
    "LegalService", "LocalBusiness", "LodgingBusiness", "ProfessionalService", "RealEstateAgent", "Resort",
    "Restaurant", "SportsActivityLocation", "Store", "TravelAgency", "Winery",
})  # fmt: skip
IMPORTED: Final = "import:"
MAX_KEY_BYTES: Final = 2_000  # databases bound what they index
IDS_AT_ONCE: Final = 400  # databases bound the number of values in one statement
BUSY_S: Final = 1.0  # between two comparisons while pages come in
REVIEW_S: Final = 30.0  # between two looks at pages that say the same and may state something else
LOOKED_AT: Final = 200  # items in one look for their vectors
PASSAGES_AT_MOST: Final = 256  # of an item, for its vector: more of a book say nothing new about it

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


def lacking_vectors(conn: sa.Connection) -> list[int]:
    """The items that are shown and have no vector, the oldest first."""
    found = sa.select(items.c.id).where(items.c.vector.is_(None), items.c.gone_at.is_(None)).order_by(items.c.id)
    return list(conn.execute(found).scalars())


def fill_vectors(records: Records, wanted: Sequence[int], *, model: str) -> set[int]:
    """Give vectors to those of the items whose passages have all been embedded by `model`; which no longer wait."""
    found = records.read(partial(_vectors, wanted=wanted, model=model))
    if found.vectors:
        records.write(partial(_keep_vectors, found=found))
    return {*found.vectors, *found.without}


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
        is_as_it_was = (row.url, row.title, _kind(row.kind, row.fields), _fields(row.fields)) == (
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


@dataclass(frozen=True, slots=True)
class _Draft:
    """An item as its page would have it now."""

    page: int
    version: int
    workspace: str
    source: str
    name: str  # the key that it would like
    is_shown: bool
    values: Values

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it may get, the best first; nobody else's import can have the last."""
        return self.name, f"{self.source}/{self.name}", f"{self.source}//{self.page}"


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
    drafts = [_draft(row) for row in records.read(partial(_pages, wanted=wanted))]
    crash.point("items.before_commit")
    written = records.write(partial(_keep, drafts=drafts, now_s=clock.now_s()))
    crash.point("items.after_commit")
    return written


def _pages(conn: sa.Connection, wanted: Sequence[int]) -> list[Any]:
    first_fetched = (
        sa.select(sa.func.min(versions.c.fetched_at))
        .where(versions.c.page == pages.c.id)
        .correlate(pages)
        .scalar_subquery()
    )
    found = (
        sa.select(
            pages.c.id,
            pages.c.source,
            pages.c.url,
            pages.c.canonical,
            pages.c.title,
            pages.c.kind,
            pages.c.fields,
            pages.c.language,
            pages.c.version,
            pages.c.published_at,
            sources.c.workspace,
            sources.c.url.label("source_url"),
            sa.func.substr(versions.c.text, 1, HEAD_CHARS).label("head"),
            sa.func.length(versions.c.text).label("chars"),
            first_fetched.label("first_fetched_at"),
        )
        .join(sources, sources.c.id == pages.c.source)
        .join(versions, versions.c.id == pages.c.version)
        .where(pages.c.state == "live", pages.c.same_as.is_(None))
        .order_by(pages.c.id)
    )
    return [row for some in _parts(sorted(wanted)) for row in conn.execute(found.where(pages.c.id.in_(some)))]


def _draft(row: Any) -> _Draft:
    key = key_sentence(row.head, row.language)
    kind = _kind(row.kind, row.fields)
    return _Draft(
        page=row.id,
        version=row.version,
        workspace=row.workspace,
        source=row.source,
        name=_name(row),
        is_shown=row.chars >= MIN_PAGE_CHARS or (row.kind not in READ_KINDS | {PAGE} and row.chars > 0),
        values={
            "version": row.version,
            "kind": kind,
            "title": row.title,
            "quote": key.span.of(row.head),
            "quote_start": key.span.start,
            "quote_end": key.span.end,
            "url": row.url,
            "fields": _fields(row.fields),
            "quality": quality(row.fields, row.head, chars=row.chars, is_dated=row.published_at is not None, key=key),
            "created_at": row.first_fetched_at if row.published_at is None else row.published_at,
            "vector": _brought_vector(row.fields),
        },
    )


def _kind(of_page: str, fields: Mapping[str, Any]) -> str:
    if of_page not in READ_KINDS:
        return of_page
    return VENDOR if str(fields.get("type")) in BUSINESSES and fields.get("price") else PAGE


def _fields(of_page: Mapping[str, Any]) -> Values:
    found = {name: of_page[name] for name in FIELDS if of_page.get(name) not in (None, "", [])}
    if "tags" in found and not isinstance(found["tags"], list):
        found["tags"] = [found["tags"]]
    return found


def _name(row: Any) -> str:
    """The id under which the page was imported, else one made from its number."""
    for address in (row.canonical, row.url):
        if address and row.source_url.startswith(IMPORTED) and address.startswith(f"{row.source_url}/"):
            name = unquote(address.removeprefix(f"{row.source_url}/"), errors="replace").replace("\0", "")
            if 0 < len(name.encode()) <= MAX_KEY_BYTES:
                return name
    return f"page-{row.id}"


def _brought_vector(fields: Mapping[str, Any]) -> bytes | None:
    """The vector that an imported item brought with it, as `reading/items.py` keeps it."""
    kept = fields.get("embedding")
    if not isinstance(kept, str):
        return None
    try:
        vector = base64.b64decode(kept, validate=True)
    except binascii.Error:
        return None  # a page's own field of that name
    return vector if len(vector) == 2 * MiniLM.dimensions else None


def _keep(conn: sa.Connection, drafts: Sequence[_Draft], now_s: float) -> list[int]:
    """Write what differs; a page that changed since it was read is left for the next time."""
    current = _current(conn, [draft.page for draft in drafts])
    drafts = [draft for draft in drafts if current.get(draft.page) == draft.version]
    known = {row.page: row for row in _known(conn, [draft.page for draft in drafts])}
    seqs = _next_seqs(conn)
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
    _mark(conn, written)
    return written


def _let_go(conn: sa.Connection, gone: Sequence[int], now_s: float) -> list[int]:
    """Show the items of pages that went no longer; those that did not come back meanwhile."""
    seqs = _next_seqs(conn)
    still = [
        item
        for some in _parts(gone)
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
    _mark(conn, still)
    return still


def _mark(conn: sa.Connection, changed: Sequence[int]) -> None:
    """Have processes told: first that there is something, then what (`ops/cache.py`: guards)."""
    if changed:
        mark_on_commit(conn, ITEMS_CHANGED, *map(item_of, changed))


def _current(conn: sa.Connection, wanted: Sequence[int]) -> dict[int, int]:
    """The versions that these pages show now, of those that are live."""
    return {
        row.id: row.version
        for some in _parts(wanted)
        for row in conn.execute(
            sa.select(pages.c.id, pages.c.version).where(
                pages.c.id.in_(some), pages.c.state == "live", pages.c.same_as.is_(None)
            )
        )
    }


def _known(conn: sa.Connection, wanted: Sequence[int]) -> Iterator[Any]:
    for some in _parts(wanted):
        yield from conn.execute(sa.select(items).where(items.c.page.in_(some)))


def _differing(was: Any, draft: _Draft, now_s: float) -> Values:
    """All values of an item that is not as it was; nothing of one that is."""
    values = dict(draft.values)
    if values["vector"] is None and was.version == draft.version:
        values["vector"] = was.vector  # the passages are the same
    values["gone_at"] = None if draft.is_shown else (was.gone_at or now_s)
    return values if any(getattr(was, name) != value for name, value in values.items()) else {}


def _next_seqs(conn: sa.Connection) -> Iterator[int]:
    """Numbers above all there are. Writers take turns, so that nobody else gives the same."""
    last = conn.execute(sa.select(sa.func.max(items.c.seq))).scalar() or 0
    while True:
        last += 1
        yield last


def _taken(conn: sa.Connection, drafts: Sequence[_Draft]) -> set[tuple[str, str]]:
    """Of the keys that new items would like, those that others have."""
    wanted = sorted({key for draft in drafts for key in draft.keys})
    return {
        (row.workspace, row.key)
        for some in _parts(wanted)
        for row in conn.execute(sa.select(items.c.workspace, items.c.key).where(items.c.key.in_(some)))
    }


def _free_key(draft: _Draft, taken: set[tuple[str, str]]) -> str:
    free = next(key for key in draft.keys if (draft.workspace, key) not in taken)
    taken.add((draft.workspace, free))
    return free


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), IDS_AT_ONCE):
        yield values[first : first + IDS_AT_ONCE]


# -- vectors --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """The vectors of items, of the version that they were made from; `without` will never have one."""

    vectors: Mapping[int, bytes]
    versions: Mapping[int, int]
    without: frozenset[int]


def _vectors(conn: sa.Connection, wanted: Sequence[int], model: str) -> _Found:
    of_item: dict[int, list[str]] = {}
    shown: dict[int, int] = {}
    without: set[int] = set(wanted)
    for some in _parts(wanted):
        rows = conn.execute(
            sa.select(items.c.id, items.c.version, versions.c.arranged)
            .join(versions, versions.c.id == items.c.version)
            .where(items.c.id.in_(some), items.c.vector.is_(None), items.c.gone_at.is_(None))
        ).all()
        shown |= {row.id: row.version for row in rows if row.arranged}
        without -= {row.id for row in rows}
    for item, words in _texts(conn, shown):
        of_item.setdefault(item, []).append(hashlib.sha256(words.encode()).hexdigest())
    without |= shown.keys() - of_item.keys()  # it has no passages
    known = _embedded(conn, sorted({text for texts in of_item.values() for text in texts}), model)
    means = {
        item: _mean([known[text] for text in texts])
        for item, texts in of_item.items()
        if all(text in known for text in texts)
    }
    return _Found(means, shown, frozenset(without))


def _texts(conn: sa.Connection, shown: Mapping[int, int]) -> Iterator[tuple[int, str]]:
    """What the model read of the items' passages."""
    item_of = {version: item for item, version in shown.items()}
    for some in _parts(sorted(item_of)):
        place = sa.func.row_number().over(partition_by=passages.c.version, order_by=passages.c.start).label("place")
        first = (
            sa.select(passages.c.version, passages.c.start, passages.c.end, passages.c.heading, place)
            .where(passages.c.version.in_(some))
            .subquery()
        )
        rows = conn.execute(
            sa.select(
                first.c.version, first.c.heading, versions.c.title, quoted(first.c.start, first.c.end).label("text")
            )
            .join(versions, versions.c.id == first.c.version)
            .where(first.c.place <= PASSAGES_AT_MOST)
        )
        for row in rows:
            yield item_of[row.version], model_text(row.title, row.heading, row.text)


def _embedded(conn: sa.Connection, texts: Sequence[str], model: str) -> dict[str, NDArray[np.float32]]:
    return {
        row.text_hash: np.frombuffer(row.vector, np.float16).astype(np.float32)
        for some in _parts(texts)
        for row in conn.execute(
            sa.select(embeddings.c.text_hash, embeddings.c.vector).where(
                embeddings.c.model == model, embeddings.c.text_hash.in_(some)
            )
        )
    }


def _mean(vectors: Sequence[NDArray[np.float32]]) -> bytes:
    mean = np.mean(np.stack(vectors), axis=0)
    length = float(np.linalg.norm(mean))
    return bytes((mean / length if length > 0 else mean).astype(np.float16).tobytes())


def _keep_vectors(conn: sa.Connection, found: _Found) -> None:
    """Write the vectors of items that are still made from that version."""
    seqs = _next_seqs(conn)
    conn.execute(
        sa.update(items)
        .where(items.c.id == sa.bindparam("row"), items.c.version == sa.bindparam("made_from"))
        .values(vector=sa.bindparam("new_vector"), seq=sa.bindparam("new_seq")),
        [
            {"row": item, "made_from": found.versions[item], "new_vector": vector, "new_seq": next(seqs)}
            for item, vector in found.vectors.items()
        ],
    )
    _mark(conn, list(found.vectors))
