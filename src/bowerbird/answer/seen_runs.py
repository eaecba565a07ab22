"""
Whether somebody may read what the agents said: only what they asked for themselves, and only while they may see every
page that it rests on.

Messages hold what pages say in many forms: quotes, drafts, what the turns before were answered. So a run is read whole
or not at all.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from bowerbird.agents import Message
from bowerbird.answer.history import cited_versions
from bowerbird.answer.seen import versions_in
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import questions

__all__ = ["sees_run"]


def sees_run(conn: sa.Connection, scope: Scope, run: str, said: Sequence[Message]) -> bool:
    """Whether `scope` may read `said`, the messages of that run."""
    row = conn.execute(
        sa.select(questions.c.conversation, questions.c.asked_at).where(
            questions.c.id == run, questions.c.workspace == scope.workspace, questions.c.person == scope.person
        )
    ).one_or_none()
    if row is None:
        return False
    before = sa.select(questions.c.answer).where(
        questions.c.conversation == row.conversation,
        questions.c.person == scope.person,
        questions.c.asked_at <= row.asked_at,
        questions.c.answered_at.is_not(None),
    )
    versions = {version for answer in conn.execute(before).scalars() for version in versions_in(answer)}
    versions |= {version for message in said for version in _versions(message.body)}
    return versions <= cited_versions(conn, scope, versions).keys()


def _versions(body: Any) -> Iterator[int]:
    """The page versions that a message names: those of passages that were found, and those of quotes."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name == "version" and isinstance(value, int):
                yield value
            elif name == "hits":
                yield from (int(hit[1]) for hit in value)
            else:
                yield from _versions(value)
    elif isinstance(body, list):
        for one in body:
            yield from _versions(one)
