"""
Which words of a sentence are a name, and of what: two small convolutions over what each word looks like and means.

What a word means is its row of `models/words.py`; what it looks like are its letters and capitals. The weights
(`tagger.npz`) were learnt from sentences whose licence allows it by `python -m bench.quality.train_names`;
`docs/decisions/0019-names-by-a-small-tagger.md` says why so.
"""

import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from bowerbird.kernel.nouns import Span
from bowerbird.models.words import WordVectors, word_vectors

__all__ = [
    "HASHED",
    "KINDS",
    "LABELS",
    "WEIGHTS",
    "Name",
    "NameKind",
    "Tagger",
    "looked_at",
    "sentence_flags",
    "tagger",
    "windows",
    "words",
]

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

NameKind = Literal["person", "organisation", "place", "product", "name"]
KINDS: Final[tuple[NameKind, ...]] = ("person", "organisation", "place", "product", "name")
# No name, then for each kind its first word and its further words.
LABELS: Final = 1 + 2 * len(KINDS)
WEIGHTS: Final = Path(__file__).with_name("tagger.npz")

BUCKETS: Final = 4096  # of each hashed feature
HASHED: Final = 6  # features of a word that are hashed: see `_hashed`
PLACES: Final = 4  # what `sentence_flags` tells
AROUND: Final = 2  # words to either side that the first layer sees; the second sees one more
_LONGEST: Final = 40  # letters of a word that are looked at
_KEPT: Final = 16_000  # words that stay in memory: 2.5 kB each
_AT_ONCE: Final = 4_000  # words read in one go: bounds the memory

# A short form keeps its full stops; what is written together is one word, but a possessive ending is none of it.
_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,10}|(?:St|Mt|Ft|Dr|Mr|Mrs|Ms|Jr|Sr|Inc|Corp|Co|Ltd|Bros|Gen|Col|Sen|Rep|Gov)\.|[^\W\d_]\.(?=\s+[^\W\d_])"
    r"|['’]s\b|\w+(?:(?:(?!['’]s\b)[-‐‑'’.&/])\w+)*|\.{2,}|[^\w\s\x00]"
)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text, what kind of thing bears it, and how sure that is."""

    span: Span
    kind: NameKind
    confidence: float


def words(text: str, start: int, end: int) -> list[Span]:
    """The words and marks of `text[start:end]` as the tagger reads them."""
    return [Span(found.start(), found.end()) for found in _WORD.finditer(text, start, end)]


def _bucket(feature: int, value: str) -> int:
    return zlib.crc32(f"{feature}{value}".encode("utf-8", "surrogatepass")) % BUCKETS


def _shape(word: str) -> str:
    """Its pattern of capitals, small letters, digits and marks, without repetitions."""
    pattern = "".join(
        "X" if mark.isupper() else "x" if mark.isalpha() else "9" if mark.isdigit() else mark for mark in word
    )
    return re.sub(r"(.)\1+", r"\1\1", pattern)


def _hashed(word: str) -> list[int]:
    small = word.lower()
    looks = (small, small[:3], small[-2:], small[-3:], small[-4:], _shape(word)[:12])
    return [_bucket(number, look) for number, look in enumerate(looks)]


def _flags(word: str) -> list[float]:
    letters = len(_LETTER.findall(word))
    capitals = sum(mark.isupper() for mark in word)
    return [
        float(word[:1].isupper()),
        float(letters > 1 and capitals == letters),
        float(capitals == 1 and len(word) == 2 and word.endswith(".")),
        float(capitals > 1 and capitals < letters),
        float(letters > 0 and capitals == 0),
        float(any(mark.isdigit() for mark in word)),
        float(letters == 0),
        float("-" in word),
        float(letters == 1),
    ]


def looked_at(said: Sequence[str], vectors: WordVectors) -> tuple[Ints, Floats]:
    """What is known of each word by itself, whatever stands around it: its buckets (n, HASHED) and numbers (n, d)."""
    short = [word[:_LONGEST] for word in said]
    meaning = vectors.of([word.lower() for word in short])
    known = np.any(meaning, axis=1, keepdims=True).astype(np.float32)
    flags = np.array([_flags(word) for word in short], np.float32)
    # Vectors of unit length have small numbers; the flags beside them are ones.
    return np.array([_hashed(word) for word in short], np.int32), np.concatenate([meaning * 3, known, flags], axis=1)


def sentence_flags(said: Sequence[str]) -> Floats:
    """What a word's place says (n, PLACES): opens the sentence, opens it after marks, in capitals all of it, titled."""
    long = [word for word in said if len(word) > 3 and word[0].isalpha()]
    loud = float(bool(long) and all(word.isupper() for word in long))
    titled = float(len(long) >= 3 and sum(word[0].isupper() for word in long) > 0.7 * len(long))
    found = np.zeros((len(said), PLACES), np.float32)
    found[:, 2:] = loud, titled
    found[0, 0] = 1
    first = next((place for place, word in enumerate(said) if word[0].isalnum()), 0)
    found[first, 1] = 1
    return found


def windows(rows: Floats, around: int) -> Floats:
    """Each row with those around it beside it (n, d * (2 * around + 1)); nothing stands before the first."""
    n, d = rows.shape
    padded = np.zeros((n + 2 * around, d), np.float32)
    padded[around : n + around] = rows
    return np.concatenate([padded[offset : offset + n] for offset in range(2 * around + 1)], axis=1)


class Tagger:
    """Finds names; safe to call from several threads."""

    def __init__(self, weights: dict[str, Floats], vectors: WordVectors) -> None:
        self._weights = weights
        self._vectors = vectors
        hidden = len(weights["first_bias"])
        by_offset = weights["first"].reshape(2 * AROUND + 1, -1, hidden)
        self._of_words, self._of_places = by_offset[:, :-PLACES], by_offset[:, -PLACES:].reshape(-1, hidden)
        self._row: dict[str, int] = {}  # a word's row in what the first layer makes of it
        self._made = np.zeros((1024, 2 * AROUND + 1, hidden), np.float32)
        self._lock = threading.Lock()

    def names(self, text: str, sentences: Sequence[Span]) -> list[list[Name]]:
        """The names in each of the sentences of `text`, in order."""
        found: list[list[Name]] = []
        for some in _batches([words(text, sentence.start, sentence.end) for sentence in sentences]):
            scores = self._scores([[span.of(text) for span in each] for each in some])
            marks = _marks(scores)
            likeliest = marks.argmax(axis=1).tolist()
            start = 0
            for spans in some:
                end = start + len(spans)
                # Most sentences name nothing, and are done with.
                found.append(
                    list(_read(spans, scores[start:end], marks[start:end])) if any(likeliest[start:end]) else []
                )
                start = end
        return found

    def _scores(self, said: Sequence[Sequence[str]]) -> Floats:
        """The log-probability (n, LABELS) of each label of each word of all the sentences, one after another."""
        flat = [word for each in said for word in each]
        if not flat:
            return np.zeros((0, LABELS), np.float32)
        with self._lock:
            made = self._of(flat)
        w = self._weights
        # Blank rows part the sentences, so that none sees into the next.
        at = np.arange(len(flat)) + AROUND * np.repeat(np.arange(len(said)), [len(each) for each in said])
        total = len(flat) + AROUND * len(said)
        places = np.zeros((total, PLACES), np.float32)
        places[at] = np.concatenate([sentence_flags(each) for each in said if each])
        seen = np.zeros((total + 2 * AROUND, made.shape[2]), np.float32)
        for offset in range(2 * AROUND + 1):
            seen[at + 2 * AROUND - offset] += made[:, offset]  # what the word is to the one `offset - AROUND` before it
        first = np.zeros((total, made.shape[2]), np.float32)
        near = seen[at + AROUND] + windows(places, AROUND)[at] @ self._of_places
        first[at] = np.maximum(near + w["first_bias"], 0)
        second = np.maximum(windows(first, 1)[at] @ w["second"] + w["second_bias"], 0) + first[at]
        scores = second @ w["out"] + w["out_bias"]
        scores -= scores.max(axis=1, keepdims=True)
        found: Floats = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return found

    def _of(self, said: Sequence[str]) -> Floats:
        """What the first layer makes of each word for those around it (n, 2 * AROUND + 1, hidden)."""
        short = [word[:_LONGEST] for word in said]
        fresh = [word for word in dict.fromkeys(short) if word not in self._row]
        if fresh and len(self._row) + len(fresh) > _KEPT:
            self._row.clear()
            fresh = list(dict.fromkeys(short))
        if fresh:
            hashed, dense = looked_at(fresh, self._vectors)
            looks = self._weights["looks"][np.arange(HASHED), hashed].reshape(len(fresh), -1)
            known = np.concatenate([looks, dense], axis=1)
            begin = len(self._row)
            while begin + len(fresh) > len(self._made):
                self._made = np.concatenate([self._made, np.zeros_like(self._made)])
            for offset in range(2 * AROUND + 1):
                self._made[begin : begin + len(fresh), offset] = known @ self._of_words[offset]
            self._row.update({word: begin + number for number, word in enumerate(fresh)})
        found: Floats = self._made[[self._row[word] for word in short]]
        return found


def _batches(cut: Sequence[list[Span]]) -> Iterator[list[list[Span]]]:
    some: list[list[Span]] = []
    size = 0
    for each in cut:
        some.append(each)
        size += len(each)
        if size >= _AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _marks(scores: Floats) -> Floats:
    """The log-probability (n, 3) of no name, the first word of one, a further word of one, whatever it names."""
    chances = np.exp(scores)
    marks = np.stack([chances[:, 0], chances[:, 1::2].sum(axis=1), chances[:, 2::2].sum(axis=1)], axis=1)
    found: Floats = np.log(marks + 1e-9)
    return found


def _read(spans: Sequence[Span], scores: Floats, marks: Floats) -> Iterator[Name]:
    """The likeliest names: first which words are one whatever it names (Viterbi), then of what kind each is."""
    likeliest = _likeliest(marks)
    place = 0
    while place < len(likeliest):
        begin = place
        place += 1
        if not likeliest[begin]:
            continue
        while place < len(likeliest) and likeliest[place] == 2:
            place += 1
        kinds = scores[begin, 1::2] + scores[begin + 1 : place, 2::2].sum(axis=0)
        sure = float(1 - np.exp(marks[begin:place, 0]).mean())
        yield Name(Span(spans[begin].start, spans[place - 1].end), KINDS[int(kinds.argmax())], sure)


def _likeliest(marks: Floats) -> list[int]:
    """The likeliest sequence of marks, in which 2 follows 1 or 2 only."""
    best = marks.argmax(axis=1)
    lost = (best == 2) & (np.concatenate([[0], best[:-1]]) == 0)
    if not lost.any():
        found: list[int] = best.tolist()
        return found  # the best of each word are a sequence already
    none, opens, goes_on = marks[0, 0], marks[0, 1], -np.inf
    back: list[tuple[int, int]] = []
    for out, first, further in marks[1:].tolist():
        before = max((none, 0), (opens, 1), (goes_on, 2))
        inside = max((opens, 1), (goes_on, 2))
        back.append((before[1], inside[1]))
        none, opens, goes_on = before[0] + out, before[0] + first, inside[0] + further
    last = max((none, 0), (opens, 1), (goes_on, 2))[1]
    path = [last]
    for at, within in reversed(back):
        path.append(within if path[-1] == 2 else at)
    return path[::-1]


@lru_cache(maxsize=1)
def tagger() -> Tagger:
    """The tagger that ships, read once; raises ModelUnavailable when the embedder's tokenizer is not installed."""
    with np.load(WEIGHTS) as stored:
        weights = {name: stored[name].astype(np.float32) for name in stored.files}
    return Tagger(weights, word_vectors())
