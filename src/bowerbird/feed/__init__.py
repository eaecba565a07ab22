"""A feed for each person: what could be shown, who of the agents is for it, and what becomes a slate."""

from bowerbird.feed.events import EventKeeper, EventKind, NewEvent, Outcome, keep_events
from bowerbird.feed.maker import Likeness, Maker, Shelf
from bowerbird.feed.only import EVERYTHING, Only
from bowerbird.feed.packed import Packed, Served
from bowerbird.feed.people import (
    Choices,
    choices,
    choose,
    export,
    forget,
    mute,
    reset,
    take_back,
    take_back_reset,
    unmute,
)
from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.ranker import MOST
from bowerbird.feed.service import Feeds, key_of, local_feeds
from bowerbird.feed.slate import Changed, Entry, Replayed, Slate, forget_slates, replay

__all__ = [
    "EVERYTHING",
    "MOST",
    "Changed",
    "Choices",
    "Entry",
    "EventKeeper",
    "EventKind",
    "Feeds",
    "Likeness",
    "Maker",
    "NewEvent",
    "Only",
    "Outcome",
    "Packed",
    "Profile",
    "Replayed",
    "Served",
    "Shelf",
    "Slate",
    "choices",
    "choose",
    "export",
    "forget",
    "forget_slates",
    "keep_events",
    "key_of",
    "local_feeds",
    "mute",
    "read_profile",
    "replay",
    "reset",
    "take_back",
    "take_back_reset",
    "unmute",
]
