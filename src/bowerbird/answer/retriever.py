"""The retriever: the passages that may hold the answer, of what the asker may see."""

import asyncio
from dataclasses import dataclass

from bowerbird.agents import Agent, codec_of
from bowerbird.answer.found import Found, found_codec
from bowerbird.answer.question import Plan
from bowerbird.answer.retrieve import retrieve
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Searcher
from bowerbird.ops.breaker import Breaker
from bowerbird.records import Records

__all__ = ["PASSAGES", "Retriever"]

PASSAGES = 12  # with twenty the right sentence of XQuAD came first no more often, and took twice as long


@dataclass(frozen=True, slots=True)
class Retriever:
    """Searches by words and by meaning."""

    records: Records
    searcher: Searcher
    breaker: Breaker

    def agent(self, scope: Scope) -> Agent[Plan, Found]:
        """The retriever at work for one asker."""

        async def work(plan: Plan) -> Found:
            return await asyncio.to_thread(self._find, plan, scope)

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

    def _find(self, plan: Plan, scope: Scope) -> Found:
        found = retrieve(plan, self.searcher, scope, k=PASSAGES)
        return Found(found.hits, found.rounds)
