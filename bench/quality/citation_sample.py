"""
Questions, drawn with a seed, to the real Asker; its sentences with what they cite and no verdicts, for who reads them.

    xquad     questions of the half that nothing was chosen on, over all 240 paragraphs
    manual    the questions of Python's own FAQ (Debian's python3.11-doc), over its FAQ, tutorial, HOWTOs and glossary

Two earlier draws, of other seeds, were looked at while the product was mended; their questions are in this one no more.

`python -m bench.quality.citation_sample FOLDER` writes FOLDER/{xquad,manual}.json. They hold the text of others, so
they stay outside of the repository; labels are kept by the key of a sentence (`bench/quality/labelled`).
"""

import asyncio
import hashlib
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lxml import html

from bench.library import asking
from bench.quality.answers import Page, xquad
from bowerbird.answer import Answer, Claim
from bowerbird.models import MiniLM
from bowerbird.reading.extract import extract
from bowerbird.reading.refused import Refused
from bowerbird.testing.builders import Library

SETS = ("xquad", "manual")


SEED, QUESTIONS = 20261130, 60
# The seeds of the earlier draws, and how many questions each took of each set.
EARLIER = ((20261128, 60), (20261129, 20))
MANUAL = Path(os.environ.get("BOWERBIRD_BENCH_MANUAL", "/usr/share/doc/python3.11/html"))
PARTS = ("faq", "tutorial", "howto")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the answer that the set knows: a short one, or the address where it is answered."""

    text: str
    gold: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the answer that it got."""

    question: Question
    answer: Answer

    def to_json(self) -> dict[str, Any]:
        """For who reads it: no verdicts."""
        return {
            "question": self.question.text,
            "gold": self.question.gold,
            "abstained": self.answer.abstained,
            "sentences": [self._sentence(claim) for claim in self.answer.claims],
        }

    def _sentence(self, claim: Claim) -> dict[str, Any]:
        return {
            "key": key_of(self.question.text, claim),
            "text": claim.text,
            "cites": [
                {"title": each.title, "heading": each.heading, "before": each.before, "quote": each.quote}
                for each in claim.citations
            ],
        }


def question_key(question: str) -> str:
    """A question, by which its nuggets are found."""
    return hashlib.sha256(question.encode()).hexdigest()[:16]


def key_of(question: str, claim: Claim) -> str:
    """A sentence and what its citations show, in answer to a question: what a label is about."""
    parts = [question, claim.text, *(citation.shown for citation in claim.citations)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def sample(name: str, embedder: MiniLM) -> list[Asked]:
    """The drawn questions of a set with their answers; leaves with a message where its data is absent."""
    pages, questions = _xquad() if name == "xquad" else _manual()
    with asking(embedder, partial(_stored, pages=pages)) as (asker, library, _):
        return [Asked(question, asyncio.run(asker.ask(question.text, library.scope))) for question in _drawn(questions)]


def _drawn(questions: Sequence[Question]) -> list[Question]:
    """The questions of this draw: none that an earlier one had."""
    drawn: list[Question] = []
    taken: set[str] = set()
    for seed, count in (*EARLIER, (SEED, QUESTIONS)):
        left = list(questions)
        random.Random(seed).shuffle(left)
        drawn = [question for question in left if question.text not in taken][:count]
        taken |= {question.text for question in drawn}
    return drawn


def _xquad() -> tuple[list[Page], list[Question]]:
    pages, asked = xquad()
    return pages, [Question(each.question, each.answer) for each in asked]


def _manual() -> tuple[list[Page], list[Question]]:
    if not MANUAL.exists():
        print(f"no manual at {MANUAL}: apt-get install python3.11-doc; nothing was measured")
        sys.exit(0)
    files = [*(file for part in PARTS for file in sorted((MANUAL / part).glob("*.html"))), MANUAL / "glossary.html"]
    pages: list[Page] = []
    questions: list[Question] = []
    for file in files:
        url = f"https://docs.example.org/{file.relative_to(MANUAL)}"
        try:
            read = extract(file.read_bytes(), url=url, content_type="text/html")
        except Refused:
            continue
        pages.append(Page(url, read.title, read.text))
        if file.parent.name == "faq":
            questions += [Question(text, url) for text in _headings(file) if text.endswith("?")]
    return pages, questions


def _headings(file: Path) -> Iterator[str]:
    for heading in html.parse(str(file)).iter("h2", "h3"):
        for mark in heading.xpath("a[@class='headerlink']"):
            heading.remove(mark)
        yield " ".join(heading.text_content().split())


def _stored(library: Library, pages: Sequence[Page]) -> None:
    source = library.source()
    for page in pages:
        library.page(source, page.url, page.text, title=page.title)


def main() -> None:
    """Write the samples of both sets."""
    embedder = MiniLM(threads=2)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        rows = [each.to_json() for each in sample(name, embedder)]
        text = json.dumps(rows, indent=1, ensure_ascii=False)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
        sentences = sum(len(row["sentences"]) for row in rows)
        unanswered = sum(row["abstained"] for row in rows)
        print(f"{name}: {len(rows)} questions, {sentences} sentences, {unanswered} unanswered")
    embedder.close()


if __name__ == "__main__":
    main()
