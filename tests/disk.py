"""A disk without room, for this process."""

import resource
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["no_room"]


@contextmanager
def no_room() -> Generator[None]:
    """No file grows; Python has the signal ignored, so that writing fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
