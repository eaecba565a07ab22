"""
Passages: the stretches of a text that are found as one.

A passage is a run of whole sentences in one language, at best a few paragraphs under one heading and about TARGET
characters (130 words) long; of Chinese, Japanese and Korean a third of that, which says as much. The cuts of a text are
chosen together, by the least sum of what each passage costs: how far it is from TARGET, what its border cuts through,
and the headings and the languages it runs over. The path of headings above a passage is indexed with it, but is no part
of its span.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.knowledge.language import DENSE, DENSE_LETTERS, DENSE_SIGN, IN_ENGLISH, Written
from bowerbird.knowledge.text import MAX_SENTENCE, Block, blocks, sentences_of

__all__ = ["MAX_PASSAGE", "Chunk", "passages"]

TARGET = 800
# 200 words; with title and headings they fill the 256 tokens the embedder reads.
MAX_PASSAGE = 1200
assert MAX_SENTENCE <= MAX_PASSAGE
# A table of a thousand tiny rows is cut here, and bounds the search for the best cuts.
_MAX_SENTENCES = 64
_MAX_HEADING = 200

# What a border costs beside the squared share by which a passage misses TARGET.
_CUT_SENTENCE, _CUT_LINE, _CUT_PARAGRAPH, _CUT_HEADING, _CUT_LANGUAGE = 0.5, 0.2, 0.05, 0.0, 0.0
_HEADING_INSIDE = 0.4
_HEADING_LAST = 1.0
# More than any passage is worth that is not in one language.
_LANGUAGE_INSIDE = 4.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a text, and the headings above it from the outermost, joined by ` › `."""

    start: int
    end: int
    heading: str
    language: str = "en"  # of most of it


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence with what it costs to cut before it."""

    start: int
    end: int
    heading: str
    is_heading: bool
    cut: float
    language: str
    dense: int  # how much longer than it is it would be in an alphabet


def passages(text: str, written: Written = IN_ENGLISH) -> list[Chunk]:
    """The passages of `text` in order, which cover all of it but white space, each at most MAX_PASSAGE long."""
    units = _units(text, written)
    runs = ((units[a].start, units[b - 1].end, units[a].heading) for a, b in _best_runs(units))
    return [Chunk(start, end, heading, written.of(start, end)) for start, end, heading in runs]


def _units(text: str, written: Written) -> list[_Unit]:
    units: list[_Unit] = []
    path: list[tuple[int, str]] = []
    previous_end = 0
    for block in blocks(text):
        if block.kind == "heading":
            _enter(path, text[block.start : block.end])
        language = written.at(block.start)
        is_another = bool(units) and language != units[-1].language
        cut = _CUT_LANGUAGE if is_another else _cut_before(text, previous_end, block)
        heading = " › ".join(words for _, words in path)[:_MAX_HEADING]
        for span in sentences_of(text, block, language):
            dense = (
                (DENSE_LETTERS - 1) * len(DENSE_SIGN.findall(text, span.start, span.end)) if language in DENSE else 0
            )
            units.append(_Unit(span.start, span.end, heading, block.kind == "heading", cut, language, dense))
            cut = _CUT_SENTENCE
        previous_end = block.end
    return units


def _enter(path: list[tuple[int, str]], heading: str) -> None:
    """Leave the sections that `heading` ends, and enter its own."""
    words = heading.lstrip("#")
    level = len(heading) - len(words)
    while path and path[-1][0] >= level:
        path.pop()
    path.append((level, words.strip().rstrip("#").strip()))


def _cut_before(text: str, previous_end: int, block: Block) -> float:
    if block.kind == "heading":
        return _CUT_HEADING
    return _CUT_PARAGRAPH if text.count("\n", previous_end, block.start) > 1 else _CUT_LINE


def _best_runs(units: Sequence[_Unit]) -> list[tuple[int, int]]:
    """The cheapest way to part `units` into runs (first, end exclusive)."""
    best = [0.0]  # best[n]: the cost of the first n units
    starts = [0]  # starts[n]: where the last run of those begins
    for end in range(1, len(units) + 1):
        best.append(float("inf"))
        starts.append(end - 1)
        headings = others = dense = 0
        for start in range(end - 1, max(-1, end - 1 - _MAX_SENTENCES), -1):
            unit = units[start]
            dense += unit.dense
            size = units[end - 1].end - unit.start + dense
            if size > MAX_PASSAGE and start < end - 1:  # a sentence alone is a passage, however much it says
                break
            others += start < end - 1 and unit.language != units[start + 1].language
            cost = best[start] + unit.cut + (size / TARGET - 1) ** 2 + _HEADING_INSIDE * headings
            cost += _LANGUAGE_INSIDE * others
            if units[end - 1].is_heading and end < len(units):
                cost += _HEADING_LAST
            if cost < best[end]:
                best[end], starts[end] = cost, start
            headings += unit.is_heading and start > 0 and not units[start - 1].is_heading
    runs: list[tuple[int, int]] = []
    end = len(units)
    while end:
        runs.append((starts[end], end))
        end = starts[end]
    return runs[::-1]
