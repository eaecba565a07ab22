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
        """Count what a page gives, once a label; a page that speaks of other things counts for nothing."""
        text, reading = page.text, page.reading
        is_topical = speaks_of(self._goal, (page.title, text[:600]))
        labels: list[str] = []
        for sheet in reading.sheets:
            heads = [cell.of(text) for cell in sheet.heads.cells if cell]
            if len(sheet.rows) >= 2 and (is_topical or speaks_of(self._goal, (*sheet.under, *heads))):
                labels += heads[1:]
        if is_topical:
            labels += [pair.label for one in reading.definitions for pair in one.pairs]
            labels += [pair.label for pair in reading.pairs]
        for one in reading.statements:
            if is_topical or speaks_of(self._goal, [pair.value.of(text) for pair in one.pairs if pair.label == "type"]):
                labels += [pair.label for pair in one.pairs if pair.label != "type"]
        self._count(labels)

    def _count(self, labels: Iterable[str]) -> None:
        for words, label in {words_of(label): label for label in labels if _is_label(label)}.items():
            if words and len(self._counts) < MAX_LABELS:
                self._counts[words] += 1
                self._names.setdefault(words, label.lower() if not label.isupper() else label)

    def fields(self) -> tuple[Field, ...]:
        """A name, and what most pages give; a description where they give nothing."""
        names = [self._names[words] for words, _ in self._counts.most_common(MOST + 1) if "name" not in words][:MOST]
        return (Field("name"), *(Field(name, kind_of(name)) for name in names or ["description"]))


def _is_label(label: str) -> bool:
    return 2 <= len(label) <= _MAX_LABEL and label.isprintable() and any(map(str.isalpha, label)) and "," not in label
