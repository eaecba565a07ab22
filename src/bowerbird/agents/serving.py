"""
Handles letters as they come: a handler for each recipient, some at a time, until told to stop.

    Serving(bus, {"uploads": tidy}).run(stop)      # blocks; give it a thread

A handler that returns has done its letter; one that raises will get it again later (`agents/bus.py`). It must bear to
be given a letter twice, and should end well within `LEASE_S`.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from bowerbird.agents.bus import Bus, Letter
from bowerbird.kernel.errors import Fenced, Unavailable
from bowerbird.ops.logs import logger

__all__ = ["LEASE_S", "Handler", "Serving"]

LEASE_S: Final = 60.0
IDLE_S: Final = 1.0  # between two looks when nothing came

Handler = Callable[[Letter], None]

_log = logger("worker")


class Serving:
    """Takes letters and gives them to their handlers."""

    def __init__(
        self,
        bus: Bus,
        handlers: Mapping[str, Handler],
        *,
        at_once: int = 2,
        lease_s: float = LEASE_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._bus = bus
        self._handlers = handlers
        self._at_once = at_once
        self._lease_s = lease_s
        self._idle_s = idle_s

    def run(self, stop: threading.Event) -> None:
        """Handle letters until `stop` is set; returns when those that were begun are done."""
        with ThreadPoolExecutor(self._at_once, thread_name_prefix="letter") as pool:
            under_way: set[Future[None]] = set()
            while not stop.is_set():
                under_way = {future for future in under_way if not future.done()}
                taken = self._take_some(self._at_once - len(under_way))
                under_way |= {pool.submit(self._handle, letter) for letter in taken}
                if not taken:
                    stop.wait(self._idle_s)

    def _take_some(self, at_most: int) -> list[Letter]:
        """At most one for each recipient, so that none waits behind another's many."""
        taken: list[Letter] = []
        try:
            for recipient in self._handlers:
                if len(taken) < at_most and (letter := self._bus.take(recipient, lease_s=self._lease_s)):
                    taken.append(letter)
        except Unavailable as error:
            _log.warning("bus.unavailable", error=str(error))
        return taken

    def _handle(self, letter: Letter) -> None:
        try:
            try:
                self._handlers[letter.recipient](letter)
            except Exception as error:  # noqa: BLE001  whatever a handler raises, its letter comes again
                _log.exception("letter.failed", letter=letter.id, recipient=letter.recipient)
                self._bus.fail(letter, f"{type(error).__name__}: {error}")
            else:
                self._bus.ack(letter)
        except Fenced as error:
            _log.warning("letter.fenced", letter=letter.id, error=str(error))
        except Unavailable as error:
            # Nothing is lost: the lease runs out, and it is taken again.
            _log.warning("letter.left", letter=letter.id, error=str(error))
