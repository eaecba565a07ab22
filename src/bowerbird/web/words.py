"""Numbers, sizes, durations and moments in the words that people read."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from bowerbird.acquire import is_import, name_of
from bowerbird.kernel.clock import utc

__all__ = [
    "Moment",
    "ago",
    "bytes_words",
    "count",
    "duration",
    "host_and_path",
    "host_of",
    "moment",
    "paged",
    "plural",
    "text_fragment",
]

_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0
# A browser looks for the words themselves; more than a few dozen only make a miss likelier.
_FRAGMENT_WORDS = 8


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, ready to be shown: relative in words, exact for who hovers, and for machines."""

    words: str
    exact: str
    iso: str


def moment(at_s: float, now_s: float) -> Moment:
    """A moment as the pages show it."""
    at = utc(at_s)
    return Moment(words=ago(at_s, now_s), exact=f"{at:%-d %B %Y, %H:%M} UTC", iso=f"{at:%Y-%m-%dT%H:%M:%SZ}")


def count(number: float) -> str:
    """A whole number with thin groups: 12,345."""
    return f"{number:,.0f}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """The number with its noun: `1 page`, `1,200 pages`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def bytes_words(size_bytes: float) -> str:
    """A size in decimal units: 940 B, 12 kB, 3.4 MB."""
    size = float(size_bytes)
    if size < 1000:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.5 or unit == "GB":
            return f"{size:.1f} {unit}" if size < 9.95 else f"{size:,.0f} {unit}"
    raise AssertionError("the loop returns")


def duration(seconds: float) -> str:
    """A stretch of time, as exact as one cares: 0.2 s, 45 s, 3 min, 2 h 5 min, 4 days."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    if seconds < _DAY_S:
        hours, rest = divmod(round(seconds / _MINUTE_S), 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return plural(round(seconds / _DAY_S), "day")


def ago(at_s: float, now_s: float) -> str:
    """A moment seen from now: just now, 5 min ago, in 3 days."""
    seconds = now_s - at_s
    if abs(seconds) < 45:
        return "just now" if seconds >= 0 else "in a moment"
    if abs(seconds) >= 30 * _DAY_S:
        return f"{utc(at_s):%-d %B %Y}"
    words = f"{abs(seconds) / _HOUR_S:.0f} h" if _HOUR_S <= abs(seconds) < _DAY_S else duration(abs(seconds))
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def host_of(url: str) -> str:
    """The host of a URL with its port; the name of what was imported; or the URL itself where there is neither."""
    if is_import(url):
        return name_of(url)
    return urlsplit(url).netloc.rpartition("@")[2] or url


def host_and_path(url: str) -> str:
    """A URL without what nobody reads: its scheme, a `www.` and a last slash."""
    if is_import(url):
        return name_of(url)
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return (host_of(url).removeprefix("www.") + parts.path + query).rstrip("/") or url


def paged(where: str, *numbers: int | None) -> str:
    """Where something stands, with its pages if the document has any."""
    told = [str(number) for number in sorted({number for number in numbers if number is not None})]
    return f"{where}, {'page' if len(told) == 1 else 'pages'} {', '.join(told)}" if told else where


def text_fragment(url: str, quoted: str, *, page_number: int | None = None) -> str:
    """
    The live page's address, scrolled to the quoted words where they still stand; empty for what has none.

    A document that has pages is opened at the page: readers of PDFs know no other fragment.
    """
    if is_import(url):
        return ""
    if page_number is not None:
        return f"{url.partition('#')[0]}#page={page_number}"
    words = quoted.split()
    if not words:
        return url
    base = url.partition("#")[0]
    if len(words) <= 2 * _FRAGMENT_WORDS:
        return f"{base}#:~:text={_escape(words)}"
    return f"{base}#:~:text={_escape(words[:_FRAGMENT_WORDS])},{_escape(words[-_FRAGMENT_WORDS:])}"


def _escape(words: list[str]) -> str:
    # The dash is syntax of the directive (`prefix-,` and `,-suffix`), which `quote` leaves alone.
    return quote(" ".join(words), safe="").replace("-", "%2D")
