"""A process that ends with the one that started it, also when that one was killed and could tell nobody."""

import os
import threading
import time
from collections.abc import Callable

__all__ = ["PARENT", "when_parent_dies"]

PARENT = "BOWERBIRD_PARENT"  # the process id of who started us, told by the environment

LOOK_S = 1.0


def when_parent_dies(act: Callable[[], None]) -> None:
    """
    Call `act` once, on a thread of its own, about a second after this process has lost the parent that PARENT names.

    Does nothing where the variable is not set. It names the parent because by the time one looks, it may be dead.
    """
    told = os.environ.get(PARENT)
    if told is None:
        return
    parent = int(told)

    def watch() -> None:
        while os.getppid() == parent:  # an orphan is given another parent
            time.sleep(LOOK_S)
        act()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
