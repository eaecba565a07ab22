"""
A file of weights on this machine, run by llama.cpp in a process of its own (`local_server.py`).

It is started by the first call and again by the next one when it has died; a call under way then is ModelUnavailable.
What it speaks is OpenAI's protocol, so the rest is `ProviderModel`.
"""

import asyncio
import importlib.util
import secrets
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path

from bowerbird.kernel.errors import ModelUnavailable, NotSupported
from bowerbird.models.address import LlmAddress
from bowerbird.models.chat import Reply, Request

if not importlib.util.find_spec("xllamacpp"):
    raise NotSupported("llm: a .gguf needs packages that are not installed (xllamacpp): pip install 'bowerbird[local]'")
try:
    from bowerbird.models.providers import ProviderModel, open_provider
except ImportError as missing:
    raise NotSupported(
        f"llm: a .gguf needs packages that are not installed ({missing.name}): pip install 'bowerbird[local]'"
    ) from missing

__all__ = ["LocalModel"]

LOADING_S = 120.0  # some gigabytes from a slow disk
DYING_S = 0.5


class _Running:
    """A server process, and the client that speaks to it."""

    def __init__(self, process: asyncio.subprocess.Process, client: ProviderModel) -> None:
        self.process = process
        self.client = client

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    async def close(self) -> None:
        await self.client.close()
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        # Its pipes belong to this loop, which may end before they are collected.
        self.process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001


class LocalModel:
    """One file of weights."""

    def __init__(self, path: Path, *, context_tokens: int, timeout_s: float) -> None:
        """Raises NotSupported when there is no such file."""
        if not path.is_file():
            raise NotSupported(f"llm: no file {str(path)!r}; set llm to the path of a .gguf")
        self.name = f"local:{path.name}"
        self._path = path
        self._context_tokens = context_tokens
        self._timeout_s = timeout_s
        self._running: _Running | None = None
        self._starting = asyncio.Lock()
        self._is_closed = False

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        running = self._running
        return running.process.pid if running is not None and running.is_alive else None

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
        """The pieces as the local server streams them; the first call waits until the weights are loaded."""
        running = await self._server()
        try:
            async with aclosing(running.client.stream(request)) as pieces:
                async for piece in pieces:
                    yield piece
        except ModelUnavailable:
            # If it died, its end may be heard of only now; the next call must not go to the same one.
            with suppress(TimeoutError):
                await asyncio.wait_for(running.process.wait(), DYING_S)
            raise

    async def ping(self) -> None:
        """Whether a server runs or could; it is not started for this."""
        running = self._running
        if running is not None and running.is_alive:
            await running.client.ping()
        elif not self._path.is_file():
            raise ModelUnavailable(f"no file {str(self._path)!r}")

    async def close(self) -> None:
        """End the server."""
        self._is_closed = True
        async with self._starting:
            running, self._running = self._running, None
            if running is not None:
                await running.close()

    async def _server(self) -> _Running:
        async with self._starting:
            if self._is_closed:
                raise ModelUnavailable(f"{self.name} was closed")
            running = self._running
            if running is not None and not running.is_alive:
                self._running = None
                await running.close()
            if self._running is None:
                self._running = await self._start()
            return self._running

    async def _start(self) -> _Running:
        key = secrets.token_urlsafe(24)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bowerbird.models.local_server", str(self._path), str(self._context_tokens)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            url = await self._address(process, key)
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001
            raise
        address = LlmAddress("compatible", self._path.stem, f"{url}/v1")
        client = open_provider(address, api_key=key, price=None, timeout_s=self._timeout_s)
        client.name = self.name
        return _Running(process, client)

    async def _address(self, process: asyncio.subprocess.Process, key: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(ConnectionError):  # it died: what it said is read below
            process.stdin.write(f"{key}\n".encode())
            await process.stdin.drain()
        try:
            async with asyncio.timeout(LOADING_S):
                said = (await process.stdout.readline()).decode(errors="replace").strip()
        except TimeoutError:
            raise ModelUnavailable(f"{self.name} was not loaded after {LOADING_S:g} s") from None
        if not said.startswith("http://"):
            reason = said.removeprefix("error ") or "the process ended"
            raise NotSupported(f"llm: {str(self._path)!r} cannot be run: {reason}")
        return said
