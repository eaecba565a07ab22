"""The writer without a model: which sentences make the answer, in an order that reads well."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bowerbird.answer.draft import Quote
from bowerbird.answer.injections import is_injection
from bowerbird.answer.question import Kind, Plan
from bowerbird.answer.rank import Ranked
from bowerbird.answer.sentences import Sentence, points_back
from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge.text import blocks, sentences_of
from bowerbird.knowledge.words import STOPWORDS

__all__ = ["choose", "explained_by", "leans_on_before", "tidy"]

# How many sentences an answer of a kind has at most, and how far behind the best one may be.
_MOST = {
    Kind.WHO: 2,
    Kind.WHEN: 2,
    Kind.WHERE: 2,
    Kind.AMOUNT: 2,
    Kind.DEFINITION: 3,
    Kind.YES_NO: 3,
}
MOST, MARGIN = 4, 2.0
MOST_SENTENCES, MOST_ITEMS = 5, 6
# A list is what was asked for, so the sentence that opens one may be further behind.
LIST_MARGIN = 3.0
NEXT_ITEM = 120  # characters between items at most: marks, labels, an item that does not read as a sentence
# Sentences that share more of their words than this say the same; less costs points in proportion.
SAME, SHARED_COSTS = 0.6, 2.0

# What stands for something that only the sentence before names, at the head or behind a few words that lead to it. What
# "It is possible to …" stands for comes after.
_LEANS_ON_BEFORE = re.compile(
    r"[\W_]*(?:(?:and|but|so|then|thus|however|also|therefore|still|yet|finally),? )?(?:[\w’'-]+(?: [\w’'-]+){0,3}, )?"
    r"(?:(?:in|for|on|at|by|with|of|from|to|as|after|before|since|while|when|where|if|because|although|during|under"
    r"|among|all|most|some|many|one|both|each|none|two|several|using)(?: of)? )?"
    r"(?:(?:it|its|they|their|them|he|his|him|she|her|this|these|those|such|both|the (?:former|latter))\b"
    r"|that (?:fact|case|reason|point|way|time|identity)\b)"
    r"|[^.,;]{1,40}\b(?:of|in|for) (?:this|these|those|that) \w+,",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"[\W_]*(?:it(?:[’']s| is| was| may be| can be| would be) (?:[\w-]+ ){1,3}(?:to|that|if|how|why|when)\b"
    r"|it (?:seems|appears|turns out)\b|in this (?:section|chapter|article|document|tutorial|document)\b)",
    re.IGNORECASE,
)
WHOLE_WORDS = 3  # "Yes." says nothing: what stands before it does
_FOLLOWING = re.compile(r"\b(?:follow(?:ing|s)|below|like (?:this|these|so)|these|this)\b[^:]*:[*_ ]*$", re.IGNORECASE)
BEFORE = 2  # sentences back, until one says what the others lean on
APART = 300  # characters between a sentence and the one before it at most, an example between them counted
_EMPHASIS = re.compile(r"(?<![\w*`])(\*{1,3}|_{1,3}|`{1,3})(?=\S)(.{1,300}?)(?<=\S)\1(?![\w*`])", re.DOTALL)
_ESCAPED = re.compile(r"¶|\\(?=[\[\]_*])")


def choose(plan: Plan, ranked: Sequence[Ranked], pool: Sequence[Sentence]) -> list[Sentence]:
    """The sentences of the answer, the best first, then in reading order; `pool` is all that could be quoted."""
    if not ranked:
        return []
    listed = _listed(ranked, pool) if plan.kind is Kind.LIST else []
    if listed:
        return listed
    whole = [one for one in ranked if not _is_rest(one.sentence.text)] or ranked
    first, *others = _picked(whole, most=_MOST.get(plan.kind, MOST))
    if items := _items_below(first, pool):
        return [first, *items]
    # In reply to what names it, "It" is plain: "When was the bridge built?" "It was built in 1901."
    lead = [first] if _is_of_the_question(plan, first) else _with_antecedent(first, pool, alone=True)
    chosen = {one.span: one for one in lead}
    for sentence in others:
        if _FOLLOWING.search(sentence.text):
            continue  # "… in the following way:", and what follows is not said
        chosen |= {one.span: one for one in _with_antecedent(sentence, pool, alone=False)}
    return [*lead, *_in_order([one for one in chosen.values() if one not in lead][: MOST_SENTENCES - len(lead)])]


def leans_on_before(text: str) -> bool:
    """Whether a word near the head stands for something that only the sentence before names."""
    return bool(_LEANS_ON_BEFORE.match(text)) and not _EXPLETIVE.match(text)


def explained_by(sentence: Sentence, pool: Sequence[Sentence]) -> list[Quote]:
    """
    The places before it that say what it leans on, nearest first; none when it stands by itself.

    A heading may be one ("Why …?" "It is because …"); so is what opens the list that an item stands in.
    """
    version = sentence.passage.version
    passages = {one.passage.id: one.passage for one in (*pool, sentence) if one.passage.version == version}
    places = sorted({place for passage in passages.values() for place in _places(passage)}, key=lambda one: one.start)
    before = [one for one in places if one.end <= sentence.start]
    if sentence.opens_item:
        return _opening(before, version)
    found: list[Quote] = []
    text, start = sentence.text, sentence.start
    while before and (leans_on_before(text) or len(text.split()) < WHOLE_WORDS) and len(found) < BEFORE:
        at = before.pop()
        if start - at.end > APART or is_injection(at.text):
            break
        if at.is_code:  # an example stands between; what it is an example of comes before
            continue
        text, start = at.text, at.start
        if len(text.split()) >= WHOLE_WORDS:
            found.append(Quote(version, at.start, at.end, at.text))
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence where it stands in its version, fit to be an answer or not."""

    start: int
    end: int
    text: str
    is_code: bool
    is_item: bool


# As with the sentences that can be quoted: a passage never changes.
@lru_cache(maxsize=1024)
def _places(passage: PassageText) -> tuple[_Place, ...]:
    return tuple(
        _Place(
            passage.start + span.start,
            passage.start + span.end,
            span.of(passage.text),
            block.kind in ("code", "row"),
            block.kind == "item",
        )
        for block in blocks(passage.text)
        for span in sentences_of(passage.text, block)
    )


def _opening(before: Sequence[_Place], version: int) -> list[Quote]:
    """What opens the list whose items come last in `before`."""
    # The mark of the item itself is no place of its own; the sentences of items before it are.
    at = next((one for one in reversed(before) if not one.is_item), None)
    return [] if at is None or not _opens_what_follows(at.text) else [Quote(version, at.start, at.end, at.text)]


def tidy(text: str) -> str:
    """The sentence as it is read: in one line, without the marks of emphasis."""
    plain = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))  # twice: emphasis may hold code
    return " ".join(_ESCAPED.sub("", plain).split())


def _picked(ranked: Sequence[Ranked], *, most: int) -> list[Sentence]:
    """The best sentences that do not repeat each other (maximal marginal relevance)."""
    left = [one for one in ranked if one.score >= ranked[0].score - MARGIN]
    picked: list[Ranked] = []
    while left and len(picked) < most:
        best = max(left, key=lambda one: one.score - SHARED_COSTS * _repeats(one, picked))
        left.remove(best)
        repeats = _repeats(best, picked)
        if repeats <= SAME and best.score - SHARED_COSTS * repeats >= ranked[0].score - MARGIN:
            picked.append(best)
    return [one.sentence for one in picked]


def _repeats(one: Ranked, picked: Sequence[Ranked]) -> float:
    return max((_overlap(one.sentence, other.sentence) for other in picked), default=0.0)


def _overlap(one: Sentence, other: Sentence) -> float:
    """The share of the shorter sentence's content words that the other has too."""
    mine = {word for word in one.stems if word not in STOPWORDS}
    theirs = {word for word in other.stems if word not in STOPWORDS}
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))


def _is_of_the_question(plan: Plan, sentence: Sentence) -> bool:
    """Whether the sentence before, which says what "It" is, names what the question names."""
    return any(term in sentence.before and term not in sentence.stems for term in plan.terms)


def _is_rest(text: str) -> bool:
    """Whether it is the rest of a sentence that something stands in the middle of: "then it has to …" after code."""
    first = text.split(" ", 1)[0]
    return first.islower() and first in STOPWORDS


def _opens_what_follows(text: str) -> bool:
    return text.rstrip("*_ ").endswith(":")


def _with_antecedent(sentence: Sentence, pool: Sequence[Sentence], *, alone: bool) -> list[Sentence]:
    """The sentence, after the one before it when it opens with "It" or "This"; nothing when that cannot be quoted."""
    if not points_back(sentence.text):
        return [sentence]
    before = next(
        (one for one in pool if one.passage.id == sentence.passage.id and one.order == sentence.order - 1), None
    )
    if before is not None and not points_back(before.text):
        return [before, sentence]
    return [sentence] if alone else []


def _listed(ranked: Sequence[Ranked], pool: Sequence[Sentence]) -> list[Sentence]:
    """The best sentence that introduces a list, with its items; empty when none that is good enough does."""
    for one in ranked:
        if one.score >= ranked[0].score - LIST_MARGIN:
            items = _items_below(one.sentence, pool)
            if items:
                return [one.sentence, *items]
    return []


def _items_below(lead: Sentence, pool: Sequence[Sentence]) -> list[Sentence]:
    """The first sentences of the list items that a sentence ending in a colon introduces, also in the next passage."""
    if not _opens_what_follows(lead.text):
        return []
    below = (one for one in pool if one.passage.version == lead.passage.version and one.start >= lead.end)
    items: list[Sentence] = []
    end = lead.end
    for one in sorted(below, key=lambda one: one.start):
        if one.kind != "item" or one.start - end > NEXT_ITEM or len(items) == MOST_ITEMS:
            break
        end = one.end
        if one.opens_item:
            items.append(one)
    return items if len(items) >= 2 else []


def _in_order(chosen: Sequence[Sentence]) -> list[Sentence]:
    """Pages in the order they come, and within a page as it is written."""
    pages = list(dict.fromkeys(sentence.passage.version for sentence in chosen))
    return sorted(chosen, key=lambda sentence: (pages.index(sentence.passage.version), sentence.start))
