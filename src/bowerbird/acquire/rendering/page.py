"""
One page in a browser: its HTML as the site sent it goes in, and what its scripts made of it comes out.

    Page.navigate ──► the page's own address ──► the HTML that is there already
                      scripts, XHR, fetch    ──► asked of the site by the crawler, within its rules and caps
                      style sheets           ──► empty: what is hidden is read all the same
                      another page           ──► not gone to, but remembered: to the crawler it is a redirect
                      all else               ──► refused

Time in the page is virtual: it stands still while a request is under way and jumps to the next timer otherwise, so that
a page that waits three seconds for its splash screen costs none, and there is no guessing when it is quiet.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bowerbird.acquire.rendering.browser import Browser
from bowerbird.acquire.rendering.protocol import Broken, Json

__all__ = ["Asked", "Fetch", "Given", "Rendered", "Shell", "Unrendered", "render"]

VIRTUAL_MS = 5_000  # the time that passes in a page while no request is under way
SETTLE_S = 10.0  # of ours; a page that is still asking for things then is taken as it is
TAKE_S = 5.0  # until a page gives its HTML; one whose script never ends gives none
MAX_HTML_CHARS = 10_000_000  # what is read of a page

SCRIPT_TYPES = frozenset({"Script", "XHR", "Fetch", "Preflight"})
_NOT_HANDED_ON = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie"})

# Runs in a world of its own, where nothing that the page has overwritten is seen.
_TAKE = """
((most) => {
  const open = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) { open(element.shadowRoot); element.prepend(...element.shadowRoot.childNodes); }
    }
  };
  open(document);
  for (const link of document.links) link.setAttribute("href", link.href);
  const unread = 'noscript, style, script:not([type="application/ld+json"])';
  for (const element of document.querySelectorAll(unread)) element.remove();
  const html = document.documentElement ? document.documentElement.outerHTML : "";
  return html.length > most ? null : html;
})"""
_TAKE_ALL = f"{_TAKE}({MAX_HTML_CHARS})"


class Unrendered(Exception):
    """The page could not be rendered; says why as the end of a sentence about it."""


@dataclass(frozen=True, slots=True)
class Shell:
    """A page as the site sent it, unpacked."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asks for."""

    url: str
    kind: str  # Script, XHR, Fetch or Preflight
    method: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """What it gets."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Fetch = Callable[[Asked], Awaitable[Given | None]]  # None: it gets nothing


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of the page."""

    html: str
    leads_to: str | None  # where its scripts would have gone


async def render(browser: Browser, shell: Shell, fetch: Fetch, *, agent: str) -> Rendered:
    """The page when its scripts have run, asked for as `agent`; raises Unrendered, or Broken if the browser ended."""
    page = _Page(browser, shell, fetch)
    connection = browser.connection
    connection.listener = page.on_event
    context = (await connection.call("Target.createBrowserContext", disposeOnDetach=True))["browserContextId"]
    work = asyncio.create_task(page.through(context, agent=f"{browser.agent} {agent}"))
    page.on_crash = work.cancel
    try:
        return await work
    except asyncio.CancelledError:
        if page.is_crashed:
            raise Unrendered("its scripts crashed it") from None
        raise
    finally:
        work.cancel()
        connection.listener = lambda _event, _said: None
        await page.stop()
        with suppress(Broken):
            await connection.call("Target.disposeBrowserContext", browserContextId=context)


class _Page:
    """A tab, from its opening until its HTML is taken."""

    def __init__(self, browser: Browser, shell: Shell, fetch: Fetch) -> None:
        self._connection = browser.connection
        self._shell = shell
        self._fetch = fetch
        self._tasks: set[asyncio.Task[None]] = set()
        self._session = ""
        self._frame = ""
        self._is_shown = False
        self._leads_to: str | None = None
        self._settled = asyncio.Event()
        self._error: Exception | None = None
        self.is_crashed = False
        self.on_crash: Callable[[], object] = lambda: None

    async def through(self, context: str, *, agent: str) -> Rendered:
        call = self._connection.call
        self._frame = (await call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        self._session = (await call("Target.attachToTarget", targetId=self._frame, flatten=True))["sessionId"]
        # Of the browser, not of the tab: so it sees workers and whatever else comes to be.
        await call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        await call("Page.enable", self._session)
        await call("Inspector.enable", self._session)
        await call("Emulation.setUserAgentOverride", self._session, userAgent=agent)
        self._run(self._navigate())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), SETTLE_S)
        if self._error is not None:
            raise self._error
        try:
            html = await asyncio.wait_for(self._take(), TAKE_S)
        except TimeoutError:
            raise Unrendered("its scripts did not come to an end") from None
        return Rendered(f"<!doctype html>\n{html}", self._leads_to)

    async def stop(self) -> None:
        """End what is still under way for the page."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def on_event(self, event: str, said: Json) -> None:
        match event:
            case "Fetch.requestPaused":
                self._run(self._answer(said))
            case "Page.frameNavigated" if said["frame"]["id"] == self._frame and self._is_shown:
                self._run(self._let_time_pass())
            case "Page.javascriptDialogOpening":
                self._run(self._call("Page.handleJavaScriptDialog", accept=False))
            case "Emulation.virtualTimeBudgetExpired":
                self._settled.set()
            case "Inspector.targetCrashed" | "Target.targetCrashed":
                self.is_crashed = True
                self.on_crash()
            case _:
                pass

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._unless_broken(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _unless_broken(self, work: Any) -> None:
        try:
            await work
        except Broken:  # the tab went on without waiting, or the browser ended, which the next command tells
            if self._connection.is_over:
                self._settled.set()
        except Exception as exc:  # noqa: BLE001  handed to who waits for the page
            self._error = exc
            self._settled.set()

    async def _call(self, method: str, **params: Any) -> Json:
        return await self._connection.call(method, self._session, **params)

    async def _navigate(self) -> None:
        await self._call("Page.navigate", url=self._shell.url)

    async def _let_time_pass(self) -> None:
        # Only now: a tab whose time is virtual before it shows anything never comes to show it.
        await self._call(
            "Emulation.setVirtualTimePolicy",
            policy="pauseIfNetworkFetchesPending",
            budget=VIRTUAL_MS,
            maxVirtualTimeTaskStarvationCount=9_999,
        )

    async def _take(self) -> str:
        world = (await self._call("Page.createIsolatedWorld", frameId=self._frame))["executionContextId"]
        said = await self._call("Runtime.evaluate", expression=_TAKE_ALL, contextId=world, returnByValue=True)
        html = said["result"].get("value")
        if "exceptionDetails" in said:
            raise Unrendered("what its scripts made of it cannot be read")
        if html is None:
            raise Unrendered(f"its scripts made more than {MAX_HTML_CHARS:,} characters of it")
        return str(html)

    # -- what the page asks for -----------------------------------------------------------------------------

    async def _answer(self, said: Json) -> None:
        request, kind, paused = said["request"], said["resourceType"], said["requestId"]
        url = str(request["url"])
        if kind == "Document":
            await self._answer_document(paused, url, is_own=said["frameId"] == self._frame)
        elif url.startswith(("data:", "blob:")):
            await self._connection.call("Fetch.continueRequest", requestId=paused)
        elif kind == "Stylesheet":
            await self._give(paused, Given(200, {"content-type": "text/css", "access-control-allow-origin": "*"}, b""))
        elif kind in SCRIPT_TYPES and url.startswith(("http://", "https://")):
            asked = Asked(url, kind, request["method"], request["headers"], _posted(request))
            given = await self._fetch(asked)
            await (self._refuse(paused) if given is None else self._give(paused, given))
        else:
            await self._refuse(paused)

    async def _answer_document(self, paused: str, url: str, *, is_own: bool) -> None:
        if is_own and not self._is_shown:
            self._is_shown = True
            shown = Given(200, {"content-type": self._shell.content_type}, self._shell.body)
            await self._give(paused, shown)
            return
        if is_own and self._leads_to is None and url.startswith(("http://", "https://")):
            self._leads_to = url
        await self._refuse(paused)

    async def _give(self, paused: str, given: Given) -> None:
        headers = [
            {"name": name, "value": value} for name, value in given.headers.items() if name not in _NOT_HANDED_ON
        ]
        await self._connection.call(
            "Fetch.fulfillRequest",
            requestId=paused,
            responseCode=given.status,
            responseHeaders=headers,
            body=base64.b64encode(given.body).decode(),
        )

    async def _refuse(self, paused: str) -> None:
        await self._connection.call("Fetch.failRequest", requestId=paused, errorReason="Aborted")


def _posted(request: Mapping[str, Any]) -> bytes:
    parts = (base64.b64decode(part.get("bytes", "")) for part in request.get("postDataEntries", ()))
    return b"".join(parts)
