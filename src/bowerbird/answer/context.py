"""
What stands around a quote and is read with it: the heading that it stands under, and the words right before it.

"It was built in 1901." says nothing by itself, and a reader who must open the page to learn what was built has not been
shown much. The context proves nothing: a claim is judged by its quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from bowerbird.answer.injections import is_suspect, suspects
from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge.text import Kind, blocks, sentences_of

__all__ = ["Context", "context_of"]

BEFORE = 400  # characters of whole sentences
_LOOKED_AT = 1_200  # characters in front of the quote
_ITEM = r"(?:[-*+•·–]|\(?\d{1,3}[.)])[ \t]+"
_MARK = re.compile(rf"#{{1,6}}[ \t]+|{_ITEM}")
_Place: TypeAlias = tuple[int, int, Kind]  # start and end of a sentence, and the kind of its block
_OWN_MARK = re.compile(rf"^[ \t]*{_ITEM}\Z", re.MULTILINE)  # of the item that is quoted


@dataclass(frozen=True, slots=True)
class Context:
    """`heading` is the innermost one above; `before` flows, its items marked by a dot. Either may be empty."""

    heading: str
    before: str


def context_of(text: str, start: int, passage: PassageText | None) -> Context:
    """The context of a quote that begins at `start` of a version's `text`, in a passage whose headings are known."""
    first = max(0, start - _LOOKED_AT)
    before = _OWN_MARK.sub("", text[first:start])
    if (text.count("```", 0, first) + text.count("~~~", 0, first)) % 2:
        before = f"```\n{before}"  # which begins in the middle of code
    heading = passage.heading.rpartition(" › ")[2] if passage is not None else ""
    return _read(before, first > 0, heading, passage.language if passage is not None else "en")


# A version never changes, and its best places are cited again and again.
@lru_cache(maxsize=2048)
def _read(text: str, is_cut: bool, heading: str, language: str) -> Context:
    """What of `text`, which ends where the quote begins, is read with it; `heading` if there is none in it."""
    places: list[_Place] = [
        (span.start, span.end, block.kind) for block in blocks(text) for span in sentences_of(text, block, language)
    ]
    under = next((n for n in reversed(range(len(places))) if places[n][2] == "heading"), None)
    if under is not None:
        heading = _flowing(text[slice(*places[under][:2])])
        places = places[under + 1 :]
    elif is_cut:
        places = places[1:]  # the rest of a sentence
    kept: list[tuple[int, int, str]] = []
    opening = ""
    room = BEFORE
    is_past_code = False
    for n, (start, end, kind) in reversed(list(enumerate(places))):
        if kind == "code":
            is_past_code = True  # what it is an example of stands before it
            continue
        words = f"{'· ' if kind == 'item' else ''}{_flowing(text[start:end])}{' …' if is_past_code else ''}"
        is_past_code = False
        if len(words) > room and kept:
            opening = _opening(text, places[: n + 1])
            break
        kept.append((start, end, words if len(words) <= BEFORE else f"… {words[-BEFORE:].split(' ', 1)[-1]}"))
        room -= len(words) + 1
    said = _without_orders(text, kept, language)
    if opening and len(said) == len(kept) and not is_suspect(opening, language):
        said.append(f"{opening} …")
    return Context("" if is_suspect(heading, language) else heading, " ".join(reversed(said)))


def _without_orders(text: str, kept: Sequence[tuple[int, int, str]], language: str) -> list[str]:
    """The words of what is kept, nearest first, as far back as nothing orders machines."""
    begin = kept[-1][0] if kept else len(text)
    stop = begin + max((each.end for each in suspects(text[begin:], language)), default=0)
    return [words for _, end, words in kept if end > stop]


def _opening(text: str, places: Sequence[_Place]) -> str:
    """What opens the list in which the last of the places stands; empty where that is in no list."""
    if places[-1][2] != "item":
        return ""
    opens = next(((start, end) for start, end, kind in reversed(places) if kind not in ("item", "code")), None)
    return "" if opens is None else _flowing(text[slice(*opens)])[:BEFORE]


def _flowing(text: str) -> str:
    """In one line, without the mark of a heading or an item."""
    return " ".join(_MARK.sub("", text, count=1).split()) if _MARK.match(text) else " ".join(text.split())
