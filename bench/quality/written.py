"""
The questions that we wrote ourselves (`bench/quality/questions`), read and checked: a ranking is learnt from them.

A line that is no paragraph with questions, and an answer that is not in its text, are named and refused: a wrong place
would teach the wrong sentence.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bowerbird.kernel.errors import InputWrong

__all__ = ["FOLDER", "READING", "Paragraph", "WrittenQuestion", "paragraphs"]

FOLDER = Path(__file__).parent / "questions"
READING = FOLDER / "reading"  # asked by who has the text before them, mostly in its words


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question, and where in its paragraph the answer stands: (start, end); None where it is not answered."""

    question: str
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text with the questions that were written over it."""

    topic: str
    title: str
    text: str
    questions: tuple[WrittenQuestion, ...]


def paragraphs(folder: Path = FOLDER) -> list[Paragraph]:
    """All paragraphs in the order of the files' names and lines; raises InputWrong with the place of what is wrong."""
    return [each for path in sorted(folder.glob("*.jsonl")) for each in _of_file(path)]


def _of_file(path: Path) -> Iterator[Paragraph]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            place = f"{path.name}, line {number}"
            try:
                row = json.loads(line)
                asked = tuple(_question(one, row["text"], place) for one in row["questions"])
                yield Paragraph(row["topic"], row["title"], row["text"], asked)
            except (KeyError, TypeError, json.JSONDecodeError) as error:
                raise InputWrong(
                    f"{place}: {error!r}, expected an object with topic, title, text and questions of q and a: mend it",
                    field="questions",
                ) from error


def _question(one: dict[str, Any], text: str, place: str) -> WrittenQuestion:
    if one["a"] is None:
        return WrittenQuestion(one["q"], None)
    start = text.find(one["a"])
    if start < 0 or not one["a"]:
        raise InputWrong(
            f"{place}: the answer {one['a']!r} is not in the text, expected a stretch of it: mend it", field="a"
        )
    return WrittenQuestion(one["q"], (start, start + len(one["a"])))
