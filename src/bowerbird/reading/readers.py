"""A small pool of reading processes. One that takes too long is killed, and its page gets its reason."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from typing import Any

from bowerbird.reading.refused import Refused

__all__ = ["Readers"]

MAX_LINE_BYTES = 256_000_000  # of an answer; text is at most a few times the body's cap
RESTART_AFTER = 2_000  # pages; parsers of broken markup leak


class Readers:
    """`read` is answered by whichever process is free; each is started when it is first needed."""

    def __init__(self, processes: int, *, deadline_s: float) -> None:
        # The one that read last reads next: another starts only when all that run are busy.
        self._free: asyncio.LifoQueue[_Reader] = asyncio.LifoQueue()
        self._deadline_s = deadline_s
        self._all = [_Reader() for _ in range(processes)]
        for reader in self._all:
            self._free.put_nowait(reader)

    async def read(self, ask: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        """What the body says; raises Refused."""
        reader = await self._free.get()
        try:
            answer = await asyncio.wait_for(reader.ask(ask, body), self._deadline_s)
        except TimeoutError:
            await reader.kill()
            raise Refused("error", f"reading it took longer than {self._deadline_s:g} s") from None
        except (OSError, EOFError, ValueError):  # it died, or what it wrote is no answer
            await reader.kill()
            raise Refused("error", "it ended the process that read it") from None
        except BaseException:
            await reader.kill()  # cancelled half-way: its next answer would be another page's
            raise
        finally:
            self._free.put_nowait(reader)
        if "refused" in answer:
            reason, detail = answer["refused"]
            raise Refused(reason, detail)
        return answer

    async def close(self) -> None:
        """End all processes."""
        for reader in self._all:
            await reader.kill()


class _Reader:
    """One process at a time, started again when it has died or read enough."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._answered = 0

    async def ask(self, ask: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({**ask, "size_bytes": len(body)}).encode() + b"\n")
        process.stdin.write(body)
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        self._answered += 1
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def _running(self) -> Process:
        if self._answered >= RESTART_AFTER:
            await self.kill()
        if self._process is None:
            self._answered = 0
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bowerbird.reading.process", stdin=PIPE, stdout=PIPE, limit=MAX_LINE_BYTES
            )
        return self._process

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
