"""The shared tier's contract on each store, and what becomes of one that does not answer."""

import fcntl
import multiprocessing
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Final

import pytest
import redis
from structlog.testing import capture_logs

from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.ops.shared import LEFT_ALONE_S, Shared
from bowerbird.ops.shared_file import TIDIED_EVERY, FileStore
from bowerbird.ops.shared_redis import RedisStore
from bowerbird.settings import Settings
from bowerbird.testing.shared_contract import Both, SharedContract
from bowerbird.wiring import opened_shared
from tests.servers import redis_server

PROCESSES: Final = 4
ROUNDS: Final = 8


class TestInAFile(SharedContract):
    """A file keeps the promises of the shared tier."""

    @pytest.fixture
    def both(self, tmp_path: Path) -> Iterator[Both]:
        clock = ManualClock()
        here, there = (FileStore(tmp_path / "shared.db", clock) for _ in range(2))
        yield Both(here, there, clock)
        there.close()
        here.close()

    def test_what_has_ended_leaves_the_file(self, both: Both, tmp_path: Path) -> None:
        """When it is opened, and after some ten thousand values."""
        here, _ = both.opened()
        here.put({"a": b"1"}, {"a": ""}, lifetime_s=1.0)
        both.clock.advance(2.0)
        numbers = [f"k{number}" for number in range(TIDIED_EVERY)]
        here.put(dict.fromkeys(numbers, b""), dict.fromkeys(numbers, ""), lifetime_s=50.0)
        assert _rows(tmp_path / "shared.db") == TIDIED_EVERY
        both.clock.advance(60.0)
        FileStore(tmp_path / "shared.db", both.clock).close()
        assert _rows(tmp_path / "shared.db") == 0

    def test_of_more_than_there_is_room_for_what_ends_first_goes(self, tmp_path: Path) -> None:
        """The bound holds from one opening to the next."""
        clock = ManualClock()
        store = FileStore(tmp_path / "shared.db", clock)
        for number in range(10):
            store.put({f"k{number}": b""}, lifetime_s=100.0 - number)
        store.close()
        again = FileStore(tmp_path / "shared.db", clock, most=4)
        assert sorted(again.get([f"k{number}" for number in range(10)])) == ["k0", "k1", "k2", "k3"]
        again.close()

    @pytest.mark.parametrize("what", [b"no database at all " * 100, b""])
    def test_a_file_that_is_none_is_replaced(self, tmp_path: Path, what: bytes) -> None:
        """Nothing in it is missed."""
        (tmp_path / "shared.db").write_bytes(what)
        shared = Shared(FileStore(tmp_path / "shared.db", ManualClock()), ManualClock())
        shared.put({"a": b"1"}, {"a": ""}, lifetime_s=10.0)
        assert shared.get({"a": ""}) == {"a": b"1"}
        shared.close()

    def test_a_file_that_is_damaged_while_in_use_is_replaced(self, both: Both, tmp_path: Path) -> None:
        """By whoever finds it so; the others go over to the new one, and what is put there all of them find."""
        path, keys = tmp_path / "shared.db", [f"k{number}" for number in range(2_000)]
        both.here.put(dict.fromkeys(keys, b"x" * 1_000), lifetime_s=10.0)
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(4_096)
            file.write(b"\xff" * (size - 4_096))
        with pytest.raises(StoreUnavailable, match="did not answer"):
            both.here.get(keys)
        for one in (both.here, both.there):
            one.put({f"a{id(one)}": b"1"}, lifetime_s=10.0)
        for one in (both.here, both.there):
            assert set(one.get([f"a{id(both.here)}", f"a{id(both.there)}", *keys]).values()) == {b"1"}

    def test_processes_that_find_the_same_bad_file_together_replace_it_once(self, tmp_path: Path) -> None:
        """Each finds what any of them put there, time and again."""
        paths = [tmp_path / f"{number}.db" for number in range(ROUNDS)]
        for path in paths:
            path.write_bytes(b"no database at all " * 100)
        spawning = multiprocessing.get_context("spawn")
        together = spawning.Barrier(PROCESSES)
        with ProcessPoolExecutor(PROCESSES, spawning, initializer=_meet, initargs=(together,)) as pool:
            found = list(pool.map(_put_together, range(PROCESSES), [paths] * PROCESSES))
        everybody = {str(number) for number in range(PROCESSES)}
        assert [[set(keys) for keys in theirs] for theirs in found] == [[everybody] * ROUNDS] * PROCESSES

    def test_who_finds_it_bad_looks_again_once_nobody_else_opens_it(self, tmp_path: Path) -> None:
        """What another has put in its place meanwhile is taken, and not thrown away."""
        path, sound = tmp_path / "shared.db", tmp_path / "sound.db"
        path.write_bytes(b"no database at all " * 100)
        store = FileStore(sound, ManualClock())
        store.put({"a": b"1"}, lifetime_s=10.0)
        store.close()
        with ThreadPoolExecutor() as pool, (tmp_path / "shared.db.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            opening = pool.submit(FileStore, path, ManualClock())
            time.sleep(0.3)
            assert path.read_bytes().startswith(b"no database")
            sound.replace(path)
            fcntl.flock(lock, fcntl.LOCK_UN)
            store = opening.result()
        assert store.get(["a"]) == {"a": b"1"}
        store.close()

    def test_who_opens_it_while_another_does_waits(self, tmp_path: Path) -> None:
        """As the processes of a server, which begin together in a folder that has no such file yet."""
        other = sqlite3.connect(tmp_path / "shared.db", check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")
        done = threading.Timer(0.6, other.rollback)
        done.start()
        shared = Shared(FileStore(tmp_path / "shared.db", ManualClock()), ManualClock())
        shared.put({"a": b"1"}, {"a": ""}, lifetime_s=10.0)
        assert shared.get({"a": ""}) == {"a": b"1"}
        done.join()
        other.close()
        shared.close()

    def test_who_asks_while_another_writes_does_not_wait(self, both: Both, tmp_path: Path) -> None:
        """What is there is read beside; what cannot be put at once is let go."""
        here, _ = both.opened()
        here.put({"a": b"1"}, {"a": ""}, lifetime_s=10.0)
        with closing(sqlite3.connect(tmp_path / "shared.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            began_s = time.monotonic()
            assert here.get({"a": ""}) == {"a": b"1"}
            here.put({"b": b"1"}, {"b": ""}, lifetime_s=10.0)
            assert time.monotonic() - began_s < 5.0
            other.rollback()
        both.clock.advance(LEFT_ALONE_S)
        assert here.get({"a": "", "b": ""}) == {"a": b"1"}

    def test_where_no_file_can_be_made_nothing_fails(self, tmp_path: Path) -> None:
        """It is said with the path and what to do; once it can be made, it is there."""
        (tmp_path / "file").write_text("")
        store, clock = FileStore(tmp_path / "file" / "shared.db", ManualClock()), ManualClock()
        with pytest.raises(StoreUnavailable, match="it must be a file to write to"):
            store.get(["a"])
        shared = Shared(store, clock)
        shared.put({"a": b"1"}, {"a": ""}, lifetime_s=100.0)
        assert shared.get({"a": ""}) == {}
        (tmp_path / "file").unlink()
        clock.advance(LEFT_ALONE_S)
        shared.put({"a": b"1"}, {"a": ""}, lifetime_s=100.0)
        assert shared.get({"a": ""}) == {"a": b"1"}
        shared.close()


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A Redis server for all tests here."""
    with redis_server() as url:
        yield url


@pytest.mark.redis
class TestOnRedis(SharedContract):
    """Redis keeps the promises of the shared tier."""

    @pytest.fixture
    def both(self, redis_url: str) -> Iterator[Both]:
        with redis.Redis.from_url(redis_url) as behind:
            behind.flushall()
        here, there = RedisStore(redis_url), RedisStore(redis_url)
        yield Both(here, there, ManualClock())
        there.close()
        here.close()

    def test_redis_forgets_it_by_itself(self, both: Both, redis_url: str) -> None:
        """Every key has a time to live, also after it was put again."""
        here, _ = both.opened()
        for lifetime_s in (500.0, 100.0):
            here.put({"a": b"1"}, {"a": ""}, lifetime_s=lifetime_s)
        with redis.Redis.from_url(redis_url) as behind:
            (key,) = behind.keys("*")
            assert 0 < behind.ttl(key) <= 100


@pytest.mark.redis
def test_a_server_that_is_not_there_has_nothing() -> None:
    """And nothing fails because of it."""
    shared = Shared(RedisStore("redis://127.0.0.1:9/0"), ManualClock())
    shared.put({"a": b"1"}, {"a": ""}, lifetime_s=10.0)
    assert shared.get({"a": ""}) == {}
    shared.close()


def test_the_state_url_says_where_it_is(tmp_path: Path) -> None:
    """In the data folder, for whoever opens it next."""
    for settings in [Settings(data_dir=tmp_path)] * 2:
        with opened_shared(settings, SystemClock()) as shared:
            found = shared.get({"a": ""})
            shared.put({"a": b"1"}, {"a": ""}, lifetime_s=10.0)
    assert found == {"a": b"1"}
    assert (tmp_path / "shared.db").exists()


@pytest.mark.redis
def test_the_state_url_may_say_redis(tmp_path: Path, redis_url: str) -> None:
    """Then nothing is in the data folder."""
    with opened_shared(Settings(data_dir=tmp_path, state_url=redis_url), SystemClock()) as shared:
        shared.put({"of a url": b"1"}, {"of a url": ""}, lifetime_s=10.0)
    other = Shared(RedisStore(redis_url), SystemClock())
    assert other.get({"of a url": ""}) == {"of a url": b"1"}
    other.close()
    assert list(tmp_path.iterdir()) == []


def test_a_redis_that_hangs_has_nothing() -> None:
    """It takes connections and answers none: whoever asks has waited once, and then for nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        shared = Shared(RedisStore(f"redis://127.0.0.1:{listening.getsockname()[1]}/0"), ManualClock())
        began_s = time.monotonic()
        assert shared.get({"a": ""}) == {}
        assert time.monotonic() - began_s < 2.0
        began_s = time.monotonic()
        for _ in range(100):
            assert shared.get({"a": ""}) == {}
            shared.put({"a": b"1"}, {"a": ""}, lifetime_s=10.0)
        assert time.monotonic() - began_s < 1.0
        shared.close()


class Full:
    """A store that is read and takes nothing any more."""

    def __init__(self) -> None:
        self.is_full = False
        self.values: dict[str, bytes] = {}

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        return {key: self.values[key] for key in keys if key in self.values}

    def put(self, values: Mapping[str, bytes], *, lifetime_s: float) -> None:
        if self.is_full:
            raise StoreUnavailable("no room")
        self.values |= values

    def close(self) -> None:
        pass


def test_a_store_that_is_full_is_still_read() -> None:
    """What is in it is found all the time; that nothing more goes in is said once, until something does."""
    store, clock = Full(), ManualClock()
    shared = Shared(store, clock)
    shared.put({"a": b"1"}, {"a": ""}, lifetime_s=1_000.0)
    store.is_full = True
    with capture_logs() as lines:
        for _ in range(10):
            shared.put({"b": b"2"}, {"b": ""}, lifetime_s=1_000.0)
            assert shared.get({"a": "", "b": ""}) == {"a": b"1"}
            clock.advance(LEFT_ALONE_S)
        store.is_full = False
        shared.put({"b": b"2"}, {"b": ""}, lifetime_s=1_000.0)
    assert shared.get({"a": "", "b": ""}) == {"a": b"1", "b": b"2"}
    assert [(line["event"], line["what"]) for line in lines] == [
        ("shared.unavailable", "writes"),
        ("shared.available_again", "writes"),
    ]


class Sick:
    """A store that fails while it is told to."""

    def __init__(self) -> None:
        self.is_sick = True
        self.asked = 0

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        self._ask()
        return {}

    def put(self, values: Mapping[str, bytes], *, lifetime_s: float) -> None:
        self._ask()

    def close(self) -> None:
        pass

    def _ask(self) -> None:
        self.asked += 1
        if self.is_sick:
            raise StoreUnavailable("gone")


def test_a_store_that_does_not_answer_is_left_alone_for_a_while() -> None:
    """Whoever asks meanwhile has nothing, at once; after that it is asked again."""
    store, clock = Sick(), ManualClock()
    shared = Shared(store, clock)
    for _ in range(5):
        assert shared.get({"a": ""}) == {}
        shared.put({"a": b""}, {"a": ""}, lifetime_s=1.0)
    assert store.asked == 1
    clock.advance(LEFT_ALONE_S)
    store.is_sick = False
    shared.put({"a": b""}, {"a": ""}, lifetime_s=1.0)
    shared.get({"a": ""})
    assert store.asked == 3


def _rows(path: Path) -> int:
    with sqlite3.connect(path) as file:
        (count,) = file.execute("SELECT count(*) FROM shared").fetchone()
    file.close()
    return int(count)


_together: list[Barrier] = []


def _meet(barrier: Barrier) -> None:
    _together.append(barrier)


def _put_together(number: int, paths: Sequence[Path]) -> list[list[str]]:
    """Open each file when the others do, put something there, and tell what is found once all have."""
    (barrier,) = _together
    found: list[list[str]] = []
    for path in paths:
        barrier.wait(60)
        while time.monotonic() % 0.05 > 0.001:  # they wake one after the other
            pass
        store = FileStore(path, ManualClock())
        for _ in range(100):
            with suppress(StoreUnavailable):  # another writes
                store.put({str(number): b""}, lifetime_s=10.0)
                break
        barrier.wait(60)
        found.append(list(store.get([str(each) for each in range(PROCESSES)])))
        barrier.wait(60)
        store.close()
    return found
