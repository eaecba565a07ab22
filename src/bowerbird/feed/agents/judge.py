"""
Agents that read: what they think of an item costs a call of a model or another journey, and is the same for everybody.

Such an agent is plugged in as a *judge*, a class with `name`, `duty`, `prior`, `version` and `judge`, under an entry
point of the group `bowerbird.feed_judges`:

    class Kindness:
        name, duty, prior, version = "kindness", "What is written kindly", 0.06, "1"

        async def judge(self, contents):
            return await my_model.scores([content.text for content in contents])

It is given up to ten contents in one call, and its scores are kept (`feed/judging.py`). A slate does not wait for them:
until half of its candidates have been judged, the agent has no say in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from bowerbird.feed.agents.agent import NotYet, Speaker, checked, loaded
from bowerbird.feed.view import Scores, View
from bowerbird.kernel.errors import NotSupported

__all__ = ["JUDGES", "Content", "Judge", "Judged", "plugged_in_judges"]

JUDGES: Final = "bowerbird.feed_judges"
MAX_VERSION_CHARS: Final = 64


@dataclass(frozen=True, slots=True)
class Content:
    """An item to be judged."""

    item: int
    kind: str
    title: str
    text: str  # how the text of its page begins, some thousand characters
    url: str
    fields: Mapping[str, Any]  # category, region, price, author, image and tags, as far as it states them


class Judge(Speaker, Protocol):
    """
    Somebody who reads contents. It is asked from one event loop of its own, several calls at once.

    What it does in `asyncio.to_thread` is broken off by the end of the process; threads that it starts itself are not,
    unless they are daemons.
    """

    @property
    def version(self) -> str:
        """What it judges by, such as the model's name; scores of another version are not used."""
        ...

    async def judge(self, contents: Sequence[Content]) -> Sequence[float | Exception]:
        """How much it is for each, from 0 to 1, in order; or what went wrong with just this one."""
        ...


class Judged:
    """The agent that speaks for a judge; where nobody has contents read for it, it has nothing to say."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.name, self.duty, self.prior = judge.name, judge.duty, judge.prior

    def score(self, view: View) -> Scores:
        """None."""
        raise NotYet(f"none of {len(view)} are read here")


def plugged_in_judges() -> Sequence[Judged]:
    """The judges under the entry points of `JUDGES`, by name; one that cannot be loaded is logged and left out."""
    return loaded(JUDGES, _checked)


def _checked(made: object) -> Judged:
    judge = cast("Judge", checked(made, ("name", "duty", "prior", "version", "judge")))
    version = cast("object", judge.version)
    if not isinstance(version, str) or "\0" in version or len(version) > MAX_VERSION_CHARS:
        raise NotSupported(f"the version {version!r}: expected a text of up to {MAX_VERSION_CHARS} characters")
    return Judged(judge)
