"""`bowerbird demo`: the main job on a small site that ships with the product."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from bowerbird.acquire import CrawlRequest, check_request, request_crawl
from bowerbird.answer import Answer
from bowerbird.cli.ask import show_answer
from bowerbird.cli.options import DataDir, settings_for, with_app
from bowerbird.cli.runner import run_to_end
from bowerbird.cli.serve import a_worker_process, free_port, run_web
from bowerbird.demo import DEMO_GOAL, DEMO_QUESTION, DemoSite
from bowerbird.kernel.clock import SystemClock
from bowerbird.records import local_scope
from bowerbird.wiring import App, opened_records, policy_of

__all__ = ["demo"]

SITE_PORT = 8765  # the same each time, so that a second demo meets the same pages again
WEB_PORT = 8080


def demo(
    *,
    leave: Annotated[bool, typer.Option("--exit", help="Stop after the example answer.")] = False,
    port: Annotated[int, typer.Option(help="The port to serve the pages on.")] = WEB_PORT,
    data: DataDir = None,
) -> None:
    """
    Gather a small site about machine learning, ask it a question, and serve the result until Ctrl-C.

    Example: `bowerbird demo --exit`
    """
    began = time.monotonic()
    with ExitStack() as stack:
        site = stack.enter_context(_site())
        allowed = site.url.split("//", 1)[1].rstrip("/")
        settings = settings_for(data or Path("bowerbird-demo"), allow_hosts=allowed, port=port)
        typer.echo(f"A small site about machine learning is at {site.url}\nGathering it to: {DEMO_GOAL}")
        if not leave:
            stack.enter_context(a_worker_process(settings))
        clock = SystemClock()
        request = check_request(
            CrawlRequest(
                url=site.url,
                goal=DEMO_GOAL,
                max_pages=settings.crawl.max_pages,
                max_depth=settings.crawl.max_depth,
                all=False,
                allow_private=False,
            ),
            policy_of(settings),
        )
        with opened_records(settings) as records:
            _source, job = records.write(lambda conn: request_crawl(conn, request, local_scope(conn, clock), clock))
            end = run_to_end(settings, records, job, quiet=False)
        if end.status != "completed":
            typer.echo(f"the crawl {end.status}: {end.error}", err=True)
            raise typer.Exit(1)
        pages = end.counts["pages"]
        typer.echo(
            f"{pages['kept'] + pages['unchanged']} pages, {end.counts['passages']} passages,"
            f" {end.counts['entities']} entities in {end.counts['took_s']} s"
        )
        typer.echo(f"\nAsked: {DEMO_QUESTION}")
        show_answer(with_app(settings, _example))
        if leave:
            return
        settings = settings.model_copy(update={"port": port or free_port(settings.host)})
        typer.echo(
            f"Ready after {time.monotonic() - began:.0f} s. Open http://{settings.host}:{settings.port}/chat to ask,\n"
            f"     http://{settings.host}:{settings.port}/knowledge/explorer to look around. Ctrl-C stops."
        )
        run_web(settings)


def _site() -> DemoSite:
    try:
        return DemoSite(port=SITE_PORT)
    except OSError:
        return DemoSite()


async def _example(app: App) -> Answer:
    return await app.asker.ask(DEMO_QUESTION, app.scope)
