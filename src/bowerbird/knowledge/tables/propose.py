"""Fields for a goal that names none: what the pages that speak of its things give most."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from bowerbird.knowledge.tables.fields import Field, Goal, kind_of, words_of
from bowerbird.knowledge.tables.fill import Page, speaks_of

__all__ = ["Proposal"]

MOST: Final = 6
MAX_LABELS: Final = 20_000
_MAX_LABEL: Final = 40


class Proposal:
    """Counts the labels of page after page."""

    def __init__(self, goal: Goal) -> None:
        self._goal = goal
        self._counts: Counter[frozenset[str]] = Counter()
        self._names: dict[frozenset[str], str] = {}

    def read(self, page: Page) -> None:
        """Count what a page gives; a page that speaks of other things counts for nothing."""
        text, reading = page.text, page.reading
        is_topical = speaks_of(self._goal, (page.title,))
        labels: list[str] = []
        for sheet in reading.sheets:
            heads = [cell.of(text) for cell in sheet.heads.cells if cell]
            if len(sheet.rows) >= 2 and (is_topical or speaks_of(self._goal, (*sheet.under, *heads))):
                labels += heads[1:] * 2
        if is_topical:
            labels += [pair.label for one in reading.definitions for pair in one.pairs]
            labels += [pair.label for pair in reading.pairs if pair.how == "label"]
        for one in reading.statements:
            if is_topical or speaks_of(self._goal, [pair.value.of(text) for pair in one.pairs if pair.label == "type"]):
                labels += [pair.label for pair in one.pairs if pair.label != "type"] * 2
        self._count(labels)

    def _count(self, labels: Iterable[str]) -> None:
        for label in labels:
            words = words_of(label)
            if words and _is_label(label) and (words in self._counts or len(self._counts) < MAX_LABELS):
                self._counts[words] += 1
                self._names.setdefault(words, label if label.isupper() else label.lower())

    def fields(self) -> tuple[Field, ...]:
        """A name, and what most pages give; a description where they give nothing."""
        # What is said once may be anything; what is said twice is a field.
        often = [
            words for words, said in self._counts.most_common(MOST + 1) if said >= 2 and words != frozenset(["name"])
        ]
        names = [self._names[words] for words in often[:MOST]]
        return (Field("name"), *(Field(name, kind_of(name)) for name in names or ["description"]))


def _is_label(label: str) -> bool:
    return 2 <= len(label) <= _MAX_LABEL and label.isprintable() and any(map(str.isalpha, label)) and "," not in label
