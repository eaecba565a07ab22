"""From a URL and a goal, or from files, to pages: what may be asked, what was seen, crawls and imports themselves."""

from bowerbird.acquire import coverage
from bowerbird.acquire.coverage import Coverage, SiteNode, UrlRow
from bowerbird.acquire.estimate import Preview, preview
from bowerbird.acquire.guard import Policy, parse_allowed
from bowerbird.acquire.imports import (
    ImportFile,
    ImportRequest,
    Upload,
    check_import,
    is_import,
    name_of,
    remove_upload,
    request_import,
    run_import,
    sweep_uploads,
)
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.rendering.browser import examine_chromium
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
from bowerbird.acquire.stale import check_citations, check_cited_pages
from bowerbird.acquire.supervise import CrawlOutcome, run_crawl

__all__ = [
    "Coverage",
    "CrawlOutcome",
    "CrawlRequest",
    "ImportFile",
    "ImportRequest",
    "Policy",
    "Preview",
    "Reason",
    "SiteNode",
    "SourceRow",
    "Upload",
    "UrlRow",
    "all_sources",
    "check_citations",
    "check_cited_pages",
    "check_import",
    "check_request",
    "coverage",
    "examine_chromium",
    "is_import",
    "name_of",
    "parse_allowed",
    "preview",
    "recrawl_source",
    "remove_upload",
    "request_crawl",
    "request_import",
    "run_crawl",
    "run_due",
    "run_import",
    "set_private",
    "set_schedule",
    "sweep_uploads",
]
