"""A process that ends with the one that started it, also when that one was killed and could tell nobody."""

import os
import threading
import time
from collections.abc import Callable

__all__ = ["when_parent_dies"]

LOOK_S = 1.0


def when_parent_dies(act: Callable[[], None]) -> None:
    """Call `act` once, on a thread of its own, about a second after this process has lost its parent."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:  # an orphan is given another parent
            time.sleep(LOOK_S)
        act()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
