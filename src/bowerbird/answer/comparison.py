"""
What was learnt of how the words of a sentence answer those of a question, both known in their context.

Where the telling words of a question stand in a sentence, or in the one before or after it; and how much one of its
words looks like what is asked for: near in meaning to "who" or to what follows "which", of the right form (a number, a
name), not of the question itself, and near the words that the question shares with the sentence. `comparison.npz` was
learnt from questions that we wrote (`python -m bench.quality.train_comparison`); nothing but products of small tables
is computed here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.knowledge.words import STOPWORDS, fold, stem, word_set
from bowerbird.models.in_context import word_places

__all__ = ["COMPARED", "FORMS", "TABLE", "AskedWords", "SaidWords", "asked_words", "compared", "said_words"]

Floats = NDArray[np.float32]

TABLE: Final = Path(__file__).with_name("comparison.npz")
COMPARED: Final = (
    "matched",  # how near the telling words come, each weighed by what it tells
    "before",  # what the sentence before adds to that
    "behind",  # … and the one after
    "replies",  # how much its words look like what is asked for
    "length",  # by which the last may be high by chance
)
FORMS: Final = 6  # number, date, name, first word with a capital, small word, word of the question
SHARPNESS: Final = 8.0  # of the soft maximum over a sentence's words
_FIRST_ASKED, _BEHIND_ASKED = -3, 6  # places before and behind the word that asks that are told apart
_LEAST_TOLD = 0.05
_YEAR = re.compile(r"1\d{3}|20\d\d")
_OF_DATES = word_set(
    """
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday spring summer autumn winter century decade
    """
)
_OF_NUMBERS = word_set(
    """
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred hundreds thousand
    thousands million millions billion dozen half twice percent
    """
)
_ASKING: Final = word_set("what which who whom whose when where why how many much")


@dataclass(frozen=True, slots=True)
class AskedWords:
    """The words of a question: their vectors, what each counts for, and their stems."""

    vectors: Floats  # (w, n)
    roles: NDArray[np.int64]  # (w,) 0 asks, 1 tells, 2 stands between
    after: NDArray[np.int64]  # (w,) places behind the word that asks, from 0 on
    told: Floats  # (w,) how rare it is
    stems: frozenset[str]


@dataclass(frozen=True, slots=True)
class SaidWords:
    """The words of a sentence where it stands: their vectors (w, n) and forms (w, FORMS)."""

    vectors: Floats
    forms: Floats
    passage: int
    order: int


def asked_words(question: str, vectors: Floats, weights: Mapping[str, float]) -> AskedWords:
    """The words of `question` as far as they were read; `weights` tells how rare stems are."""
    words = [fold(question[start:end]) for start, end in word_places(question)][: len(vectors)]
    roles = [0 if word in _ASKING else 2 if word in STOPWORDS else 1 for word in words]
    asking = roles.index(0) if 0 in roles else 0
    while asking + 1 < len(roles) and roles[asking + 1] == 0:  # "how many"
        asking += 1
    after = np.clip(np.arange(len(roles)) - asking, _FIRST_ASKED, _BEHIND_ASKED) - _FIRST_ASKED
    told = np.array([weights.get(stem(word), 0.0) for word in words], np.float32)
    stems = frozenset(stem(word) for word in words if word not in STOPWORDS)
    return AskedWords(vectors, np.array(roles, np.int64), after, told, stems)


def said_words(  # noqa: PLR0917 - all of one sentence in one passage
    asked: AskedWords, text: str, vectors: Floats, first: int, passage: int, order: int
) -> SaidWords:
    """The words of a sentence that begins with the word number `first` of a passage with `text`."""
    every, stems = _forms(text)
    last = first + len(vectors)
    forms = every[first:last].copy()
    forms[1:, 3] = 0
    forms[:1, 2] = 0
    forms[:, 5] = [word in asked.stems for word in stems[first:last]]
    return SaidWords(vectors, forms, passage, order)


# As with the sentences: a passage never changes.
@lru_cache(maxsize=2048)
def _forms(text: str) -> tuple[Floats, tuple[str, ...]]:
    """The forms of each word of a passage, and its stem; of a small word none."""
    written = [text[start:end] for start, end in word_places(text)]
    folded = [fold(word) for word in written]
    small = [word in STOPWORDS for word in folded]
    forms = np.zeros((len(written), FORMS), np.float32)
    forms[:, 1] = [word in _OF_DATES or _YEAR.fullmatch(word) is not None for word in folded]
    forms[:, 0] = [word in _OF_NUMBERS or (word[0].isdigit() and not _YEAR.fullmatch(word)) for word in folded]
    forms[:, 2] = [word[0].isupper() for word in written]
    forms[:, 3] = forms[:, 2] * ~np.array(small, bool)
    forms[:, 4] = small
    return forms, tuple("" if is_small else stem(word) for word, is_small in zip(folded, small, strict=True))


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What `comparison.npz` holds; n numbers a word, r directions in which what is asked meets what is said."""

    turned: Floats  # (n, n) added to a word of the question before it is compared
    telling: Floats  # (n,) how much a word of the question tells, by its vector,
    telling_role: Floats  # (3,) its role,
    telling_after: Floats  # and its place behind the word that asks
    wanted: Floats  # (n,) how much a word says what kind of thing is asked for, by its vector
    wanted_after: Floats
    likeness: Floats  # (3,) what nearness to the asking and the wanted words weighs, and to words that both have
    asks: Floats  # (3, n, r) of the asking, the wanted and the telling words
    says: Floats  # (n, r)
    says_alone: Floats  # (n,)
    forms: Floats  # (2, n, FORMS) by the asking and the wanted words
    forms_alone: Floats  # (FORMS,)
    repeated: float
    reach: float  # words within which a shared word is near


@lru_cache(maxsize=1)
def _learnt() -> _Learnt:
    with np.load(TABLE) as stored:
        held = {name: stored[name].astype(np.float32) for name in stored.files}
    repeated, reach = float(held.pop("repeated")), float(held.pop("reach"))
    return _Learnt(**held, repeated=repeated, reach=reach)


def compared(asked: AskedWords, said: Sequence[SaidWords]) -> Floats:
    """The numbers (s, 5) named in COMPARED of sentences, of which each has a word and the question has one, too."""
    learnt = _learnt()
    lengths = np.array([len(each.vectors) for each in said])
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    words = np.concatenate([each.vectors for each in said])
    forms = np.concatenate([each.forms for each in said])
    alike = (asked.vectors + asked.vectors @ learnt.turned) @ words.T  # (m, w)
    nearest = np.maximum(np.maximum.reduceat(alike, begins, axis=1), 0).T  # (s, m)
    tells = _telling(learnt, asked)
    own = nearest @ tells
    beside = {(each.passage, each.order): place for place, each in enumerate(said)}
    more = [_more(nearest, beside, said, step) @ tells for step in (-1, 1)]
    fitting = _wanted(learnt, asked, tells, words, forms)
    shared = _shared(learnt, np.maximum(alike, 0), begins, lengths, nearest, tells)
    repeats = (np.maximum(alike, 0) ** 2).max(axis=0)
    replies = SHARPNESS * (fitting + learnt.likeness[2] * shared - learnt.repeated * repeats)
    highest = np.maximum.reduceat(replies, begins)
    soft = highest + np.log(np.add.reduceat(np.exp(replies - np.repeat(highest, lengths)), begins))
    columns = [SHARPNESS * own, SHARPNESS * more[0], SHARPNESS * more[1], soft, np.log(lengths + 1)]
    return np.stack(columns, axis=1).astype(np.float32)


def _telling(learnt: _Learnt, asked: AskedWords) -> Floats:
    """What each word of the question counts for (m,); sums to 1."""
    odds = asked.vectors @ learnt.telling + learnt.telling_role[asked.roles] + learnt.telling_after[asked.after]
    return _shares(odds + np.log(asked.told + _LEAST_TOLD))


def _more(nearest: Floats, beside: Mapping[tuple[int, int], int], said: Sequence[SaidWords], step: int) -> Floats:
    """How much nearer each word of the question comes in the sentence `step` further in the text (s, m)."""
    places = [beside.get((each.passage, each.order + step)) for each in said]
    other = np.stack([nearest[place] if place is not None else nearest[row] for row, place in enumerate(places)])
    return np.maximum(other - nearest, 0)


def _wanted(learnt: _Learnt, asked: AskedWords, tells: Floats, words: Floats, forms: Floats) -> Floats:
    """How much each word that is said (w,) is like what is asked for, in meaning and in form."""
    asking = asked.roles == 0
    odds = asked.vectors @ learnt.wanted + learnt.wanted_after[asked.after] - 6.0 * (asked.roles != 1)
    by_asking = asking / max(1, int(asking.sum())) @ asked.vectors
    by_wanted = (_shares(odds) @ asked.vectors) if asking.any() else np.zeros_like(by_asking)
    heads = np.stack([by_asking, by_wanted, tells @ asked.vectors]).astype(np.float32)  # (3, n)
    directions = np.einsum("hn,hnr->r", heads, learnt.asks)
    plain = learnt.likeness[0] * heads[0] + learnt.likeness[1] * heads[1] + learnt.says_alone
    form = np.einsum("hn,hnf->f", heads[:2], learnt.forms) + learnt.forms_alone
    found: Floats = words @ (plain + learnt.says @ directions) + forms @ form
    return found


def _shared(  # noqa: PLR0917 - all of the words that question and sentences share
    learnt: _Learnt,
    alike: Floats,
    begins: NDArray[np.int64],
    lengths: NDArray[np.int64],
    nearest: Floats,
    tells: Floats,
) -> Floats:
    """How near each word that is said (w,) stands to those that come nearest to the question's."""
    at = np.stack(
        [begin + alike[:, begin : begin + length].argmax(axis=1) for begin, length in zip(begins, lengths, strict=True)]
    )
    far = np.abs(np.repeat(at, lengths, axis=0) - np.arange(alike.shape[1])[:, None])  # (w, m)
    weighed = np.repeat(nearest**2 * tells, lengths, axis=0)
    found: Floats = (weighed * np.exp(-far / np.float32(learnt.reach))).sum(axis=1)
    return found


def _shares(odds: Floats) -> Floats:
    raised = np.exp(odds - odds.max())
    shares: Floats = (raised / raised.sum()).astype(np.float32)
    return shares
