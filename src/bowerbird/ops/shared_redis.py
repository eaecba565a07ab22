"""
The shared tier on a Redis server: for processes of several machines.

Redis forgets by itself what has ended, and what it has no room for if it is told to (`maxmemory-policy`); where letters
are on the same server (`noeviction`), a full one refuses what is put, and nothing more is kept until there is room.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bowerbird.kernel.errors import StoreUnavailable

__all__ = ["RedisStore"]

T = TypeVar("T")

PREFIX: Final = "bowerbird:shared:"
_TIMEOUT_S: Final = 0.1  # a cache that is waited for longer is none


class RedisStore:
    """Keys with a time to live."""

    def __init__(self, url: str) -> None:
        """Asks nothing yet."""
        self._redis: Any = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S, retry=Retry(NoBackoff(), 0)
        )

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """What is there of these, in one journey."""
        found = self._asked(lambda: self._redis.mget([PREFIX + key for key in keys])) if keys else []
        return {key: value for key, value in zip(keys, found, strict=True) if value is not None}

    def put(self, values: Mapping[str, bytes], *, lifetime_s: float) -> None:
        """Keep them, in one journey."""
        batch = self._redis.pipeline(transaction=False)
        for key, value in values.items():
            batch.set(PREFIX + key, value, px=max(int(lifetime_s * 1000), 1))
        self._asked(batch.execute)

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except redis.RedisError as exc:
            raise StoreUnavailable(f"the shared cache on Redis did not answer: {exc}") from exc
