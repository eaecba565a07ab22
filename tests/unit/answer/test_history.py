"""How questions that were asked are found again."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from bowerbird.answer.history import begin_question, turns_before
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_records
from bowerbird.testing.builders import Library


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Records without a question."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


@pytest.mark.on("sqlite")
def test_what_a_conversation_said_is_not_looked_for_in_all_that_was_asked(library: Library) -> None:
    """A person's thousandth question waits no longer than the first: it is found by the conversation and the person."""
    said: list[tuple[str, Any]] = []

    def plan(conn: sa.Connection) -> str:
        row = begin_question(conn, library.scope, "What is a bower?", conversation=None, clock=library.clock)
        event.listen(conn, "before_cursor_execute", lambda *given: said.append((given[2], given[3])))
        assert turns_before(conn, library.scope, replace(row, id="another")) == []
        [(statement, values)] = said
        return " ".join(step[3] for step in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))

    assert "ix_questions_conversation (conversation=? AND person=?)" in library.records.write(plan)
