"""
What is likely a name: the weights of `knowledge/entities/likely.json`, and how well they tell, site by site.

Names and terms that extraction found (before anything was left out) were drawn from pages of Debian's documentation
packages (python-statsmodels-doc, python-skimage-doc, python3.11-doc, postgresql-doc-15, debian-policy, and the half of
python-sklearn-doc's pages whose hash is even) and of WildGraphBench, and read in their sentences by the rules of
`labelled/README.md`; `labelled/entities_taught.json` has what was found right, by site and page. Without `--fit` each
site is judged by what was read of all the others, and the table says what each threshold would keep. With it the
weights that ship are made from all. Elements of interfaces, which are always kept, were not read.
BOWERBIRD_BENCH_DOCS is where the packages lie, if it is not /usr/share/doc.
"""

import argparse
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.quality import goal_pages
from bench.report import ROOT
from bowerbird.knowledge.entities.extract import found_on
from bowerbird.knowledge.entities.likely import WEIGHTS
from bowerbird.knowledge.entities.signs import Surroundings, signs_of
from bowerbird.reading.extract import extract as read_page

LABELS: Final = ROOT / "bench" / "quality" / "labelled" / "entities_taught.json"
DOCS: Final = Path(os.environ.get("BOWERBIRD_BENCH_DOCS", "/usr/share/doc"))
SITES: Final[Mapping[str, Path]] = {
    "statsmodels": DOCS / "python-statsmodels-doc" / "html",
    "skimage": DOCS / "python-skimage-doc" / "html",
    "sklearn": DOCS / "python-sklearn-doc" / "html",
    "python": DOCS / "python3.11" / "html",
    "postgresql": DOCS / "postgresql-doc-15" / "html",
    "policy": DOCS / "debian-policy",
}
WILD: Final = "wildgraphbench"
LONGEST: Final = 200_000  # characters of a page that are read
SEEN: Final = 8  # names that have a sign, at least, for it to be weighed
RIDGE: Final = 6.0  # of 2, 3, 6, 10 and 12 the best across sites
ENOUGH: Final = 0.55  # why: decision 0040
STEPS: Final = 15

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A name that was read, with its signs."""

    site: str
    signs: Mapping[str, float]
    right: bool


def pages(wanted: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """The wanted pages by site and name: these, the title and the text as the product reads it."""
    for site, root in SITES.items():
        for name in wanted.get(site, {}):
            found = read_page(
                (root / name).read_bytes(), url=f"https://{site}.example/{name}", content_type="text/html"
            )
            yield site, name, found.title, found.text[:LONGEST]
    for page in goal_pages.pages():
        if page.id in wanted.get(WILD, {}):
            body = f"# {page.title}\n\n{page.text}".encode()
            found = read_page(body, url=f"https://wild.example/{page.id}", content_type="text/markdown")
            yield WILD, page.id, found.title, found.text[:LONGEST]


def judged() -> list[Judged]:
    """All that was read and is still found."""
    labels: dict[str, dict[str, dict[str, bool]]] = json.loads(LABELS.read_text(encoding="utf-8"))
    every: list[Judged] = []
    for site, name, title, text in pages(labels):
        read, signs = found_on(text, title)
        around = Surroundings(text, read.lines, read.found.values())
        for candidate in read.candidates:
            right = labels[site][name].get(candidate.key)
            if right is not None and candidate.kind != "identifier":
                every.append(Judged(site, signs_of(candidate, signs[candidate.key], around), right))
    return every


def rows(every: Sequence[Judged], names: Sequence[str]) -> Floats:
    """A row each: what it has of each sign, and 1."""
    return np.array([[*(one.signs.get(name, 0.0) for name in names), 1.0] for one in every])


def learnt(of: Floats, right: Floats) -> Floats:
    """The weights of logistic regression, shrunk but for the last (Newton's method)."""
    shrink = np.full(of.shape[1], RIDGE)
    shrink[-1] = 1e-3
    weights = np.zeros(of.shape[1])
    for _ in range(STEPS):
        guess = likely(of, weights)
        bend = (of * (guess * (1 - guess))[:, None]).T @ of + np.diag(shrink)
        weights = weights - np.linalg.solve(bend, of.T @ (guess - right) + shrink * weights)
    return weights


def likely(of: Floats, weights: Floats) -> Floats:
    """How likely each row is right."""
    found: Floats = 1 / (1 + np.exp(-of @ weights))
    return found


def weighed(every: Sequence[Judged]) -> list[str]:
    """The signs that enough names have."""
    seen = Counter(sign for one in every for sign in one.signs)
    return sorted(sign for sign, count in seen.items() if count >= SEEN)


def across_sites(every: Sequence[Judged]) -> dict[str, Any]:
    """What each threshold would keep, each site judged by the others."""
    right = np.array([one.right for one in every], np.float64)
    sites = np.array([one.site for one in every])
    of = rows(every, weighed(every))
    guess = np.zeros(len(every))
    for site in np.unique(sites):
        own = sites == site
        guess[own] = likely(of[own], learnt(of[~own], right[~own]))
    table = [
        {
            "enough": enough,
            "right": round(float(right[guess >= enough].mean()), 3),
            "of the right ones kept": round(float((guess >= enough)[right == 1].mean()), 3),
            "kept": round(float((guess >= enough).mean()), 3),
        }
        for enough in (0.0, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
    ]
    loss = float(-(right * np.log(guess) + (1 - right) * np.log(1 - guess)).mean())
    counts = {site: int((sites == site).sum()) for site in np.unique(sites).tolist()}
    return {"read": counts, "log_loss": round(loss, 4), "area_under_roc": round(area(guess, right), 3), "table": table}


def area(guess: Floats, right: Floats) -> float:
    """The share of pairs of a right and a wrong one of which the right one is the likelier."""
    ranks = np.empty(len(guess))
    ranks[np.argsort(guess, kind="stable")] = np.arange(len(guess))
    good = int(right.sum())
    return float((ranks[right == 1].sum() - good * (good - 1) / 2) / (good * (len(right) - good)))


def fit(every: Sequence[Judged]) -> None:
    """Write the weights that ship."""
    names = weighed(every)
    weights = learnt(rows(every, names), np.array([one.right for one in every], np.float64))
    told = {
        "made_by": "python -m bench.quality.likely --fit",
        "enough": ENOUGH,
        "bias": round(float(weights[-1]), 3),
        "weights": {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=False)},
    }
    WEIGHTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Fit, or tell."""
    parser = argparse.ArgumentParser(description="What is likely a name.")
    parser.add_argument("--fit", action="store_true", help="write the weights that ship")
    asked = parser.parse_args()
    every = judged()
    if asked.fit:
        fit(every)
    else:
        print(json.dumps(across_sites(every), indent=2))


if __name__ == "__main__":
    main()
