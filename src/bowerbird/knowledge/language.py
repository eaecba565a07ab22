"""
In which language a text is written, and each part of it where a page mixes several.

By py3langid (decision 0027): the letters of a text, a few at a time, weighed for each language. What a page says of
itself decides only where its words do not. A part counts as another language's than its page's only if it is long
enough and sure: an English page shall not be torn apart by a name or a formula.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Protocol

from bowerbird.kernel.languages import LANGUAGES
from bowerbird.knowledge.text import Block, blocks

__all__ = ["DENSE", "DENSE_LETTERS", "DENSE_SIGN", "IN_ENGLISH", "Written", "written"]

DENSE: Final = frozenset({"ja", "ko", "zh"})  # in which a sign says as much as several letters
_SAMPLE: Final = 20_000  # characters by which a page is known
_OF_A_PART: Final = 400  # and a part
_LETTERS: Final = 40  # that a part has at least to be of another language: what is shorter says too little
_SURE: Final = 0.95  # the probability that it takes
_LIKELY: Final = 0.5  # the same for a page, unless it says something else of itself: then it must be sure
_PAGE_LETTERS: Final = 12
DENSE_LETTERS: Final = 3  # letters of an alphabet that one sign of Chinese, Japanese or Korean stands for
DENSE_SIGN: Final = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
# What is written alike in any language.
_NO_WORDS: Final = re.compile(r"https?://\S+|`[^`\n]{1,200}`|\S*[\d_/\\@<>={}|]\S*")


@dataclass(frozen=True, slots=True)
class Written:
    """The language of most of a text, and where one begins that another part is written in."""

    language: str  # the primary subtag, "de"; empty: not known
    runs: tuple[tuple[int, str], ...] = ()

    def at(self, offset: int) -> str:
        """The language at this place."""
        before = bisect_right(self.runs, offset, key=lambda run: run[0])
        return self.runs[before - 1][1] if before else self.language

    def of(self, start: int, end: int) -> str:
        """The language of most of a stretch."""
        if not self.runs:
            return self.language
        first = bisect_right(self.runs, start, key=lambda run: run[0])
        last = bisect_left(self.runs, end, key=lambda run: run[0])
        borders = [start, *(at for at, _ in self.runs[first:last]), end]
        sizes: Counter[str] = Counter()
        for one, other in pairwise(borders):
            sizes[self.at(one)] += other - one
        return max(sizes, key=lambda language: sizes[language])


IN_ENGLISH: Final = Written("en")


def written(text: str, stated: str = "") -> Written:
    """The language of `text` and of its parts; `stated` is what the page says, the primary subtag or empty."""
    found = [block for block in blocks(text) if block.kind != "code"]
    prose = [block for block in found if block.kind != "row"] or found
    known = [_of_part(text[block.start : min(block.end, block.start + _OF_A_PART)]) for block in prose]
    page = _of_page(text, prose, stated) or _of_most(prose, known)
    if all(language in (None, page) for language in known):
        return Written(page)
    runs: list[tuple[int, str]] = []
    for block, language in zip(prose, _settled(prose, known, page), strict=True):
        if language != (runs[-1][1] if runs else page):
            runs.append((block.start, language))
    return Written(page, tuple(runs))


def _of_page(text: str, prose: Sequence[Block], stated: str) -> str:
    sample: list[str] = []
    room = _SAMPLE
    for block in prose:
        sample.append(text[block.start : min(block.end, block.start + room)])
        room -= len(sample[-1])
        if room <= 0:
            break
    words = "\n".join(sample)
    language, probability = _likeliest(words) if _letters(words) >= _PAGE_LETTERS else ("", 0.0)
    is_stated = stated in LANGUAGES
    if probability >= (_SURE if is_stated else _LIKELY):
        return language
    return stated if is_stated else ""


def _of_most(prose: Sequence[Block], known: Sequence[str | None]) -> str:
    """The language of the most letters of a page that is in none as a whole; empty when no part tells."""
    sizes: Counter[str] = Counter()
    for block, language in zip(prose, known, strict=True):
        if language is not None:
            sizes[language] += block.end - block.start
    return max(sizes, key=lambda language: sizes[language], default="")


def _of_part(text: str) -> str | None:
    """The language of a part, if it is sure."""
    words = _NO_WORDS.sub(" ", text)
    if _letters(words) < _LETTERS:
        return None
    language, probability = _likeliest(words)
    return language if probability >= _SURE else None


def _settled(prose: Sequence[Block], known: Sequence[str | None], page: str) -> list[str]:
    """The language of each part: a heading is of what stands below it, what is not sure of both its neighbours'."""
    before: list[str] = []
    for language in known:
        before.append(language or (before[-1] if before else page))
    after = page
    settled: list[str] = []
    for block, language, above in reversed(list(zip(prose, known, before, strict=True))):
        after = language or after
        settled.append(language or (after if block.kind == "heading" or after == above else page))
    return settled[::-1]


def _letters(text: str) -> int:
    """How many letters the text has; a sign that stands for several counts as so many."""
    return sum(map(str.isalpha, text)) + (DENSE_LETTERS - 1) * len(DENSE_SIGN.findall(text))


def _likeliest(text: str) -> tuple[str, float]:
    return _model().classify(text)


class _Model(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...
    def set_languages(self, langs: Sequence[str]) -> None: ...


@lru_cache(maxsize=1)
def _model() -> _Model:
    """A second and 100 MB: only who arranges pages needs it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model: _Model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Those of most of what is published: the others that it knows are mistaken for these more often than they are met.
    model.set_languages(sorted(LANGUAGES))
    return model
