"""From a URL and a goal to pages: what may be asked, what was seen, and the crawl itself."""

from bowerbird.acquire import coverage
from bowerbird.acquire.coverage import Coverage, SiteNode, UrlRow
from bowerbird.acquire.estimate import Preview, preview
from bowerbird.acquire.guard import Policy, parse_allowed
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.sources import (
    CrawlRequest,
    SourceRow,
    all_sources,
    check_request,
    recrawl_source,
    request_crawl,
    run_due,
    set_private,
    set_schedule,
)
from bowerbird.acquire.supervise import CrawlOutcome, run_crawl

__all__ = [
    "Coverage",
    "CrawlOutcome",
    "CrawlRequest",
    "Policy",
    "Preview",
    "Reason",
    "SiteNode",
    "SourceRow",
    "UrlRow",
    "all_sources",
    "check_request",
    "coverage",
    "parse_allowed",
    "preview",
    "recrawl_source",
    "request_crawl",
    "run_crawl",
    "run_due",
    "set_private",
    "set_schedule",
]
