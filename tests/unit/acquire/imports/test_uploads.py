"""Uploads: bounded, under names of our own, removed when nobody needs them."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bowerbird.acquire import ImportRequest, Upload, check_import, remove_upload, request_import, sweep_uploads
from bowerbird.kernel.clock import SystemClock
from bowerbird.kernel.errors import InputWrong, StoreUnavailable
from bowerbird.records import local_scope
from tests.importing import CLOCK, Importer, importer


@pytest.fixture
def birds(records_url: str) -> Iterator[Importer]:
    """Fresh records."""
    with importer(records_url) as made:
        yield made


def upload(folder: Path, **caps: Any) -> Upload:
    """An upload that has not begun."""
    return Upload(folder / "uploads", clock=SystemClock(), **({"max_bytes": 100, "max_files": 3} | caps))


def test_files_are_stored_under_numbers(tmp_path: Path) -> None:
    """Whatever a client calls them: its names are shown, never used as paths."""
    got = upload(tmp_path)
    for name in ("notes.md", "../../etc/passwd", "a" * 10_000):
        got.begin(name)
        got.write(b"words")
        got.end()

    assert [file.path.name for file in got.files] == ["00000", "00001", "00002"]
    assert [bool(file.refused) for file in got.files] == [False, True, True]
    assert sorted(path.name for path in (tmp_path / "uploads").glob("*/*")) == ["00000", "00001", "00002"]
    assert len(got.files[2].name) < 50


def test_caps_end_an_upload_and_discard_leaves_nothing(tmp_path: Path) -> None:
    """Too many bytes, too many files."""
    got = upload(tmp_path)
    got.begin("a")
    with pytest.raises(InputWrong, match="more than 100 bytes"):
        got.write(b"x" * 101)
    got.discard()
    assert list((tmp_path / "uploads").iterdir()) == []
    few = upload(tmp_path, max_files=1)
    few.begin("a")
    few.end()
    with pytest.raises(InputWrong, match="more than 1 files"):
        few.begin("b")


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """`/dev/full` is a disk without room."""
    got = upload(tmp_path, max_bytes=10_000_000)
    got.begin("a")
    assert got._handle is not None
    os.dup2(os.open("/dev/full", os.O_WRONLY), got._handle.fileno())
    with pytest.raises(StoreUnavailable, match=os.strerror(errno.ENOSPC)):
        got.write(b"x" * 5_000_000)
    got.discard()

    assert list((tmp_path / "uploads").iterdir()) == []


def test_what_a_kill_left_behind_is_swept(birds: Importer, tmp_path: Path) -> None:
    """After a day, unless a job still waits for it."""
    folder = tmp_path / "uploads"
    forgotten, needed, young = (upload(tmp_path) for _ in range(3))
    for each in (forgotten, needed, young):
        each.begin("a.txt")
        each.write(b"words")
        each.end()
    for each in (forgotten, needed):
        os.utime(folder / each.id, (0, 0))
    wanted = check_import(ImportRequest(name="n", files=needed.files, upload=needed.id))
    birds.records.write(lambda conn: request_import(conn, wanted, local_scope(conn, CLOCK), CLOCK))

    assert sweep_uploads(birds.records, folder, now_s=CLOCK.now_s()) == 1
    assert {path.name for path in folder.iterdir()} == {needed.id, young.id}


def test_removing_is_for_uploads_only(tmp_path: Path) -> None:
    """A name that no upload has removes nothing."""
    (tmp_path / "uploads").mkdir()
    (tmp_path / "precious").mkdir()
    remove_upload(tmp_path / "uploads", "../precious")

    assert (tmp_path / "precious").is_dir()
