"""
Chromium as a kept process without a network: where it is, how it is started, how it ends.

Nothing that it is asked to load reaches a network by its own means. Its proxy and all hosts are names that do not
exist, WebRTC may not go past the proxy, and where the system allows it, it runs where there is no network at all
(`ops.keeper`). What pages ask for is intercepted and answered by the crawler (`page`).
"""

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

from bowerbird.acquire.rendering.protocol import MAX_MESSAGE_BYTES, Broken, Connection
from bowerbird.kernel.errors import NotSupported
from bowerbird.ops.keeper import EXIT_MEMORY, FOLDER, Order

__all__ = ["MEMORY_BYTES", "Browser", "examine_chromium", "find_chromium"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_S = 20.0
MEMORY_BYTES = 1_500_000_000  # of all its processes; an empty page takes some 250 MB
WIDTH, HEIGHT = 1280, 4000  # tall, so that what is only loaded when it is scrolled to is loaded

FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    f"--user-data-dir={FOLDER}/profile",
    # No network of its own.
    "--proxy-server=http://proxy.invalid:1",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--disable-features=MediaRouter,DialMediaRouteProvider,Translate,OptimizationHints,AutofillServerCommunication",
    # Nothing that a person would want.
    "--block-new-web-contents",
    "--deny-permission-prompts",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-notifications",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--blink-settings=imagesEnabled=false",
    f"--window-size={WIDTH},{HEIGHT}",
)


def find_chromium(named: str) -> str | None:
    """The program that the setting names, or else the first that is installed; None if there is none."""
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One running Chromium."""

    def __init__(self, process: Process, connection: Connection, *, memory_bytes: int, has_sandbox: bool) -> None:
        self._process = process
        self._memory_bytes = memory_bytes
        self.connection = connection
        self.has_sandbox = has_sandbox
        self.agent = ""

    @classmethod
    async def start(cls, program: str, *, memory_bytes: int = MEMORY_BYTES) -> "Browser":
        """
        A browser that answers; raises Broken.

        Its sandbox is on. As root, which gives up its rights first, it is tried without where the system has no sandbox
        to offer, as in most containers; anybody else keeps the rights that a page could come to use.
        """
        try:
            return await cls._started(program, memory_bytes, has_sandbox=True)
        except Broken:
            if os.geteuid() != 0:
                raise
        return await cls._started(program, memory_bytes, has_sandbox=False)

    @classmethod
    async def _started(cls, program: str, memory_bytes: int, *, has_sandbox: bool) -> "Browser":
        flags = FLAGS if has_sandbox else (*FLAGS, "--no-sandbox")
        order = Order(command=[program, *flags], parent=os.getpid(), memory_bytes=memory_bytes)
        process = await asyncio.create_subprocess_exec(
            *order.arguments(), stdin=PIPE, stdout=PIPE, limit=MAX_MESSAGE_BYTES, start_new_session=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        browser = cls(
            process, Connection(process.stdout, process.stdin), memory_bytes=memory_bytes, has_sandbox=has_sandbox
        )
        try:
            async with asyncio.timeout(START_S):
                browser.agent = str((await browser.connection.call("Browser.getVersion"))["userAgent"])
                await browser.connection.call("Browser.setDownloadBehavior", behavior="deny")
        except (Broken, TimeoutError) as exc:
            await browser.end()
            raise Broken(f"{program} does not start: {str(exc) or 'it does not answer'}") from exc
        except BaseException:
            await browser.end()
            raise
        return browser

    async def end(self) -> str:
        """Kill it with all that it started; why it had ended before, if it had."""
        self.connection.close()
        with suppress(ProcessLookupError):
            self._process.terminate()
        code = await self._process.wait()
        return f"took more than {self._memory_bytes // 1_000_000:,} MB of memory" if code == EXIT_MEMORY else ""


async def examine_chromium(named: str) -> str:
    """What the operator should know of the Chromium that is used; raises NotSupported."""
    program = find_chromium(named)
    if program is None:
        raise NotSupported(f"{named!r} is no program" if named else "Chromium is not installed")
    try:
        browser = await Browser.start(program)
    except Broken as exc:
        raise NotSupported(str(exc)) from exc
    await browser.end()
    version = browser.agent.partition("Chrome/")[2].partition(" ")[0]
    return f"{program}, version {version}, {'in its sandbox' if browser.has_sandbox else 'without its sandbox'}"
