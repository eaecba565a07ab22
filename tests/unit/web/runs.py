"""Questions that agents have answered, with what they said."""

from functools import partial

from bowerbird.agents import Message, NewLetter, record_run
from bowerbird.agents.records_bus import RecordsBus
from bowerbird.answer import Answer, begin_question, save_answer
from bowerbird.kernel.nouns import Scope

from .conftest import Site

ABSTAINED = Answer("What is it?", "Nothing is known.", (), (), (), (), 3.0)


def asked(
    site: Site, scope: Scope, question: str = "What is it?", *, failed: bool = False, took_ms: float = 3.0
) -> str:
    """The id of a question whose planner said something, or failed."""
    records, clock = site.library.records, site.library.clock
    clock.advance(1)
    row = records.write(partial(begin_question, scope=scope, text=question, conversation=None, clock=clock))
    answer = Answer(question, "Nothing is known.", (), (), (), (), took_ms, id=row.id, conversation=row.conversation)
    now = clock.now_s()
    end = (
        Message(row.id, 1, "planner", "asker", "error", {"error": f"lost {question}"}, now, took_ms)
        if failed
        else Message(row.id, 1, "planner", "asker", "reply", {"plan": question}, now, took_ms, score=0.75)
    )
    said = (Message(row.id, 0, "asker", "planner", "request", {"question": question}, now), end)
    if not failed:
        records.write(partial(save_answer, question=row.id, answer=answer.to_json(), clock=clock))
    records.write(lambda conn: record_run(conn, scope.workspace, said))
    return row.id


def dead_letter(site: Site, workspace: str) -> str:
    """The id of a letter to the cook that was given up."""
    clock = site.library.clock
    bus = RecordsBus(site.library.records, clock)
    bus.post(NewLetter(workspace, "worker", "cook", {"secret": "soup"}))
    while (letter := bus.take("cook", lease_s=10)) is not None:
        given_up = letter.id
        bus.fail(letter, "the stove is cold")
        clock.advance(300)
    return given_up
