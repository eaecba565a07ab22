"""Keeps the frontier in order of the goal while a crawl runs: embeds pages and links, off the event loop."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bowerbird.acquire.frontier import Frontier
from bowerbird.acquire.lead import page_words
from bowerbird.acquire.outcomes import Row
from bowerbird.acquire.relevance import Topic, goal_words
from bowerbird.kernel.errors import ModelUnavailable
from bowerbird.models import Embedder
from bowerbird.ops import logs

__all__ = ["Ordering"]

AT_ONCE = 32  # texts embedded in one call; the loop gives way in between
READ_CLOSELY = 300  # pages whose beginning is embedded too
MAX_REMEMBERED = 20_000  # anchors repeat: navigation says the same on every page

log = logs.logger("scraping")
Vectors = NDArray[np.float32]


class Ordering:
    """Does nothing until `begin`: a small site, or a crawl of everything, needs no order, and no model is loaded."""

    def __init__(self, frontier: Frontier, goal: str, load: Callable[[], Embedder], wake: Callable[[], None]) -> None:
        self._frontier = frontier
        self._goal = goal
        self._load = load
        self._wake = wake  # called when links have found their place
        self._embedder: Embedder | None = None
        self._pages = 0
        self._is_on = False
        self._one = asyncio.Lock()
        self._known: dict[str, Vectors] = {}
        self._credits: list[tuple[Row, float, Sequence[int]]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """True once the order matters."""
        return self._is_on

    @property
    def is_busy(self) -> bool:
        """True while links wait for their place."""
        return self._task is not None and not self._task.done()

    async def begin(self) -> None:
        """Load the model and order what waits; without a model the order stays that of the depth."""
        if self._is_on:
            return
        self._is_on = True
        try:
            self._embedder = await asyncio.to_thread(self._load)
            goal = (await self._embed([goal_words(self._goal)]))[0]
        except ModelUnavailable as exc:
            self._embedder = None
            log.warning("crawl.unordered", error=str(exc))
            return
        self._frontier.order_by(Topic(goal))
        self.arrange()

    async def relevance(self, row: Row, title: str, text: str) -> float:
        """How much a page serves the goal, 0 to 1; the frontier learns from it."""
        if self._embedder is None:
            return self._frontier.learn(row, None)
        if not text:
            return self._frontier.learn(row, None)
        self._pages += 1
        # Once the goal is known, a title tells enough, and it is often an anchor that was embedded already.
        words = page_words(title, text) if self._pages <= READ_CLOSELY or not title else title
        return self._frontier.learn(row, (await self._embed([words]))[0])

    def links_came(self, row: Row, relevance: float, waiting: Sequence[Row]) -> None:
        """A page's new links were offered to the frontier."""
        if self._embedder is not None and waiting:
            self._credits.append((row, relevance, [each.id for each in waiting]))
            self.arrange()

    def arrange(self) -> None:
        """See to it that all links find their place."""
        if self._embedder is not None and not self.is_busy:
            self._task = asyncio.create_task(self._arrange())

    async def _arrange(self) -> None:
        while unread := self._frontier.unread(AT_ONCE):
            vectors = await self._embed([words for _, words in unread])
            self._frontier.read([row_id for row_id, _ in unread], vectors)
            due, self._credits = self._credits, []
            for row, relevance, leads_to in due:
                self._frontier.credit_links(row, relevance=relevance, leads_to=leads_to)
            self._wake()

    async def _embed(self, texts: list[str]) -> Vectors:
        assert self._embedder is not None
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            async with self._one:
                vectors = await asyncio.to_thread(self._embedder.embed, new)
            if len(self._known) + len(new) > MAX_REMEMBERED:
                self._known.clear()
            fresh = dict(zip(new, vectors, strict=True))
            self._known |= {text: vector.astype(np.float16) for text, vector in fresh.items()}
            return np.stack([fresh[text] if text in fresh else self._remembered(text) for text in texts])
        return np.stack([self._remembered(text) for text in texts])

    def _remembered(self, text: str) -> Vectors:
        return self._known[text].astype(np.float32)
