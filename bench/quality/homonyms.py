"""
Homonyms: whether one name on two sources means one thing, on names labelled by reading both.

The names (`labelled/homonyms_taught.json`) stand on two of the sites of `bench/quality/resolution.py`, or in two of
four collections of web pages (WildGraphBench: history, mathematics, nature, technology). Weights are learnt from all
of them (`--train`); what is printed is by cross-validation over the names, so no name is judged by weights that saw
it. No name of `labelled/resolution.json` is among them, and that one measures.
"""

import json
import lzma
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bench.quality.resolution import LABELS, Labelled, labelled, store
from bench.report import data_dir, write
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.resolve.homonyms import FEATURES, WEIGHTS, features
from bowerbird.knowledge.resolve.scorer import Scorer, fit
from bowerbird.knowledge.resolve.sides import sides
from bowerbird.records import Records, open_records
from bowerbird.records.tables import entities, sources
from bowerbird.testing.builders import Library

TAUGHT: Final = LABELS.with_name("homonyms_taught.json")
TOPICS: Final = ("history", "mathematics", "nature", "technology")
PAGES: Final = 70  # of a topic
LONGEST: Final = 40_000  # characters of a page
TRUST: Final = 8.0  # of weights of 0, in spreads of each feature: by cross-validation
APART: Final = 0.35  # a source parts below this chance …
TOGETHER: Final = 0.6  # … and comes back above that
FOLDS: Final = 10

Floats = NDArray[np.float64]


def store_topics(records: Records) -> Library:
    """The web pages, a source for each topic."""
    library = Library(records, ManualClock(1e9))
    for topic in TOPICS:
        source = library.source(f"https://{topic}.example/", topic)
        kept = 0
        with lzma.open(data_dir("evidence/wildgraphbench") / "dev" / f"{topic}.pages.jsonl.xz", "rt") as lines:
            for page in map(json.loads, lines):
                if kept < PAGES and len(page["text"]) >= 300:
                    url = f"https://{topic}.example/{page['_id']}"
                    library.page(source, url, page["text"][:LONGEST], title=page["title"] or "")
                    kept += 1
    library.arrange()
    return library


def rows_of(library: Library, pairs: list[Labelled]) -> tuple[list[list[float]], list[bool]]:
    """The features of the pairs that are still found, and whether they are one thing."""

    def look(conn: sa.Connection) -> tuple[list[list[float]], list[bool]]:
        called = {row.goal: row.id for row in conn.execute(sa.select(sources.c.goal, sources.c.id))}
        known = {row.key: row for row in conn.execute(sa.select(entities).where(entities.c.sense == 0))}
        there = [pair for pair in pairs if pair.one[1] in known]
        keys = [
            tuple((known[name].id, called[page.partition("/")[0]]) for page, name in (pair.one, pair.other))
            for pair in there
        ]
        seen = sides(conn, {key for both in keys for key in both})
        found = [
            (features(pair.one[1], known[pair.one[1]].read_type, seen[both[0]], seen[both[1]]), pair.same)
            for pair, both in zip(there, keys, strict=True)
            if both[0] in seen and both[1] in seen
        ]
        return [row for row, _ in found], [same for _, same in found]

    return library.records.read(look)


def learnt(rows: Floats, same: Floats) -> Floats:
    """Weights (D + 1,) for the features as they are, learnt with each in its own spread."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    weights = fit((rows - mean) / spread, same, around=np.zeros(rows.shape[1] + 1), trust=TRUST)
    plain = weights[:-1] / spread
    return np.asarray([*plain, weights[-1] - plain @ mean])


def cross_validated(rows: Floats, same: Floats) -> Floats:
    """The chance of each by weights that were learnt from the others."""
    fold = np.random.default_rng(0).integers(0, FOLDS, len(same))
    chances = np.zeros(len(same))
    for n in range(FOLDS):
        scorer = Scorer(learnt(rows[fold != n], same[fold != n]), 0.0)
        chances[fold == n] = scorer.chances(rows[fold == n].tolist())
    return chances


def figures_of(chances: Floats, same: Floats) -> dict[str, Any]:
    """How many of what is parted should be, at the chance that ships."""
    parted, two = chances < APART, same == 0
    return {
        "names": len(same),
        "of_two_things": int(two.sum()),
        "parted": int(parted.sum()),
        "parted_rightly": round(float((parted & two).sum() / max(1, parted.sum())), 3),
        "of_two_things_parted": round(float((parted & two).sum() / max(1, two.sum())), 3),
        "log_loss": round(float(-np.log(np.where(same > 0, chances, 1 - chances)).mean()), 3),
    }


def main() -> None:
    """Measure, or train."""
    pairs = labelled(TAUGHT)
    rows: list[list[float]] = []
    same: list[bool] = []
    for fill, drawn in ((store, "debian"), (store_topics, "web")):
        with tempfile.TemporaryDirectory(prefix="bowerbird-homonyms-") as folder:
            records = open_records(f"sqlite:///{Path(folder) / 'bowerbird.db'}")
            found = rows_of(fill(records), [pair for pair in pairs if pair.drawn == drawn])
            records.close()
        rows.extend(found[0])
        same.extend(found[1])
    x, y = np.asarray(rows), np.asarray(same, np.float64)
    if "--train" in sys.argv:
        save(x, y)
        print(f"wrote {WEIGHTS}")
    figures = figures_of(cross_validated(x, y), y)
    write(
        "homonyms",
        figures,
        headline={
            "names on two sources, parted: share that means two things": figures["parted_rightly"],
            "names of two things: share that is parted": figures["of_two_things_parted"],
        },
        notes="By cross-validation; labelled by a language model that read both sides and wrote the features.",
    )


def save(rows: Floats, same: Floats) -> None:
    """Write the weights that ship."""
    weights, usual = learnt(rows, same), rows.mean(axis=0)
    told = {
        "weights": {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=False)},
        "bias": round(float(weights[-1]), 4),
        "usual": {name: round(float(value), 4) for name, value in zip(FEATURES, usual, strict=True)},
        "apart": APART,
        "together": TOGETHER,
    }
    WEIGHTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
