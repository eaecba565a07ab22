"""
Conflicts (C5): pages that contradict each other in one value, found by asking about it; and pages that only seem to.

Of XQuAD's paragraphs, each sentence that answers a question gets a twin on a page of another site, one of these:

    number date name unit negation    the sentence with that one part changed (`corruptions.py`): a contradiction
    ..., reworded                     the same, and the rest in other words (dates, units and numbers written otherwise,
                                      parts moved or left out)
    same, same reworded               the sentence as it is, or in other words
    other thing                       another name in the place of the first, and another number or date: of another
    other time                        another year, and another number: of another time

Then the questions are asked of the whole product. A planted pair counts for recall when the answer rests on one of its
sentences: what an answer does not use is not its conflict. Every conflict that an answer shows and that is no planted
contradiction is a false one, also between sentences as their authors wrote them. Names are changed only behind the
first of the sentence, and numbers not behind a capital ("Apollo 11"): else the sentence is about something else.
What was chosen was chosen on the half of the paragraphs that `--chosen` shows; the figures are of the other.
"""

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.library import asking
from bench.quality.claims import is_reported
from bench.quality.corruptions import corrupt, names_in, reworded
from bench.report import data_dir, write
from bowerbird.answer import Answer
from bowerbird.answer.sentences import is_readable
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge import blocks
from bowerbird.knowledge.text import sentences_of
from bowerbird.models import MiniLM
from bowerbird.testing.builders import Library

SEED = 20
REPORTED = "--chosen" not in sys.argv
CONTRADICTIONS = ("number", "date", "name", "unit", "negation")
KIND = {"name": "entity"}  # as `corruptions.py` calls it
_NAME = re.compile(r"\b[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})*\b")
_YEAR = re.compile(r"\b(?:1[5-9]\d\d|20[0-2]\d)\b")
_LABEL = re.compile(r"[A-Z]\w* $")


@dataclass(frozen=True, slots=True)
class Planted:
    """A sentence of a paragraph, what another page says instead, and a question that the sentence answers."""

    paragraph: int
    question: str
    sentence: str
    twin: str
    kind: str

    @property
    def is_contradiction(self) -> bool:
        """Whether both cannot be right."""
        return self.kind.removesuffix(", reworded") in CONTRADICTIONS


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and which of its sentences answers which question."""

    title: str
    text: str
    answered: tuple[tuple[str, str], ...]  # sentence, question


def paragraphs() -> list[Paragraph]:
    """XQuAD's, each question with the sentence in which its answer stands."""
    found: list[Paragraph] = []
    for article in json.loads((data_dir("evidence/xquad_en") / "xquad.en.json").read_text(encoding="utf-8"))["data"]:
        for each in article["paragraphs"]:
            text: str = each["context"]
            spans = [span for block in blocks(text) for span in sentences_of(text, block)]
            pairs = [
                (sentence, qa["question"])
                for qa in each["qas"]
                if (sentence := _around(spans, text, qa["answers"][0]["answer_start"])) is not None
            ]
            found.append(Paragraph(article["title"].replace("_", " "), text, tuple(pairs)))
    return found


def _around(spans: Sequence[Span], text: str, place: int) -> str | None:
    held = next((span.of(text) for span in spans if span.start <= place < span.end), None)
    return held if held is not None and is_readable(held) and 8 <= len(held.split()) <= 60 else None


def plant(everything: Sequence[Paragraph]) -> list[Planted]:
    """A twin for every answered sentence of the half that can have one, kinds in turn, the rarest first."""
    found: list[Planted] = []
    made: Counter[str] = Counter()
    names = sorted({name for each in everything for name in names_in(each.text)})
    for n, each in enumerate(everything):
        if is_reported(each.text) != REPORTED:
            continue
        rng = random.Random(f"{SEED}{each.text}")
        for sentence, question in dict(each.answered).items():
            ways = {
                kind: new for kind, new in _ways(sentence, each.text, names, rng).items() if new and new != sentence
            }
            if ways:
                kind = min(ways, key=lambda kind: (made[kind], kind))
                made[kind] += 1
                found.append(Planted(n, question, sentence, ways[kind], kind))
    return found


def _ways(sentence: str, passage: str, names: Sequence[str], rng: random.Random) -> dict[str, str | None]:
    """The sentence as each kind would have it; None where it cannot."""
    ways: dict[str, str | None] = {"same": f"{sentence} ", "other thing": _other_thing(sentence, passage, names, rng)}
    ways["other time"] = _other_time(sentence, passage, names, rng)
    again = reworded(sentence, rng)
    if again != sentence:
        ways["same reworded"] = again
    for kind in CONTRADICTIONS:
        changed = _changed(kind, sentence, passage, names, rng)
        ways[kind] = changed
        seed = rng.random()
        if changed is not None and (other := reworded(changed, random.Random(seed))) != changed:
            # What was changed may be what is left out.
            ways[f"{kind}, reworded"] = other if other != reworded(sentence, random.Random(seed)) else None
    return ways


def _changed(kind: str, sentence: str, passage: str, names: Sequence[str], rng: random.Random) -> str | None:
    for _ in range(4):
        changed = corrupt(KIND.get(kind, kind), sentence, passage, names, rng)
        if changed is None:
            return None
        at = next(n for n, (a, b) in enumerate(zip(f"{sentence}\0", f"{changed}\0", strict=False)) if a != b)
        first = _first_name(sentence, passage)
        is_subject = kind == "name" and (first is None or at < first.end() + 10)
        is_label = kind == "number" and _LABEL.search(re.sub(r"\d*$", "", sentence[:at])) is not None
        if not is_subject and not is_label:
            return changed
    return None


def _first_name(sentence: str, passage: str) -> re.Match[str] | None:
    """The first name: capitals that somewhere in the passage do not open a sentence."""
    known = {word for name in names_in(passage) for word in name.split()}
    return next((found for found in _NAME.finditer(sentence) if known.issuperset(found.group().split())), None)


def _other_thing(sentence: str, passage: str, names: Sequence[str], rng: random.Random) -> str | None:
    """Another name for the first, wherever it stands, and another number or date."""
    first = _first_name(sentence, passage)
    if first is None or first.end() > len(sentence) / 2:
        return None
    changed = _changed("number", sentence, passage, names, rng) or _changed("date", sentence, passage, names, rng)
    other = rng.choice([name for name in rng.sample(list(names), 20) if name not in passage] or [""])
    return changed.replace(first.group(), other) if changed and other else None


def _other_time(sentence: str, passage: str, names: Sequence[str], rng: random.Random) -> str | None:
    """Another year, and another number."""
    years = _YEAR.findall(sentence)
    changed = _changed("number", sentence, passage, names, rng)
    if len(years) != 1 or changed is None or years[0] not in changed or re.search(r"\d[–-]\d", sentence):
        return None
    return changed.replace(years[0], str(int(years[0]) + rng.choice((-12, -5, 4, 9))))


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of the question about a planted pair."""

    planted: Planted
    rests: bool  # the answer rests on one of the two sentences
    shown: bool  # the pair is shown as a conflict
    false: tuple[tuple[str, str], ...]  # pairs that are shown and were not planted as contradictions


def ask(
    everything: Sequence[Paragraph], planted: Sequence[Planted], embedder: MiniLM
) -> tuple[list[Asked], list[float]]:
    """Every question, asked of all paragraphs and the twins; and what the verifier took, in milliseconds."""
    twins: dict[int, list[Planted]] = defaultdict(list)
    for each in planted:
        twins[each.paragraph].append(each)

    def store(library: Library) -> None:
        home, elsewhere = library.source("http://one.example/"), library.source("http://two.example/")
        for n, paragraph in enumerate(everything):
            library.page(home, f"http://one.example/{n}", paragraph.text, title=paragraph.title)
            if n in twins:
                text = "\n\n".join(one.twin.strip() for one in twins[n])
                library.page(elsewhere, f"http://two.example/{n}", text, title=paragraph.title)

    truth = {_pair(one.sentence, one.twin) for one in planted if one.is_contradiction}
    told: list[Asked] = []
    took_ms: list[float] = []
    with asking(embedder, store) as (asker, library, _):
        for one in planted:
            answer = asyncio.run(asker.ask(one.question, library.scope))
            told.append(_judge(one, answer, truth))
            took_ms += [step.took_ms for step in answer.steps if step.agent == "verifier"]
    return told, took_ms


def _judge(planted: Planted, answer: Answer, truth: set[tuple[str, str]]) -> Asked:
    quotes = {_plain(citation.quote) for claim in answer.claims for citation in claim.citations}
    mine = _pair(planted.sentence, planted.twin)
    shown = [_pair(*(side.citation.quote for side in conflict.values[:2])) for conflict in answer.conflicts]
    rests = any(quote in side or side in quote for quote in quotes for side in mine)
    return Asked(planted, rests, mine in shown, tuple(pair for pair in shown if pair not in truth))


def _pair(one: str, other: str) -> tuple[str, str]:
    a, b = sorted((_plain(one), _plain(other)))
    return a, b


def _plain(text: str) -> str:
    return " ".join(text.split())


def figures(told: Sequence[Asked], took_ms: Sequence[float]) -> dict[str, Any]:
    """Recall of the planted, kind by kind, precision of the shown, and what looking for them takes."""
    wanted = [each for each in told if each.planted.is_contradiction]
    used = [each for each in wanted if each.rests]
    right = sum(each.shown for each in used)
    false = sum(len(each.false) for each in told)
    took = sorted(took_ms)
    kinds = sorted({each.planted.kind for each in told})
    return {
        "questions": len(told),
        "contradictions": len(wanted),
        "of_those_the_answer_rests_on": len(used),
        "recall": _share(right, len(used)),
        "recall_of_all": _share(sum(each.shown for each in wanted), len(wanted)),
        "precision": _share(right, right + false),
        "false": false,
        "kinds": {
            kind: {
                "n": len(mine),
                "rest_on_it": sum(each.rests for each in mine),
                "shown": sum(each.shown for each in mine),
            }
            for kind in kinds
            if (mine := [each for each in told if each.planted.kind == kind])
        },
        "verifier_ms_p50": round(took[len(took) // 2], 1),
        "verifier_ms_p95": round(took[int(0.95 * len(took))], 1),
    }


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 3)


def main() -> None:
    """Plant, ask, count."""
    everything = paragraphs()
    planted = plant(everything)
    embedder = MiniLM(threads=1)
    began = time.perf_counter()
    told, took_ms = ask(everything, planted, embedder)
    embedder.close()
    found = figures(told, took_ms)
    if not REPORTED:
        for each in told:
            if each.planted.is_contradiction and each.rests and not each.shown:
                print(f"MISSED {each.planted.kind}\n   {each.planted.sentence}\n   {each.planted.twin}")
            for pair in each.false:
                print(f"FALSE ({each.planted.kind})\n   {pair[0]}\n   {pair[1]}")
        print(json.dumps(found, indent=1), f"{time.perf_counter() - began:.0f} s")
        return
    headline = {
        "contradictions of pages shown with the answer that rests on one side (≥ 0.90)": found["recall"],
        "conflicts shown that are contradictions (≥ 0.90)": found["precision"],
    }
    write("conflicts", found, headline=headline)


if __name__ == "__main__":
    main()
