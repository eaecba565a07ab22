"""The planner: what is asked, and by which words to find it."""

from dataclasses import dataclass

from bowerbird.agents import Agent, codec_of
from bowerbird.answer.question import Plan, plan

__all__ = ["Asked", "planner"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a person put it."""

    question: str


async def _plan(asked: Asked) -> Plan:
    return plan(asked.question)


def planner() -> Agent[Asked, Plan]:
    """The planner at work."""
    return Agent(
        name="planner",
        duty="Reads the question: the form that an answer would have, and the words to find it by.",
        takes=codec_of(Asked),
        gives=codec_of(Plan),
        deadline_s=5.0,
        work=_plan,
    )
