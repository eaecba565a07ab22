"""
A world of `feed_world` written into the records as the product would have them, straight, without the way through it.

Only what a ranker may look at is written: of an item its embedding, region, category, source, times and stated quality;
of a person what they did. An item that states no quality gets that of a dated page of 1,500 characters (`worth`), and
what each place was looked at is nobody's to know. The region that half of the people tell is not written: the product
has nowhere to tell it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bench.quality.feed_metrics import Floats, Ints
from bench.quality.feed_world import ANYWHERE, KINDS
from bowerbird.feed.worth import KeySentence, quality
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope, Span
from bowerbird.records import Records, local_scope
from bowerbird.records.tables import events, items, pages, persons, sources, versions

__all__ = ["Happened", "Things", "Written", "write_world"]

AT_ONCE: Final = 10_000
CHARS: Final = 1_500


class Things(Protocol):
    """What of a world is written: arrays by item."""

    @property
    def embeddings(self) -> NDArray[np.float32]: ...
    @property
    def stated_quality(self) -> Floats: ...  # NaN: nothing is stated
    @property
    def item_region(self) -> Ints: ...
    @property
    def category(self) -> Ints: ...  # -1: none
    @property
    def source(self) -> Ints: ...
    @property
    def created_at(self) -> Floats: ...
    @property
    def items(self) -> int: ...
    @property
    def people(self) -> int: ...


class Happened(Protocol):
    """What people did, in order of time."""

    @property
    def person(self) -> Ints: ...
    @property
    def item(self) -> Ints: ...
    @property
    def kind(self) -> Ints: ...
    @property
    def at(self) -> Floats: ...
    @property
    def slate(self) -> Ints: ...  # -1: none
    @property
    def position(self) -> Ints: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the item of row id i + 1 is the world's i."""

    scope: Scope
    scopes: Sequence[Scope]  # of each person of the world
    sources: Sequence[str]


def write_world(records: Records, clock: Clock, w: Things, past: Happened, *, kinds: Sequence[str] = KINDS) -> Written:
    """All items, people and events of that world; the records must be empty."""
    scope = records.write(lambda conn: local_scope(conn, clock))
    sites = [new_id(clock) for _ in range(int(w.source.max()) + 1)]
    people = [new_id(clock) for _ in range(w.people)]
    for table, rows in (
        (sources, _sources(scope, sites, clock.now_s())),
        (pages, _pages(w, sites)),
        (versions, _versions(w)),
        (items, _items(scope, w, sites)),
        (persons, _persons(scope, people, clock.now_s())),
        (events, _events(scope, people, past, kinds)),
    ):
        _write(records, table, list(rows))
    return Written(scope, [Scope(scope.workspace, person) for person in people], sites)


def _write(records: Records, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    for first in range(0, len(rows), AT_ONCE):

        def insert(conn: sa.Connection, first: int = first) -> None:
            conn.execute(sa.insert(table), rows[first : first + AT_ONCE])

        records.write(insert)


def _sources(scope: Scope, sites: Sequence[str], now_s: float) -> Iterator[dict[str, Any]]:
    for at, site in enumerate(sites):
        yield {
            "id": site,
            "workspace": scope.workspace,
            "url": _site(at),
            "goal": "g",
            "created_by": scope.person,
            "created_at": now_s,
            "limits": {},
        }


def _pages(w: Things, sites: Sequence[str]) -> Iterator[dict[str, Any]]:
    for at in range(w.items):
        yield {
            "id": at + 1,
            "source": sites[w.source[at]],
            "url": f"{_site(w.source[at])}{at}",
            "state": "live",
            "title": f"Thing {at}",
            "fields": {},
            "links": [],
            "fetched_at": w.created_at[at],
            "checked_at": w.created_at[at],
            "version": at + 1,
        }


def _versions(w: Things) -> Iterator[dict[str, Any]]:
    for at in range(w.items):
        yield {
            "id": at + 1,
            "page": at + 1,
            "text_hash": "",
            "title": f"Thing {at}",
            "text": _quote(at),
            "fetched_at": w.created_at[at],
            "arranged": True,
            "entities_read": True,
            "language": "en",
        }


def _items(scope: Scope, w: Things, sites: Sequence[str]) -> Iterator[dict[str, Any]]:
    unstated = quality({"category": "any"}, "", chars=CHARS, is_dated=True, key=KeySentence(Span(0, 1), True))
    worth = np.where(np.isnan(w.stated_quality), unstated, w.stated_quality)
    for at in range(w.items):
        fields = {"category": f"category {w.category[at]}"} if w.category[at] >= 0 else {}
        if w.item_region[at] != ANYWHERE:
            fields["region"] = f"region {w.item_region[at]}"
        yield {
            "id": at + 1,
            "workspace": scope.workspace,
            "source": sites[w.source[at]],
            "page": at + 1,
            "version": at + 1,
            "key": f"thing-{at}",
            "kind": "page",
            "title": f"Thing {at}",
            "quote": _quote(at),
            "quote_start": 0,
            "quote_end": len(_quote(at)),
            "url": f"{_site(w.source[at])}{at}",
            "fields": fields,
            "quality": float(worth[at]),
            "vector": w.embeddings[at].astype(np.float16).tobytes(),
            "created_at": float(w.created_at[at]),
            "added_at": float(w.created_at[at]),
            "seq": at + 1,
        }


def _persons(scope: Scope, people: Sequence[str], now_s: float) -> Iterator[dict[str, Any]]:
    for at, person in enumerate(people):
        yield {
            "id": person,
            "workspace": scope.workspace,
            "external_id": f"person-{at}",
            "name": f"person-{at}",
            "created_at": now_s,
        }


def _events(scope: Scope, people: Sequence[str], past: Happened, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    columns = (past.person, past.item, past.kind, past.at, past.slate, past.position)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, (person, item, kind, at, slate, position) in enumerate(rows):
        yield {
            "workspace": scope.workspace,
            "person": people[person],
            "item": item + 1,
            "key": str(number),
            "kind": kinds[kind],
            "at": at,
            "received_at": at,
            "slate": None if slate < 0 else f"slate-{slate}",
            "position": None if slate < 0 else position,
        }


def _site(at: int) -> str:
    return f"https://site-{at}.example/"


def _quote(at: int) -> str:
    return f"This is what can be said of thing {at} in one sentence that is as long as such sentences are."
