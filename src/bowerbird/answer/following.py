"""
Asking again for people who follow: what came of it is kept together with its notice.

The new question, that it was asked and what the person is told are kept together or not at all, so after a kill it is
due again, and nobody is told twice. A question that fails rests for a while, so that it does not hold up the others;
so does a followed answer when the model that should write it anew does not, because quotes in its place would look like
news.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.answer.ask import Asker, Considered
from bowerbird.answer.follows import MAX_TRIES, Follow, due_follows
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.ops import crash, logs
from bowerbird.records import Records, choices_of, mark_on_commit, notices
from bowerbird.records.tables import follows, questions

__all__ = ["Follower"]

AT_ONCE: Final = 20  # asked again in one round
RESTS_S: Final = 600.0  # a follow whose question failed
_TITLE_CHARACTERS: Final = 120

log = logs.logger("agent")


class Follower:
    """Asks again for who follows. For one task at a time."""

    def __init__(
        self, records: Records, open_asker: Callable[[], AbstractAsyncContextManager[Asker]], clock: Clock
    ) -> None:
        """`open_asker` is called for each round in which something is due, in the round's event loop."""
        self._records = records
        self._open_asker = open_asker
        self._clock = clock
        self._resting: dict[str, float] = {}

    async def ask_again(self, *, should_stop: Callable[[], bool] = lambda: False) -> int:
        """Ask some of what is due; how many were asked, 0 when nothing waits."""
        now = self._clock.monotonic_s()
        self._resting = {follow: until for follow, until in self._resting.items() if until > now}
        due = await self._records.aread(lambda conn: due_follows(conn, limit=AT_ONCE + len(self._resting)))
        awake = [follow for follow in due if follow.id not in self._resting][:AT_ONCE]
        asked = 0
        if not awake:
            return asked
        async with self._open_asker() as asker:
            for follow in awake:
                if should_stop():
                    break
                await self._ask(asker, follow)
                asked += 1
        return asked

    async def _ask(self, asker: Asker, follow: Follow) -> None:
        begun = self._clock.now_s()
        try:
            considered = await _considered(asker, follow)
            crash.point("follow.after_ask")
            settle = partial(self._settle, asker=asker, follow=follow, considered=considered, begun=begun)
            await self._records.awrite(settle)
            crash.point("follow.after_commit")
        except Exception:
            log.exception("follow.failed", follow=follow.id)
            self._resting[follow.id] = self._clock.monotonic_s() + RESTS_S

    def _settle(
        self, conn: sa.Connection, *, asker: Asker, follow: Follow, considered: Considered, begun: float
    ) -> None:
        """Keep what came of asking again, unless somebody stopped it, or asked, meanwhile."""
        seen = follows.c.id == follow.id, follows.c.ended_at.is_(None), follows.c.checked_at == follow.checked_at
        if conn.execute(sa.update(follows).where(*seen).values(checked_at=begun)).rowcount == 0:
            return
        changed = _has_changed(follow.answer, considered.answer.to_json())
        if follow.kind == "gap":
            self._settle_gap(conn, asker, follow, considered)
        elif changed or follow.stale_at is not None:
            # What is followed from now on is the answer whose proof stands.
            self._keep(conn, asker, follow, considered)
            if changed:
                self._tell(conn, follow, considered, "answer.changed", f"An answer changed: {_short(follow.text)}")

    def _settle_gap(self, conn: sa.Connection, asker: Asker, follow: Follow, considered: Considered) -> None:
        tried = 1 + _tries(conn, follow)
        self._keep(conn, asker, follow, considered)
        if not considered.answer.abstained:
            self._end(conn, follow)
            self._tell(conn, follow, considered, "answer.found", f"There is an answer now: {_short(follow.text)}")
            return
        text = f"What was gathered still does not answer: {_short(follow.text)}"
        if tried >= MAX_TRIES:
            self._end(conn, follow)
            text += f" It was asked {tried} times, and is not asked again"
        self._tell(conn, follow, considered, "answer.missing", text)

    def _keep(self, conn: sa.Connection, asker: Asker, follow: Follow, considered: Considered) -> None:
        asker.keep(conn, follow.scope, considered)
        mark_on_commit(conn, choices_of(follow.person))  # the pages that it cites now are news in their feed
        conn.execute(sa.update(follows).where(follows.c.id == follow.id).values(question=considered.row.id))

    def _end(self, conn: sa.Connection, follow: Follow) -> None:
        conn.execute(sa.update(follows).where(follows.c.id == follow.id).values(ended_at=self._clock.now_s()))

    def _tell(self, conn: sa.Connection, follow: Follow, considered: Considered, kind: str, text: str) -> None:
        """The conversation holds the answer before, too: the notice leads to the new one below it."""
        notices.tell(
            conn,
            workspace=follow.workspace,
            person=follow.person,
            kind=kind,
            text=text,
            href=f"/chat/{follow.conversation}#question-{considered.row.id}",
            clock=self._clock,
        )


async def _considered(asker: Asker, follow: Follow) -> Considered:
    """What the answer would be now; raises Unavailable when it cannot be compared with the one before."""
    considered = await asker.consider(
        follow.text, follow.scope, conversation=follow.conversation, before_s=follow.created_at
    )
    if considered.answer.fell_back and follow.kind != "gap":
        raise Unavailable(f"the language model did not write the answer: {considered.answer.notice}")
    return considered


def _has_changed(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
    """Whether the answer says something else; a model's other words for the same quotes are nothing else."""
    one, other = _claims(before), _claims(after)
    if after["written_by"]:
        return {quotes for _, quotes in one} != {quotes for _, quotes in other}
    return one != other


def _claims(answer: Mapping[str, Any] | None) -> set[tuple[str, tuple[str, ...]]]:
    """What an answer says, and the words it rests on; where those stand is no news."""
    claims = answer["claims"] if answer is not None else ()
    return {
        (" ".join(claim["text"].split()), tuple(sorted(" ".join(one["quote"].split()) for one in claim["citations"])))
        for claim in claims
    }


def _tries(conn: sa.Connection, follow: Follow) -> int:
    """How often the question was asked again since it is followed."""
    again = (
        questions.c.conversation == follow.conversation,
        questions.c.text == follow.text,
        questions.c.asked_at > follow.created_at,
    )
    return conn.execute(sa.select(sa.func.count()).select_from(questions).where(*again)).scalar_one()


def _short(text: str) -> str:
    return text if len(text) <= _TITLE_CHARACTERS else f"{text[: _TITLE_CHARACTERS - 1]}…"
