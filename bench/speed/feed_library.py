"""A library of many items and people with a past, written straight into the records: what the feed is measured on."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import sqlalchemy as sa

from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records, local_scope
from bowerbird.records.tables import events, items, pages, persons, sources, versions

__all__ = ["Library", "fill"]

SOURCES: Final = 40
CATEGORIES: Final = 24
REGIONS: Final = 12
TOPICS: Final = 300
AT_ONCE: Final = 5_000
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Library:
    """What was written."""

    scope: Scope
    people: tuple[str, ...]  # external ids
    person_ids: tuple[str, ...]
    vectors: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"  # (items, d)
    categories: "np.ndarray[tuple[int], np.dtype[np.int64]]"


def fill(records: Records, clock: Clock, *, count: int, people: int, past: int, seed: int = 0) -> Library:
    """`count` items around some hundred topics, and `people`, of whom each has done about `past` things."""
    rng = np.random.default_rng(seed)
    scope = records.write(lambda conn: local_scope(conn, clock))
    now_s = clock.now_s()
    centres = rng.normal(size=(TOPICS, 384))
    topics = rng.integers(0, TOPICS, count)
    vectors = (centres[topics] + 0.8 * rng.normal(size=(count, 384))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = [new_id(clock) for _ in range(SOURCES)]

    def sites(conn: sa.Connection) -> None:
        rows = [
            {
                "id": name,
                "workspace": scope.workspace,
                "url": f"https://site-{at}.example/",
                "goal": "g",
                "created_by": scope.person,
                "created_at": now_s,
                "limits": {},
            }
            for at, name in enumerate(names)
        ]
        conn.execute(sa.insert(sources), rows)

    records.write(sites)
    of_source = rng.integers(0, SOURCES, count)
    of_category = topics % CATEGORIES
    quality = rng.beta(4, 2, count)
    age_s = rng.exponential(120 * DAY_S, count)
    for first in range(0, count, AT_ONCE):
        some = range(first, min(first + AT_ONCE, count))

        def write(conn: sa.Connection, some: range = some) -> None:
            urls = [f"https://site-{of_source[at]}.example/{at}" for at in some]
            conn.execute(
                sa.insert(pages),
                [
                    {
                        "id": at + 1,
                        "source": names[of_source[at]],
                        "url": url,
                        "state": "live",
                        "title": f"Thing {at}",
                        "fields": {
                            "category": f"category {of_category[at]}",
                            "region": f"region {of_source[at] % REGIONS}",
                            "quality": float(quality[at]),
                        },
                        "links": [],
                        "published_at": now_s - float(age_s[at]),
                        "fetched_at": now_s,
                        "checked_at": now_s,
                        "version": at + 1,
                    }
                    for at, url in zip(some, urls, strict=True)
                ],
            )
            conn.execute(
                sa.insert(versions),
                [
                    {
                        "id": at + 1,
                        "page": at + 1,
                        "text_hash": "",
                        "title": f"Thing {at}",
                        "text": _text(at),
                        "fetched_at": now_s,
                        "arranged": True,
                        "entities_read": True,
                        "language": "en",
                    }
                    for at in some
                ],
            )

        records.write(write)
    while renew_items(records, limit=AT_ONCE, clock=clock):
        pass
    for first in range(0, count, AT_ONCE):
        some = range(first, min(first + AT_ONCE, count))
        records.write(partial(_understood, some=some, vectors=vectors, added=now_s - age_s))
    row_of = records.read(lambda conn: {row.page: row.id for row in conn.execute(sa.select(items.c.page, items.c.id))})
    external = [f"reader-{at}" for at in range(people)]
    ids = [new_id(clock) for _ in range(people)]
    by_topic = [np.flatnonzero(topics == topic) for topic in range(TOPICS)]
    for first in range(0, people, 500):
        some = range(first, min(first + 500, people))

        def came(conn: sa.Connection, some: range = some) -> None:
            conn.execute(
                sa.insert(persons),
                [
                    {
                        "id": ids[at],
                        "workspace": scope.workspace,
                        "external_id": external[at],
                        "name": external[at],
                        "created_at": now_s,
                    }
                    for at in some
                ],
            )
            done: list[dict[str, object]] = []
            for at in some:
                liked = rng.integers(0, TOPICS, 3)
                for number in range(int(rng.poisson(past))):
                    item = (
                        int(rng.choice(by_topic[int(rng.choice(liked))]))
                        if rng.random() < 0.8
                        else int(rng.integers(0, count))
                    )
                    kind = str(rng.choice(["shown", "opened", "saved", "liked"], p=[0.6, 0.28, 0.08, 0.04]))
                    done.append(
                        {
                            "workspace": scope.workspace,
                            "person": ids[at],
                            "item": row_of[item + 1],
                            "key": f"{at}-{number}",
                            "kind": kind,
                            "at": now_s - float(rng.uniform(0, 40 * DAY_S)),
                            "received_at": now_s,
                        }
                    )
            if done:
                conn.execute(sa.insert(events), done)

        records.write(came)
    return Library(scope, tuple(external), tuple(ids), vectors, of_category)


def _quote(at: int) -> str:
    return f"This is what can be said of thing {at} in one sentence that is as long as such sentences are."


def _text(at: int) -> str:
    """Enough for the worker to go on showing it."""
    return _quote(at) + "".join(
        f" Of part {part} of thing {at} there is more to be told than fits here." for part in range(12)
    )


def _understood(
    conn: sa.Connection,
    some: range,
    vectors: "np.ndarray[tuple[int, int], np.dtype[np.float32]]",
    added: "np.ndarray[tuple[int], np.dtype[np.float64]]",
) -> None:
    """What the embedder would have said of them, and when they would have come."""
    conn.execute(
        sa.update(items)
        .where(items.c.page == sa.bindparam("of"))
        .values(vector=sa.bindparam("said"), added_at=sa.bindparam("then")),
        [{"of": at + 1, "said": vectors[at].astype(np.float16).tobytes(), "then": float(added[at])} for at in some],
    )
