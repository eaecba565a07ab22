"""Questions that are followed, when the worker is killed between asking and telling."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.answer import begin_question, follow, save_answer
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.records import Records, open_records
from bowerbird.records.tables import embeddings, follows, notices, questions
from bowerbird.testing.builders import Library
from tests.crash.test_worker import a_worker
from tests.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180), pytest.mark.usefixtures("records_in_environment")]

TOWER = "# The tower\n\nThe Riverbank tower is 330 metres high. It was built by the town in the year 1889.\n"
ASKED = ("How high is the Riverbank tower?", "When was the Riverbank tower built?")
NOTHING: dict[str, Any] = {"answer": "", "abstained": True, "claims": [], "conflicts": [], "suggestions": []}


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """The records of the data folder."""
    opened = open_records(records_url)
    yield opened
    opened.close()


def follow_gaps(library: Library, job: str) -> None:
    """Two questions without an answer, which wait for the job."""

    def keep(conn: sa.Connection) -> None:
        for text in ASKED:
            library.clock.advance(1)
            row = begin_question(conn, library.scope, text, conversation=None, clock=library.clock)
            save_answer(conn, row.id, NOTHING | {"question": text, "steps": [], "took_ms": 1.0}, clock=library.clock)
            follow(conn, library.scope, "gap", row.id, clock=library.clock, job=job)

    library.records.write(keep)


def count(records: Records, found: "sa.Select[Any]") -> int:
    """How many rows there are."""
    return len(records.read(lambda conn: conn.execute(found).all()))


def told(records: Records) -> list[str]:
    """What the person was told about their gaps."""
    found = sa.select(notices.c.text).where(notices.c.kind.in_(("answer.found", "answer.missing")))
    return list(records.read(lambda conn: conn.execute(found.order_by(notices.c.id)).scalars()))


@pytest.mark.parametrize(("point", "first_told"), [("follow.after_ask", 0), ("follow.after_commit", 1)])
def test_a_killed_worker_tells_each_once(records: Records, tmp_path: Path, point: str, first_told: int) -> None:
    """What was not committed is asked again, what was is not: nothing is lost and nobody is told twice."""
    library = Library(records, ManualClock(SystemClock().now_s() - 3600))
    source = library.source()
    library.page(source, "https://docs.example.org/tower", TOWER)
    job = library.job(source, "running")
    with a_worker(tmp_path):
        until(
            lambda: (
                records.read(lambda conn: conn.execute(sa.select(sa.func.count(embeddings.c.model))).scalar_one()) > 0
            )
        )
    follow_gaps(library, job)
    library.clock.advance(60)
    library.end_job(job)

    with a_worker(tmp_path, {"BOWERBIRD_CRASH": point}) as first:
        assert first.wait(90) == -signal.SIGKILL
    assert len(told(records)) == first_told
    with a_worker(tmp_path):
        until(
            lambda: (
                not records.read(
                    lambda conn: conn.execute(sa.select(follows).where(follows.c.ended_at.is_(None))).all()
                )
            )
        )

    assert told(records) == [f"There is an answer now: {text}" for text in ASKED]
    assert count(records, sa.select(questions.c.id)) == 2 * len(ASKED)
