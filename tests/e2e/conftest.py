"""The real server as a process of its own, the demonstration site beside it, and a real Chromium."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from bowerbird.demo import DEMO_GOAL, DemoSite
from tests.servers import Databases

CHROMIUM = "/usr/bin/chromium"
# Quiet and offline: Debian's build otherwise asks for updates, and there is no GPU and no user to sandbox for here.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RESULTS = Path("test-results")
START_S = 60
STOP_S = 60
GATHER_S = 90

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


@dataclass(frozen=True, slots=True)
class Server:
    """A running `bowerbird serve`."""

    url: str
    log: Path

    def api(self, path: str, body: object = None) -> Any:
        """The JSON that the API answers."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def gather(self, url: str, goal: str) -> str:
        """The id of a job that has completed."""
        job = str(self.api("/v1/jobs", {"url": url, "goal": goal})["job"])
        until = time.monotonic() + GATHER_S
        while (seen := self.api(f"/v1/jobs/{job}"))["status"] in ("queued", "running"):
            assert time.monotonic() < until, f"not done after {GATHER_S} s: {seen}"
            time.sleep(0.3)
        assert seen["status"] == "completed", seen
        return job


@contextmanager
def serving(data: Path, *, allow: str, environment: Mapping[str, str]) -> Generator[Server]:
    """A server over the data folder, until the end of the context; it must stop in good order."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).with_name("bowerbird"))
    command = [program, "serve", "--data", str(data), "--port", str(port)]
    with log.open("wb") as out:
        env = os.environ | {"BOWERBIRD_ALLOW_HOSTS": allow} | dict(environment)
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
    server = Server(f"http://127.0.0.1:{port}", log)
    try:
        _wait_until_ready(server, process)
        yield server
    finally:
        process.terminate()
        code = _ended(process)
    assert code == 0, f"the server ended with {code}: {log.read_text()[-2000:]}"


def _ended(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait(STOP_S)
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(server: Server, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            server.api("/readyz")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert process.poll() is None, f"the server did not start: {server.log.read_text()[-4000:]}"
            assert time.monotonic() < until, f"not ready after {START_S} s: {server.log.read_text()[-4000:]}"
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="session")
def demo_site() -> Iterator[str]:
    """The address of the demonstration site."""
    with DemoSite() as site:
        yield site.url + "/"


@pytest.fixture(scope="session")
def server(demo_site: str, tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Server]:
    """A server that may gather the demonstration site and has not yet."""
    data, allow = tmp_path_factory.mktemp("bowerbird"), re.sub(r"^http://|/$", "", demo_site)
    with databases.environment(data) as environment, serving(data, allow=allow, environment=environment) as server:
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
