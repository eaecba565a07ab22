"""
The same request asked once: of all who ask at the same time, and of those who ask within some days.

The stream of a call under way is shared: who comes later gets what was said so far, then the rest as it comes, and who
leaves harms nobody (`ops/single_flight.py`). Only whole replies are kept; one that was cut off is not.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.models.chat import ChatModel, Reply, Request, Usage
from bowerbird.models.wrappers import Wrapper
from bowerbird.ops.deadline import each_in_time
from bowerbird.ops.logs import logger
from bowerbird.ops.single_flight import SingleFlight

__all__ = ["Cached", "ReplyCache"]

log = logger("agent")


class ReplyCache(Protocol):
    """Replies by the key of their request."""

    async def get(self, key: str) -> dict[str, Any] | None:
        """What was kept, if it is not too old."""
        ...

    async def put(self, key: str, reply: dict[str, Any]) -> None:
        """Keep it, in place of what was kept before."""
        ...


class Cached(Wrapper):
    """Before a model: what was asked already is not asked again."""

    def __init__(self, model: ChatModel, cache: ReplyCache, clock: Clock) -> None:
        super().__init__(model)
        self._cache = cache
        self._clock = clock
        self._flights = SingleFlight[str, str | Reply]()

    async def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
        """The kept reply in one piece, or the pieces as they come."""
        key = request.key(self.name)
        kept = await self._kept(key, request)
        if kept is not None:
            yield kept.text
            yield kept
            return
        shared = self._flights.stream(key, lambda: self._asked(key, request))
        async with aclosing(each_in_time(shared, self._clock)) as pieces:
            async for piece in pieces:
                yield piece

    async def _asked(self, key: str, request: Request) -> AsyncGenerator[str | Reply]:
        async with aclosing(self._model.stream(request)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Reply) and not piece.is_cut:
                    await self._keep(key, request, piece)
                yield piece

    async def _kept(self, key: str, request: Request) -> Reply | None:
        try:
            kept = await self._cache.get(key)
        except StoreUnavailable as error:  # then it is asked, which costs and harms nobody
            log.warning("model.cache_unavailable", error=str(error))
            return None
        if kept is None:
            return None
        text = str(kept["text"])
        if request.boundary:
            text = text.replace(str(kept["boundary"]), request.boundary)
        return Reply(text, str(kept["model"]), Usage(0, 0, 0.0), is_cached=True)

    async def _keep(self, key: str, request: Request, reply: Reply) -> None:
        kept = {"text": reply.text, "model": reply.model, "boundary": request.boundary or "boundary"}
        try:
            await self._cache.put(key, kept)
        except StoreUnavailable as error:
            log.warning("model.cache_unavailable", error=str(error))
