"""
Records of two shops, and of two libraries: which are one thing, by the features of names that the resolver uses.

Beside the names, a record's other fields are compared as what they are: numbers by how far they are apart, words by
those in common. The weights are learnt from the train part, the threshold from the valid part; plain cosine, of word
weights (TF-IDF) or of the embedder's vectors, gets the threshold that is best on both.
"""

import gzip
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.report import data_dir
from bowerbird.knowledge.resolve.features import Weigh, name_features, words_of
from bowerbird.knowledge.resolve.scorer import Scorer, fit
from bowerbird.models import MiniLM

__all__ = ["SETS", "measured"]

SETS: Final = ("Amazon-Google", "DBLP-ACM")
PARTS: Final = ("train", "valid", "test")
NUMBERS: Final = frozenset({"price", "year"})
TRUST: Final = 0.1  # of the prior, which is around nothing: there are thousands of examples

Floats = NDArray[np.float64]
Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Records that are one thing or not."""

    pairs: tuple[tuple[Record, Record], ...]
    same: Floats


def read(name: str, part: str) -> Pairs:
    """One part of a set; a line has two records and whether they are one."""
    pairs: list[tuple[Record, Record]] = []
    same: list[float] = []
    file = data_dir("duplicates/entity_matching") / f"{name}.{part}.txt.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            one, other, is_same = line.rstrip("\n").split("\t")
            pairs.append((_record(one), _record(other)))
            same.append(float(is_same))
    return Pairs(tuple(pairs), np.asarray(same))


def _record(line: str) -> Record:
    return {key: value.strip() for key, value in re.findall(r"COL (\S+) VAL (.*?)(?= COL |$)", line)}


def weigher(texts: Sequence[str]) -> Weigh:
    """How much a word tells, by how many of the texts have it."""
    having: Counter[str] = Counter()
    for text in texts:
        having.update(set(words_of(text)))
    return lambda word: math.log(1 + len(texts) / (having[word] + 0.5))


def cosine(one: str, other: str, weigh: Weigh) -> float:
    """The cosine of the two texts' words by weight."""
    mine, theirs = Counter(words_of(one)), Counter(words_of(other))
    dot = sum(mine[word] * theirs[word] * weigh(word) ** 2 for word in mine.keys() & theirs.keys())
    lengths = [math.sqrt(sum((n * weigh(word)) ** 2 for word, n in words.items())) for words in (mine, theirs)]
    return dot / (lengths[0] * lengths[1] or 1.0)


def row(one: Record, other: Record, weigh: Weigh) -> list[float]:
    """The features of a pair: of its names, then of each other field, then of some together."""
    found = name_features(one["title"], other["title"], weigh)
    alone = set(words_of(one["title"])) - set(words_of(other["title"]))
    found.append(max((weigh(word) for word in alone), default=0.0) / 8)
    for field in one:
        if field != "title":
            mine, theirs = one[field], other.get(field, "")
            found.extend(_numbers(mine, theirs) if field in NUMBERS else _words(mine, theirs, weigh))
    overlap, within, others = found[1], found[2], found[5]
    return [*found, overlap * others, within * others, within**2]


def _numbers(one: str, other: str) -> list[float]:
    try:
        mine, theirs = float(one), float(other)
    except ValueError:
        return [0.0, 0.0, 0.0]
    return [1.0, abs(math.log((mine + 1) / (theirs + 1))), float(mine == theirs)]


def _words(one: str, other: str, weigh: Weigh) -> list[float]:
    if not (one and other):
        return [0.0, 0.0, 0.0]
    named = name_features(one, other, weigh)
    return [1.0, named[0], named[2]]


def best_threshold(scores: Floats, same: Floats) -> float:
    """The score from which calling them one gives the best F1."""
    order = np.argsort(-scores)
    hits = np.cumsum(same[order])
    f1s = 2 * hits / (np.arange(1, len(same) + 1) + same.sum())
    return float(scores[order][f1s.argmax()])


def f1(said: NDArray[np.bool_], same: Floats) -> float:
    """Of pairs that are one."""
    return round(float(2 * (said * same).sum() / max(1.0, said.sum() + same.sum())), 3)


def measured(name: str, embedder: MiniLM) -> dict[str, float]:
    """F1 on the test part: the resolver's features, and both kinds of plain cosine."""
    parts = {part: read(name, part) for part in PARTS}
    texts = sorted({one["title"] for part in parts.values() for pair in part.pairs for one in pair})
    weigh = weigher(texts)
    rows = {part: np.asarray([row(one, other, weigh) for one, other in those.pairs]) for part, those in parts.items()}
    mean, spread = rows["train"].mean(axis=0), rows["train"].std(axis=0) + 1e-9
    scaled = {part: (those - mean) / spread for part, those in rows.items()}
    start = np.zeros(scaled["train"].shape[1] + 1)
    scorer = Scorer(fit(scaled["train"], parts["train"].same, around=start, trust=TRUST), 0.0)
    enough = best_threshold(scorer.chances(scaled["valid"].tolist()), parts["valid"].same)
    test = parts["test"]
    found = {"f1": f1(scorer.chances(scaled["test"].tolist()) >= enough, test.same)}
    for kind in ("words", "vectors"):
        scores = {part: _plain(kind, those, weigh, embedder) for part, those in parts.items()}
        known = np.concatenate([scores["train"], scores["valid"]])
        threshold = best_threshold(known, np.concatenate([parts["train"].same, parts["valid"].same]))
        found[f"cosine_of_{kind}_f1"] = f1(scores["test"] >= threshold, test.same)
    return {"pairs": len(test.pairs), "same": int(test.same.sum()), **found}


def _plain(kind: str, those: Pairs, weigh: Weigh, embedder: MiniLM) -> Floats:
    texts = [(" ".join(one.values()), " ".join(other.values())) for one, other in those.pairs]
    if kind == "words":
        return np.asarray([cosine(one, other, weigh) for one, other in texts])
    each = sorted({text for pair in texts for text in pair})
    place = {text: n for n, text in enumerate(each)}
    vectors = np.concatenate([embedder.embed(each[first : first + 64]) for first in range(0, len(each), 64)])
    found: Floats = np.asarray([vectors[place[one]] @ vectors[place[other]] for one, other in texts], np.float64)
    return found
