"""
Sentences of different pages that say the same of the same thing, but for one value.

Each is laid beside the other (`align.py`), and what differs is looked at both ways (`differences.py`). It is a conflict
when one value stands in the place of another, both ways, and nothing shows that the two speak of different things:
another name, another year, another number of a chapter. Precision before recall: a false alarm costs more trust.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.align import Aligned, beside, same
from bowerbird.answer.differences import Difference, differences
from bowerbird.answer.parts import Part, is_year, parts_of
from bowerbird.answer.sentences import Sentence
from bowerbird.knowledge.words import STOPWORDS, fold, word_set, word_spans

__all__ = ["Disagreement", "disagreements"]

# All chosen on the half of bench/quality/conflicts.py that is not reported.
IN_COMMON = 0.5  # the share of the shorter sentence's content words that a pair must have in common to be looked at
COVERED = 0.55  # of the sentence that says less, the share that the other must hold
EACH_COVERED = 0.4  # and of the one that says more
DENIED_COVERED = 0.7  # the share that each must hold of the other when one denies it
BEFORE = 2  # parts that must be the same before a name that differs; around a number, more than so many
SUBJECT = 4  # words
WORDS = ("word", "name")

# A number that is a part of a name.
_LABEL = re.compile(
    r"\b([A-Z][\w'’-]*|[Cc]hapter|[Ss]ection|[Ff]igure|[Tt]able|[Pp]art|[Pp]age|[Vv]ersion) (\d{1,3})\b"
)
_NO_LABELS = word_set(
    """january february march april may june july august september october november december
    approximately about around roughly nearly almost"""
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sentences of different pages that give different values for the same thing."""

    subject: str
    one: Sentence
    other: Sentence


def disagreements(told: Sequence[Sentence], others: Sequence[Sentence]) -> list[Disagreement]:
    """Where one of `others` disagrees with one of `told`, each subject once, in the order of `told`."""
    found: dict[str, Disagreement] = {}
    seen: set[frozenset[tuple[int, int, int]]] = set()
    worded = [(other, _content(other)) for other in others]
    for one in told:
        mine = _content(one)
        for other, theirs in worded:
            pair = frozenset((one.span, other.span))
            if one.passage.page == other.passage.page or pair in seen:
                continue
            seen.add(pair)
            if _is_alike(mine, theirs) and (subject := _subject(one.text, other.text)):
                found.setdefault(subject, Disagreement(subject, one, other))
    return list(found.values())


def _content(sentence: Sentence) -> frozenset[str]:
    return frozenset(sentence.stems) - STOPWORDS


def _is_alike(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether they share so many words that it is worth laying them beside each other, which takes far longer."""
    return len(mine & theirs) >= max(2, IN_COMMON * min(len(mine), len(theirs)))


def _subject(one: str, other: str) -> str:
    """What the two sentences give different values for; empty when they do not disagree."""
    mine, theirs = parts_of(one), parts_of(other)
    there, back = beside(mine, theirs), beside(theirs, mine)
    if max(there.cover, back.cover) < EACH_COVERED:
        return ""
    against = [each for each in differences(there) if each.contradicts]
    returned = [each for each in differences(back) if each.contradicts]
    mutual = [each for each in against if _is_mutual(each, returned)]
    differing = {_norm(part) for each in mutual for part in (each.claimed, each.instead)}
    less, more = sorted(_cover_but(side, differing) for side in (there, back))
    if not mutual or less < EACH_COVERED or more < COVERED:
        return ""
    found = next((each for each in mutual if _is_value(each, there, less)), None)
    if found is None or _of_other_times(there, back, mutual) or _of_other_things(there, back, found):
        return ""
    return "" if _labels_differ(one, other) else _before(one, found)


def _cover_but(side: Aligned, differing: set[str]) -> float:
    """The weighted share of a sentence that the other holds, without what differs."""
    rest = [(part.weight, at) for part, at in zip(side.claim, side.places, strict=True) if part.norm not in differing]
    return sum(weight for weight, at in rest if at is not None) / (sum(weight for weight, _ in rest) or 1.0)


def _is_mutual(each: Difference, returned: Sequence[Difference]) -> bool:
    """Whether the other sentence has in its place what this one has, seen from there."""
    return any(
        (back.kind == each.kind or {back.kind, each.kind} == {"number", "date"})  # 16 and 1226: one reads as a year
        and (_norm(back.claimed), _norm(back.instead)) == (_norm(each.instead), _norm(each.claimed))
        for back in returned
    )


def _is_value(each: Difference, there: Aligned, less: float) -> bool:
    """Whether what differs is said of the subject, and is not the subject's own name or number."""
    if each.claimed is None or each.instead is None:
        return less >= DENIED_COVERED
    if each.kind in ("date", "unit", "opposite"):
        return True
    n, at = there.claim.index(each.claimed), there.window.index(each.instead)
    if each.kind == "number" and not _same_after(there, n, at):
        return False
    before = sum(place is not None for place in there.places[:n])
    after = sum(place is not None for place in there.places[n + 1 :])
    return before >= BEFORE or (each.kind == "number" and before + after > BEFORE)


def _same_after(there: Aligned, n: int, at: int) -> bool:
    """Whether both values are followed by the same part in their clause, or one of them by none."""
    if n + 1 == len(there.claim) or at + 1 == len(there.window):
        return True
    mine, theirs = there.claim[n + 1], there.window[at + 1]
    ends = mine.clause != there.claim[n].clause or theirs.clause != there.window[at].clause
    return ends or same(mine, theirs) or mine.kind == theirs.kind == "unit"


def _of_other_times(there: Aligned, back: Aligned, mutual: Sequence[Difference]) -> bool:
    """Whether the dates differ, too: values of different times are no conflict."""
    if all(each.kind == "date" for each in mutual):
        return False
    mine, theirs = (
        {part.norm for part in side.claim if part.kind == "date" or is_year(part)} for side in (there, back)
    )
    return bool(mine and theirs) and not (mine <= theirs or theirs <= mine)


def _of_other_things(there: Aligned, back: Aligned, found: Difference) -> bool:
    """Whether a name or a word differs, too, so that the values may be of different things."""
    mine, theirs = _unknown_names(there), _unknown_names(back)
    if found.kind == "name":
        # One of them may tell more; two names for two others are of something else.
        if _runs(mine) > 1 and _runs(theirs) > 1:
            return True
    elif mine and theirs:
        return True
    swapped = {(b, a) for a, b in _replaced_words(back)}
    return bool((_replaced_words(there) & swapped) - {(_norm(found.claimed), _norm(found.instead))})


def _unknown_names(side: Aligned) -> list[int]:
    """Which of its parts are names that the other has not; what opens a sentence with a capital may be one."""
    return [
        n
        for n in side.missing
        if side.claim[n].kind == "name" or (n == 0 and side.claim[n].kind == "word" and side.claim[n].text[0].isupper())
    ]


def _runs(places: Sequence[int]) -> int:
    """How many stretches of places that follow each other."""
    return sum(n == 0 or place - places[n - 1] > 1 for n, place in enumerate(places))


def _replaced_words(side: Aligned) -> set[tuple[str, str]]:
    return {
        (side.claim[n].norm, other.norm) for n, other in side.replaced() if side.claim[n].kind == other.kind == "word"
    }


def _labels_differ(one: str, other: str) -> bool:
    """Whether both name a thing by a number, and not the same: "Chapter 3", "Apollo 11"."""
    mine, theirs = _labels(one), _labels(other)
    return any(theirs.get(word, number) != number for word, number in mine.items())


def _labels(text: str) -> dict[str, str]:
    found = ((fold(each.group(1)), each.group(2)) for each in _LABEL.finditer(text))
    return {word: number for word, number in found if word not in STOPWORDS and word not in _NO_LABELS}


def _norm(part: Part | None) -> str:
    return "" if part is None else part.norm


def _before(text: str, found: Difference) -> str:
    """The words by which a reader knows what differs: the last of those before the value, or else the first."""
    value = re.search(rf"(?<!\w){re.escape(found.claimed.text)}", text) if found.claimed is not None else None
    place = value.start() if value is not None else len(text)
    words = [span.of(text) for span in word_spans(text[:place])]
    told = [word for word in words if fold(word) not in STOPWORDS]
    if not told:
        told = [span.of(text) for span in word_spans(text[place:])][1:]
        told = [word for word in told if fold(word) not in STOPWORDS][:SUBJECT]
    return " ".join(told[-SUBJECT:])
