"""
A pool of threads that the end of the process does not wait for: for somebody else's code, which may hang.

Python waits at its end for every thread of a `ThreadPoolExecutor`, daemon or not. Here each call has a thread of its
own, which ends with the process.

Hazards: what hangs keeps its thread until then, so there are at most `most`; one more is refused. A thread that is
broken off by the end of the process tidies up nothing.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from bowerbird.kernel.errors import Unavailable

__all__ = ["Daemons"]

P = ParamSpec("P")
T = TypeVar("T")


class Daemons(ThreadPoolExecutor):
    """An event loop takes no other kind for its own (`set_default_executor`); nothing of that pool's is used."""

    def __init__(self, name: str, most: int = 32) -> None:
        super().__init__(1)
        self._name = name
        self._free = threading.Semaphore(most)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin the call now; raises Unavailable when as many as there may be are under way."""
        if not self._free.acquire(blocking=False):
            raise Unavailable(f"all threads of {self._name} are taken; does something hang in them?")
        future = Future[T]()

        def run() -> None:
            try:
                if not future.set_running_or_notify_cancel():
                    return
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:  # noqa: BLE001  it is told to whoever waits
                    future.set_exception(error)
                else:
                    future.set_result(result)
            finally:
                self._free.release()

        threading.Thread(target=run, name=self._name, daemon=True).start()
        return future
