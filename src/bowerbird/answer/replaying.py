"""Whether a kept answer comes out the same when its agents are asked again from the record."""

import json
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from bowerbird.agents import Differs
from bowerbird.answer.ask import Asker
from bowerbird.answer.history import find_question
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records
from bowerbird.records.tables import questions

__all__ = ["Replayed", "asked_by", "replay_and_compare"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    is_same: bool  # to the byte
    words: str = ""  # where it went another way; it may hold the asker's words


async def replay_and_compare(asker: Asker, records: Records, scope: Scope, run: str) -> Replayed:
    """
    Replay the answer to the question with that id, of the person whose `scope` it is, and compare it with what is kept.

    Raises NotFound as `Asker.replay` does, InputWrong when the question got no answer that could be compared.
    """
    row = await records.aread(partial(find_question, scope=scope, question=run))
    if row.answer is None:
        raise InputWrong(f"question {run!r} got no answer, so there is nothing to compare with; ask it again")
    try:
        again = await asker.replay(run, scope)
    except Differs as differs:
        return Replayed(is_same=False, words=str(differs))
    if json.dumps(again.to_json()) == json.dumps(dict(row.answer)):
        return Replayed(is_same=True)
    return Replayed(is_same=False, words="every agent said the same, but the answer that was made of it differs")


def asked_by(conn: sa.Connection, workspace: str, run: str) -> Scope:
    """The scope of the person whose question the run answered; raises NotFound."""
    person = conn.execute(
        sa.select(questions.c.person).where(questions.c.workspace == workspace, questions.c.id == run)
    ).scalar()
    if person is None:
        raise NotFound(f"no run {run!r} that answered a question; /agents lists the runs there are")
    return Scope(workspace=workspace, person=person)
