"""Sets of sentences whose names people (or, in WikiANN, Wikipedia's links) marked, as texts with spans."""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.report import data_dir
from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.words import STOPWORDS

__all__ = ["MEASURED", "Sentence", "baseline", "measured", "sentences"]

# Our word for each set's types. What is not here is a name of no type that is told apart ("name").
TYPES: Final[Mapping[str, str]] = {
    "person": "person",
    "PER": "person",
    "politician": "person",
    "scientist": "person",
    "organisation": "organisation",
    "ORG": "organisation",
    "politicalparty": "organisation",
    "university": "organisation",
    "corporation": "organisation",
    "group": "organisation",
    "location": "place",
    "LOC": "place",
    "country": "place",
    "product": "product",
}
# What only measures: nothing is learnt from these files and nothing is chosen on them.
MEASURED: Final[Mapping[str, str]] = {
    "conll2003": "entities/conll2003/test.txt",
    "wnut17": "entities/wnut17/dev.conll",
    "crossner_politics": "entities/crossner/politics.test.txt",
    "crossner_science": "entities/crossner/science.test.txt",
    "wikiann": "entities/wikiann_en/test.txt.gz",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its words with single spaces between them, and the names that are marked in it, with their types."""

    text: str
    names: Mapping[Span, str]


def measured(name: str) -> list[Sentence]:
    """The sentences of one of the sets that measure."""
    path = MEASURED[name]
    return list(sentences(data_dir(path.rsplit("/", 1)[0]) / path.rsplit("/", 1)[1]))


def sentences(path: Path) -> Iterator[Sentence]:
    """The sentences of a file with a word and its mark a line (B-…, I-…, O)."""
    packed = path.suffix == ".gz"
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
        words: list[tuple[str, str]] = []
        for line in file:
            parts = line.split()
            if len(parts) < 2 or parts[0] == "-DOCSTART-":
                if words:
                    yield _sentence(words)
                words = []
            else:
                # WikiANN writes the language before each word.
                word = parts[0].removeprefix("en:") if "wikiann" in path.parts[-2] else parts[0]
                words.append((word, parts[-1]))
        if words:
            yield _sentence(words)


def _sentence(words: list[tuple[str, str]]) -> Sentence:
    at = 0
    names: dict[Span, str] = {}
    last = "O"
    for word, mark in words:
        end = at + len(word)
        begins = mark.startswith("B-") or (mark.startswith("I-") and last[2:] != mark[2:])
        if begins:
            names[Span(at, end)] = TYPES.get(mark[2:], "name")
        elif mark.startswith("I-"):
            span, kind = names.popitem()
            names[Span(span.start, end)] = kind
        last = mark
        at = end + 1
    return Sentence(" ".join(word for word, _ in words), names)


def baseline(text: str) -> set[Span]:
    """Every run of capitalised words, but for a small word that opens the sentence: what costs nothing to find."""
    found: set[Span] = set()
    start = end = -1
    at = 0
    for number, word in enumerate(text.split(" ")):
        capital = word[:1].isupper() and not (number == 0 and word.lower() in STOPWORDS)
        if capital:
            start, end = (at if start < 0 else start), at + len(word)
        elif start >= 0:
            found.add(Span(start, end))
            start = -1
        at += len(word) + 1
    if start >= 0:
        found.add(Span(start, end))
    return found
