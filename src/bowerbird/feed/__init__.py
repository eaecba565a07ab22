"""A feed for each person: what could be shown, who of the agents is for it, and what becomes a slate."""

from bowerbird.feed.event import EventKind
from bowerbird.feed.events import EventKeeper, NewEvent, Outcome, keep_events
from bowerbird.feed.follows import (
    THINGS,
    Called,
    FollowedThing,
    ThingKind,
    called_follows,
    follow_thing,
    followed_now,
    list_things,
    resume_thing,
    stop_thing,
)
from bowerbird.feed.maker import Around, Maker, Shelf
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
from bowerbird.feed.service import Feeds, Ticket, key_of, local_feeds
from bowerbird.feed.slate import Changed, Entry, Replayed, Slate, forget_slates, replay

__all__ = [
    "EVERYTHING",
    "MOST",
    "THINGS",
    "Around",
    "Called",
    "Changed",
    "Choices",
    "Entry",
    "EventKeeper",
    "EventKind",
    "Feeds",
    "FollowedThing",
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
    "ThingKind",
    "Ticket",
    "called_follows",
    "choices",
    "choose",
    "export",
    "follow_thing",
    "followed_now",
    "forget",
    "forget_slates",
    "keep_events",
    "key_of",
    "list_things",
    "local_feeds",
    "mute",
    "read_profile",
    "replay",
    "reset",
    "resume_thing",
    "stop_thing",
    "take_back",
    "take_back_reset",
    "unmute",
]
