"""The writer without a model: which sentences make the answer, in an order that reads well."""

import re
from collections.abc import Sequence

from bowerbird.answer.leaning import is_rest, leans_on_before, opens_what_follows
from bowerbird.answer.question import Kind, Plan
from bowerbird.answer.rank import Ranked
from bowerbird.answer.sentences import Sentence, points_back
from bowerbird.knowledge.words import STOPWORDS

__all__ = ["choose", "tidy"]

# How many sentences an answer of a kind has at most, and how far behind the best one they may be: what asks for one
# thing is answered by what is nearly as good as the best, to any other question there is more to be told.
_MOST = {
    Kind.WHO: 2,
    Kind.WHEN: 2,
    Kind.WHERE: 2,
    Kind.AMOUNT: 2,
    Kind.DEFINITION: 3,
    Kind.YES_NO: 3,
}
MARGIN = 2.0
MOST, OPEN_MARGIN = 5, 4.0  # of any other kind
MOST_SENTENCES, MOST_ITEMS = 5, 6
# A list is what was asked for, so the sentence that opens one may be further behind.
LIST_MARGIN = 3.0
NEXT_ITEM = 120  # characters between items at most: marks, labels, an item that does not read as a sentence
# Sentences that share more of their words than this say the same; less costs points in proportion.
SAME, SHARED_COSTS = 0.6, 2.0

_FOLLOWING = re.compile(r"\b(?:follow(?:ing|s)|below|like (?:this|these|so)|these|this)\b[^:]*:[*_ ]*$", re.IGNORECASE)
# "See the next question." answers nothing where it is read; what names the place and says what is there may.
_SENDS_AWAY = re.compile(
    r"[\W_]*See (?:also )?(?:the (?:next|previous|following|above)|above|below|there)\b", re.IGNORECASE
)
_GOES_ON = re.compile(r"\s*(?:```|~~~)[^`~]+(?:```|~~~)\s*[a-z]")
# "__name__" is a name, not a name in bold.
_EMPHASIS = re.compile(
    r"(?<![\w*`])(?!__\w+__(?!\w))(\*{1,3}|_{1,3}|`{1,3})(?=\S)(.{1,300}?)(?<=\S)\1(?![\w*`])", re.DOTALL
)
_ESCAPED = re.compile(r"¶|\\(?=[\[\]_*])")


def choose(plan: Plan, ranked: Sequence[Ranked], pool: Sequence[Sentence]) -> list[Sentence]:
    """The sentences of the answer, the best first, then in reading order; `pool` is all that could be quoted."""
    if not ranked:
        return []
    listed = _listed(ranked, pool) if plan.kind is Kind.LIST else []
    if listed:
        return listed
    whole = [one for one in ranked if not _is_part(one.sentence)] or ranked
    first, *others = _picked(
        whole, most=_MOST.get(plan.kind, MOST), margin=MARGIN if plan.kind in _MOST else OPEN_MARGIN
    )
    if items := _items_below(first, pool):
        return [first, *items]
    # In reply to what names it, "It" is plain: "When was the bridge built?" "It was built in 1901."
    # Elsewhere what it stands for is said after it: the answer comes first, and its citation shows the words before.
    leaned_on = [] if _is_of_the_question(plan, first) else _with_antecedent(first, pool, alone=True)
    lead = [first, *(one for one in leaned_on if one is not first)]
    chosen = {one.span: one for one in lead}
    for sentence in others:
        if _FOLLOWING.search(sentence.text):
            continue  # "… in the following way:", and what follows is not said
        if leans_on_before(sentence.text) and not sentence.before:
            continue  # the best one is needed all the same; another that nothing explains is not
        chosen |= {one.span: one for one in _with_antecedent(sentence, pool, alone=False)}
    return [*lead, *_in_order([one for one in chosen.values() if one not in lead][: MOST_SENTENCES - len(lead)])]


def tidy(text: str) -> str:
    """The sentence as it is read: in one line, without the marks of emphasis."""
    plain = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))  # twice: emphasis may hold code
    return " ".join(_ESCAPED.sub("", plain).split())


def _picked(ranked: Sequence[Ranked], *, most: int, margin: float) -> list[Sentence]:
    """The best sentences that do not repeat each other (maximal marginal relevance)."""
    left = [one for one in ranked if one.score >= ranked[0].score - margin]
    picked: list[Ranked] = []
    while left and len(picked) < most:
        best = max(left, key=lambda one: one.score - SHARED_COSTS * _repeats(one, picked))
        left.remove(best)
        repeats = _repeats(best, picked)
        if repeats <= SAME and best.score - SHARED_COSTS * repeats >= ranked[0].score - margin:
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


def _is_part(sentence: Sentence) -> bool:
    """Whether it says nothing by itself: a sentence that code breaks up, on either side of it, or "See above"."""
    below = sentence.passage.text[sentence.end - sentence.passage.start :]
    return is_rest(sentence.text) or bool(_SENDS_AWAY.match(sentence.text)) or bool(_GOES_ON.match(below))


def _with_antecedent(sentence: Sentence, pool: Sequence[Sentence], *, alone: bool) -> list[Sentence]:
    """The sentence, after the one before it when it opens with "It" or "This"; nothing when that cannot be quoted."""
    if not points_back(sentence.text):
        return [sentence]
    before = next(
        (one for one in pool if one.passage.id == sentence.passage.id and one.order == sentence.order - 1), None
    )
    if before is not None and is_rest(before.text):
        return [sentence]  # the whole of it is shown before it
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
    if not opens_what_follows(lead.text):
        return []
    below = (one for one in pool if one.passage.version == lead.passage.version and one.start >= lead.end)
    items: list[Sentence] = []
    before = lead
    for one in sorted(below, key=lambda one: one.start):
        ends = one.kind != "item" or one.start - before.end > NEXT_ITEM
        if len(items) == MOST_ITEMS or (ends and not (items and _goes_on_with(before, one))):
            break
        before = one
        if one.opens_item:
            items.append(one)
    return items if len(items) >= 2 else []


def _goes_on_with(one: Sentence, other: Sentence) -> bool:
    """Whether no blank line stands between them: a second paragraph of an item, which belongs to its list."""
    passage = one.passage
    between = passage.text[one.end - passage.start : other.start - passage.start]
    return passage.id == other.passage.id and "\n\n" not in between


def _in_order(chosen: Sequence[Sentence]) -> list[Sentence]:
    """Pages in the order they come, and within a page as it is written."""
    pages = list(dict.fromkeys(sentence.passage.version for sentence in chosen))
    return sorted(chosen, key=lambda sentence: (pages.index(sentence.passage.version), sentence.start))
