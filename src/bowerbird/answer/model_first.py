"""The writer of who has a model: the model writes, and when it cannot, the passages are quoted as without one."""

import asyncio
from dataclasses import dataclass, replace

from bowerbird.agents import Agent, Codec, codec_of
from bowerbird.answer.draft import Draft
from bowerbird.answer.found import Found
from bowerbird.answer.model_writer import ModelWriter, Written
from bowerbird.answer.writer import ExtractiveWriter, Writing, writing_codec
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import (
    BowerbirdError,
    BudgetSpent,
    DeadlinePassed,
    ModelMisspoke,
    ModelUnavailable,
    NotSupported,
    StoreUnavailable,
)
from bowerbird.ops.deadline import in_time, within
from bowerbird.ops.logs import logger

__all__ = ["UNPROVEN", "ModelFirst"]

log = logger("agent")

QUOTED = "so the answer is quoted from the pages."
UNPROVEN = f"What the language model wrote could not be proven from the pages, {QUOTED}"
# What quoting may take; the model's own time comes on top.
QUOTING_S = 10.0


@dataclass(frozen=True, slots=True)
class ModelFirst:
    """Asks a model for claims with quotes; needs the writer without a model for when that fails."""

    model: ModelWriter
    quotes: ExtractiveWriter
    clock: Clock
    timeout_s: float  # of the model, for one part of a question, a second try with what was wrong included

    def agent(self, found: Codec[Found], workspace: str) -> Agent[Writing, Draft]:
        """The writer at work; the model's tokens are the workspace's."""

        async def work(given: Writing) -> Draft:
            return await self._write(given, workspace)

        return Agent(
            name="writer",
            duty="Writes the answer from the passages: a language model's sentences, each with its quote.",
            takes=writing_codec(found),
            gives=codec_of(Draft),
            deadline_s=self.timeout_s + QUOTING_S,
            work=work,
            asks_outside=True,
            score=lambda draft: draft.sure,
            breaker=self.quotes.breaker,
        )

    async def _write(self, given: Writing, workspace: str) -> Draft:
        # First, because it is cheap: what conflicts with an answer, or comes nearest to one, is told by its ranking.
        quoted = await asyncio.to_thread(self.quotes.write, given)
        passages = [hit.passage for hit in given.found.hits]
        try:
            with within(self.timeout_s, self.clock):
                call = self.model.write(given.plan.question, passages, workspace=workspace)
                written = await in_time(call, self.clock)
        except (ModelUnavailable, BudgetSpent, DeadlinePassed, NotSupported, StoreUnavailable) as error:
            log.warning("model.fell_back", model=self.model.name, error=f"{type(error).__name__}: {error}")
            return replace(quoted, notice=_excuse(error), fell_back=True)
        if written.dropped and not written.claims:
            return replace(quoted, notice=UNPROVEN, fell_back=True)
        return replace(quoted, claims=written.claims, words=_told(written, self.model.name), written_by=self.model.name)


def _excuse(error: BowerbirdError) -> str:
    """For a reader; the log has what an operator wants to know."""
    match error:
        case BudgetSpent():
            return f"Today's budget for the language model is spent, {QUOTED}"
        case DeadlinePassed():
            return f"The language model did not answer in time, {QUOTED}"
        case ModelMisspoke():
            return f"What the language model said could not be used, {QUOTED}"
        case _:
            return f"The language model is not available just now, {QUOTED}"


def _told(written: Written, model: str) -> str:
    if not written.claims:
        return f"{model} finds no answer in the passages"
    count = "1 sentence" if len(written.claims) == 1 else f"{len(written.claims)} sentences"
    dropped = f", dropped {written.dropped} that quote what is nowhere" if written.dropped else ""
    return f"{model} wrote {count}{dropped}"
