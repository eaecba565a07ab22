"""An import that is killed anywhere goes on where it was: no row lost, none twice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowerbird.records.tables import jobs, pages, passages, versions
from tests.crash.test_worker import a_worker, row
from tests.crawling import adds_up
from tests.importing import Importer, bird, importer, json_lines
from tests.waiting import until

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]

ROWS = 2_300  # several batches
FILES = 20

POINTS = [
    "import.listed",
    "import.before_commit",
    "import.before_commit:3",
    "import.after_commit:2",
    "import.after_commit:5",
    "import.before_end",
    "arrange.before_commit:2",
]


def build(folder: Path) -> Path:
    """Documents, a long file of rows, and a short one."""
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:02}.txt").write_text(f"Words of document {number}.")
    json_lines(folder / "long.jsonl", *(bird(number) for number in range(ROWS)), "broken", bird(0))
    json_lines(folder / "short.jsonl", bird(ROWS), bird(ROWS + 1))
    return folder


def assert_whole(birds: Importer) -> None:
    """Every row and file has one page with one version; the report has each once, and adds up."""
    seen = birds.seen()
    made = birds.records.read(lambda conn: conn.execute(sa.select(versions.c.page)).scalars().all())
    starts = birds.records.read(lambda conn: conn.execute(sa.select(passages.c.version, passages.c.start)).all())

    assert (seen.kept, dict(seen.skipped), seen.queued) == (ROWS + 2 + FILES, {"invalid": 1, "duplicate": 1}, 0)
    assert (adds_up(seen), birds.count(pages), set(Counter(made).values())) == (True, ROWS + 2 + FILES, {1})
    assert len(starts) == len(set(starts))


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, tmp_path: Path) -> None:
    """The worker dies at this point; the next one takes up the same job."""
    folder = build(tmp_path / "in")
    with importer(f"sqlite:///{tmp_path}/bowerbird.db") as birds:
        birds.job = birds.lease(folder).job
        # As if nobody had claimed it yet.
        birds.records.write(lambda conn: conn.execute(sa.update(jobs).values(status="queued", lease_until=None)))
        with a_worker(tmp_path, {"BOWERBIRD_CRASH": point}) as first:
            assert first.wait(90) == -signal.SIGKILL
        birds.records.write(lambda conn: conn.execute(sa.update(jobs).values(lease_until=0.0)))
        with a_worker(tmp_path):
            until(lambda: row(birds.records, birds.job).step == "embed" or _ended(birds))
        assert_whole(birds)


def _ended(birds: Importer) -> bool:
    return bool(row(birds.records, birds.job).status == "completed")


def test_a_file_that_changes_under_a_killed_import_is_read_from_its_beginning(tmp_path: Path) -> None:
    """What was kept of it before is not told twice, and nothing that is in it now is missed."""
    file = json_lines(tmp_path / "long.jsonl", *(bird(number) for number in range(ROWS)))
    with importer(f"sqlite:///{tmp_path}/bowerbird.db") as birds:
        lease = birds.lease(file)
        birds.job = lease.job
        birds.records.write(lambda conn: conn.execute(sa.update(jobs).values(status="queued", lease_until=None)))
        with a_worker(tmp_path, {"BOWERBIRD_CRASH": "import.after_commit:3"}) as first:
            assert first.wait(90) == -signal.SIGKILL
        json_lines(file, *(bird(number) for number in range(ROWS)), bird(ROWS))
        birds.records.write(lambda conn: conn.execute(sa.update(jobs).values(lease_until=0.0)))
        birds.run(birds.records.write(lambda conn: birds.claim(conn, lease.job)))
        seen = birds.seen()

    assert (seen.kept, dict(seen.skipped), seen.seen) == (ROWS + 1, {}, ROWS + 1)


def test_the_command_is_killed_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """`bowerbird import` dies −9 in the middle; the job is still there for the next worker."""
    folder = build(tmp_path / "in")
    data = tmp_path / "data"
    command = [sys.executable, "-m", "bowerbird", "import", str(folder), "--name", "birds", "--data", str(data)]
    given = os.environ | {"BOWERBIRD_CRASH": "import.after_commit:3"}
    done = subprocess.run(command, env=given, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    with importer(f"sqlite:///{data}/bowerbird.db") as birds:
        birds.job = birds.records.read(lambda conn: conn.execute(sa.select(jobs.c.id)).scalar_one())
        birds.records.write(lambda conn: conn.execute(sa.update(jobs).values(lease_until=0.0)))
        with a_worker(data):
            until(lambda: row(birds.records, birds.job).step == "embed" or _ended(birds))
        assert_whole(birds)
