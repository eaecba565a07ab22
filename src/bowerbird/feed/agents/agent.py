"""What an agent of the feed is, and which there are."""

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import Any, Final, Protocol, TypeVar, cast

from bowerbird.feed.view import Scores, View
from bowerbird.kernel.errors import NotSupported
from bowerbird.ops.logs import logger

__all__ = ["GROUP", "FeedAgent", "NotYet", "checked", "default_agents", "loaded", "plugged_in"]

A = TypeVar("A")

GROUP: Final = "bowerbird.feed_agents"
MAX_NAME_CHARS: Final = 64  # by which agents are counted (`agent_tallies`)

_log = logger("agent")


class Speaker(Protocol):
    """Who has a say in what is shown, as people and logs know them."""

    @property
    def name(self) -> str:
        """One word, for people and logs."""
        ...

    @property
    def duty(self) -> str:
        """What it looks for, in one sentence."""
        ...

    @property
    def prior(self) -> float:
        """The rate of reward that its nominees are expected to have before anybody was shown one."""
        ...


class FeedAgent(Speaker, Protocol):
    """Somebody with one duty. It is asked from several threads at once and keeps nothing between two calls."""

    def score(self, view: View) -> Scores:
        """How much it is for each candidate (n,), from 0 to 1."""
        ...


class NotYet(Exception):
    """What an agent raises that has nothing to say of these candidates now; it has not failed."""


def default_agents() -> tuple[FeedAgent, ...]:
    """Ours, then those that are plugged in, then those that speak for judges."""
    from bowerbird.feed.agents.archivist import Archivist
    from bowerbird.feed.agents.discovery import Discovery
    from bowerbird.feed.agents.forecaster import Forecaster
    from bowerbird.feed.agents.judge import plugged_in_judges
    from bowerbird.feed.agents.quality import Quality
    from bowerbird.feed.agents.serendipity import Serendipity

    ours: tuple[FeedAgent, ...] = (Discovery(), Quality(), Archivist(), Serendipity(), Forecaster())
    found: dict[str, FeedAgent] = {agent.name: agent for agent in ours}
    for agent in (*plugged_in(), *plugged_in_judges()):
        if found.setdefault(agent.name, agent) is not agent:
            _log.warning("agent.not_loaded", agent=agent.name, error="another has this name")
    return tuple(found.values())


def plugged_in() -> Sequence[FeedAgent]:
    """The agents under the entry points of `GROUP`, by name; one that cannot be loaded is logged and left out."""
    return loaded(GROUP, lambda made: cast("FeedAgent", checked(made, ("name", "duty", "prior", "score"))))


def loaded(group: str, check: Callable[[object], A]) -> list[A]:
    """What is made of the classes under a group's entry points; `check` raises NotSupported for what is of no use."""
    found: list[A] = []
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        try:
            found.append(check(point.load()()))
        except NotSupported as wrong:
            _log.error("agent.not_loaded", agent=point.name, error=str(wrong))
        except (Exception, SystemExit):  # noqa: BLE001  somebody else's code: whatever it is, the others go on
            _log.exception("agent.not_loaded", agent=point.name)
    return found


def checked(made: Any, wanted: Sequence[str]) -> object:
    """The same, if it has all of that and its name and prior can be used; raises NotSupported."""
    for each in wanted:
        if not hasattr(made, each):
            listed = f"{', '.join(wanted[:-1])} and {wanted[-1]}"
            raise NotSupported(f"{type(made).__name__} has no `{each}`: expected {listed}")
    name = cast("object", made.name)
    if not isinstance(name, str) or not name.isidentifier() or len(name) > MAX_NAME_CHARS:
        raise NotSupported(f"the name {name!r}: expected one word of up to {MAX_NAME_CHARS} letters")
    if not 0.0 < float(made.prior) < 1.0:
        raise NotSupported(f"the prior {made.prior!r} of {name}: expected a share between 0 and 1")
    return cast("object", made)
