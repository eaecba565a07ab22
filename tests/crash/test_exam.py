"""A rebuild that is killed around its exam leaves the index in use as it was, and the next one goes through."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowerbird.answer.exam import ExamGate, current_questions, newest_exams
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.knowledge import Rebuilt, index_status, rebuild_index
from bowerbird.records import Records, open_records
from bowerbird.records.tables import exam_questions
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder

pytestmark = pytest.mark.crash

TEXT = (
    "The {0} tower was restored by volunteers of the {0} valley in 19{1}.\n\n"
    "The {0} mill was sold by the town in 18{1}.\n"
)


def rebuild(url: str, root: str) -> Rebuilt:
    """What the killed process does."""
    records, embedder = open_records(url), HashEmbedder()
    gate = ExamGate(Path(root), records, embedder, SystemClock())
    try:
        return rebuild_index(Path(root), records, embedder, SystemClock(), show=lambda _: None, gate=gate)
    finally:
        records.close()


def fill(records: Records) -> Library:
    """Six pages."""
    library = Library(records, ManualClock())
    source = library.source()
    for number, place in enumerate(("Alder", "Birch", "Cedar", "Damson", "Elder", "Fir")):
        library.page(source, f"https://docs.example.org/{place}", TEXT.format(place, 10 + number))
    library.arrange()
    return library


@pytest.mark.parametrize(
    "point",
    [
        "exam.before_questions",
        "rebuild.before_gate",
        "exam.before_keep",
        "rebuild.before_switch",
        "rebuild.after_switch",
    ],
)
def test_a_killed_rebuild_changes_nothing_or_all(records_url: str, tmp_path: Path, point: str) -> None:
    """The index in use is whole; questions are not made twice; the next rebuild goes through and leaves no rubbish."""
    records = open_records(records_url)
    library = fill(records)
    root = tmp_path / "index"
    if point != "exam.before_questions":  # which is only reached when there are none yet
        rebuild(records_url, str(root))
    before = index_status(root, records, HashEmbedder())["generation"]

    code = f"from tests.crash.test_exam import rebuild; rebuild({records_url!r}, {str(root)!r})"
    killed = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "BOWERBIRD_CRASH": point}, check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    after = index_status(root, records, HashEmbedder())["generation"]
    assert (after == before) is (point != "rebuild.after_switch")

    assert rebuild(records_url, str(root)).refused == ""
    questions = records.read(partial(current_questions, workspace=library.scope.workspace))
    stored = records.read(
        lambda conn: conn.execute(sa.select(sa.func.count()).select_from(exam_questions)).scalar_one()
    )
    exams = records.read(partial(newest_exams, workspace=library.scope.workspace, limit=9))
    assert len({question.text for question in questions}) == len(questions) == stored == 12
    assert (exams[0].decision, exams[0].count("found")) == ("accepted", 12)
    assert max(folder.name for folder in root.glob("g*")) == index_status(root, records, HashEmbedder())["generation"]
    assert not (root / "building").exists()
    records.close()
