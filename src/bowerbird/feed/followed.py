"""
What is new of what a person follows: the items that they should not miss.

    question   a page that the answer cites as it is now, if it came since the question is followed
    entity     a page that names it
    topic      what is near to its words
    source     whatever it brings

Only of the last two weeks, the newest first, some of each follow, so that one that brings much leaves room for the
others. What of it the person may see, and what they have seen, says who asks (`News.among`).
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.catalogue import DAY_S, Catalogue
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.index.nearest import Floats, Mask, Numbers
from bowerbird.records.tables import citations, entities, follows, items, mentions, versions

__all__ = ["NOTHING", "Followed", "New", "News", "TopicNews", "read_followed"]

Moments = NDArray[np.float64]

NEW_S: Final = 14 * DAY_S
MOST: Final = 40  # items
EACH: Final = 10  # of one follow
TOPIC_ALIKE: Final = 0.35  # cosine, below which nothing is about a topic
TOPIC_S: Final = 60.0  # for which it is known what is new of a topic
_NEAR: Final = 60
_VERSIONS: Final = 60  # of pages, the newest that name an entity, which are looked at
_TOPICS: Final = 5_000  # remembered


@dataclass(frozen=True, slots=True)
class New:
    """An item that is new of what is followed, and since when."""

    item: int
    at: float
    follow: str


@dataclass(frozen=True, slots=True)
class Followed:
    """What a person follows, by the ids of these follows."""

    items: tuple[New, ...] = ()  # of questions first, then of entities; of each the newest first
    topics: tuple[tuple[str, str], ...] = ()  # topic, follow
    sources: Mapping[str, str] = field(default_factory=dict[str, str])  # source: follow

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.items or self.topics or self.sources)


NOTHING: Final = Followed()
# Built once: to build a statement takes longer than to run it.
_OPEN: Final = (
    sa.select(
        follows.c.id,
        follows.c.kind,
        follows.c.question,
        follows.c.source,
        follows.c.topic,
        follows.c.created_at,
        sa.func.coalesce(entities.c.merged_into, entities.c.id).label("entity"),
    )
    .outerjoin(entities, entities.c.id == follows.c.entity)
    .where(
        follows.c.person == sa.bindparam("of"),
        follows.c.ended_at.is_(None),
        follows.c.kind.in_(("standing", "entity", "source", "topic")),
    )
    .order_by(follows.c.created_at, follows.c.id)
)
_CITED: Final = (
    sa.select(citations.c.question, items.c.id, versions.c.fetched_at)
    .join(items, sa.and_(items.c.page == citations.c.page, items.c.version == citations.c.version))
    .join(versions, versions.c.id == items.c.version)
    .join(follows, follows.c.question == citations.c.question)
    .where(
        citations.c.question.in_(sa.bindparam("asked", expanding=True)),
        follows.c.id.in_(sa.bindparam("follows", expanding=True)),
        items.c.gone_at.is_(None),
        versions.c.fetched_at > sa.bindparam("since_s"),
        versions.c.fetched_at > follows.c.created_at,
    )
    .distinct()
    .order_by(versions.c.fetched_at.desc(), items.c.id)
)
# The versions that came last: they are numbered in that order.
_NEWEST: Final = (
    sa.select(mentions.c.page, mentions.c.version)
    .where(mentions.c.entity == sa.bindparam("named"))
    .distinct()
    .order_by(mentions.c.version.desc())
    .limit(_VERSIONS)
    .subquery()
)
_NAMING: Final = (
    sa.select(items.c.id, versions.c.fetched_at)
    .select_from(items)
    .join(_NEWEST, sa.and_(items.c.page == _NEWEST.c.page, items.c.version == _NEWEST.c.version))
    .join(versions, versions.c.id == items.c.version)
    .where(items.c.gone_at.is_(None), versions.c.fetched_at > sa.bindparam("since_s"))
    .order_by(versions.c.fetched_at.desc(), items.c.id)
)


def read_followed(conn: sa.Connection, scope: Scope, *, now_s: float) -> Followed:
    """
    What the person of `scope` follows, and what is new of it as far as the records alone know.

    Not all of that they may see: what may be shown to whom the feed knows at the time.
    """
    rows = conn.execute(_OPEN, {"of": scope.person}).all()
    if not rows:
        return NOTHING
    named = {row.entity: row.id for row in rows if row.kind == "entity"}
    asked = {row.question: row.id for row in rows if row.kind == "standing"}
    since_s = now_s - NEW_S
    return Followed(
        items=(*_cited(conn, asked, since_s=since_s), *_naming(conn, named, since_s=since_s)),
        topics=tuple((row.topic, row.id) for row in rows if row.kind == "topic"),
        sources={row.source: row.id for row in rows if row.kind == "source"},
    )


def _cited(conn: sa.Connection, asked: Mapping[str, str], *, since_s: float) -> list[New]:
    if not asked:
        return []
    found = conn.execute(_CITED, {"asked": list(asked), "follows": list(asked.values()), "since_s": since_s})
    return [New(item, at, asked[question]) for question, item, at in found]


def _naming(conn: sa.Connection, named: Mapping[int, str], *, since_s: float) -> list[New]:
    # One after the other: together, one that is named everywhere would leave nothing to the others.
    return [
        New(item, at, follow)
        for entity, follow in named.items()
        for item, at in conn.execute(_NAMING, {"named": entity, "since_s": since_s})
    ]


class TopicNews:
    """What of a catalogue is new and near to a topic, found once a minute for all who follow it. For many threads."""

    def __init__(self, embed: Callable[[str], Floats], clock: Clock) -> None:
        """`embed` gives the vector of a topic, and may raise Unavailable."""
        self._embed = embed
        self._clock = clock
        self._found: WeakKeyDictionary[Catalogue, dict[str, tuple[float, Numbers]]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def rows(self, topic: str, catalogue: Catalogue) -> Numbers:
        """Rows of the catalogue, the newest first, whoever may see them; raises Unavailable."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            known = self._found.setdefault(catalogue, {})
        if (had := known.get(topic)) is not None and now_s - had[0] < TOPIC_S:
            return had[1]
        vector = self._embed(topic)
        size = catalogue.size
        recent: Mask = ~catalogue.gone[:size] & (catalogue.added_at[:size] > self._clock.now_s() - NEW_S)
        near = catalogue.nearest(vector, _NEAR, recent)
        near = near[catalogue.unit(near) @ vector >= TOPIC_ALIKE]
        near = near[np.lexsort((near, -catalogue.added_at[near]))]
        if len(known) >= _TOPICS:
            known.clear()
        known[topic] = now_s, near
        return near


class News:
    """What is new of what one person follows, in rows of a catalogue."""

    def __init__(
        self, followed: Followed, catalogue: Catalogue, topics: Sequence[tuple[Numbers, str]], *, now_s: float
    ) -> None:
        """`topics` are the rows that are new of each topic, and the follow of it."""
        self._followed = followed
        self._catalogue = catalogue
        self._topics = topics
        self._since_s = now_s - NEW_S
        self._now_s = now_s
        self._found: dict[int, tuple[float, str]] = {}  # rows: since when, and the follow

    def among(self, open_: Mask) -> Numbers:
        """Of the rows that `open_` marks those that are new, the newest first."""
        found: dict[int, tuple[float, str]] = {}
        for rows, at, follow in self._each(open_):
            for row, at_s in zip(rows[:EACH].tolist(), at[:EACH].tolist(), strict=True):
                found.setdefault(row, (at_s, follow))
        newest = sorted(found, key=lambda row: (-found[row][0], row))[:MOST]
        self._found = {row: found[row] for row in newest}
        return np.array(newest, np.int64)

    def follow_of(self, row: int) -> str:
        """The follow that the row is new of; empty for none."""
        return self._found[row][1] if row in self._found else ""

    def freshness(self, rows: Numbers) -> Floats:
        """How new each is of what is followed (n,): 1 now, a half after a week; 0 for what is of nothing followed."""
        found = np.zeros(len(rows), np.float32)
        for at, row in enumerate(rows.tolist()):
            if row in self._found:
                found[at] = 0.5 ** (max(self._now_s - self._found[row][0], 0.0) / (7 * DAY_S))
        return found

    def _each(self, open_: Mask) -> "list[tuple[Numbers, Moments, str]]":
        """The rows of every follow, the newest first, with since when; what says most of an item comes first."""
        found: list[tuple[Numbers, Moments, str]] = []
        size = len(open_)
        of_follows: dict[str, list[New]] = {}
        for one in self._followed.items:
            of_follows.setdefault(one.follow, []).append(one)
        for follow, news in of_follows.items():
            rows = self._catalogue.rows_of([one.item for one in news], size=size)
            at = np.array([one.at for one in news])
            is_open = rows >= 0
            is_open[is_open] = open_[rows[is_open]]
            found.append((rows[is_open], at[is_open], follow))
        added_at = self._catalogue.added_at
        for rows, follow in self._topics:
            rows = rows[rows < size]  # noqa: PLW2901  it may have come since
            rows = rows[open_[rows]]  # noqa: PLW2901
            found.append((rows, added_at[rows], follow))
        return found + self._of_sources(open_)

    def _of_sources(self, open_: Mask) -> "list[tuple[Numbers, Moments, str]]":
        catalogue, size = self._catalogue, len(open_)
        followed = {
            code: follow
            for source, follow in self._followed.sources.items()
            if (code := catalogue.code_of(source)) is not None
        }
        if not followed:
            return []
        listed = catalogue.newest
        reaches = len(listed) == 0 or catalogue.added_at[listed[-1]] <= self._since_s
        newest = listed[listed < size]
        newest = newest[(catalogue.added_at[newest] > self._since_s) & open_[newest]]
        codes = catalogue.sources[newest]
        parts = {code: newest[codes == code] for code in followed}
        if not reaches and any(len(rows) < EACH for rows in parts.values()):
            parts = self._looked_through(open_, list(followed))
        return [(rows, catalogue.added_at[rows], followed[code]) for code, rows in parts.items()]

    def _looked_through(self, open_: Mask, codes: Sequence[int]) -> dict[int, Numbers]:
        """Among all rows: so much has come lately that the list of the newest does not reach back far enough."""
        catalogue, size = self._catalogue, len(open_)
        is_followed = np.zeros(len(catalogue.source_ids) + 1, bool)
        is_followed[list(codes)] = True
        rows = np.flatnonzero(
            is_followed[catalogue.sources[:size]] & open_ & (catalogue.added_at[:size] > self._since_s)
        )
        rows = rows[np.lexsort((rows, -catalogue.added_at[rows]))]
        of = catalogue.sources[rows]
        return {code: rows[of == code] for code in codes}
