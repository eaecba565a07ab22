"""The planner: what is asked, made to stand alone and parted where it is two questions, and the words to find it by."""

import asyncio
import re
from dataclasses import dataclass

from bowerbird.agents import Agent, codec_of
from bowerbird.answer.follow_up import Turn, parts, resolve
from bowerbird.answer.injections import injections
from bowerbird.answer.question import Plan, about_itself, plan
from bowerbird.knowledge.spoken import spoken
from bowerbird.knowledge.words import is_english

__all__ = ["Asked", "Planned", "planner"]

MAX_PARTS = 3
_ASKS = re.compile(r"\W*(?:how|what|when|where|which|who|whom|whose|why)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a person put it, and what was asked and answered before it."""

    question: str
    previous: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """
    The questions to answer, at least one.

    None of what was gathered is asked when it is about the system itself, or an order to it and no question.
    """

    parts: tuple[Plan, ...]
    about_itself: bool = False
    is_order: bool = False

    @property
    def asks_pages(self) -> bool:
        """Whether what was gathered may answer it."""
        return not (self.about_itself or self.is_order)

    def describe(self) -> str:
        """The plan in words for a reader."""
        if self.about_itself:
            return "a question about this system, not about what was gathered"
        if self.is_order:
            return "an order to a machine, not a question about what was gathered"
        if len(self.parts) == 1:
            return self.parts[0].describe()
        return f"{len(self.parts)} questions: {' · '.join(part.question for part in self.parts)}"


async def _plan(asked: Asked) -> Planned:
    if about_itself(asked.question):
        return Planned((plan(asked.question),), about_itself=True)
    if not _asks(asked.question) and await asyncio.to_thread(_is_order, asked.question):
        return Planned((plan(asked.question),), is_order=True)
    if not is_english(spoken(asked.question)):
        return Planned((plan(asked.question),))  # what leans on what was said before is known by English words
    alone = resolve(asked.question, asked.previous)
    return Planned(tuple(plan(part) for part in parts(alone)[:MAX_PARTS]))


def _asks(question: str) -> bool:
    """Whether it has the form of a question: who asks about orders to machines gives none."""
    return question.endswith("?") or _ASKS.match(question) is not None


def _is_order(question: str) -> bool:
    """Whether all of it orders a machine about; looking for that takes a while."""
    rest = question
    for found in reversed(injections(question)):
        rest = rest[: found.start] + rest[found.end :]
    return rest != question and not any(mark.isalnum() for mark in rest)


def planner() -> Agent[Asked, Planned]:
    """The planner at work."""
    return Agent(
        name="planner",
        duty="Reads the question: what it leans on, its parts, the form of an answer, and the words to find it by.",
        takes=codec_of(Asked),
        gives=codec_of(Planned),
        deadline_s=5.0,
        work=_plan,
    )
