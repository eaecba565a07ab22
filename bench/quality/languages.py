"""
Pages that are not in English: in which language they are, where their sentences end, and whether they are found.

The pages are a book in ten languages, Debian's questions and answers; what nobody has translated is left out. Each
question looks for its answer, which is indexed without any question: by words; by meaning, of which the embedder knows
mostly English; by both, as the product searches; and as it did before it knew of languages. What a cosine counts for a
question that is not in English was chosen on one half of the questions by hash; the other half is reported. Where
sentences end was read by eye in paragraphs drawn by hash (`languages_key.json`), with what the rules made of them in
sight.

Needs: apt-get install debian-faq debian-faq-de debian-faq-fr debian-faq-it debian-faq-ja debian-faq-ko debian-faq-nl
debian-faq-pt debian-faq-ru debian-faq-zh-cn
"""

import hashlib
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import write
from bench.vectors import vectors_of
from bowerbird.knowledge import blocks, passages, sentences
from bowerbird.knowledge.fuse import fuse
from bowerbird.knowledge.index import EVERYTHING, EmbeddedIndex, Entry, IndexBatch
from bowerbird.knowledge.language import written
from bowerbird.knowledge.search import DEPTH, search_both
from bowerbird.knowledge.words import UNSPACED, content_stems
from bowerbird.models import MiniLM
from bowerbird.reading.extract import extract

BOOK = Path("/usr/share/doc/debian/FAQ")
FOLDERS = {
    "de": "de",
    "en": ".",
    "fr": "fr",
    "it": "it",
    "ja": "ja",
    "ko": "ko",
    "nl": "nl",
    "pt": "pt",
    "ru": "ru",
    "zh": "zh-cn",
}
KEY = Path(__file__).with_name("languages_key.json")
TOP = 10
SHORT = 80  # characters of a paragraph that is one line or less
_NUMBER = re.compile(r"^(?:[#\s*+-]*)(?:[\d.]+[.:]? )?")


@dataclass(frozen=True)
class Book:
    """The pages of a translation."""

    language: str
    texts: list[str]


@dataclass(frozen=True)
class Section:
    """A question of the book, and the passages that answer it, without their headings."""

    question: str
    answers: list[str]


def book(language: str) -> Book:
    folder = BOOK / FOLDERS[language]
    pages = sorted(path for path in folder.glob("*.html") if path.name.count(".") == 2 or language != "en")
    read = (
        extract(path.read_bytes(), url=f"https://example.org/{path.name}", content_type="text/html") for path in pages
    )
    return Book(language, [each.text for each in read])


def sections(of: Book) -> list[Section]:
    """The translated questions with their translated answers."""
    found: dict[str, Section] = {}
    asked = {_plain(line) for text in of.texts for line in text.split("\n") if line.startswith("#")}
    for text in of.texts:
        told = written(text)
        for chunk in passages(text, told):
            question = chunk.heading.rpartition(" › ")[2]
            plain = _plain(question)
            # Without the questions themselves, which the contents of each chapter list, too.
            lines = text[chunk.start : chunk.end].split("\n")
            answer = "\n".join(line for line in lines if _plain(line) not in asked).strip()
            if chunk.language == of.language and len(answer) >= 80 and plain:
                section = found.setdefault(question, Section(plain, []))
                section.answers.append(answer)
    return list(found.values())


def _plain(line: str) -> str:
    """A question without its number."""
    return _NUMBER.sub("", line).strip()


def measure(of: Book, embedder: MiniLM) -> dict[str, Any]:
    """How often the first passage found is of the answer, and the mean of 1/rank among the first ten."""
    all_sections = sections(of)
    answers = [(number, text) for number, section in enumerate(all_sections) for text in section.answers]
    texts = [text for _, text in answers]
    vectors = vectors_of(embedder, texts, label=f"faq-{of.language}")
    reported = [number for number, each in enumerate(all_sections) if _is_reported(each.question)]
    questions = [all_sections[number].question for number in reported]
    asked = vectors_of(embedder, questions, label=f"faq-{of.language}, questions")
    found: dict[str, list[Sequence[int]]] = {"before": [], "words": [], "meaning": [], "both": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, language in (("before", "en"), ("now", of.language)):
            index = EmbeddedIndex(Path(folder) / name, model=embedder.name, dimensions=embedder.dimensions, write=True)
            entries = [
                Entry(n, n, "w", "s", "html", 0.0, "", "", text, language=language) for n, text in enumerate(texts)
            ]
            index.apply(IndexBatch(removes=[], adds=entries, up_to_seq=1))
            index.add_vectors(range(len(texts)), vectors)
            for question, vector in zip(questions, asked, strict=True):
                words = index.search_lexical(question, len(texts))
                meaning = index.search_dense(vector, len(texts))
                if name == "before":
                    joined = fuse(
                        {hit.passage: hit.score for hit in words},
                        {hit.passage: hit.score for hit in meaning},
                        words=len(set(content_stems(question))),
                    )
                    found["before"].append([hit.passage for hit in joined[:TOP]])
                else:
                    both = search_both(index, question, vector, depth=DEPTH, within=EVERYTHING)
                    found["words"].append([hit.passage for hit in words[:TOP]])
                    found["meaning"].append([hit.passage for hit in meaning[:TOP]])
                    found["both"].append([hit.passage for hit in both[:TOP]])
            index.close()
    right = [{n for n, (section, _) in enumerate(answers) if section == number} for number in reported]
    return {"questions": len(reported), "passages": len(texts)} | {
        name: {"first": round(_first(rankings, right), 3), "MRR@10": round(_reciprocal(rankings, right), 3)}
        for name, rankings in found.items()
    }


def _first(rankings: Sequence[Sequence[int]], right: Sequence[set[int]]) -> float:
    return sum(bool(found) and found[0] in wanted for found, wanted in zip(rankings, right, strict=True)) / len(right)


def _reciprocal(rankings: Sequence[Sequence[int]], right: Sequence[set[int]]) -> float:
    ranks = (
        next((1 / rank for rank, passage in enumerate(found, 1) if passage in wanted), 0.0)
        for found, wanted in zip(rankings, right, strict=True)
    )
    return sum(ranks) / len(right)


def _is_reported(question: str) -> bool:
    """Whether the question is in the half that nothing was chosen on."""
    return hashlib.sha1(question.encode()).digest()[0] & 1 == 1


def detected(of: Book, untranslated: set[str]) -> Counter[str]:
    """How many pages, and paragraphs of more than a line, are told to be in the book's language; and how fast."""
    counts: Counter[str] = Counter()
    for text in of.texts:
        begun = time.process_time()
        told = written(text)
        counts["us"] += round(1e6 * (time.process_time() - begun))
        counts["characters"] += len(text)
        for block in blocks(text):
            words = text[block.start : block.end]
            if block.kind == "prose" and len(words) >= SHORT and words not in untranslated:
                counts["paragraphs"] += 1
                counts["paragraphs right"] += told.at(block.start) == of.language
    return counts


def cut_right(key: Sequence[Sequence[str]], language: str, rules: str) -> tuple[int, int]:
    """How many of the labelled sentences of a language are cut just so by the `rules` of one, and of how many."""
    right = total = 0
    for labelled in key:
        text = ("" if language in UNSPACED else " ").join(labelled)
        found = {span.of(text) for span in sentences(text, rules)}
        right += sum(sentence in found for sentence in labelled)
        total += len(labelled)
    return right, total


def main() -> None:
    absent = [name for name in FOLDERS.values() if not (BOOK / name).exists()]
    if absent:
        print(f"no book in {', '.join(absent)}: apt-get install the packages named above; nothing was measured")
        return
    embedder = MiniLM(threads=1)
    books = {language: book(language) for language in FOLDERS}
    english = {text[block.start : block.end] for text in books["en"].texts for block in blocks(text)}
    told: Counter[str] = Counter()
    figures: dict[str, Any] = {}
    for language, each in books.items():
        counts = detected(each, english if language != "en" else set())
        told += counts
        figures[language] = {name: counts[name] for name in ("paragraphs", "paragraphs right")}
        figures[language]["found"] = measure(each, embedder)
        print(language, json.dumps(figures[language]), flush=True)
    key = json.loads(KEY.read_text())
    own = [cut_right(key[language], language, language) for language in key]
    as_english = [cut_right(key[language], language, "en") for language in key]
    total = sum(of for _, of in own)

    def mean(system: str) -> float:
        found: list[float] = [figures[each]["found"][system]["MRR@10"] for each in FOLDERS if each != "en"]
        return round(sum(found) / len(found), 3)

    headline = {
        "paragraphs of a book in 10 languages told to be in theirs": round(
            told["paragraphs right"] / told["paragraphs"], 3
        ),
        "MRR@10 of its answers in the 9 that are not English, mean": mean("both"),
        "the same as before languages were known": mean("before"),
        "the same by words alone": mean("words"),
        "the same by meaning alone": mean("meaning"),
        f"sentences in {len(key)} languages cut as labelled, of {total}": round(sum(n for n, _ in own) / total, 3),
        "the same by the rules of English": round(sum(n for n, _ in as_english) / total, 3),
    }
    speed = round(1000 * told["characters"] / told["us"])
    write(
        "languages",
        {**headline, "thousand characters told a second of the processor": speed, "by language": figures},
        headline=headline,
    )


if __name__ == "__main__":
    main()
