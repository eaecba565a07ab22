"""`bowerbird crawl` and `bowerbird recrawl`."""

from functools import partial
from typing import Annotated

import typer

from bowerbird.acquire import CrawlRequest, all_sources, check_request, is_import, recrawl_source, request_crawl
from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for
from bowerbird.cli.runner import JobEnd, run_to_end
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.records import local_scope
from bowerbird.settings import RenderMode
from bowerbird.wiring import opened_records, policy_of

__all__ = ["crawl", "recrawl"]


def crawl(
    url: Annotated[str, typer.Argument(help="Where to start, for example https://scikit-learn.org/stable/")],
    *,
    goal: Annotated[str, typer.Option(help="What you want to know from this site, in a sentence.")],
    max_pages: Annotated[int | None, typer.Option(min=1, help="URLs to ask for, at most.", show_default=False)] = None,
    max_depth: Annotated[int | None, typer.Option(min=0, help="Links to follow, at most.", show_default=False)] = None,
    max_minutes: Annotated[float | None, typer.Option(help="Minutes to gather, at most.", show_default=False)] = None,
    max_megabytes: Annotated[float | None, typer.Option(help="MB to receive, at most.", show_default=False)] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Go on to the end, however little it adds to the goal.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option(help="Gather the start URL's host even if it is a private one.")
    ] = False,
    render: Annotated[
        RenderMode | None,
        typer.Option(
            help="Render pages with Chromium: auto those that show nothing without JavaScript, never none, always all.",
            show_default=False,
        ),
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Gather a site with a goal, and wait until it is done.

    Example: `bowerbird crawl https://example.org/docs/ --goal "learn how to install it"`
    """
    settings = settings_for(data)
    clock = SystemClock()
    request = CrawlRequest(
        url=url,
        goal=goal,
        max_pages=max_pages or settings.crawl.max_pages,
        max_depth=settings.crawl.max_depth if max_depth is None else max_depth,
        all=everything,
        allow_private=allow_private,
        render=render,
        max_minutes=settings.crawl.max_minutes if max_minutes is None else max_minutes,
        max_megabytes=settings.crawl.max_megabytes if max_megabytes is None else max_megabytes,
    )
    request = check_request(request, policy_of(settings))
    with opened_records(settings) as records:
        _source, job = records.write(lambda conn: request_crawl(conn, request, local_scope(conn, clock), clock))
        end = run_to_end(settings, records, job, quiet=as_json)
    _tell([end], as_json=as_json)


def recrawl(
    source: Annotated[str | None, typer.Argument(help="The source's id or start URL.", show_default=False)] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All sources, one after another.")] = False,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Ask a site what changed: unchanged pages cost next to nothing, gone ones leave the answers.

    Example: `bowerbird recrawl --all`
    """
    if (source is None) != everything:
        raise InputWrong("recrawl: name one source (its id or start URL), or give --all")
    settings = settings_for(data)
    clock = SystemClock()
    with opened_records(settings) as records:
        scope = records.write(lambda conn: local_scope(conn, clock))
        known = records.read(lambda conn: all_sources(conn, scope))
        chosen = [row for row in known if source in (row.id, row.url) or (everything and not is_import(row.url))]
        if not chosen:
            there = (
                ", ".join(f"{row.url} ({row.id})" for row in known[:5]) or "none yet: gather one with `bowerbird crawl`"
            )
            raise InputWrong(f"no source {source or '--all'!r}; there are: {there}")
        ends: list[JobEnd] = []
        for row in chosen:
            job = records.write(partial(recrawl_source, source=row.id, scope=scope, clock=clock))
            ends.append(run_to_end(settings, records, job, quiet=as_json))
    _tell(ends, as_json=as_json)


def _tell(ends: list[JobEnd], *, as_json: bool) -> None:
    if as_json:
        print_json(ends[0].to_json() if len(ends) == 1 else [end.to_json() for end in ends])
    else:
        for end in ends:
            typer.echo(_sentence(end))
    if any(end.status != "completed" for end in ends):
        raise typer.Exit(1)


def _sentence(end: JobEnd) -> str:
    pages = end.counts["pages"]
    skipped = ", ".join(f"{count} {reason}" for reason, count in sorted(pages["skipped"].items()))
    seen = (
        f"{pages['seen']} pages seen, {pages['kept']} kept, {pages['unchanged']} unchanged, {pages['deleted']} deleted"
    )
    found = f"{end.counts['passages']} passages ({end.counts['embedded']} newly read for meaning)"
    lines = [
        f"{end.status} in {end.counts['took_s']} s: {seen}" + (f"; skipped: {skipped}" if skipped else ""),
        f"{found}, {end.counts['entities']} entities, {end.counts['bytes'] / 1e6:.1f} MB",
    ]
    return "\n".join([*lines, end.error] if end.error else lines)
