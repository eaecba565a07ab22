"""
Infinite webs: calendars, filters that combine, links that repeat their own path.

`shape_of_trap` judges one address by itself; `TrapGuard` also counts what a crawl has seen.
"""

import re
from collections import Counter, defaultdict
from hashlib import blake2b

from bowerbird.reading import Url

MAX_DEPTH = 20  # segments of a path
MAX_SEGMENT_REPEATS = 3
MAX_QUERY_CHARS = 1024
MAX_PARAMETERS = 16
YEARS_AHEAD = 2  # a page about a time further away is a calendar's
MAX_FILTERS = 64  # ways to combine parameters on one path
MAX_VARIANTS = 300  # pages of one path that differ in three or more parameters: filters, not records
MAX_DATED = 400  # pages of one folder whose path is nothing but dates below it: a year of days, and a bit

_DATE_IN_PATH = re.compile(r"/((?:19|20|21)\d\d)(?:[/-](?:0?[1-9]|1[0-2])(?:[/-](?:0?[1-9]|[12]\d|3[01]))?)(?=[/.]|$)")
_DATE_IN_QUERY = re.compile(
    r"(?:^|&)(?:year|y|yr|month|date|day|ym|start|from|cal\w*|time\w*)(?:=|%3D)((?:19|20|21)\d\d)(?=\D|$)",
    re.IGNORECASE,
)
_DATED_TAIL = re.compile(r"(?:/(?:19|20|21)\d\d)(?:[/-]\d{1,2}){1,2}/?$")


def shape_of_trap(url: Url, *, year: int) -> str | None:
    """Why this address belongs to an endless web, seen by itself in `year`; None when it does not."""
    segments = [segment for segment in url.path.split("/") if segment]
    if len(segments) > MAX_DEPTH:
        return f"a path of {len(segments)} segments"
    if repeated := _repeats(segments):
        return f"the path repeats {repeated!r}"
    if len(url.query) > MAX_QUERY_CHARS:
        return f"a query of {len(url.query)} characters"
    if url.query.count("&") >= MAX_PARAMETERS:
        return f"a query of {url.query.count('&') + 1} parameters"
    for pattern, text in ((_DATE_IN_PATH, url.path), (_DATE_IN_QUERY, url.query)):
        for stated in pattern.findall(text):
            if int(stated) > year + YEARS_AHEAD:
                return f"a calendar at the year {stated}"
    return None


def _repeats(segments: list[str]) -> str | None:
    """The run of one to three segments that stands three times in a row, or the segment that stands five times."""
    for size in (1, 2, 3):
        for at in range(len(segments) - size * MAX_SEGMENT_REPEATS + 1):
            run = segments[at : at + size]
            if run * MAX_SEGMENT_REPEATS == segments[at : at + size * MAX_SEGMENT_REPEATS]:
                return "/".join(run)
    name, count = Counter(segments).most_common(1)[0] if segments else ("", 0)
    return name if count >= 5 and not name.isdigit() else None


class TrapGuard:
    """
    Counts the addresses of one crawl and says when a family of them does not end.

    Feed it each new address once. After a restart feed it what was already let in, in any order.
    """

    def __init__(self, *, year: int) -> None:
        self._year = year
        self._filters: defaultdict[bytes, set[bytes]] = defaultdict(set)
        self._variants: Counter[bytes] = Counter()
        self._dated: Counter[bytes] = Counter()

    def check(self, url: Url) -> str | None:
        """Why this address is not worth fetching, or None; what is let in is counted."""
        if why := shape_of_trap(url, year=self._year):
            return why
        return self._check_query(url) or self._check_dates(url)

    def _check_query(self, url: Url) -> str | None:
        if not url.query:
            return None
        names = sorted({part.partition("=")[0] for part in url.query.split("&")})
        path = _key(url.origin, url.path)
        family = _key(url.origin, url.path, *names)
        filters = self._filters[path]
        if family not in filters and len(filters) >= MAX_FILTERS:
            return f"more than {MAX_FILTERS} ways to filter {url.path}"
        if len(names) >= 3 and self._variants[family] >= MAX_VARIANTS:
            return f"more than {MAX_VARIANTS} variants of {url.path}"
        filters.add(family)
        self._variants[family] += 1
        return None

    def _check_dates(self, url: Url) -> str | None:
        found = _DATED_TAIL.search(url.path)
        if found is None:
            return None
        folder = url.path[: found.start()]
        key = _key(url.origin, folder)
        if self._dated[key] >= MAX_DATED:
            return f"more than {MAX_DATED} dates below {folder or '/'}"
        self._dated[key] += 1
        return None


def _key(*parts: str) -> bytes:
    return blake2b("\0".join(parts).encode(), digest_size=8).digest()
