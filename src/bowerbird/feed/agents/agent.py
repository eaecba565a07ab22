"""What an agent of the feed is, and which there are."""

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Final, Protocol, cast

from bowerbird.feed.view import Scores, View
from bowerbird.kernel.errors import NotSupported
from bowerbird.ops.logs import logger

__all__ = ["GROUP", "FeedAgent", "default_agents", "plugged_in"]

GROUP: Final = "bowerbird.feed_agents"
MAX_NAME_CHARS: Final = 64  # by which agents are counted (`agent_tallies`)

_log = logger("agent")


class FeedAgent(Protocol):
    """Somebody with one duty. It is asked from several threads at once and keeps nothing between two calls."""

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

    def score(self, view: View) -> Scores:
        """How much it is for each candidate (n,), from 0 to 1."""
        ...


def default_agents() -> tuple[FeedAgent, ...]:
    """Ours, then those that are plugged in."""
    from bowerbird.feed.agents.archivist import Archivist
    from bowerbird.feed.agents.discovery import Discovery
    from bowerbird.feed.agents.forecaster import Forecaster
    from bowerbird.feed.agents.quality import Quality
    from bowerbird.feed.agents.serendipity import Serendipity

    ours: tuple[FeedAgent, ...] = (Discovery(), Quality(), Archivist(), Serendipity(), Forecaster())
    found: dict[str, FeedAgent] = {agent.name: agent for agent in ours}
    for agent in plugged_in():
        if found.setdefault(agent.name, agent) is not agent:
            _log.warning("agent.not_loaded", agent=agent.name, error="another has this name")
    return tuple(found.values())


def plugged_in() -> Sequence[FeedAgent]:
    """The agents under the entry points of `GROUP`, by name; one that cannot be loaded is logged and left out."""
    found: list[FeedAgent] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            found.append(_checked(point.load()()))
        except NotSupported as wrong:
            _log.error("agent.not_loaded", agent=point.name, error=str(wrong))
        except (Exception, SystemExit):  # noqa: BLE001  somebody else's code: whatever it is, the others go on
            _log.exception("agent.not_loaded", agent=point.name)
    return found


def _checked(made: object) -> FeedAgent:
    for wanted in ("name", "duty", "prior", "score"):
        if not hasattr(made, wanted):
            raise NotSupported(f"{type(made).__name__} has no `{wanted}`: an agent has name, duty, prior and score")
    agent = cast("FeedAgent", made)
    name = cast("object", agent.name)
    if not isinstance(name, str) or not name.isidentifier() or len(name) > MAX_NAME_CHARS:
        raise NotSupported(f"the name {name!r}: expected one word of up to {MAX_NAME_CHARS} letters")
    if not 0.0 < float(agent.prior) < 1.0:
        raise NotSupported(f"the prior {agent.prior!r} of {name}: expected a share between 0 and 1")
    return agent
