"""
What surrounds every page: where one can go, who one is, what has just been done.

The table `PLACES` decides what the rail shows, and under which key; the command palette and the list of keys are made
from it too. Who may go there is said where it is said for every route: in `accounts/doors.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bowerbird.web.access import ACCESS
from bowerbird.web.viewer import Viewer

__all__ = ["PLACES", "Frame", "Here", "Place", "Theme", "Toast", "Undo", "places_for"]

Theme = Literal["auto", "light", "dark"]
Here = Literal[
    "home", "ask", "explore", "feed", "tables", "gather", "sources", "agents", "experiments", "settings", "other"
]


@dataclass(frozen=True, slots=True)
class Place:
    """One of the rail's destinations, with the letter that goes there after `g`."""

    name: Here
    title: str
    href: str
    icon: str
    key: str
    words: str  # what one does there, for the palette
    in_bar: bool = True  # on a phone; the others are under "More"


PLACES: Final = (
    Place("ask", "Ask", "/chat", "message-circle-question-mark", "a", "Ask a question"),
    Place("explore", "Explore", "/knowledge/explorer", "compass", "e", "Look through what was gathered"),
    Place("feed", "Feed", "/feed", "newspaper", "f", "Read what is worth your time"),
    Place("gather", "Gather", "/scraping/new", "plus", "n", "Gather a site"),
    Place("sources", "Sources", "/scraping/dashboard", "globe", "s", "See all sources and jobs", in_bar=False),
    Place("tables", "Tables", "/knowledge/tables", "table-2", "t", "Collect things into a table", in_bar=False),
    Place("experiments", "Experiments", "/experiments", "flask-conical", "x", "Put a choice to the test", in_bar=False),
    Place("agents", "Agents", "/agents", "workflow", "o", "See what the agents do, and how well", in_bar=False),
    Place("settings", "Settings", "/settings", "settings", ",", "Change your account, keys and people", in_bar=False),
)


@dataclass(frozen=True, slots=True)
class Undo:
    """The form that takes back what has just been done."""

    title: str
    action: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Toast:
    """One sentence about what has just been done, and how to take it back."""

    words: str
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page; without a `viewer` nobody is signed in, and there is nowhere to go."""

    here: Here
    theme: Theme
    path: str  # where a form of the frame comes back to
    has_search: bool  # the explorer brings its own field
    places: tuple[Place, ...] = ()
    viewer: Viewer | None = None
    toast: Toast | None = None

    def can(self, route: str) -> bool:
        """True if who asks may use that route of `accounts/doors.py`: what they may not do is not offered."""
        return _may(self.viewer, route)


def places_for(viewer: Viewer | None) -> tuple[Place, ...]:
    """The places that this person may go to."""
    return tuple(place for place in PLACES if _may_go(viewer, place))


def _may_go(viewer: Viewer | None, place: Place) -> bool:
    return viewer is not None and _may(viewer, f"GET {place.href}")


def _may(viewer: Viewer | None, route: str) -> bool:
    role = ACCESS[route]
    return role is None or (viewer is not None and viewer.may(role))
