"""Sources: a site with a goal; checked at the door, gathered when asked and when due."""

import socket
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from bowerbird.acquire.guard import Policy
from bowerbird.acquire.imports.names import is_import, name_of
from bowerbird.acquire.stale import check_citations
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.reading import Url, start_url
from bowerbird.records import jobs
from bowerbird.records.access import permission_of, visible
from bowerbird.records.marks import mark_on_commit
from bowerbird.records.tables import citations, pages, sources
from bowerbird.settings import CrawlSettings, RenderMode

__all__ = [
    "CrawlRequest",
    "SourceRow",
    "all_sources",
    "check_request",
    "recrawl_source",
    "request_crawl",
    "run_due",
    "set_private",
    "set_schedule",
]

MAX_GOAL_CHARS = 500
MAX_URL_AND_GOAL_BYTES = 2_500  # they are looked up together, and an index of PostgreSQL holds 2,700 at most
MAX_PAGES = 1_000_000
MAX_DEPTH = 1_000
MAX_MINUTES = 60 * 24 * 365.0
MAX_MEGABYTES = 1_000_000.0
LIMITS = ("max_pages", "max_depth", "all", "allow_private", "max_minutes", "max_megabytes", "render")
MIN_EVERY_S = 60.0
DEFAULT_MINUTES = float(CrawlSettings().max_minutes)
DEFAULT_MEGABYTES = float(CrawlSettings().max_megabytes)


@dataclass(frozen=True, slots=True)
class CrawlRequest:
    """What a person asks to be gathered."""

    url: str
    goal: str
    max_pages: int  # URLs asked for, whatever they answer
    max_depth: int  # links from the start page
    all: bool  # go on although new pages add little to the goal
    allow_private: bool  # the start URL's host may be a private one
    max_minutes: float = DEFAULT_MINUTES  # from its start, also while no worker runs
    max_megabytes: float = DEFAULT_MEGABYTES  # of answers, as they come over the wire

    render: RenderMode | None = None  # None: as the setting says

    def limits(self) -> dict[str, Any]:
        """What is kept with the source and handed to its jobs."""
        every = asdict(self)
        return {name: every[name] for name in LIMITS}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as it is listed."""

    id: str
    url: str
    goal: str


def check_request(request: CrawlRequest, policy: Policy) -> CrawlRequest:
    """
    The same request with its URL in its one spelling and its goal tidied.

    Raises InputWrong, its `field` being `base-url`, `scraping-goal`, or the limit's name, as `max-pages`. Asks the DNS,
    so that a private host is refused at the door; a host that is not found is not refused, it may come back.
    """
    url = start_url(request.url)
    goal = _checked_goal(request.goal)
    if (size := len(url.href.encode()) + len(goal.encode())) > MAX_URL_AND_GOAL_BYTES:
        raise InputWrong(
            f"the address and the goal have {size:,} bytes: expected at most {MAX_URL_AND_GOAL_BYTES:,} together; say"
            " the goal in fewer words, or start at a page with a shorter address",
            field="scraping-goal",
        )
    _check_number(request.max_pages, "max-pages", least=1, most=MAX_PAGES)
    _check_number(request.max_depth, "max-depth", least=0, most=MAX_DEPTH)
    _check_amount(request.max_minutes, "max-minutes", most=MAX_MINUTES)
    _check_amount(request.max_megabytes, "max-megabytes", most=MAX_MEGABYTES)
    allowing = policy.allowing(url.host, url.port) if request.allow_private else policy
    if why := allowing.refuses_host(url.host, url.port) or _refused_addresses(url, allowing):
        raise InputWrong(
            f"the address {url.href!r} is not gathered: {why}; expected a public web site. An operator may allow a"
            " private host by BOWERBIRD_ALLOW_HOSTS or --allow-private",
            field="base-url",
        )
    return replace(request, url=url.href, goal=goal)


def request_crawl(
    conn: sa.Connection, request: CrawlRequest, scope: Scope, clock: Clock, *, private: bool = False
) -> tuple[str, str]:
    """
    The ids of the source and of its queued job.

    One source to a URL and goal for the workspace, and one for each person who gathers it in private.
    """
    private_to = scope.person if private else ""
    source = _same_source(conn, scope.workspace, request.url, request.goal, private_to)
    if source is None:
        source = new_id(clock)
        conn.execute(
            sa.insert(sources).values(
                id=source,
                workspace=scope.workspace,
                url=request.url,
                goal=request.goal,
                private_to=private_to,
                created_by=scope.person,
                created_at=clock.now_s(),
                limits=request.limits(),
            )
        )
    else:
        conn.execute(sa.update(sources).where(sources.c.id == source).values(limits=request.limits()))
    return source, _enqueue(
        conn, source, workspace=scope.workspace, limits=request.limits(), person=scope.person, clock=clock
    )


def recrawl_source(conn: sa.Connection, source: str, scope: Scope, clock: Clock) -> str:
    """The id of a job that asks the source what changed; raises NotFound."""
    row = _visible_source(conn, source, scope)
    _refuse_import(row)
    return _enqueue(conn, source, workspace=row.workspace, limits=row.limits, person=scope.person, clock=clock)


def set_schedule(conn: sa.Connection, source: str, scope: Scope, every_s: float | None, clock: Clock) -> None:
    """Gather the source again every so often from now on; None: only when asked. Raises NotFound, InputWrong."""
    row = _visible_source(conn, source, scope)
    if every_s is not None:
        _refuse_import(row)
    if every_s is not None and not every_s >= MIN_EVERY_S:
        raise InputWrong(f"every {every_s!r} s is too often: expected at least {MIN_EVERY_S:.0f} s", field="every")
    due = None if every_s is None else clock.now_s() + every_s
    conn.execute(sa.update(sources).where(sources.c.id == source).values(every_s=every_s, next_run_at=due))


def set_private(conn: sa.Connection, source: str, scope: Scope, *, private: bool, clock: Clock) -> None:
    """
    Keep the source to oneself, or show it to the workspace; its pages, passages and answers follow at once.

    What others cited of it while it was shown, and what changed while it was not, is flagged when it is shown again.

    Raises NotFound; InputWrong for a source that somebody else made, and when there is such a source already.
    """
    row = _visible_source(conn, source, scope)
    private_to = scope.person if private else ""
    if row.private_to == private_to:
        return
    if row.created_by != scope.person:
        raise InputWrong("somebody else made this source; only they can keep it to themselves")
    if _same_source(conn, row.workspace, row.url, row.goal, private_to) is not None:
        whose = "you have" if private else "the workspace has"
        raise InputWrong(f"{whose} a source with this address and goal already; use that one")
    conn.execute(sa.update(sources).where(sources.c.id == source).values(private_to=private_to))
    mark_on_commit(conn, permission_of(row.workspace))
    if not private:
        cited = sa.select(citations.c.page).join(pages, pages.c.id == citations.c.page)
        again = conn.execute(cited.where(pages.c.source == source).distinct()).scalars().all()
        check_citations(conn, again, now_s=clock.now_s())


def run_due(conn: sa.Connection, *, clock: Clock) -> list[str]:
    """The ids of the jobs of all sources whose time has come; each is due again a period from now."""
    now = clock.now_s()
    due = conn.execute(sa.select(sources).where(sources.c.next_run_at <= now).order_by(sources.c.next_run_at)).all()
    started: list[str] = []
    for row in due:
        job = _enqueue(conn, row.id, workspace=row.workspace, limits=row.limits, person=row.created_by, clock=clock)
        started.append(job)
        following = None if row.every_s is None else now + row.every_s
        conn.execute(sa.update(sources).where(sources.c.id == row.id).values(next_run_at=following))
    return started


def all_sources(conn: sa.Connection, scope: Scope) -> Sequence[SourceRow]:
    """The sources that `scope` may see, oldest first."""
    rows = conn.execute(
        sa.select(sources.c.id, sources.c.url, sources.c.goal)
        .where(sources.c.id.in_(visible(scope)))
        .order_by(sources.c.created_at, sources.c.id)
    )
    return [SourceRow(row.id, row.url, row.goal) for row in rows]


def _same_source(conn: sa.Connection, workspace: str, url: str, goal: str, private_to: str) -> str | None:
    found: str | None = conn.execute(
        sa.select(sources.c.id).where(
            sources.c.workspace == workspace,
            sources.c.url == url,
            sources.c.goal == goal,
            sources.c.private_to == private_to,
        )
    ).scalar()
    return found


def _enqueue(
    conn: sa.Connection, source: str, *, workspace: str, limits: dict[str, Any], person: str, clock: Clock
) -> str:
    return jobs.enqueue(conn, workspace=workspace, kind="crawl", source=source, args=limits, person=person, clock=clock)


def _visible_source(conn: sa.Connection, source: str, scope: Scope) -> "sa.Row[Any]":
    row = conn.execute(sa.select(sources).where(sources.c.id == source, sources.c.id.in_(visible(scope)))).one_or_none()
    if row is None:
        raise NotFound(f"no source {source!r}; `/scraping/dashboard` lists the sources there are")
    return row


def _refuse_import(row: "sa.Row[Any]") -> None:
    if is_import(row.url):
        raise InputWrong(
            f"{name_of(row.url)!r} was brought in from files, which no site can be asked for: import them again"
        )


def _checked_goal(text: str) -> str:
    goal = " ".join(text.split())
    if not goal:
        raise InputWrong(
            "the goal is empty: expected a sentence that says what you want to know from the site",
            field="scraping-goal",
        )
    if len(goal) > MAX_GOAL_CHARS:
        raise InputWrong(
            f"the goal has {len(goal):,} characters: expected at most {MAX_GOAL_CHARS}; say it in a sentence",
            field="scraping-goal",
        )
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") for char in goal):
        raise InputWrong(
            f"the goal {goal[:80]!r} holds control characters: expected plain text; type it instead of pasting it",
            field="scraping-goal",
        )
    return goal


def _check_number(value: int, field: str, *, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputWrong(f"{field} is {value!r}: expected a whole number from {least:,} to {most:,}", field=field)


def _check_amount(value: float, field: str, *, most: float) -> None:
    if not 0 < value <= most:  # also false for what is not a number
        raise InputWrong(f"{field} is {value!r}: expected more than 0, and at most {most:,.0f}", field=field)


def _refused_addresses(url: Url, policy: Policy) -> str | None:
    """Why the host's addresses must not be asked; None if one may be, or if none is known now."""
    try:
        found = socket.getaddrinfo(url.host.strip("[]"), url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    whys = [policy.refuses_address(str(entry[4][0]), host=url.host, port=url.port) for entry in found]
    return None if not whys or None in whys else f"{url.host} is at a forbidden address ({whys[0]})"
