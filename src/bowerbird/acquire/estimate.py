"""What gathering a site would mean, before it starts (A10): a look at robots.txt, the sitemap and the start page."""

from dataclasses import dataclass

from bowerbird.acquire.guard import Policy
from bowerbird.acquire.probe import Answer, ask
from bowerbird.acquire.robots import MAX_BODY_BYTES, Rules
from bowerbird.kernel.clock import Clock, SystemClock
from bowerbird.kernel.errors import InputWrong, SiteUnavailable
from bowerbird.reading import Refused, Url, normalise, start_url
from bowerbird.reading.sitemap import parse_sitemap

__all__ = ["Preview", "preview"]

DEADLINE_S = 5.0
MAX_SITEMAPS = 8
MAX_SITEMAP_BYTES = 8_000_000
POLITE_S = 0.25  # a page, on a site that asks for no delay of its own; from crawls with the default settings


@dataclass(frozen=True, slots=True)
class Preview:
    """What is known of a site after a short look; None: it does not say."""

    robots_allow: bool
    crawl_delay_s: float | None
    sitemap_pages: int | None
    pages: int | None
    minutes: float | None
    megabytes: float | None


def preview(url: str, policy: Policy, *, agent: str = "Bowerbird", clock: Clock | None = None) -> Preview:
    """
    What gathering `url` would mean; takes at most some five seconds and blocks.

    Raises InputWrong for what is not a URL or must not be asked, and SiteUnavailable when the site does not answer.
    """
    look = _Look(start_url(url), policy, agent=agent, clock=clock or SystemClock())
    rules = look.rules()
    allowed = rules.allowed(look.start.href, agent)
    delay_s = rules.crawl_delay_s(agent)
    pages = look.sitemap_pages(rules) if allowed else None
    size = look.page_bytes() if allowed else None
    return Preview(
        robots_allow=allowed,
        crawl_delay_s=delay_s,
        sitemap_pages=pages,
        pages=pages,
        minutes=None if pages is None else pages * max(delay_s or 0.0, POLITE_S) / 60,
        megabytes=None if pages is None or size is None else pages * size / 1e6,
    )


class _Look:
    """A few requests to one site that share a deadline."""

    def __init__(self, start: Url, policy: Policy, *, agent: str, clock: Clock) -> None:
        self.start = start
        self._policy = policy
        self._agent = agent
        self._clock = clock
        self._until_s = clock.monotonic_s() + DEADLINE_S

    def rules(self) -> Rules:
        answer = self._ask(f"{self.start.origin}/robots.txt", cap_bytes=MAX_BODY_BYTES)
        return Rules.from_response(answer.status, answer.body)

    def sitemap_pages(self, rules: Rules) -> int | None:
        """The number of pages that the sitemaps name, as far as time allows; None when there is none."""
        waiting = list(rules.sitemaps) or [f"{self.start.origin}/sitemap.xml"]
        named: set[str] = set()
        asked = 0
        while waiting and asked < MAX_SITEMAPS:
            asked += 1
            try:
                answer = self._ask(waiting.pop(0), cap_bytes=MAX_SITEMAP_BYTES)
                found = parse_sitemap(answer.body) if answer.status == 200 else None
            except (InputWrong, SiteUnavailable, Refused):
                continue
            if found is not None:
                named.update(page.url for page in found.pages)
                waiting += found.sitemaps
        return len(named) or None

    def page_bytes(self) -> int | None:
        """The size of the start page."""
        try:
            return self._ask(self.start.href, cap_bytes=1_000_000).size_bytes
        except (InputWrong, SiteUnavailable):
            return None

    def _ask(self, address: str, *, cap_bytes: int) -> Answer:
        url = normalise(address, base=self.start.href)
        if not isinstance(url, Url):
            raise SiteUnavailable(f"{address!r} is not an address that can be asked")
        return ask(url, self._policy, agent=self._agent, until_s=self._until_s, cap_bytes=cap_bytes, clock=self._clock)
