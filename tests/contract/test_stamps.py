"""The stamps' contract, in one process and shared by several; what becomes of a file that is not as it should be."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.stamps import LocalStamps, SharedStamps, Stamps
from bowerbird.testing.stamps_contract import StampsContract


class TestLocalStamps(StampsContract):
    """An array keeps the promises of stamps."""

    @pytest.fixture
    def stamps(self) -> Stamps:
        return LocalStamps()


class TestSharedStamps(StampsContract):
    """A mapped file keeps the promises of stamps."""

    @pytest.fixture
    def stamps(self, tmp_path: Path) -> Iterator[Stamps]:
        stamps = SharedStamps(tmp_path / "stamps")
        yield stamps
        stamps.close()


# Marks when it is told to, and then says so.
MARKER = """
import sys
from pathlib import Path
from bowerbird.ops.stamps import SharedStamps

stamps = SharedStamps(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    stamps.mark(line.strip())
    print("marked", flush=True)
"""

# Marks one key as often as it is told, and says which numbers it saw after each mark.
RACER = """
import sys
from pathlib import Path
from bowerbird.ops.stamps import SharedStamps

stamps = SharedStamps(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
seen = []
last = stamps.look("key")
for _ in range(int(sys.argv[2])):
    stamps.mark("key")
    now = stamps.look("key")
    assert now != last
    seen.append(now)
    last = now
print(*seen, flush=True)
"""


class Other:
    """Another process."""

    def __init__(self, program: str, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.heard() == "ready"

    def tell(self, line: str = "") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def heard(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def mark(self, key: str) -> None:
        """Return when the other has marked."""
        self.tell(key)
        assert self.heard() == "marked"

    def end(self) -> None:
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0


def test_another_process_sees_a_mark_as_soon_as_it_is_made(tmp_path: Path) -> None:
    """Two others mark in turn; each time the number here is a new one, and that of another key is not."""
    stamps = SharedStamps(tmp_path / "stamps")
    others = [Other(MARKER, tmp_path / "stamps") for _ in range(2)]
    seen = {stamps.look("key")}
    still = stamps.look("another key")
    for turn in range(200):
        others[turn % 2].mark("key")
        now = stamps.look("key")
        assert now not in seen
        seen.add(now)
    assert stamps.look("another key") == still
    for other in others:
        other.end()
    stamps.close()


def test_processes_that_mark_one_key_at_once_never_write_the_same(tmp_path: Path) -> None:
    """Three of them and this one: after each mark its maker sees that the key has moved."""
    others = [Other(RACER, tmp_path / "stamps", 20_000) for _ in range(3)]
    stamps = SharedStamps(tmp_path / "stamps")
    for other in others:
        other.tell()
    mine: list[int] = []
    for _ in range(20_000):
        stamps.mark("key")
        mine.append(stamps.look("key"))
    theirs = [list(map(int, other.heard().split())) for other in others]
    for other in others:
        other.end()
    stamps.close()

    assert len(set(mine)) > 10_000  # what others wrote in between may be seen twice
    # What one has seen and left behind does not come back, whoever wrote it.
    for seen in [mine, *theirs]:
        changes = [number for number, before in zip(seen, [0, *seen], strict=False) if number != before]
        assert len(changes) == len(set(changes))


def test_who_opens_later_sees_what_was_marked(tmp_path: Path) -> None:
    """The file outlives the processes, and numbers of a process that ended are not given out again."""
    seen: set[int] = set()
    for _ in range(5):
        stamps = SharedStamps(tmp_path / "stamps")
        seen.add(stamps.look("key"))
        for _ in range(10):
            stamps.mark("key")
            seen.add(stamps.look("key"))
        stamps.close()
    assert len(seen) == 1 + 5 * 10


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole + bytes(100),
        lambda whole: b"something" + whole[9:],
        lambda _: b"",
        lambda whole: bytes(len(whole)),
    ],
    ids=["cut off", "too long", "of another form", "empty", "zeros"],
)
def test_a_file_that_is_not_as_it_should_be_is_replaced(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A new one is there, whole, and two that open it see each other."""
    path = tmp_path / "stamps"
    SharedStamps(path).close()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    mine, theirs = SharedStamps(path), SharedStamps(path)
    before = mine.look("key")
    theirs.mark("key")

    assert mine.look("key") != before
    assert path.stat().st_size == len(whole)
    assert [found.name for found in tmp_path.iterdir()] == ["stamps"]
    mine.close()
    theirs.close()


def test_who_has_a_file_open_that_is_replaced_misses_nothing(tmp_path: Path) -> None:
    """The old opening sees marks in the new file, and its own marks are seen there."""
    path = tmp_path / "stamps"
    old = SharedStamps(path)
    other = Other(MARKER, path)
    keys = [f"person:{number}" for number in range(100)]
    before = {key: old.look(key) for key in keys}
    with path.open("r+b") as file:  # of a form that this program does not know
        file.write(b"strange!")
    new = SharedStamps(path)
    for key in keys:
        new.mark(key)
    assert all(old.look(key) != before[key] for key in keys)
    seen = {key: new.look(key) for key in keys}
    assert seen == {key: old.look(key) for key in keys}

    other.mark(keys[0])
    assert old.look(keys[0]) == new.look(keys[0]) != seen[keys[0]]
    other.end()
    old.close()
    new.close()


def test_programs_of_two_sizes_still_see_each_others_marks(tmp_path: Path) -> None:
    """They replace each other's file, which is slow, and lose nothing."""
    path = tmp_path / "stamps"
    small, large = SharedStamps(path, slots=100), SharedStamps(path, slots=1000)
    for _ in range(10):
        before = small.look("key")
        large.mark("key")
        assert small.look("key") != before
        before = large.look("key")
        small.mark("key")
        assert large.look("key") != before
    small.close()
    large.close()


def test_a_mark_brings_a_deleted_file_back_and_tells_who_had_it_open(tmp_path: Path) -> None:
    """Somebody cleaned up the folder while processes ran."""
    path = tmp_path / "stamps"
    first, second = SharedStamps(path), SharedStamps(path)
    before, other = second.look("key"), second.look("other")
    path.unlink()
    first.mark("key")
    first.mark("other")

    assert second.look("other") != other
    assert second.look("key") == first.look("key") != before
    third = SharedStamps(path)
    assert third.look("key") == first.look("key")
    for stamps in (first, second, third):
        stamps.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_writes_numbers_of_its_own(tmp_path: Path) -> None:
    """What the parent marks after the child did is not what the child wrote."""
    stamps = SharedStamps(tmp_path / "stamps")
    program = """
import os, sys
from pathlib import Path
from bowerbird.ops.stamps import SharedStamps
stamps = SharedStamps(Path(sys.argv[1]))
stamps.mark("key")
child = os.fork()
if child == 0:
    stamps.mark("key")
    print(stamps.look("key"), flush=True)
    os._exit(0)
os.waitpid(child, 0)
stamps.mark("key")
print(stamps.look("key"), flush=True)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "stamps")], capture_output=True, text=True, check=True
    )
    childs, parents = ran.stdout.split()
    assert childs != parents
    assert stamps.look("key") == int(parents)
    stamps.close()


def test_many_that_open_at_once_have_one_file(tmp_path: Path) -> None:
    """Whoever is first makes it; all see one mark."""
    path = tmp_path / "stamps"
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: SharedStamps(path), range(16)))
    before = [stamps.look("key") for stamps in opened]
    opened[3].mark("key")
    assert len({stamps.look("key") for stamps in opened} - set(before)) == 1
    assert all(stamps.look("key") != was for stamps, was in zip(opened, before, strict=True))
    for stamps in opened:
        stamps.close()


# Opens the file over and over.
OPENER = """
import sys
from pathlib import Path
from bowerbird.ops.stamps import SharedStamps

print("ready", flush=True)
sys.stdin.readline()
for _ in range(500):
    SharedStamps(Path(sys.argv[1])).close()
print("done", flush=True)
"""


def test_no_two_openings_have_one_number(tmp_path: Path) -> None:
    """Of four processes that open the file over and over, from when there is none: each is counted."""
    path = tmp_path / "stamps"
    others = [Other(OPENER, path) for _ in range(4)]
    for other in others:
        other.tell()
    for other in others:
        assert other.heard() == "done"
        other.end()
    assert int.from_bytes(path.read_bytes()[8:16], sys.byteorder) == 4 * 500


def test_a_path_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the path and what is needed there."""
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(StoreUnavailable, match=r"stamps: cannot be opened or made .* 6 MB"):
        SharedStamps(tmp_path / "folder" / "stamps")
