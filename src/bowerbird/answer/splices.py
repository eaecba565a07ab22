"""
Claims that begin as a sentence of the evidence does, word for word, and end as it does not.

    The tower was built in Paris | on the banks of the Danube       the end stands nowhere in the evidence
    The tower was built in Paris | during the great flood of 1910   the end is another sentence's

Whoever says a thing in other words changes words here and there; who copies so much and then leaves the sentence has
taken its beginning for something that it does not say. Two things that are told one after the other are joined by a
comma or a conjunction, and are not meant.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from bowerbird.answer.align import Aligned, sentences
from bowerbird.answer.parts import Part, parts_of
from bowerbird.knowledge.words import word_set

__all__ = ["spliced"]

COPIED = 5  # words of a sentence in its order, from which a claim is a copy of it
ENDS_LIKE = 3  # and of the other sentence, from which its end is that one's
STRANGE = 2  # parts of the rest that stand nowhere in the evidence: one may be another word for what does
ELSEWHERE = 0.5  # the weighed share of the rest that stands nowhere in the evidence, from which it is not reworded

_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")
_JOINS = word_set(
    "and or but nor yet so while whereas which who whom whose that as because since when where after before if although"
    " though then until unless"
)


def spliced(best: Aligned, claim: str, evidence: Sequence[str]) -> str:
    """In words, where the claim leaves the sentence that it copies; empty when it does not."""
    mine = list(_WORD.finditer(claim))
    said = [word.group().casefold() for word in mine]
    told = {sentence: _words(sentence) for text in evidence for sentence in sentences(text)}
    # The nearest first; of two sentences, where it is a window of two.
    for theirs in ({best.text: _words(best.text)} | told).values():
        run = SequenceMatcher(None, said, theirs, autojunk=False).find_longest_match()
        end = run.a + run.size
        if run.size < COPIED or end == len(said):
            continue
        copied = claim[mine[end - min(3, run.size)].start() : mine[end - 1].end()]
        if strange := _strange(best, claim[: mine[end - 1].end()]):
            return f"after {copied!r} the evidence goes on otherwise: no {strange!r}"
        if _is_join(claim, mine, end) or run.b + run.size == len(theirs):
            continue
        # Nothing is spliced where one sentence says both sides of the seam, or the sentence itself lost its middle.
        if any(_find(words, said[end - 2 : end + ENDS_LIKE]) is not None for words in told.values()):
            continue
        others = [words for words in told.values() if _find(words, theirs[run.b : run.b + run.size]) is None]
        if any(_find(words[1:], said[end : end + ENDS_LIKE]) is not None for words in others):
            return f"after {copied!r} the claim goes on with the end of another sentence"
    return ""


def _strange(best: Aligned, copied: str) -> str:
    """What the claim says first, behind what it copies, that stands nowhere; empty where most of the rest does."""
    begins = len(parts_of(copied))
    missing = set(best.missing)
    rest = [(n in missing and part.norm not in best.everywhere, part) for n, part in enumerate(best.claim)][begins:]
    strange = [part for is_strange, part in rest if is_strange]
    if len(strange) < STRANGE or sum(map(_weight, strange)) < ELSEWHERE * sum(_weight(part) for _, part in rest):
        return ""
    return strange[0].text


def _weight(part: Part) -> float:
    return part.weight


def _is_join(claim: str, words: Sequence["re.Match[str]"], at: int) -> bool:
    """Whether something else begins at this word of the claim."""
    between = claim[words[at - 1].end() : words[at].start()]
    return between.strip() != "" or words[at].group().casefold() in _JOINS


def _find(words: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Where the wanted words stand in their order; None when they do not, or are too few to tell."""
    if len(wanted) < ENDS_LIKE:
        return None
    places = range(len(words) - len(wanted) + 1)
    return next((at for at in places if list(words[at : at + len(wanted)]) == list(wanted)), None)


def _words(text: str) -> list[str]:
    return [word.group().casefold() for word in _WORD.finditer(text)]
