"""`/scraping/new`: a URL and a goal start a job; what cannot be gathered is refused beside the field that says so."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import Form, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from bowerbird.acquire import CrawlRequest, check_request, request_crawl
from bowerbird.answer import wait_for_job
from bowerbird.kernel.errors import InputWrong
from bowerbird.settings import CrawlSettings, RenderMode
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.render import render

__all__ = ["GatherForm", "crawl_request", "routes"]

routes = Routes(include_in_schema=False)

RENDERINGS: Final[Mapping[RenderMode, str]] = {
    "auto": "where a page shows nothing without it",
    "always": "on every page: slow",
    "never": "nowhere",
}


@dataclass(frozen=True, slots=True)
class GatherForm:
    """The form as it was filled in, and what is wrong with it by field."""

    base_url: str
    goal: str
    max_pages: str
    max_depth: str
    max_minutes: str
    max_megabytes: str
    everything: bool
    private: bool = False
    follow: str = ""  # the unanswered question that this should answer
    rendered: str = ""  # a RenderMode
    errors: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))

    @property
    def is_advanced(self) -> bool:
        """True when the folded fields need to be seen."""
        return self.everything or any(name.startswith(("max-", "render")) for name in self.errors)

    @property
    def renderings(self) -> list[tuple[RenderMode, str, bool]]:
        """The choices of which pages are rendered: value, words, whether it is chosen."""
        return [(mode, words, mode == self.rendered) for mode, words in RENDERINGS.items()]


@routes.get("/scraping/new")
async def show(
    request: Request,
    app: AppDep,
    base_url: Annotated[str, Query(alias="base-url")] = "",
    goal: Annotated[str, Query(alias="scraping-goal")] = "",
    follow: str = "",
) -> Response:
    """The form; a link may fill it in."""
    crawl = app.settings.crawl
    form = GatherForm(
        base_url[:2048],
        goal[:500],
        str(crawl.max_pages),
        str(crawl.max_depth),
        f"{crawl.max_minutes:g}",
        f"{crawl.max_megabytes:g}",
        everything=False,
        follow=follow[:26],
        rendered=crawl.render,
    )
    return render(request, "gather.html", form, here="gather")


@routes.post("/scraping/new")
async def start(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    base_url: Annotated[str, Form(alias="base-url")] = "",
    goal: Annotated[str, Form(alias="scraping-goal")] = "",
    max_pages: Annotated[str, Form(alias="max-pages")] = "",
    max_depth: Annotated[str, Form(alias="max-depth")] = "",
    max_minutes: Annotated[str, Form(alias="max-minutes")] = "",
    max_megabytes: Annotated[str, Form(alias="max-megabytes")] = "",
    everything: Annotated[str, Form(alias="all")] = "",
    private: Annotated[str, Form()] = "",
    follow: Annotated[str, Form()] = "",
    rendered: Annotated[str, Form(alias="render")] = "",
) -> Response:
    """Start the job and go to its page, or show the form again with what is wrong."""
    form = GatherForm(
        base_url,
        goal,
        max_pages,
        max_depth,
        max_minutes,
        max_megabytes,
        bool(everything),
        bool(private),
        follow,
        rendered or app.settings.crawl.render,
    )
    try:
        wanted = crawl_request(form, app.settings.crawl)
        checked = await run_in_threadpool(check_request, wanted, app.policy)
    except InputWrong as wrong:
        errors = defaultdict(str, {wrong.field or "base-url": str(wrong)})
        again = replace(form, base_url=base_url[:2048], goal=goal[:500], errors=errors)
        return render(request, "gather.html", again, here="gather", status=422)

    def keep(conn: sa.Connection) -> str:
        _, job = request_crawl(conn, checked, scope, app.clock, private=form.private)
        if form.follow:
            wait_for_job(conn, scope, form.follow, job)
        return job

    job = await app.records.awrite(keep)
    return RedirectResponse(f"/scraping/jobs/{job}", status_code=303)


def crawl_request(form: GatherForm, defaults: CrawlSettings) -> CrawlRequest:
    """What the form asks for, not checked yet but for its numbers; raises InputWrong."""
    return CrawlRequest(
        url=form.base_url,
        goal=form.goal,
        max_pages=_number(form.max_pages, "max-pages", least=1, otherwise=defaults.max_pages),
        max_depth=_number(form.max_depth, "max-depth", least=0, otherwise=defaults.max_depth),
        all=form.everything,
        max_minutes=_amount(form.max_minutes, "max-minutes", otherwise=defaults.max_minutes),
        max_megabytes=_amount(form.max_megabytes, "max-megabytes", otherwise=defaults.max_megabytes),
        render=_mode(form.rendered),
        allow_private=False,  # only the operator allows private hosts, by a setting
    )


def _mode(text: str) -> RenderMode:
    for mode in RENDERINGS:
        if mode == text:
            return mode
    raise InputWrong(f"{text[:40]!r} is none of {', '.join(RENDERINGS)}; choose one", field="render")


def _number(text: str, name: str, *, least: int, otherwise: int) -> int:
    tidy = text.strip()
    if not tidy:
        return otherwise
    if not (tidy.isascii() and tidy.isdecimal() and len(tidy) <= 7) or int(tidy) < least:
        raise InputWrong(
            f"{tidy[:40]!r} is not a whole number from {least} on; type one, or leave it empty", field=name
        )
    return int(tidy)


def _amount(text: str, name: str, *, otherwise: float) -> float:
    tidy = text.strip()
    if not tidy:
        return otherwise
    try:
        return float(tidy[:20])
    except ValueError:
        raise InputWrong(f"{tidy[:40]!r} is not a number; type one, or leave it empty", field=name) from None
