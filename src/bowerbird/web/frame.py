"""
What surrounds every page: where one can go, who one is, what has just been done.

The table `PLACES` decides what the rail shows, to whom, and under which key; the command palette and the list of keys
are made from it too. A place that exists is one line there: settings will be
`Place("settings", "Settings", "/settings", "settings", "t", "Change how it works", in_bar=False)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = ["PLACES", "Frame", "Here", "Place", "Role", "Theme", "Toast", "Undo", "Viewer", "places_for"]

Theme = Literal["auto", "light", "dark"]
Here = Literal["home", "ask", "explore", "gather", "sources", "settings", "other"]
Role = Literal["reader", "curator", "operator", "admin"]  # each may do all that the ones before it may

_RANKS: Final[Mapping[Role, int]] = {"reader": 1, "curator": 2, "operator": 3, "admin": 4}


@dataclass(frozen=True, slots=True)
class Place:
    """One of the rail's destinations: who may go there, and the letter that goes there after `g`."""

    name: Here
    title: str
    href: str
    icon: str
    key: str
    words: str  # what one does there, for the palette
    least: Role = "reader"
    in_bar: bool = True  # on a phone; the others are under "More"


PLACES: Final = (
    Place("ask", "Ask", "/chat", "message-circle-question-mark", "a", "Ask a question"),
    Place("explore", "Explore", "/knowledge/explorer", "compass", "e", "Look through what was gathered"),
    Place("gather", "Gather", "/scraping/new", "plus", "n", "Gather a site", least="curator"),
    Place("sources", "Sources", "/scraping/dashboard", "globe", "s", "See all sources and jobs"),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is signed in."""

    name: str
    role: Role
    sign_out_href: str = "/sign-out"


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
    """What surrounds a page. Without a `viewer` everyone is the local operator, who may go everywhere."""

    here: Here
    theme: Theme
    path: str  # where a form of the frame comes back to
    has_search: bool  # the explorer brings its own field
    places: tuple[Place, ...] = ()
    viewer: Viewer | None = None
    toast: Toast | None = None


def places_for(viewer: Viewer | None, places: Sequence[Place] = PLACES) -> tuple[Place, ...]:
    """The places that this person may go to."""
    rank = _RANKS[viewer.role] if viewer else _RANKS["admin"]
    return tuple(place for place in places if _RANKS[place.least] <= rank)
