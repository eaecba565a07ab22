"""What a person follows: a question (`answer/follows.py`) or a thing for their feed (`feed/follows.py`)."""

from typing import TypeAlias

import sqlalchemy as sa

from bowerbird.answer import Follow, follow, list_follows, resume_follow, stop_follow
from bowerbird.feed import THINGS, FollowedThing, follow_thing, list_things, resume_thing, stop_thing
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope

__all__ = ["Followed", "begin_to_follow", "list_followed", "resume_followed", "stop_followed"]

Followed: TypeAlias = Follow | FollowedThing


def begin_to_follow(
    conn: sa.Connection, scope: Scope, kind: str, of: str, *, clock: Clock, job: str | None = None
) -> Followed:
    """
    Follow a question by its id, or a thing; what they follow already, once. A gap may wait for a job.

    Raises what `follow` and `follow_thing` raise.
    """
    if kind in THINGS:
        return follow_thing(conn, scope, kind, of, clock=clock)
    return follow(conn, scope, kind, of, clock=clock, job=job)


def list_followed(conn: sa.Connection, scope: Scope) -> list[Followed]:
    """All that they follow, and followed lately; the newest first."""
    both: list[Followed] = [*list_follows(conn, scope), *list_things(conn, scope)]
    return sorted(both, key=lambda one: (one.created_at, one.id), reverse=True)


def stop_followed(conn: sa.Connection, scope: Scope, identifier: str, *, clock: Clock) -> Followed:
    """Follow it no longer; raises NotFound."""
    try:
        return stop_thing(conn, scope, identifier, clock=clock)
    except NotFound:
        return stop_follow(conn, scope, identifier, clock=clock)


def resume_followed(conn: sa.Connection, scope: Scope, identifier: str) -> Followed:
    """Take `stop_followed` back; raises NotFound."""
    try:
        return resume_thing(conn, scope, identifier)
    except NotFound:
        return resume_follow(conn, scope, identifier)
