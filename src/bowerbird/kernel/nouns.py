"""The values that cross domains."""

from dataclasses import dataclass

__all__ = ["Hit", "PassageText", "Scope", "Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text in code points; `end` is exclusive."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words it covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class PassageText:
    """A retrieval unit with all that is needed to show and cite it."""

    id: int
    version: int
    page: int
    source: str
    url: str
    title: str
    heading: str
    start: int
    end: int
    text: str
    page_number: int | None = None  # on which it begins, in a document that has pages
    language: str = "en"  # that most of it is written in, as the primary subtag; empty: not known


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found by a search; each score is `None` where that half did not see the passage."""

    passage: PassageText
    score: float
    bm25: float | None
    dense: float | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What the asker may see: every door filters by it. `sources=None` means all of the workspace's."""

    workspace: str
    person: str
    sources: tuple[str, ...] | None = None
