"""How often and how soon a URL is asked again: pure decisions about retries."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["MAX_WAIT_S", "is_transient", "retry_after_s", "wait_s"]

MAX_ATTEMPTS = 3
MAX_TIMEOUTS = 2  # a site that hangs costs its whole time-out each time
FIRST_WAIT_S = 0.5
MAX_WAIT_S = (
    60.0  # a site that asks for more is not waited for: its URLs get their reason and the next crawl asks again
)

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


def is_transient(status: int) -> bool:
    """True for an answer that may be another one soon."""
    return status in TRANSIENT


def wait_s(attempts: int, *, asked_s: float | None = None, timed_out: bool = False) -> float | None:
    """Seconds until a URL is asked again after so many attempts; None: no more. `asked_s` is the site's Retry-After."""
    if attempts >= (MAX_TIMEOUTS if timed_out else MAX_ATTEMPTS):
        return None
    if asked_s is not None:
        return asked_s if asked_s <= MAX_WAIT_S else None
    return FIRST_WAIT_S * 2.0 ** (attempts - 1)


def retry_after_s(header: str | None, *, now_s: float) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or as a date; None if it asks for nothing."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    try:
        return max(0.0, aware.timestamp() - datetime.fromtimestamp(now_s, UTC).timestamp())
    except (OverflowError, ValueError):
        return None
