"""
Resolution: which names are one thing, on pairs labelled by reading, and on records of two shops and two libraries.

The pairs (`labelled/resolution.json`) were drawn from names of the documentation of scikit-learn, PostgreSQL, Python
and Debian's policy (Debian's packages python-sklearn-doc, postgresql-doc-15, python3.11-doc, debian-policy), all in one
workspace: names that share something, of each kind as many; and the same name on two of the sites. The pages are
read and resolved as the product does it, and a pair counts as one thing when both mentions lead to one. Weights and
threshold were chosen on one half of the pairs, on `labelled/resolution_taught.json` and, of other pages, on
`labelled/resolution_taught_2.json` (`--train` does it again, `--chosen` shows that half); the figures are of the other
half: of the pairs of two names, of those of one name on two sites (homonyms; weights and threshold of these are
learnt in `bench.quality.homonyms`, from other names), and of both together. A pair of which a name is not found counts
as a miss in `f1`; `f1_of_found` leaves it out.
"""

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from bench.quality.duplicates import SKLEARN_DOCS
from bench.quality.products import SETS, measured
from bench.report import ROOT, write
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.resolve import resolve_some
from bowerbird.knowledge.resolve.compare import compared
from bowerbird.knowledge.resolve.features import FEATURES
from bowerbird.knowledge.resolve.scorer import WEIGHTS, fit
from bowerbird.models import MiniLM
from bowerbird.models.words import word_vectors
from bowerbird.reading.extract import extract
from bowerbird.records import Records, open_records
from bowerbird.records.tables import entities, mentions, pages
from bowerbird.testing.builders import Library

LABELS: Final = ROOT / "bench" / "quality" / "labelled" / "resolution.json"
TAUGHT: Final = LABELS.with_name("resolution_taught.json")  # weights are learnt from these as well; no figure is
TAUGHT_2: Final = LABELS.with_name("resolution_taught_2.json")  # … of the pages that come after those
SITES: Final = {
    "sklearn": SKLEARN_DOCS,
    "postgresql": Path("/usr/share/doc/postgresql-doc-15/html"),
    "python": Path("/usr/share/doc/python3.11/html"),
    "policy": Path("/usr/share/doc/debian-policy"),
}
PAGES: Final = 250  # of a site
LONGEST: Final = 120_000  # characters of a page
AT_ONCE: Final = 256
ENOUGH: Final = 0.45
TRUST: Final = 1.0  # of what follows, against what the pairs say; by cross-validation on what may be learnt from
# What each feature is thought to say before any pair was seen, in logits; the others nothing.
BELIEVED: Final[Mapping[str, float]] = {
    "respelt": 3.5, "camel": 3.0, "snake": 1.0, "same_stems": 2.0, "plural": 2.0, "nearly": 4.0, "led_in": 4.0,
    "prefix": 1.0, "stated": 6.0, "stated_of_several": -8.0, "alias_in_common": 1.0, "initials": 1.0,
    "initials_here": 4.0, "initials_alone": 2.0, "person": 5.0, "surname": 4.0, "identifiers": -1.0,
    "types_clash": -1.0, "other_numbers": -3.0, "one_source": 0.5, "respelt_here": 0.5, "camel_here": 1.0,
    "camel_telling": 0.5, "camel_titled": 0.5, "camel_definite": -0.5, "led_in_type": -0.5, "led_in_kind": -0.5,
    "ordinary_person": -1.0,
}  # fmt: skip
BIAS: Final = -3.5

Place = tuple[str, str]  # page, key of the name


@dataclass(frozen=True, slots=True)
class Labelled:
    """Two mentions, and whether they are of one thing."""

    one: Place
    other: Place
    same: bool
    drawn: str

    @property
    def is_chosen_on(self) -> bool:
        """The half is of the names, not of the draw, so that a name's pairs stay together."""
        return hashlib.sha256(f"{self.one[1]} {self.other[1]}".encode()).digest()[0] % 2 == 0

    @property
    def has_two_names(self) -> bool:
        return self.one[1] != self.other[1]


def labelled(file: Path = LABELS) -> list[Labelled]:
    """All of them."""
    told = json.loads(file.read_text(encoding="utf-8"))
    places = [[(pair[side]["page"], pair[side]["name"]) for side in ("one", "other")] for pair in told]
    return [Labelled(one, other, pair["same"], pair["drawn"]) for (one, other), pair in zip(places, told, strict=True)]


def store(records: Records, *, after: int = 0) -> Library:
    """Pages of the sites, those after the first `after` of each, read for what they name."""
    library = Library(records, ManualClock(1e9))
    for site, root in SITES.items():
        source = library.source(f"https://{site}.example/", site)
        kept = 0
        files = sorted(root.rglob("*.html"), key=lambda file: hashlib.md5(str(file).encode()).hexdigest())
        for file in files:
            if kept == after + PAGES:
                break
            url = f"https://{site}.example/{file.relative_to(root)}"
            if not file.is_file() or "genindex" in file.name or file.name.startswith("_"):
                continue
            page = extract(file.read_bytes(), url=url, content_type="text/html")
            if len(page.text) >= 300:
                kept += 1
                if kept > after:
                    library.page(source, url, page.text[:LONGEST], title=page.title)
    library.arrange()
    return library


def resolve(library: Library) -> float:
    """Resolve all; how many names a second were compared."""
    begin, count = time.perf_counter(), 0
    while done := resolve_some(library.records, limit=AT_ONCE, clock=library.clock):
        count += done
    return count / (time.perf_counter() - begin)


def _in_blocks(library: Library) -> Library:
    """The library when all its names were compared: what a word tells is counted by that."""
    resolve(library)
    return library


def things(conn: sa.Connection, places: Iterable[Place]) -> dict[Place, int]:
    """What each name means on its page."""
    found: dict[Place, int] = {}
    for page, key in places:
        thing = conn.execute(
            sa.select(mentions.c.entity)
            .join(entities, entities.c.id == mentions.c.named)
            .join(pages, pages.c.id == mentions.c.page)
            .where(pages.c.url == _url(page), entities.c.key == key)
            .limit(1)
        ).scalar()
        if thing is not None:
            found[page, key] = thing
    return found


def _url(page: str) -> str:
    site, _, path = page.partition("/")
    return f"https://{site}.example/{path}"


def score(pairs: Sequence[Labelled], meant: Mapping[Place, int]) -> dict[str, Any]:
    """
    Pairwise precision, recall and F1; a mention that is not found is one with nothing.

    `f1_of_found` is of the pairs that are both still found as names.
    """
    found = [pair for pair in pairs if pair.one in meant and pair.other in meant]
    one_thing = [pair for pair in found if meant[pair.one] == meant[pair.other]]
    hits, wanted = sum(pair.same for pair in one_thing), sum(pair.same for pair in pairs)
    return {
        "pairs": len(pairs),
        "same": wanted,
        "not_found": len(pairs) - len(found),
        "precision": round(hits / max(1, len(one_thing)), 3),
        "recall": round(hits / max(1, wanted), 3),
        "f1": round(2 * hits / max(1, len(one_thing) + wanted), 3),
        "f1_of_found": round(2 * hits / max(1, len(one_thing) + sum(pair.same for pair in found)), 3),
    }


def rows_of(library: Library, pairs: Sequence[Labelled]) -> tuple[list[list[float]], list[bool]]:
    """The features of the pairs of which both names are found, and whether they are one thing."""

    def look(conn: sa.Connection) -> tuple[list[list[float]], list[bool]]:
        # What was told apart has the same key as the name itself, and is compared with nothing.
        named = sa.select(entities.c.key, entities.c.id).where(entities.c.sense == 0)
        ids = {row.key: row.id for row in conn.execute(named)}
        wanted = {
            (ids[pair.one[1]], ids[pair.other[1]]): pair.same
            for pair in pairs
            if pair.one[1] in ids and pair.other[1] in ids
        }
        rows = compared(conn, library.scope.workspace, list(wanted), word_vectors())
        return list(rows.values()), [wanted[pair] for pair in rows]

    return library.records.read(look)


def train(rows: Sequence[Sequence[float]], same: Sequence[bool]) -> None:
    """Learn the weights that ship."""
    believed = np.asarray([*(BELIEVED.get(name, 0.0) for name in FEATURES), BIAS])
    weights = fit(np.asarray(rows), np.asarray(same, np.float64), around=believed, trust=TRUST)
    named = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=False)}
    told = {"weights": named, "bias": round(float(weights[-1]), 4), "enough": ENOUGH}
    WEIGHTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, or train."""
    pairs = labelled()
    aliases = [pair for pair in pairs if pair.has_two_names]
    with tempfile.TemporaryDirectory(prefix="bowerbird-resolution-") as folder:
        records = open_records(f"sqlite:///{folder}/bowerbird.db")
        library = store(records)
        speed = resolve(library)
        if "--train" in sys.argv:
            rows, same = rows_of(library, [*(pair for pair in aliases if pair.is_chosen_on), *labelled(TAUGHT)])
            others = open_records(f"sqlite:///{folder}/others.db")
            more_rows, more_same = rows_of(_in_blocks(store(others, after=PAGES)), labelled(TAUGHT_2))
            train([*rows, *more_rows], [*same, *more_same])
            print(f"wrote {WEIGHTS}")
            return
        meant = records.read(lambda conn: things(conn, {place for one in pairs for place in (one.one, one.other)}))
        records.close()
    chosen = "--chosen" in sys.argv
    shown = [pair for pair in aliases if pair.is_chosen_on == chosen]
    homonyms = [pair for pair in pairs if not pair.has_two_names and pair.is_chosen_on == chosen]
    if chosen:
        print(json.dumps({"two_names": score(shown, meant), "one_name": score(homonyms, meant)}, indent=2))
        print(json.dumps({"together": score([*shown, *homonyms], meant)}, indent=2))
        for pair in [*shown, *homonyms]:
            if (meant.get(pair.one, -1) == meant.get(pair.other, -2)) != pair.same:
                print("one thing" if pair.same else "two things", pair.one, pair.other)
        return
    embedder = MiniLM(threads=2)
    sets = {name: measured(name, embedder) for name in SETS}
    told, told_apart, together = score(shown, meant), score(homonyms, meant), score([*shown, *homonyms], meant)
    figures = {
        "labelled": len(pairs),
        "two_names": told,
        "one_name_on_two_sites": told_apart,
        "together": together,
        "names_per_s": round(speed),
        "sets": sets,
    }
    write(
        "resolution",
        figures,
        headline={
            "two names, of one thing or two: pairwise F1": told["f1"],
            "… of the pairs whose names are still found": told["f1_of_found"],
            "… precision": told["precision"],
            "one name on two sites, of one thing or two: pairwise F1": told_apart["f1"],
            "… precision, recall": f"{told_apart['precision']}, {told_apart['recall']}",
            "both together: pairwise F1": together["f1"],
            "… together, of the pairs whose names are still found": together["f1_of_found"],
            **{
                f"{name}: F1 (plain cosine of words, of vectors)": (
                    f"{one['f1']} ({one['cosine_of_words_f1']}, {one['cosine_of_vectors_f1']})"
                )
                for name, one in sets.items()
            },
        },
        notes="Labelled by a language model that read the sentences and had written the resolver; not by people.",
    )


if __name__ == "__main__":
    main()
