"""`bowerbird events import`: after an import its items are there; lines are kept once, wrong ones told."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from bowerbird.records.tables import events, items
from bowerbird.settings import Settings
from bowerbird.wiring import opened_records
from tests.importing import bird, json_lines
from tests.integration.test_command_line import bowerbird

pytestmark = [pytest.mark.timeout(300), pytest.mark.usefixtures("records_in_environment")]


def event(number: int, **values: object) -> bytes:
    """A line."""
    row = {"id": f"e{number}", "person": f"user-{number % 7}", "item": "b1", "kind": "opened", "at": 1.7e9 + number}
    return json.dumps(row | values).encode()


def test_events_of_what_was_just_imported_are_kept(tmp_path: Path) -> None:
    """The end of an import means that its items are there, with vectors; the same file again changes nothing."""
    data = tmp_path / "data"
    rows = json_lines(tmp_path / "birds.jsonl", bird(1), bird(2))
    lines = [event(number) for number in range(1_200)]
    lines[3:3] = [b"no json", b"", event(7_000, item="nothing"), event(7_001, kind="bought"), event(7_002, at="soon")]
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")

    assert bowerbird("items", "import", str(rows), "--data", str(data)).code == 0
    first = bowerbird("events", "import", str(file), "--json", "--data", str(data))
    again = bowerbird("events", "import", str(file), "--data", str(data))

    assert (first.code, first.json["kept"], first.json["known"], first.json["refused_count"]) == (0, 1_200, 0, 4)
    assert [each["line"] for each in first.json["refused"]] == [4, 6, 7, 8]
    assert "no item 'nothing'" in first.json["refused"][1]["reason"]
    assert (again.code, again.out) == (0, "0 kept, 1,200 known, 4 refused\n")
    assert "line 6: no item" in again.err
    with opened_records(Settings(data_dir=data)) as records:
        stored = records.read(lambda conn: conn.execute(sa.select(sa.func.count(events.c.id))).scalar_one())
        found = records.read(lambda conn: conn.execute(sa.select(items.c.key, items.c.vector)).all())
    assert stored == 1_200
    assert {row.key for row in found if row.vector is not None} == {"b1", "b2"}


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """As a wrong command: 2, and what was expected."""
    done = bowerbird("events", "import", str(tmp_path / "nowhere.jsonl"), "--data", str(tmp_path))
    assert done.code == 2
    assert "cannot be read" in done.err
