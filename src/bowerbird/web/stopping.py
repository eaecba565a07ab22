"""
To know of a stop when it is asked for, not when it is done: the server waits for open streams before it ends the
lifespan, and a stream that watches a job would keep it waiting until it is killed.
"""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

__all__ = ["told_of_stop"]

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_of_stop(tell: Callable[[], object]) -> Generator[None]:
    """
    Within this context `tell` is called when the process is asked to stop; whatever else handles that still does.

    The event loop learns of a signal by its wake-up descriptor, so what is put around its handler takes nothing from
    it. Where nobody handles a signal, or outside the main thread, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        tell()
        previous = before[signal.Signals(number)]
        if callable(previous):
            previous(number, frame)

    for number, previous in before.items():
        if callable(previous):
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, previous in before.items():
            if callable(previous):
                signal.signal(number, previous)
