"""The sentences that an answer may be made of: cut from passages with what surrounds them, and judged fit to read."""

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bowerbird.answer.injections import suspects
from bowerbird.kernel.nouns import Hit, PassageText, Span
from bowerbird.knowledge.text import blocks, sentences_of
from bowerbird.knowledge.words import UNSPACED, fold, is_english, stem, stems, word_spans

__all__ = ["Sentence", "is_readable", "leans_back", "points_back", "sentences_in"]

# Shorter ones are labels, longer ones are lists without an end or broken markup.
MIN_WORDS = 4
MAX_WORDS = 140

_LEANS_BACK = re.compile(
    r"[\W_]*(?:it|its|they|their|them|this|these|those|that|he|his|she|her|such|both|the (?:former|latter)|here|there"
    r"|however|but|and|so|also|then|thus|therefore|moreover|furthermore|instead|otherwise|still|yet|nevertheless"
    r"|in addition|on the other hand|for (?:example|instance)|as a result)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"[\W_]*(?:(?:it|its|they|their|he|his|she|her|both|the (?:former|latter))|(?:this|these|those|such)"
    r"(?= (?:is|are|was|were|has|have|had|can|could|may|will|would|include\w*|mean\w*|led|made)\b))\b",
    re.IGNORECASE,
)
# "This paper", "these trees" still lean back; "that" after which a clause comes does not, and is rare at a head.
_MARKUP = re.compile(r"!\[|\]\(|\]\[|https?://\S+\)|[{}<>|]{2}|\bfunction\s*\(|^\s*[\W\d_]+$")
_SIGNS_OF_CODE = str.maketrans("", "", "=(){}<>\\/_;|#")
_NO_LETTERS = str.maketrans("", "", string.punctuation)
_DIGITS = str.maketrans("", "", string.digits)
_FURNITURE = re.compile(
    r"\b(?:cookies?|javascript|sign (?:in|up)|log ?in|subscribe|newsletter|click here|privacy policy"
    r"|all rights reserved|terms of (?:use|service)|copyright|skip to|read more|share (?:this|on)"
    r"|go to the end to download|download (?:the full|python source|jupyter))\b",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"(?:[-*+•·–]|\(?\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item of a passage; `start` and `end` lie in the version's text."""

    passage: PassageText
    passage_score: float
    start: int
    end: int
    text: str
    kind: str
    opens_item: bool
    order: int  # its place among the readable sentences of its passage
    words: tuple[str, ...]  # folded
    stems: tuple[str, ...]
    around: frozenset[str]  # the stems of title, headings and the sentence before
    before: frozenset[str]  # the stems of the sentence before
    whole: frozenset[str]  # the stems of the whole passage, with title and headings
    meant: float  # the cosine of its passage with the question; 0 where there is none
    leans: bool  # whether it opens with a word that only the sentence before explains

    @property
    def span(self) -> tuple[int, int, int]:
        """Where it is: version, start, end."""
        return (self.passage.version, self.start, self.end)


def sentences_in(hits: Sequence[Hit]) -> list[Sentence]:
    """The readable sentences of the passages found, each stretch of text once, in the order of the hits."""
    found: dict[tuple[int, int, int], Sentence] = {}
    for rank, hit in enumerate(hits):
        # By rank, because the unit of a score depends on which halves of the search saw the passage.
        score = 1 / (1 + rank / 5)
        for cut in _cut(hit.passage):
            if cut.span not in found:
                found[cut.span] = replace(cut, passage_score=score, meant=hit.dense or 0.0)
    return list(found.values())


# A passage never changes, and questions meet again and again the passages that say most.
@lru_cache(maxsize=4096)
def _cut(passage: PassageText) -> tuple[Sentence, ...]:
    """The readable sentences of a passage, as any question finds them."""
    title = frozenset(stems(f"{passage.title} {passage.heading}", passage.language))
    whole = title | frozenset(stems(passage.text, passage.language))
    found: list[Sentence] = []
    before = Span(0, 0)
    # Orders to a machine are data; they are just never an answer.
    orders = suspects(passage.text, passage.language)
    for block in blocks(passage.text):
        if block.kind == "code":
            continue
        for span in sentences_of(passage.text, block, passage.language):
            is_order = any(each.start < span.end and span.start < each.end for each in orders)
            if block.kind in ("prose", "item") and not is_order and _reads(span.of(passage.text), passage.language):
                found.append(_sentence(passage, span, before, block.kind, len(found), title, whole))
            before = span
    return tuple(found)


def _sentence(  # noqa: PLR0917 - all of one place in one passage
    passage: PassageText,
    marked: Span,
    previous: Span,
    kind: str,
    order: int,
    title: frozenset[str],
    whole: frozenset[str],
) -> Sentence:
    span = _unmarked(passage.text, marked)
    text = span.of(passage.text)
    written = [word.of(text) for word in word_spans(text, passage.language)]
    before = frozenset(stems(previous.of(passage.text), passage.language))
    return Sentence(
        passage=passage,
        passage_score=0.0,
        start=passage.start + span.start,
        end=passage.start + span.end,
        text=text,
        kind=kind,
        opens_item=_LIST_MARK.match(passage.text, marked.start) is not None,
        order=order,
        words=tuple(fold(word) for word in written),
        stems=tuple(stem(word, passage.language) for word in written),
        around=title | before,
        before=before,
        whole=whole,
        meant=0.0,
        leans=is_english(passage.language) and leans_back(text),
    )


def _unmarked(text: str, span: Span) -> Span:
    """The span without the mark of a list item: a quote begins with the words."""
    mark = _LIST_MARK.match(text, span.start, span.end)
    return span if mark is None else Span(mark.end(), span.end)


def _reads(text: str, language: str) -> bool:
    """Whether `text` reads as a sentence in its language; without spaces every two letters are counted as a word."""
    if language not in UNSPACED:
        return is_readable(text)
    signs = sum(map(str.isalpha, text))
    return 2 * MIN_WORDS <= signs <= 2 * MAX_WORDS and not _MARKUP.search(text) and text[-1] not in "?？"


def is_readable(text: str) -> bool:
    """Whether `text` reads as a sentence: words, no markup, no furniture of a site."""
    words = text.split()
    if not MIN_WORDS <= len(words) <= MAX_WORDS or _MARKUP.search(text):
        return False
    if text.rstrip("\"')”’*_ ").endswith("?"):
        return False  # it asks, too
    if len(text) - len(text.translate(_SIGNS_OF_CODE)) > 0.06 * len(text):
        return False
    # Figures are what many an answer is made of; a line of nothing else is a table's.
    if len(text.translate(_NO_LETTERS)) < 0.8 * len(text) or len(text.translate(_DIGITS)) < 0.75 * len(text):
        return False
    lower = sum(word[0].islower() for word in words)
    # Menus and titles capitalise most words and have no stop.
    if lower < 0.35 * len(words) and text[-1] not in ".!?:…。":
        return False
    return not (_FURNITURE.search(text) and len(words) < 20)


def leans_back(text: str) -> bool:
    """Whether the sentence opens with a word that only the sentence before explains."""
    return bool(_LEANS_BACK.match(text))


def points_back(text: str) -> bool:
    """Whether the sentence opens with a word in the place of a name, so that it says nothing without the one before."""
    return bool(_POINTS_BACK.match(text))


def first_stems(text: str, count: int) -> list[str]:
    """The stems of the first words, articles left out."""
    return [word for word in stems(text[:200]) if word not in ("a", "an", "the")][:count]
