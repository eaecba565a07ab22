"""
Learn what tells a term and a name from what only looks like one (`knowledge/entities/likely.json`).

The finds (`labelled/entities_taught.json`) were drawn from Debian's python3.11-doc and postgresql-doc-15 and from pages
of three topics of WildGraphBench, before there were any weights, and read as the draw is that the figures are of. None
is of the site which the figures are of.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.quality.corpora import wild_pages
from bench.quality.resolution import SITES
from bench.report import ROOT
from bowerbird.knowledge.entities.likely import NAME_SIGNS, TERM_SIGNS, WEIGHTS, Sort
from bowerbird.knowledge.entities.names import name_signs
from bowerbird.knowledge.entities.reading import lines, readable
from bowerbird.knowledge.entities.terms import term_signs
from bowerbird.knowledge.resolve.scorer import Floats, Scorer, fit
from bowerbird.reading.extract import extract

LABELS: Final = ROOT / "bench" / "quality" / "labelled" / "entities_taught.json"
LONGEST: Final = {"web": 60_000}  # characters of a page that were read for the draw
TRUST: Final = 3.0  # of weights that are nothing, against what the finds say
FOLDS: Final = 10
# Nothing is left out yet: with .5 and .3 what the product proposes to ask next was missing on a small site.
ENOUGH: Final[Mapping[Sort, float]] = {"term": 0.0, "name": 0.0}


def pages(labels: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """Site, name, title and text of each page with labels."""
    for site, of_pages in labels.items():
        if site == "web":
            yield from (
                (site, page["_id"], page["title"], page["text"][: LONGEST["web"]])
                for topic in ("mathematics", "nature", "history")
                for page in wild_pages(topic)
                if page["_id"] in of_pages
            )
            continue
        for name in of_pages:
            read = extract(
                (SITES[site] / name).read_bytes(), url=f"https://x.example/{Path(name).name}", content_type="text/html"
            )
            yield site, name, read.title, read.text[:120_000]


def examples() -> dict[Sort, tuple[Floats, Floats]]:
    """The signs (n, d) of what was read, and whether each is right (n,)."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    rows: dict[Sort, list[list[float]]] = {"term": [], "name": []}
    right: dict[Sort, list[bool]] = {"term": [], "name": []}
    for site, name, title, text in pages(labels):
        seen = readable(text)
        cut = list(lines(text, seen))
        signs: dict[Sort, dict[str, list[float]]] = {
            "term": term_signs(text, title, cut),
            "name": name_signs(seen, title, cut),
        }
        for key, label in labels[site][name].items():
            for sort, those in signs.items():
                if key in those:
                    rows[sort].append(those[key])
                    right[sort].append(label)
    return {sort: (np.asarray(rows[sort]), np.asarray(right[sort], np.float64)) for sort in rows}


def folded(x: Floats, y: Floats) -> Floats:
    """The chance of each by weights that have not seen it."""
    fold = np.asarray([hashlib.sha256(row.tobytes()).digest()[0] % FOLDS for row in x])
    found = np.zeros(len(y))
    for number in range(FOLDS):
        held = fold == number
        if held.any():
            weights = fit(x[~held], y[~held], around=np.zeros(x.shape[1] + 1), trust=TRUST)
            found[held] = Scorer(weights, 0.5).chances(x[held].tolist())
    return found


def told(sort: Sort, chances: Floats, right: Floats) -> None:
    """Say what is kept, and how much of it is right, of finds that the weights have not seen."""
    kept = right[chances >= ENOUGH[sort]]
    print(
        f"{sort}: {len(right)} finds, {right.mean():.3f} right; "
        f"kept {len(kept)}, {kept.mean():.3f} right, {kept.sum() / right.sum():.3f} of those that are"
    )


def main() -> None:
    learnt: dict[str, Any] = {}
    for sort, (x, y) in examples().items():
        told(sort, folded(x, y), y)
        weights = fit(x, y, around=np.zeros(x.shape[1] + 1), trust=TRUST)
        names = TERM_SIGNS if sort == "term" else NAME_SIGNS
        learnt[sort] = {
            "weights": {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=False)},
            "bias": round(float(weights[-1]), 4),
            "enough": ENOUGH[sort],
        }
    WEIGHTS.write_text(json.dumps(learnt, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
