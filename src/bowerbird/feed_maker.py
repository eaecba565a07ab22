"""
The process that makes slates for all web processes, so that these only ever answer (`feed/remote.py`).

`bowerbird serve` starts one, or several on a machine of many cores; each person's slates are made by one of them.
"""

import asyncio
import gc
import os
import shutil
import signal
import sys
from pathlib import Path

from bowerbird.feed.remote import answer_slates
from bowerbird.ops import logs
from bowerbird.ops.metrics import SHARED
from bowerbird.ops.parent import when_parent_dies
from bowerbird.settings import Settings, load_settings
from bowerbird.wiring import open_feeds

__all__ = ["main"]

# How long a thread computes while others wait for the interpreter: a slate passes through several of them, and with
# Python's own 5 ms each of these steps would wait for another slate.
SWITCH_S = 0.0005

log = logs.logger("agent")


async def run(settings: Settings, path: Path) -> None:
    """Make slates for who asks at that path, until SIGTERM or the end of the parent."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def end() -> None:
        # Who made the folder that the processes share is dead, perhaps before any web process could remove it.
        if SHARED in os.environ:
            shutil.rmtree(os.environ[SHARED], ignore_errors=True)
        loop.call_soon_threadsafe(stop.set)

    when_parent_dies(end)
    async with open_feeds(settings) as feeds:
        answering = asyncio.create_task(
            answer_slates(feeds, path, ready=lambda: log.info("feed.maker_listens", path=str(path)))
        )
        await feeds.warm()
        gc.freeze()  # what was imported and read stays, and need not be looked through for what nobody holds any more
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((answering, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in (answering, stopping):
            task.cancel()
        await asyncio.gather(answering, stopping, return_exceptions=True)


def main() -> None:
    """The entry of the process: its settings are in the environment, the path is its argument."""
    settings = load_settings()
    logs.configure(level=settings.log_level, form=settings.log_form)
    sys.setswitchinterval(SWITCH_S)
    path = Path(sys.argv[1])
    path.unlink(missing_ok=True)  # of the one before, if it was killed
    asyncio.run(run(settings, path))


if __name__ == "__main__":
    main()
