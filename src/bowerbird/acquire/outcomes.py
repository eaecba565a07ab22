"""What the crawler hands to the store: what became of a URL, what it led to, and what that means for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bowerbird.acquire.reasons import Reason

__all__ = ["Checked", "Content", "Effect", "Found", "Gone", "Outcome", "Removed", "Row"]

State = Literal["queued", "kept", "unchanged", "deleted", "skipped"]


@dataclass(frozen=True, slots=True)
class Row:
    """A URL that waits in the frontier."""

    id: int
    url: str
    anchor: str
    depth: int
    via: int | None
    score: float
    lastmod: str


@dataclass(frozen=True, slots=True)
class Found:
    """A URL that a page, a sitemap or the records led to for the first time: queued, or skipped with its reason."""

    url: str
    anchor: str
    depth: int
    score: float = 0.0
    lastmod: str = ""
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a page says now. The store decides whether it is kept, unchanged, or another page's duplicate."""

    title: str
    text: str
    text_hash: str
    kind: str
    lang: str
    fields: Mapping[str, Any]
    published_at: float | None
    canonical: str | None
    signature: bytes
    bands: Sequence[str]
    links: Sequence[tuple[str, str]]
    etag: str | None
    last_modified: str | None
    body_hash: str
    relevance: float
    page_starts: Sequence[int] = ()  # of a PDF


@dataclass(frozen=True, slots=True)
class Checked:
    """The page is as it was: a 304, or the same bytes."""

    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Gone:
    """The site says that there is no such page: 404 or 410."""


@dataclass(frozen=True, slots=True)
class Removed:
    """There is an answer, but nothing of it may or can be kept any more: noindex, empty, another type."""


Effect = Content | Checked | Gone | Removed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one URL."""

    row: Row
    state: State = "skipped"
    reason: Reason | None = None
    detail: str = ""
    status: int | None = None
    size_bytes: int = 0
    fetched: bool = False
    attempts: int = 0
    effect: Effect | None = None
    found: Sequence[Found] = field(default_factory=tuple[Found, ...])
    revived: Sequence[Found] = field(default_factory=tuple[Found, ...])  # skipped before, and to be fetched after all

    def skipped(self, reason: Reason, detail: str = "") -> "Outcome":
        """The same, skipped for a reason."""
        return replace(self, state="skipped", reason=reason, detail=detail)
