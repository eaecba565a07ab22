"""Pages that agree in words and differ in a value. Precision before recall: a false alarm costs more trust."""

from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.sentences import Sentence
from bowerbird.answer.slots import NUMBER, number
from bowerbird.knowledge.words import STOPWORDS, fold, stem, word_spans

__all__ = ["Disagreement", "disagreements"]

# Content words that must stand before the value in both sentences, and the share that both sentences have in common.
BEFORE = 2
IN_COMMON = 0.5
_MAX_SENTENCES = 24


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sentences of different pages that give different values for the same thing."""

    subject: str
    one: Sentence
    other: Sentence


@dataclass(frozen=True, slots=True)
class _Value:
    value: str
    unit: str
    before: tuple[str, ...]  # stems of the content words before it, the nearest last
    words: tuple[str, ...]  # the same as they are written


def disagreements(sentences: Sequence[Sentence]) -> list[Disagreement]:
    """The disagreements among `sentences`, each pair of pages and value once, in the order of the sentences."""
    pool = [(sentence, _values(sentence.text)) for sentence in sentences[:_MAX_SENTENCES]]
    found: list[Disagreement] = []
    for index, (one, mine) in enumerate(pool):
        for other, theirs in pool[index + 1 :]:
            if one.passage.page == other.passage.page or not mine or not theirs:
                continue
            subject = _subject(one, mine, other, theirs)
            if subject and not any(each.subject == subject for each in found):
                found.append(Disagreement(subject, one, other))
    return found


def _subject(one: Sentence, mine: Sequence[_Value], other: Sentence, theirs: Sequence[_Value]) -> str:
    """What the two sentences give different values for; empty when they do not disagree."""
    if not _alike(one, other) or _of_other_times(mine, theirs):
        return ""
    for a in mine:
        for b in theirs:
            shared = [word for word in a.before if word in b.before]
            if a.unit and a.unit == b.unit and len(shared) >= BEFORE and a.before[-1:] == b.before[-1:]:
                same = {value.value for value in theirs if value.unit == a.unit}
                if a.value not in same:
                    return " ".join(a.words[-4:])
    return ""


def _alike(one: Sentence, other: Sentence) -> bool:
    mine = {word for word in one.stems if word not in STOPWORDS and not word[:1].isdigit()}
    theirs = {word for word in other.stems if word not in STOPWORDS and not word[:1].isdigit()}
    return len(mine & theirs) >= max(3, IN_COMMON * min(len(mine), len(theirs)))


def _of_other_times(mine: Sequence[_Value], theirs: Sequence[_Value]) -> bool:
    """Whether both name years, and not the same: values of different years are no conflict."""
    years = [{value.value for value in values if _is_year(value)} for values in (mine, theirs)]
    return bool(years[0] and years[1] and years[0] != years[1])


def _is_year(value: _Value) -> bool:
    return len(value.value) == 4 and value.value.isdecimal() and value.value[:2] in ("19", "20")


def _values(text: str) -> list[_Value]:
    found: list[_Value] = []
    words = [(span.start, span.end, span.of(text)) for span in word_spans(text)]
    for each in NUMBER.finditer(text):
        before = [word for _, end, word in words if end <= each.start() and fold(word) not in STOPWORDS]
        after = [word for start, _, word in words if start >= each.end()]
        unit = stem(after[0]) if after and fold(after[0]) not in STOPWORDS and not after[0][0].isdigit() else ""
        found.append(_Value(number(each.group()), unit, tuple(stem(word) for word in before[-5:]), tuple(before[-5:])))
    return found
