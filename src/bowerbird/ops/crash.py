"""
Named points where a test may kill the process, so that "nothing is lost" can be shown rather than hoped.

`BOWERBIRD_CRASH=crawl.before_commit:3` kills this process (SIGKILL: no clean-up runs) when it reaches that point the
third time. Without the variable a point costs one dictionary look-up.
"""

import os
import signal
from collections import Counter

__all__ = ["point"]

_reached: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here if `BOWERBIRD_CRASH` names this point and it has been reached often enough."""
    wanted = os.environ.get("BOWERBIRD_CRASH")
    if wanted is None:
        return
    target, _, nth = wanted.partition(":")
    if target == name:
        _reached[name] += 1
        if _reached[name] == int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)
