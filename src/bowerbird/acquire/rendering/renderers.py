"""A small pool of browsers for one crawl, each with one page at a time, so that what goes wrong is that page's."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bowerbird.acquire.rendering import page
from bowerbird.acquire.rendering.browser import MEMORY_BYTES, Browser, find_chromium
from bowerbird.acquire.rendering.page import Rendered, Shell, Unrendered
from bowerbird.acquire.rendering.protocol import Broken
from bowerbird.acquire.rendering.requests import Requests
from bowerbird.ops import logs

__all__ = ["Drawn", "Renderers"]

DEADLINE_S = 20.0  # for one page in a browser that runs, also when it answers nothing any more
RESTART_AFTER = 100  # pages
MAX_FAILURES = 5  # in a row; then the crawl goes on without

log = logs.logger("scraping")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A rendered page, and the bytes that came for it over the wire."""

    page: Rendered
    size_bytes: int


class Renderers:
    """Renders pages; each browser is started when it is first needed."""

    def __init__(
        self,
        program: str,
        processes: int,
        requests: Callable[[], Requests],
        *,
        agent: str,
        deadline_s: float = DEADLINE_S,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._named = program
        self._program = find_chromium(program)
        self._requests = requests
        self._agent = agent
        self._deadline_s = deadline_s
        self._memory_bytes = memory_bytes
        self._failures = 0
        self._free: asyncio.LifoQueue[_Renderer] = asyncio.LifoQueue()
        self._all = [_Renderer(memory_bytes) for _ in range(processes)]
        for renderer in self._all:
            self._free.put_nowait(renderer)

    async def render(self, shell: Shell) -> Drawn:
        """The page as its scripts make it; raises Unrendered."""
        if self._program is None:
            missing = f"{self._named!r} is not there" if self._named else "Chromium is not installed"
            raise Unrendered(missing)
        if self._failures >= MAX_FAILURES:
            raise Unrendered(f"rendering was given up after {MAX_FAILURES} failures in a row")
        renderer = await self._free.get()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            requests = self._requests()
            drawn = await self._tried(renderer, self._program, shell, requests)
        except Unrendered as exc:
            self._failures += 1
            log.info("page.unrendered", url=shell.url, why=str(exc))
            raise
        finally:
            self._free.put_nowait(renderer)
        self._failures = 0
        log.info("page.rendered", url=shell.url, took_s=round(loop.time() - began_s, 3), bytes=requests.size_bytes)
        return Drawn(drawn, requests.size_bytes)

    async def _tried(self, renderer: "_Renderer", program: str, shell: Shell, requests: Requests) -> Rendered:
        """Twice where the browser ended for no reason of the page's that is known."""
        for is_last in (False, True):
            try:
                browser = await renderer.running(program)
                async with asyncio.timeout(self._deadline_s):
                    return await page.render(browser, shell, requests.fetch, agent=self._agent)
            except TimeoutError:
                await renderer.end()
                raise Unrendered(f"rendering it took longer than {self._deadline_s:g} s") from None
            except Broken as exc:
                if (why := await renderer.end()) or is_last:
                    raise Unrendered(f"rendering it {why}" if why else f"Chromium failed: {exc}") from exc
            except BaseException:
                await renderer.end()  # half-way through the page: what it says next would be of that one
                raise
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """End all browsers; those of a process that has ended end by themselves."""
        for renderer in self._all:
            await renderer.end()


class _Renderer:
    """One browser at a time, started again when it has died or shown enough."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._browser: Browser | None = None
        self._shown = 0

    async def running(self, program: str) -> Browser:
        if self._shown >= RESTART_AFTER:
            await self.end()
        if self._browser is None:
            self._shown = 0
            self._browser = await Browser.start(program, memory_bytes=self._memory_bytes)
        self._shown += 1
        return self._browser

    async def end(self) -> str:
        """Why it had ended before, if that is known."""
        browser, self._browser = self._browser, None
        return "" if browser is None else await browser.end()
