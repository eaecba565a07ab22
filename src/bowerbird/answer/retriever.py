"""The retriever: the passages that may hold the answer, of what the asker may see."""

import asyncio
from dataclasses import dataclass
from functools import partial

from bowerbird.agents import Agent, codec_of
from bowerbird.answer.found import Found, found_codec
from bowerbird.answer.past import PastSearch, then
from bowerbird.answer.places import USUAL, Looking
from bowerbird.answer.question import Plan
from bowerbird.answer.retrieve import retrieve
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Searcher
from bowerbird.ops.breaker import Breaker
from bowerbird.records import Records

__all__ = ["Retriever"]


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches by words and by meaning."""

    records: Records
    searcher: Searcher
    breaker: Breaker

    def agent(self, scope: Scope, as_of: float | None = None, looking: Looking = USUAL) -> Agent[Plan, Found]:
        """The retriever at work for one asker, in what is stored now or was `as_of` a time."""

        async def work(plan: Plan) -> Found:
            return await asyncio.to_thread(self._find, plan, scope, as_of, looking)

        return Agent(
            name="retriever",
            duty="Finds the passages that may hold the answer, by their words and by their meaning.",
            takes=codec_of(Plan),
            gives=found_codec(self.records, scope),
            deadline_s=10.0,
            work=work,
            asks_outside=True,
            breaker=self.breaker,
        )

    def _find(self, plan: Plan, scope: Scope, as_of: float | None, looking: Looking) -> Found:
        search = self.searcher if as_of is None else PastSearch(self.records, self.searcher, as_of)
        found = retrieve(plan, search, scope, k=looking.passages, has_rounds=looking.has_rounds)
        if as_of is None:
            return Found(found.hits, found.rounds)
        since = self.records.read(partial(then, scope=scope, as_of=as_of))
        return Found(found.hits, (*found.rounds, *([since] if since else ())))
