"""What Granian loads in its worker process: the app, and an eye on the process that started it."""

import gc
import os
import shutil
import signal
import sys
import time
from contextlib import suppress

from fastapi import FastAPI

from bowerbird.ops import logs
from bowerbird.ops.metrics import SHARED
from bowerbird.ops.parent import when_parent_dies
from bowerbird.settings import load_settings
from bowerbird.web.app import create_app

__all__ = ["served_app"]

GRACE_S = 5.0  # for the answers under way
# How long a thread computes while others wait for the interpreter. Events are kept and pages are read in threads beside
# the event loop, and with Python's own 5 ms each of them would keep hundreds of answers from memory waiting.
SWITCH_S = 0.0005
# New objects after which the youngest are looked through. A question makes thousands that soon are held by nobody, and
# hardly one of them is in a ring: with Python's own 700 this look is a tenth of what they cost (by a profile).
LOOK_THROUGH = 20_000


def served_app() -> FastAPI:
    """The app of this process, which ends when `bowerbird serve` is killed: an orphan would keep the port."""
    when_parent_dies(_leave)
    sys.setswitchinterval(SWITCH_S)
    _take_turns()
    settings = load_settings()
    logs.configure(level=settings.log_level, form=settings.log_form)  # a process that is spawned begins without
    app = create_app(settings)
    # What was imported stays: each look through all of it for what nobody holds any more would keep everybody waiting.
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOK_THROUGH)
    return app


def _take_turns() -> None:
    """
    Let this thread, and those that it begins, be a batch process to the scheduler.

    Each answer from memory is a wake-up. By default what wakes up stops whoever computes, which on a busy machine is
    who makes a slate that somebody waits for. (`python -m bench.speed.feed` measures both.)
    """
    if sys.platform == "linux":
        with suppress(OSError):  # where a sandbox does not allow it, it stays as it is
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _leave() -> None:
    # Who made the folder that the processes share is dead, and nobody reads the counts in it any more.
    shutil.rmtree(os.environ[SHARED], ignore_errors=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
