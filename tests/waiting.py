"""Waiting for what another process does."""

import time
from collections.abc import Callable


def until(is_so: Callable[[], bool], *, within_s: float = 90) -> None:
    """Wait for something to become so."""
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at, f"not within {within_s} s"
        time.sleep(0.05)
