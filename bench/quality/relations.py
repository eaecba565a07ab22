"""
Relations that pages state, without a model: how many are right, how sure they are said to be, and what they cost.

Pages of WildGraphBench, Wikipedia (XQuAD's articles, rag-mini-wikipedia), CRAG's search results, trafilatura's
evaluation, and the documentation of scikit-learn and Python (Debian's python-sklearn-doc and python3.11-doc), read as
the product reads them. One half of the pages was looked at while patterns were written, all but Python's. A first draw
from the other half was read, and patterns were mended by what was wrong in it. The figures are of a second draw from
that half, of what was not in the first; nothing was mended by it. The confidences that ship (`--fit` writes them) are
from that draw and one of the Python pages of the first half, by which nothing was mended either; they are measured
across: each half of the second draw by what was read of all but itself. A label was given by reading the sentence,
before its confidence was known; labels hang on a hash of the sentence and of what it is said to state
(`labelled/README.md`). What has no label is counted as such. `--draw DRAW FILE` writes what is to be read to a file of
yours.
"""

import argparse
import hashlib
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from bench.quality.relation_pages import Page, pages
from bench.report import ROOT, write
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities import extract
from bowerbird.knowledge.relations import Stated, read_page
from bowerbird.knowledge.relations.confidence import RATES, Counts, estimated

LABELS: Final = ROOT / "bench" / "quality" / "labelled" / "relations"
SEED: Final = 2026
DRAWN: Final = 200
UNSEEN: Final = "python"  # the pages of the first half that nobody looked at
BINS: Final = 4

Draw = Literal["fitted", "first", "reported"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A relation with its page."""

    page: Page
    stated: Stated

    @property
    def key(self) -> str:
        """A hash of the sentence and of what is said to be stated in it."""
        one, text = self.stated, self.page.text
        said = (one.sentence.of(text), one.kind, one.subject_at.of(text), one.value_at.of(text))
        return hashlib.sha256("\0".join(said).encode()).hexdigest()[:20]

    @property
    def has_span(self) -> bool:
        """Whether its value, its subject and its sentence are where it says."""
        one, text = self.stated, self.page.text
        inside = all(0 <= at.start < at.end <= len(text) for at in (one.subject_at, one.value_at, one.sentence))
        return inside and one.value_at.of(text) == one.value

    def to_read(self) -> dict[str, Any]:
        """What a reader is shown: nothing of how it was found, or how sure that is."""
        one, text = self.stated, self.page.text
        around = Span(max(0, one.sentence.start - 160), min(len(text), one.sentence.end + 80))
        return {
            "key": self.key,
            "title": self.page.title,
            "subject": one.subject_at.of(text),
            "kind": one.kind,
            "value": one.value,
            "normal": one.normal,
            "sentence": one.sentence.of(text)[:700],
            "around": around.of(text)[:900],
        }


def drawn(found: Iterable[Drawn], draw: Draw, *, seed: int = SEED) -> list[Drawn]:
    """What is read in the draw, each statement of a sentence once; in the reported one none of the first."""
    of_half = [one for one in found if one.page.is_reported is (draw != "fitted")]
    known = labels_of("first") if draw == "reported" else {}
    wanted = [one for one in of_half if draw != "fitted" or one.page.site == UNSEEN]
    unique = {one.key: one for one in wanted if one.key not in known}
    ordered = [unique[key] for key in sorted(unique)]
    random.Random(seed).shuffle(ordered)
    return ordered[:DRAWN]


def labels_of(draw: Draw) -> dict[str, bool]:
    """What was read of the draw."""
    path = LABELS / f"{draw}.json"
    found: dict[str, bool] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def fold_of(key: str) -> int:
    """In which half of the reported draw it is, where one half says how sure the other is."""
    return int(key[0], 16) % 2


def counted(every: Iterable[Drawn], labels: Mapping[str, bool]) -> Counts:
    """By form and rule what was right of what was read."""
    counts: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for one in {one.key: one for one in every}.values():
        if one.key in labels:
            count = counts[one.stated.how][one.stated.rule]
            count[0] += int(labels[one.key])
            count[1] += 1
    return counts


def fit(every: Sequence[Drawn]) -> None:
    """Count what was read into the file that ships."""
    counts = counted(every, labels_of("fitted") | labels_of("reported"))
    told = {how: {rule: counts[how][rule] for rule in sorted(counts[how])} for how in sorted(counts)}
    about = {"made_by": "python -m bench.quality.relations --fit", "read": told}
    RATES.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def judged_apart(every: Sequence[Drawn], sample: Sequence[Drawn]) -> list[tuple[float, bool]]:
    """How sure each of the reported ones is by what was read of the fitted draw and the other half of its own."""
    reported = labels_of("reported")
    by_fold = [
        counted(every, labels_of("fitted") | {key: right for key, right in reported.items() if fold_of(key) != fold})
        for fold in (0, 1)
    ]
    return [
        (estimated(by_fold[fold_of(one.key)], one.stated.how, one.stated.rule), reported[one.key])
        for one in sample
        if one.key in reported
    ]


def calibration(judged: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Brier score, expected calibration error, and the table behind it: of as many in each bin, said and found."""
    ordered = sorted(judged)
    base = sum(right for _, right in judged) / len(judged)
    table: list[dict[str, float]] = []
    error = 0.0
    for number in range(BINS):
        some = ordered[number * len(ordered) // BINS : (number + 1) * len(ordered) // BINS]
        said, right = (sum(pair[place] for pair in some) / len(some) for place in (0, 1))
        error += abs(said - right) * len(some) / len(ordered)
        table.append({"n": len(some), "said": round(said, 3), "right": round(right, 3)})
    return {
        "brier": round(sum((said - right) ** 2 for said, right in judged) / len(judged), 4),
        "brier_of_the_base_rate": round(base * (1 - base), 4),
        "ece": round(error, 4),
        "table": table,
    }


def measured() -> tuple[list[Drawn], dict[str, float]]:
    """All that the pages state, and what reading them took of a processor, with relations and without."""
    found: list[Drawn] = []
    cost = {"pages": 0.0, "seconds": 0.0, "both": 0.0, "names": 0.0}
    for number, page in enumerate(pages()):
        # Of some pages the names alone, too; before the rest as often as after it, as the first finds colder caches.
        is_compared = number % 5 == 0
        if is_compared and number % 2:
            cost["names"] += _names_alone(page)
        begun = time.process_time()
        stated = read_page(page.text, page.title).stated
        took = time.process_time() - begun
        cost["pages"] += 1
        cost["seconds"] += took
        if is_compared:
            cost["both"] += took
            cost["names"] += 0 if number % 2 else _names_alone(page)
        found += [Drawn(page, one) for one in stated]
    return found, cost


def _names_alone(page: Page) -> float:
    begun = time.process_time()
    extract(page.text, page.title)
    return time.process_time() - begun


def report(sample: Sequence[Drawn], cost: dict[str, float], every: Sequence[Drawn]) -> None:
    """The figures of the draw that nothing was written, mended or fitted on."""
    labels = labels_of("reported")
    judged = [(one, labels[one.key]) for one in sample if one.key in labels]
    apart = judged_apart(every, sample)
    by_kind: defaultdict[str, list[bool]] = defaultdict(list)
    for one, right in judged:
        by_kind[one.stated.kind].append(right)
    good = sum(is_right for _, is_right in judged)
    first = labels_of("first")
    figures = {
        "first_draw_right": round(sum(first.values()) / max(1, len(first)), 4),
        "drawn": len(sample),
        "labelled": len(judged),
        "right": round(good / max(1, len(judged)), 4),
        "with_a_span": round(sum(one.has_span for one in every) / max(1, len(every)), 4),
        "found": len(every),
        "on_pages": int(cost["pages"]),
        "by_kind": {kind: f"{sum(each)} of {len(each)}" for kind, each in sorted(by_kind.items())},
        "confidence": {"read": len(apart), **calibration(apart)} if apart else None,
        "pages_a_second_of_one_core": round(cost["pages"] / cost["seconds"], 1),
        "more_than_names_alone": round(cost["both"] / cost["names"] - 1, 3),
    }
    headline = {
        "relations read, of which right": f"{len(judged)}, {figures['right']:.0%}",
        "relations with a span": f"{figures['with_a_span']:.0%}",
    }
    write("relations", figures, headline=headline, notes=__doc__ or "")


def main() -> None:
    """Draw, fit or report."""
    parser = argparse.ArgumentParser(description="Relations that pages state.")
    parser.add_argument("--draw", nargs=2, metavar=("DRAW", "FILE"), help="write what is to be read of a draw")
    parser.add_argument("--fit", action="store_true", help="write the confidences from what was read")
    asked = parser.parse_args()
    every, cost = measured()
    if asked.draw:
        draw: Draw = "fitted" if asked.draw[0] == "fitted" else "reported"
        rows = [json.dumps(one.to_read(), ensure_ascii=False) for one in drawn(every, draw)]
        Path(asked.draw[1]).write_text("\n".join(rows) + "\n", encoding="utf-8")
    elif asked.fit:
        fit(every)
    else:
        report(drawn(every, "reported"), cost, every)


if __name__ == "__main__":
    main()
