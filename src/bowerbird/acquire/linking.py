"""Every URL of a job, and what becomes of the ones that are new: waiting, or skipped at sight with the reason."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bowerbird.acquire.guard import Policy
from bowerbird.acquire.outcomes import Found
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.robots import Rules
from bowerbird.acquire.traps import TrapGuard
from bowerbird.reading import Scope, Url, normalise

__all__ = ["Linked", "Linker"]

MAX_URLS = 300_000  # of one job; what is linked beyond that is not recorded, so that no site can fill the records

_NOT_PAGES = re.compile(
    r"\.(?:avif|bmp|gif|ico|jpe?g|png|svgz?|tiff?|webp|heic|mp3|m4a|aac|ogg|oga|opus|wav|flac|mp4|m4v|mkv|mov|avi|webm|wmv"
    r"|ogv|zip|gz|tgz|bz2|xz|zst|7z|rar|tar|jar|war|whl|deb|rpm|apk|dmg|exe|msi|iso|img|bin|so|dll|css|js|mjs|map|wasm"
    r"|woff2?|ttf|otf|eot|ipynb|npy|npz|pkl|parquet|sqlite|db|docx?|xlsx?|pptx?|odt|ods|odp|epub|mobi)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Linked:
    """The links of one page, sorted."""

    found: list[Found] = field(default_factory=list[Found])  # seen for the first time
    revived: list[Found] = field(default_factory=list[Found])  # skipped before, and to be fetched after all
    again: list[str] = field(default_factory=list[str])  # known already


class Linker:
    """
    Remembers every URL of the job, so that each gets one row.

    `rules` are those of the sites asked so far. `no_pages` says of URLs that were asked for lately why they are no
    pages; where an unchanged page links to them, they are not asked for again.
    """

    def __init__(self, start: Url, policy: Policy, *, max_depth: int, agent: str, year: int) -> None:
        self._scopes = [Scope("host", start)]
        self._policy = policy
        self._max_depth = max_depth
        self._agent = agent
        self._traps = TrapGuard(year=year)
        self._seen: dict[str, bool] = {}  # True: skipped only for want of a link that may be followed
        self.rules: dict[str, Rules] = {}
        self.no_pages: Mapping[str, str] = {}

    def remember(self, url: str, reason: str | None, *, depth: int) -> None:
        """Take in a URL that the records hold already."""
        is_revivable = reason == Reason.NOFOLLOW or (reason == Reason.BUDGET and depth > self._max_depth)
        self._seen[url] = is_revivable
        parsed = normalise(url)
        if isinstance(parsed, Url):
            if depth == 0:
                self.widen(parsed)
            if reason is None:
                self._traps.check(parsed)

    def widen(self, url: Url) -> None:
        """The start page redirects to another host: that is the site that was meant."""
        if not self.covers(url):
            self._scopes.append(Scope("host", url))

    def covers(self, url: Url) -> bool:
        """True if the URL belongs to the site."""
        return any(scope.covers(url) for scope in self._scopes)

    def knows(self, url: str) -> bool:
        """True if the URL has a row."""
        return url in self._seen

    def links(self, pairs: Iterable[tuple[str, str, bool]], *, depth: int, unchanged: bool = False) -> Linked:
        """Sort (URL, anchor, nofollow) that lead to `depth`, and remember them; `unchanged` if their page is."""
        linked = Linked()
        for url, anchor, nofollow in pairs:
            revivable = self._seen.get(url)
            if revivable is False:
                linked.again.append(url)
            elif revivable is None and unchanged and url in self.no_pages:
                self._seen[url] = False
                linked.found.append(Found(url, anchor, depth, reason=Reason.TYPE, detail=self.no_pages[url]))
            elif revivable is None:
                self._take(url, anchor, nofollow=nofollow, depth=depth, linked=linked)
            elif not nofollow and depth <= self._max_depth:
                self._seen[url] = False
                linked.revived.append(Found(url, anchor, depth))
        return linked

    def offer(self, url: str, anchor: str, *, depth: int, lastmod: str = "") -> Found | None:
        """The same for one URL that a sitemap or a redirect names; None if it is known already."""
        if url in self._seen:
            return None
        linked = Linked()
        self._take(url, anchor, nofollow=False, depth=depth, linked=linked, lastmod=lastmod)
        return linked.found[0] if linked.found else None

    def _take(self, url: str, anchor: str, *, nofollow: bool, depth: int, linked: Linked, lastmod: str = "") -> None:
        parsed = normalise(url)
        if not isinstance(parsed, Url) or len(self._seen) >= MAX_URLS:
            return
        reason, detail = self._judge(parsed, nofollow=nofollow, depth=depth)
        self._seen[url] = reason is Reason.NOFOLLOW or (reason is Reason.BUDGET and depth > self._max_depth)
        linked.found.append(Found(url, anchor, depth, 0.0, lastmod, reason, detail))

    def _judge(self, url: Url, *, nofollow: bool, depth: int) -> tuple[Reason | None, str]:
        if not self.covers(url):
            why = self._policy.refuses_host(url.host, url.port)
            return (Reason.OFF_HOST, "") if why is None else (Reason.REFUSED, why)
        if suffix := _NOT_PAGES.search(url.path):
            return Reason.TYPE, f"its address ends in {suffix[0]}"
        rules = self.rules.get(url.origin)
        if rules is not None and not rules.allowed(url.href, self._agent):
            return Reason.ROBOTS, robots_detail(rules)
        if nofollow:
            return Reason.NOFOLLOW, ""
        if depth > self._max_depth:
            return Reason.BUDGET, f"{depth} links from the start; at most {self._max_depth} are followed"
        if trap := self._traps.check(url):
            return Reason.TRAP, trap
        return None, ""


def robots_detail(rules: Rules) -> str:
    """Why robots.txt keeps a URL out."""
    return "the site could not say what its robots.txt allows" if rules.refuses_all else ""
