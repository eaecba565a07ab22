"""The real server as a process of its own, the demonstration site beside it, and a real Chromium."""

import re
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from bench.served import CHROMIUM, CHROMIUM_ARGS, Server, serving
from bowerbird.demo import DEMO_GOAL, DemoSite
from bowerbird.settings import Settings, load_settings
from tests.servers import Databases

RESULTS = Path("test-results")

Opened = Callable[..., Page]
_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a journey in a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, so that its evidence is kept."""
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report


@pytest.fixture(scope="session")
def demo_site() -> Iterator[str]:
    """The address of the demonstration site."""
    with DemoSite() as site:
        yield site.url + "/"


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Mapping[str, str]]:
    """Where the server has its data."""
    data = tmp_path_factory.mktemp("bowerbird")
    with databases.environment(data) as found:
        yield {**found, "BOWERBIRD_DATA_DIR": str(data)}


@pytest.fixture
def stored(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What opens the server's records beside it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.fixture(scope="session")
def server(demo_site: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """A server that may gather the demonstration site and has not yet."""
    data, allow = Path(environment["BOWERBIRD_DATA_DIR"]), re.sub(r"^http://|/$", "", demo_site)
    with serving(data, allow=allow, environment=environment) as server:
        yield server


@pytest.fixture(scope="session")
def gathered(server: Server, demo_site: str) -> Server:
    """The same server once it has gathered the demonstration site."""
    server.gather(demo_site, DEMO_GOAL)
    return server


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright's own process."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """Debian's Chromium."""
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
    yield browser
    browser.close()


@pytest.fixture
def opened(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """
    Opens windows of a browser: `opened("/chat", width=390, dark=True, scripts=False)`.

    A test fails when a page reported an error. What a failed test saw is kept in `test-results/`.
    """
    contexts: list[BrowserContext] = []
    pages: list[Page] = []
    errors: list[str] = []

    def open_page(
        path: str,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        scripts: bool = True,
        refused: bool = False,  # the journey meets a 4xx, which the browser reports as an error
    ) -> Page:
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        context.tracing.start(screenshots=True, snapshots=True)
        contexts.append(context)
        page = context.new_page()
        pages.append(page)

        def listen(message: ConsoleMessage) -> None:
            is_refusal = "the server responded with a status of 4" in message.text
            if message.type == "error" and not (refused and is_refusal):
                errors.append(message.text)

        page.on("console", listen)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    failed = request.node.stash.get(_failed, False) or bool(errors)
    folder = RESULTS / re.sub(r"\W+", "-", request.node.name)
    if failed:
        _keep_evidence(folder, pages, server)
    for number, context in enumerate(contexts):
        if failed:
            context.tracing.stop(path=folder / f"trace-{number}.zip")
        context.close()
    assert errors == [], "a page reported errors"


def _keep_evidence(folder: Path, pages: list[Page], server: Server) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pages):
        page.screenshot(path=folder / f"page-{number}.png", full_page=True)
    shutil.copy(server.log, folder / "server.log")
