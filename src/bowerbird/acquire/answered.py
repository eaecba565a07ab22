"""What came of a request, as our own values: whoever decides about answers knows no Scrapy."""

from collections.abc import Mapping
from dataclasses import dataclass

from bowerbird.acquire.reasons import Reason

__all__ = ["Answered", "Failed"]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it came over the wire; header names in lower case, repeated ones joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer. `reason` is Reason.ERROR unless something else is known."""

    reason: Reason
    detail: str
    is_transient: bool
    timed_out: bool = False
