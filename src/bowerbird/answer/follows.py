"""
What a person follows, as the records have it: a standing question, an answer, or a gap (decision 0013).

    standing  asked again when what was gathered changed; told when its answer did
    change    asked again when something that its answer cites is no longer said
    gap       had no answer: asked again when its crawl is done, until it has one or was tried MAX_TRIES times
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound, Refused
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records import choices_of, mark_on_commit, visible
from bowerbird.records.tables import citations, follows, job_urls, jobs, questions

__all__ = [
    "KINDS",
    "MAX_FOLLOWS",
    "MAX_TRIES",
    "Follow",
    "FollowKind",
    "due_follows",
    "follow",
    "list_follows",
    "resume_follow",
    "stop_follow",
    "wait_for_job",
]

FollowKind = Literal["standing", "change", "gap"]
KINDS: Final[tuple[FollowKind, ...]] = ("standing", "change", "gap")
MAX_FOLLOWS: Final = 100  # open ones of a person
MAX_TRIES: Final = 5  # answers to a gap that were none


@dataclass(frozen=True, slots=True)
class Follow:
    """What is followed, and the question as it was last answered."""

    id: str
    workspace: str
    person: str
    kind: FollowKind
    question: str
    conversation: str
    text: str
    answer: Mapping[str, Any] | None
    stale_at: float | None  # of that answer
    job: str | None
    created_at: float
    checked_at: float
    ended_at: float | None

    @property
    def scope(self) -> Scope:
        """For whom it is asked again."""
        return Scope(workspace=self.workspace, person=self.person)


def follow(
    conn: sa.Connection, scope: Scope, kind: str, question: str, *, clock: Clock, job: str | None = None
) -> Follow:
    """
    Follow a question that the person asked; what they follow already, once.

    Raises NotFound for a question or job that is not theirs, InputWrong for what cannot be followed, and Refused for
    who sees only some sources: what is found later is told to the person, who sees all of theirs.
    """
    if scope.sources is not None:
        raise Refused("a key that is confined to some sources cannot follow; use one that is not", is_known=True)
    chosen: FollowKind | None = next((one for one in KINDS if one == kind), None)
    if chosen is None:
        raise InputWrong(f"kind is {kind[:40]!r}, expected one of {', '.join(KINDS)}", field="kind")
    asked = conn.execute(
        sa.select(questions).where(
            questions.c.id == question, questions.c.workspace == scope.workspace, questions.c.person == scope.person
        )
    ).one_or_none()
    if asked is None:
        raise NotFound(f"no question {question!r} of yours; /chat shows what you asked")
    _ensure_fits(chosen, asked)
    open_ones = [one for one in list_follows(conn, scope) if one.ended_at is None]
    known = next((one for one in open_ones if one.kind == chosen and one.question == question), None)
    if known is None:
        if len(open_ones) >= MAX_FOLLOWS:
            raise InputWrong(f"you follow {len(open_ones)} things, at most {MAX_FOLLOWS} are allowed: stop one first")
        now = clock.now_s()
        identifier = new_id(clock)
        values = {
            "id": identifier,
            "workspace": scope.workspace,
            "person": scope.person,
            "kind": chosen,
            "question": question,
            "created_at": now,
            # What changed between the answer and this moment counts.
            "checked_at": asked.answered_at or asked.asked_at,
        }
        conn.execute(sa.insert(follows).values(values))
        mark_on_commit(conn, choices_of(scope.person))  # what is followed is in their feed
        known = _find(conn, scope, identifier)
    if job is not None:
        wait_for_job(conn, scope, known.id, job)
    return _find(conn, scope, known.id)


def wait_for_job(conn: sa.Connection, scope: Scope, identifier: str, job: str) -> None:
    """Let a gap wait for the crawl that should fill it; raises NotFound."""
    found = sa.select(jobs.c.id).where(jobs.c.id == job, jobs.c.source.in_(visible(scope)))
    if conn.execute(found).first() is None:
        raise NotFound(f"no job {job!r}; /scraping/dashboard lists the jobs there are")
    known = _find(conn, scope, identifier)
    conn.execute(sa.update(follows).where(follows.c.id == known.id, follows.c.kind == "gap").values(job=job))


def stop_follow(conn: sa.Connection, scope: Scope, identifier: str, *, clock: Clock) -> Follow:
    """Follow it no longer; raises NotFound."""
    known = _find(conn, scope, identifier)
    if known.ended_at is None:
        conn.execute(sa.update(follows).where(follows.c.id == known.id).values(ended_at=clock.now_s()))
        mark_on_commit(conn, choices_of(scope.person))
    return _find(conn, scope, identifier)


def resume_follow(conn: sa.Connection, scope: Scope, identifier: str) -> Follow:
    """Take `stop_follow` back; what happened in between counts. Raises NotFound."""
    known = _find(conn, scope, identifier)
    conn.execute(sa.update(follows).where(follows.c.id == known.id).values(ended_at=None))
    mark_on_commit(conn, choices_of(scope.person))
    return _find(conn, scope, identifier)


def list_follows(conn: sa.Connection, scope: Scope) -> list[Follow]:
    """All that the person follows, and followed lately; the newest first."""
    own = follows.c.workspace == scope.workspace, follows.c.person == scope.person
    rows = conn.execute(_followed().where(*own).order_by(follows.c.created_at.desc(), follows.c.id.desc()).limit(500))
    return [_follow(row) for row in rows]


def due_follows(conn: sa.Connection, *, limit: int) -> list[Follow]:
    """What must be asked again now, the longest unchecked first."""
    ended = jobs.alias("ended")
    its_job = jobs.alias("its_job")
    later = ended.c.workspace == follows.c.workspace, ended.c.finished_at > follows.c.checked_at
    # A page came, changed or went in a job that has ended since.
    moved = sa.exists().where(job_urls.c.job == ended.c.id, job_urls.c.state.in_(("kept", "deleted")))
    has_changed = sa.exists().where(*later, moved)
    # The flag is raised in the middle of a job; the new text can be found when that has ended.
    went_stale = sa.exists().where(
        ended.c.workspace == follows.c.workspace, ended.c.finished_at >= questions.c.stale_at
    )
    rests_on_nothing = ~sa.exists().where(citations.c.question == questions.c.id)
    is_done = sa.exists().where(its_job.c.id == follows.c.job, its_job.c.finished_at > follows.c.checked_at)
    is_under_way = sa.exists().where(its_job.c.id == follows.c.job, its_job.c.finished_at.is_(None))
    is_due = sa.or_(
        sa.and_(follows.c.kind == "standing", has_changed),
        sa.and_(follows.c.kind == "change", questions.c.stale_at > follows.c.checked_at, went_stale),
        # An answer that turned into none has nothing left that could go stale.
        sa.and_(follows.c.kind == "change", rests_on_nothing, has_changed),
        sa.and_(follows.c.kind == "gap", sa.or_(is_done, sa.and_(has_changed, sa.not_(is_under_way)))),
    )
    rows = conn.execute(
        _followed()
        .where(follows.c.ended_at.is_(None), is_due)
        .order_by(follows.c.checked_at, follows.c.id)
        .limit(limit)
    )
    return [_follow(row) for row in rows]


def _ensure_fits(kind: FollowKind, asked: "sa.Row[Any]") -> None:
    if asked.answer is None:
        raise InputWrong("the question was not answered yet, so there is nothing to follow; ask it again")
    abstained = bool(asked.answer["abstained"])
    if kind == "gap" and not abstained:
        raise InputWrong("the question has an answer, so there is no gap; follow it as standing or change")
    if kind == "change" and abstained:
        raise InputWrong("the question has no answer that could change; follow it as gap or standing")
    if asked.as_of is not None:
        raise InputWrong("an answer as of a day does not change; ask again without the day, and follow that")


def _followed() -> "sa.Select[Any]":
    return sa.select(
        follows,
        questions.c.conversation,
        questions.c.text,
        questions.c.answer,
        questions.c.stale_at,
    ).join(questions, questions.c.id == follows.c.question)


def _find(conn: sa.Connection, scope: Scope, identifier: str) -> Follow:
    own = follows.c.workspace == scope.workspace, follows.c.person == scope.person
    row = conn.execute(_followed().where(follows.c.id == identifier, *own)).one_or_none()
    if row is None:
        raise NotFound(f"you follow nothing under {identifier!r}; /following lists what you do")
    return _follow(row)


def _follow(row: "sa.Row[Any]") -> Follow:
    return Follow(
        id=row.id,
        workspace=row.workspace,
        person=row.person,
        kind=row.kind,
        question=row.question,
        conversation=row.conversation,
        text=row.text,
        answer=row.answer,
        stale_at=row.stale_at,
        job=row.job,
        created_at=row.created_at,
        checked_at=row.checked_at,
        ended_at=row.ended_at,
    )
