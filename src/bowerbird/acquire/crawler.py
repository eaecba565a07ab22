"""
The crawling process: `python -m bowerbird.acquire.crawler`, with its plan as one line of JSON on standard input.

It ends by its exit code (see `supervise`): the frontier is done, the job is another's, or it was asked to stop. It may
be killed at any time; a new one takes up where the records are. When standard input ends, its worker is gone, and so
is it.
"""

import json
import logging
import os
import signal
import sys
import threading
from typing import Any, NoReturn

import sqlalchemy as sa
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from bowerbird.acquire import store
from bowerbird.acquire.gathering import Gathering, Limits
from bowerbird.acquire.guard import Policy, parse_allowed
from bowerbird.acquire.linking import Linker
from bowerbird.acquire.page_reading import PageReader
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.rendering.renderers import Renderers
from bowerbird.acquire.rendering.requests import Requests, Scripts
from bowerbird.acquire.sites import Sites
from bowerbird.acquire.spider import FrontierScheduler, GatheringSpider
from bowerbird.acquire.supervise import EXIT_COMPLETED, EXIT_FENCED, EXIT_STOPPED
from bowerbird.kernel.clock import SystemClock, utc
from bowerbird.kernel.errors import Fenced
from bowerbird.models import Embedder, MiniLM
from bowerbird.ops import crash, logs
from bowerbird.reading import ACCEPTED, Readers, Url, normalise
from bowerbird.records import Records, open_records
from bowerbird.records.tables import sources

__all__ = ["main"]

EXIT_FAILED = 70  # an error of ours; the worker tries again
READ_DEADLINE_S = 60.0
MAX_THROTTLE_S = 10.0
WARN_BYTES = 0  # we say what was too large; Scrapy need not

log = logs.logger("scraping")


def main() -> None:
    """Run the plan that comes on standard input."""
    plan: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    logs.configure(level=plan["log_level"], form=plan["log_form"])
    signal.signal(signal.SIGTERM, lambda _number, _frame: _leave(EXIT_STOPPED))
    threading.Thread(target=_leave_with_worker, name="worker-watch", daemon=True).start()
    records = open_records(plan["database_url"])
    try:
        _crawl(records, plan)
    except Fenced as exc:
        log.warning("crawl.fenced", job=plan["job"], error=str(exc))
        _leave(EXIT_FENCED)
    except Exception:
        log.exception("crawl.failed", job=plan["job"])
        _leave(EXIT_FAILED)
    _leave(EXIT_COMPLETED)


def _leave(code: int) -> NoReturn:
    """End now. Nothing needs cleaning up: a transaction is either whole or was never there."""
    sys.stderr.flush()
    os._exit(code)


def _leave_with_worker() -> None:
    sys.stdin.buffer.read()
    _leave(EXIT_STOPPED)


def _crawl(records: Records, plan: dict[str, Any]) -> None:
    clock = SystemClock()
    job, epoch, source = plan["job"], plan["epoch"], plan["source"]
    url = records.write(lambda conn: store.begin(conn, job, epoch, source=source, clock=clock))
    goal = records.read(
        lambda conn: str(conn.execute(sa.select(sources.c.goal).where(sources.c.id == source)).scalar())
    )
    start = normalise(url)
    assert isinstance(start, Url)
    policy = Policy(parse_allowed(plan["allow_hosts"]))
    if plan["limits"].get("allow_private"):
        policy = policy.allowing(start.host, start.port)
    limits = _limits(plan)
    linker = Linker(start, policy, max_depth=limits.max_depth, agent=limits.agent, year=utc(clock.now_s()).year)
    readers = Readers(min(2, os.cpu_count() or 1), deadline_s=READ_DEADLINE_S)
    sites = Sites(linker, readers, agent=limits.agent, max_bytes=limits.max_page_bytes)
    scripts = Scripts()
    renderers = Renderers(
        plan["crawl"]["chromium"],
        min(2, os.cpu_count() or 1),
        lambda: Requests(sites.download, scripts, sites.rules, agent=limits.agent, cap_bytes=limits.max_page_bytes),
        agent=limits.agent,
    )
    reader = PageReader(readers, renderers, mode=limits.render, agent=limits.agent, cap_bytes=limits.max_page_bytes)
    gathering = Gathering(
        records,
        job=job,
        epoch=epoch,
        source=source,
        goal=goal,
        limits=limits,
        linker=linker,
        reader=reader,
        load_embedder=_load_embedder,
        clock=clock,
    )
    is_private = policy.allows_private(start.host, start.port)
    settings = _scrapy_settings(plan["crawl"], policy, throttles=not is_private)
    logging.disable(logging.INFO)  # Scrapy's constructor sets its loggers to DEBUG and tells of itself
    process = AsyncCrawlerProcess(settings)
    logging.disable(logging.NOTSET)
    for library in ("scrapy", "twisted", "asyncio"):  # we say ourselves what became of each URL
        logging.getLogger(library).setLevel(logging.ERROR)
    process.crawl(GatheringSpider, gathering=gathering, sites=sites, start=start, abort=_abort)
    process.start(install_signal_handlers=False)
    crash.point("crawl.before_finish")
    reason, detail = gathering.ended_because or (Reason.BUDGET, "the crawl ended before its turn")
    left = records.write(lambda conn: store.finish(conn, job, epoch, reason=reason, detail=detail, clock=clock))
    crash.point("crawl.after_finish")
    log.info("crawl.ended", job=job, left=left, reason=reason.value if left else None)


def _limits(plan: dict[str, Any]) -> Limits:
    asked, crawl = plan["limits"], plan["crawl"]
    return Limits(
        max_pages=int(asked.get("max_pages") or crawl["max_pages"]),
        max_depth=int(crawl["max_depth"] if asked.get("max_depth") is None else asked["max_depth"]),
        all=bool(asked.get("all")),
        render=asked.get("render") or crawl["render"],
        concurrency=crawl["concurrency"],
        delay_s=crawl["delay_s"],
        max_page_bytes=crawl["max_page_bytes"],
        agent=crawl["user_agent"],
        max_minutes=float(asked.get("max_minutes") or crawl["max_minutes"]),
        max_megabytes=float(asked.get("max_megabytes") or crawl["max_megabytes"]),
    )


def _load_embedder() -> Embedder:
    return MiniLM(threads=1)


def _scrapy_settings(crawl: dict[str, Any], policy: Policy, *, throttles: bool) -> Settings:
    return Settings(
        {
            "BOWERBIRD_POLICY": policy,
            "SCHEDULER": FrontierScheduler,
            "TWISTED_DNS_RESOLVER": "bowerbird.acquire.resolver.GuardingResolver",
            "DNSCACHE_ENABLED": False,
            # Only what we need of Scrapy: no proxies of the environment, no file:, ftp:, s3: or data: handlers, no
            # cookies, no telnet console, and neither its retries, redirects, robots.txt nor unpacking.
            "DOWNLOAD_HANDLERS_BASE": {
                "http": "bowerbird.acquire.downloading.BoundedDownloadHandler",
                "https": "bowerbird.acquire.downloading.BoundedDownloadHandler",
            },
            "DOWNLOADER_MIDDLEWARES_BASE": {
                "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
                "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
                "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
            },
            "SPIDER_MIDDLEWARES_BASE": {},
            "EXTENSIONS_BASE": {"scrapy.extensions.throttle.AutoThrottle": 0},
            "AUTOTHROTTLE_ENABLED": throttles,
            "AUTOTHROTTLE_START_DELAY": 0.1,
            "AUTOTHROTTLE_MAX_DELAY": MAX_THROTTLE_S,
            "AUTOTHROTTLE_TARGET_CONCURRENCY": max(1.0, crawl["concurrency"] / 2),
            "DEFAULT_REQUEST_HEADERS": {
                "Accept": "text/html,application/xhtml+xml,application/pdf;q=0.9,text/*;q=0.8,*/*;q=0.5",
                "Accept-Encoding": ACCEPTED,
            },
            "USER_AGENT": crawl["user_agent"],
            "CONCURRENT_REQUESTS": max(16, crawl["concurrency"] * 2),
            "CONCURRENT_REQUESTS_PER_DOMAIN": crawl["concurrency"],
            "DOWNLOAD_DELAY": 0.0,
            "DOWNLOAD_TIMEOUT": crawl["timeout_s"],
            "DOWNLOAD_MAXSIZE": crawl["max_page_bytes"],
            "DOWNLOAD_WARNSIZE": WARN_BYTES,
            "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 2 * crawl["max_page_bytes"],
            "CONCURRENT_ITEMS": 1,  # our callbacks give none; the default makes a hundred tasks for each answer
            "WARN_ON_GENERATOR_RETURN_VALUE": False,  # it reads our source again and again
            "LOG_INSTALL_ROOT_HANDLER": False,
            "TELNETCONSOLE_ENABLED": False,
            "LOG_ENABLED": False,
            "COOKIES_ENABLED": False,
        }
    )


def _abort(error: BaseException) -> NoReturn:
    """An error that no URL is to blame for ends the process at once; the next one resumes."""
    _leave(EXIT_FENCED if isinstance(error, Fenced) else EXIT_FAILED)


if __name__ == "__main__":
    main()
