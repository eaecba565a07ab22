"""
Entities with nothing but what ships: names, domain terms, relations, and how fast pages are read for them.

Names: F1 of spans on sets that people marked, through `extract` on pages of PAGE sentences, beside every run of
capitalised words. Terms: Debian's python-sklearn-doc, whose glossary lists what the site's own people call its terms.
What was judged by reading is in `labelled/entities.json`: 200 of all entities of those pages that no weight was learnt
from, which `--draw 5023` drew once; a later version has some of them no more, and others that nobody read. Needs
python-sklearn-doc for all but the names.
"""

import html
import json
import random
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bench.quality.duplicates import SKLEARN_DOCS
from bench.quality.named import MEASURED, Sentence, baseline, measured
from bench.report import ROOT, write
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities import Candidate, extract
from bowerbird.knowledge.entities.candidate import key_of

PAGE: Final = 10  # sentences
DRAWN: Final = 200
AROUND: Final = 80  # characters on both sides of a name that is read
LABELS: Final = ROOT / "bench" / "quality" / "labelled" / "entities.json"
NAMED: Final = frozenset({"person", "organisation", "place", "product"})

Found = set[tuple[int, Span]]


def found_in(those: Sequence[Sentence]) -> Mapping[tuple[int, Span], str]:
    """Each name that pages of the sentences mention (number of the sentence, place in it) with its kind."""
    found: dict[tuple[int, Span], str] = {}
    for first in range(0, len(those), PAGE):
        text = ""
        starts: list[int] = []
        for each in those[first : first + PAGE]:
            starts.append(len(text))
            text += each.text + "\n\n"
        for candidate in extract(text, ""):
            if candidate.kind == "term":
                continue
            for mention in candidate.mentions:
                number = max(n for n, start in enumerate(starts) if start <= mention.start)
                start = starts[number]
                found[first + number, Span(mention.start - start, mention.end - start)] = candidate.kind
    return found


def f1(gold: set[Any], found: set[Any]) -> float:
    return round(2 * len(gold & found) / max(1, len(gold) + len(found)), 3)


def on_names(those: Sequence[Sentence]) -> dict[str, float]:
    """Untyped, of those types that every set has and we tell apart, and of the baseline."""
    gold = {(n, span): kind for n, each in enumerate(those) for span, kind in each.names.items()}
    found = found_in(those)
    capitals: Found = {(n, span) for n, each in enumerate(those) for span in baseline(each.text)}
    hits = len(gold.keys() & found.keys())
    return {
        "sentences": len(those),
        "names": len(gold),
        "capitals_f1": f1(set(gold), capitals),
        "f1": f1(set(gold), set(found)),
        "precision": round(hits / max(1, len(found)), 3),
        "recall": round(hits / max(1, len(gold)), 3),
        "typed_f1": f1(
            {pair for pair in gold.items() if pair[1] in NAMED}, {pair for pair in found.items() if pair[1] in NAMED}
        ),
    }


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the documentation as the product reads it."""

    name: str
    title: str
    text: str


@cache
def site() -> tuple[Page, ...]:
    """The pages of scikit-learn's documentation."""
    from bowerbird.reading.extract import extract as read

    found: list[Page] = []
    for file in sorted(SKLEARN_DOCS.rglob("*.html")):
        name = str(file.relative_to(SKLEARN_DOCS))
        page = read(file.read_bytes(), url=f"https://example.org/{name}", content_type="text/html")
        found.append(Page(name, page.title, page.text))
    return tuple(found)


def glossary() -> list[list[str]]:
    """The entries of its glossary, each with its spellings."""
    source = (SKLEARN_DOCS / "glossary.html").read_text(encoding="utf-8")
    entries: list[list[str]] = []
    apart = True
    for mark in re.finditer(r'<dt id="term-[^"]*">(?P<term>.*?)</dt>|<dd>', source, re.DOTALL):
        if mark["term"] is None:
            apart = True
            continue
        if apart:
            entries.append([])
        apart = False
        plain = html.unescape(re.sub(r"<[^>]+>", "", mark["term"]))
        entries[-1].append(plain.replace("¶", "").strip())
    return entries


def spellings(candidates: Iterator[Candidate]) -> set[str]:
    """The keys of all names and aliases."""
    return {key_of(name) for each in candidates for name in (each.name, *each.aliases)} - {""}


def on_terms(entities: Mapping[str, Sequence[Candidate]]) -> dict[str, Any]:
    """The share of the glossary's entries that are entities under one of their spellings."""
    entries = glossary()
    everywhere = spellings(each for those in entities.values() for each in those)
    elsewhere = spellings(each for name, those in entities.items() if name != "glossary.html" for each in those)

    def share(known: set[str]) -> float:
        return round(sum(any(key_of(term) in known for term in entry) for entry in entries) / len(entries), 3)

    missed = [entry[0] for entry in entries if not any(key_of(term) in everywhere for term in entry)]
    return {
        "entries": len(entries),
        "found": share(everywhere),
        "found_without_its_page": share(elsewhere),
        "missed": missed,
        "entities": len({each.key for those in entities.values() for each in those}),
    }


def read_all() -> tuple[dict[str, list[Candidate]], float]:
    """The entities of each page of the documentation, and pages a second of one core."""
    pages = site()
    extract(pages[0].text, pages[0].title)  # the weights are loaded once
    begun = time.process_time()
    found = {page.name: extract(page.text, page.title) for page in pages}
    return found, len(pages) / (time.process_time() - begun)


def on_sample(entities: Mapping[str, Sequence[Candidate]]) -> dict[str, Any]:
    """How many of a draw of entities are what a strict reader calls one; those that are none any more are told."""
    labels: dict[str, bool] = json.loads(LABELS.read_text(encoding="utf-8"))
    keys = {each.key for those in entities.values() for each in those}
    read = [right for key, right in labels.items() if key in keys]
    return {"read": len(read), "gone": len(labels) - len(read), "precision": round(sum(read) / max(1, len(read)), 3)}


def draw(seed: int) -> None:
    """Print entities to be read, with what stands around their first mention, of pages that nothing was learnt from."""
    learnt_from: dict[str, Any] = json.loads(LABELS.with_name("entities_taught.json").read_text(encoding="utf-8"))
    entities, _ = read_all()
    first: dict[str, tuple[Page, Candidate]] = {}
    for page in site():
        if page.name not in learnt_from["sklearn"]:
            for each in entities[page.name]:
                first.setdefault(each.key, (page, each))
    for key in random.Random(seed).sample(sorted(first), DRAWN):
        page, each = first[key]
        mention = each.mentions[0]
        before = page.text[max(0, mention.start - AROUND) : mention.start]
        told = f"{before}[[{page.text[mention.start : mention.end]}]]{page.text[mention.end : mention.end + AROUND]}"
        print(f"{key!r}\n    {' '.join(told.split())}")


def main() -> None:
    """Measure, or draw what is to be read."""
    if "--draw" in sys.argv:
        draw(int(sys.argv[sys.argv.index("--draw") + 1]))
        return
    figures: dict[str, Any] = {"names": {name: on_names(measured(name)) for name in MEASURED}}
    headline: dict[str, Any] = {
        f"names found on {name}, F1 without types (runs of capitals {row['capitals_f1']})": row["f1"]
        for name, row in figures["names"].items()
    }
    if SKLEARN_DOCS.exists():
        entities, speed = read_all()
        figures["terms"] = on_terms(entities)
        figures["pages_per_s_and_core"] = round(speed, 1)
        figures["sample"] = on_sample(entities)
        headline["of scikit-learn's glossary, found as entities"] = figures["terms"]["found"]
        headline["of its entities, right by reading a draw"] = figures["sample"]["precision"]
        headline["pages read for entities, a second of one core"] = figures["pages_per_s_and_core"]
    write(
        "entities",
        figures,
        headline=headline,
        notes="The draw was read by one reader, not by several people: bench/quality/labelled/README.md.",
    )


if __name__ == "__main__":
    main()
