"""
How long it takes to work out somebody's news: 200 pages, of which 40 changed, and a person who relies on a lot.

They asked 200 questions, saved 100 pages and follow 40 things that many pages name. Pages are of 2,000 characters.
"""

import random
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from bench.report import write
from bowerbird.answer import begin_question, save_answer
from bowerbird.answer.news import read_news
from bowerbird.feed import NewEvent, follow_thing, keep_events
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import Records, open_records
from bowerbird.records.tables import entities, items
from bowerbird.testing.builders import Library, Stored

PAGES, CHANGED, ASKED, SAVED, FOLLOWED, TIMES = 200, 40, 200, 100, 40, 20
PLACES = ("Riverbank", "Hillside", "Oldtown", "Seaview", "Northgate", "Millpond", "Eastfield", "Kingsway")
NAMES = [f"{place} {what}" for place in PLACES for what in ("Tower", "Bridge", "Museum", "Garden", "Library")]


def text_of(number: int, height: int) -> str:
    """A page that states a height, among sentences about what all pages name."""
    chance = random.Random(number)
    lines = [
        f"The {chance.choice(NAMES)} was painted by {chance.randint(2, 900)} people in a year." for _ in range(100)
    ]
    return f"# Page {number}\n\nThe {NAMES[number % len(NAMES)]} is {height} metres high. {' '.join(lines)}\n"


def fill(records: Records, library: Library) -> None:
    """Pages, what the person did with them, and what changed since."""
    source, scope, clock = library.source(), library.scope, library.clock
    url = "https://docs.example.org/{}"
    stored = [library.page(source, url.format(n), text_of(n, 300), title=f"Page {n}") for n in range(PAGES)]
    library.arrange()
    while renew_items(records, limit=500, clock=clock):
        pass

    def keep(conn: sa.Connection) -> None:
        keys = {row.page: row.key for row in conn.execute(sa.select(items.c.page, items.c.key))}
        saved = [NewEvent(keys[one.page], "saved", sender=scope) for one in stored[:SAVED]]
        keep_events(conn, scope.workspace, saved, clock=clock)
        for number in range(ASKED):
            row = begin_question(conn, scope, f"How high is it, number {number}?", conversation=None, clock=clock)
            save_answer(conn, row.id, {"claims": [{"citations": [_cited(stored[number], number)]}]}, clock=clock)
        named = conn.execute(sa.select(entities.c.id).where(entities.c.name.in_(NAMES)).limit(FOLLOWED)).scalars()
        for entity in named.all():
            follow_thing(conn, scope, "entity", str(entity), clock=clock)

    records.write(keep)
    for number in range(CHANGED):
        library.page(source, url.format(number), text_of(number, 312), title=f"Page {number}")
    library.arrange()


def _cited(page: Stored, number: int) -> dict[str, Any]:
    fact = f"The {NAMES[number % len(NAMES)]} is 300 metres high."
    start = text_of(number, 300).index(fact)
    return {"n": 1, "version": page.version, "start": start, "end": start + len(fact)}


def main() -> None:
    """Fill, read some hundred times, and tell."""
    with tempfile.TemporaryDirectory(prefix="bowerbird-") as folder:
        records = open_records(f"sqlite:///{Path(folder) / 'records.db'}")
        library = Library(records, ManualClock(time.time()))
        fill(records, library)
        now_s = library.clock.now_s()
        took: list[float] = []
        found = 0
        for _ in range(TIMES):
            began = time.perf_counter()
            found = len(records.read(lambda conn: read_news(conn, library.scope, now_s=now_s)))
            took.append(1000 * (time.perf_counter() - began))
        records.close()
    p50, p99 = (round(float(one), 1) for one in np.percentile(took, [50, 99]))
    write("news", {"news": found, "p50_ms": p50, "p99_ms": p99})


if __name__ == "__main__":
    main()
