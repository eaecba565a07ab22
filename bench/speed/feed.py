"""
The feed under load, over HTTP, on a library of 100,000 items and 10,000 people (`feed_library`): wrk and the server
share the machine's cores. Prints beside the speed how old what was served is, which tier gave it, errors, and steal.

    uncached     one slate after another, in this process: what is known of the person → candidates → agents → draw →
                 composition → JSON; median and 99th percentile
    steady       64 connections, people drawn by Zipf's law (exponent .8), a key that names them, the limiter on and
                 provisioned for it, 5 of 100 requests a significant action (`saved`), none asks afresh; five rounds,
                 alternating with the same without actions and with the bare handler, medians; before it everybody
                 came twice, and the load lasted as long as a slate does, so that slates become old while it is measured
    at 10,000/s  the steady load as often as it is aimed at and not more: the next request is due so long after the last
                 one, whoever is free sends it. How late requests were sent is told beside how long they took: a server
                 that stops for a while keeps others from being sent
    fresh        20 slates asked afresh a second over one connection, beside each of both
    bare         ASGI, RSGI and FastAPI handlers on the same server that return the same bytes; nginx beside them
    changed      an item is hidden, then the feed is asked for afresh, until it is not in it
    sessions     people come for 3 to 8 requests within four minutes, then leave for an hour, in virtual time over two
                 processes' memories with the default limit; hits by tier

`python -m bench.speed.feed quick` takes rounds of three seconds and a hundredth of the people.
"""

import asyncio
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from bench.report import write
from bench.served import serving
from bench.speed.feed_library import Library, fill
from bowerbird.accounts import Role, keys
from bowerbird.accounts.audit import Actor
from bowerbird.feed import Ticket, key_of, local_feeds
from bowerbird.feed.agents import default_agents
from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.forecast import learn, read_tries
from bowerbird.feed.packed import Packed
from bowerbird.feed.panel import Panel
from bowerbird.feed.profile import read_profile
from bowerbird.feed.ranker import Ranker
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.kernel.nouns import Scope
from bowerbird.ops import logs
from bowerbird.ops.limit import LocalLimiter
from bowerbird.ops.stamps import SharedStamps
from bowerbird.records import Records, open_counters, open_records, visible_sources
from bowerbird.settings import Settings

QUICK: Final = "quick" in sys.argv
ITEMS: Final = 100_000
PEOPLE: Final = 100 if QUICK else 10_000
ROUND_S: Final = 3 if QUICK else 15
ROUNDS: Final = 1 if QUICK else 5
SETTLES_S: Final = 5 if QUICK else 330
AIM: Final = 10_000  # requests a second
PACED: Final = "paced.lua"
CONNECTIONS: Final = 64
PLACES: Final = 20
PLAN: Final = "bench"

LOAD: Final = """
local key, people, share = os.getenv("KEY"), tonumber(os.getenv("PEOPLE")), tonumber(os.getenv("EVENTS"))
local get = {["Authorization"] = "Bearer " .. key}
local post = {["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json"}
local sums, total = {}, 0
for i = 1, people do total = total + 1 / i ^ 0.8; sums[i] = total end
local function person()
  local x, low, high = math.random() * total, 1, people
  while low < high do
    local middle = math.floor((low + high) / 2)
    if sums[middle] < x then low = middle + 1 else high = middle end
  end
  return "reader-" .. (low - 1)
end
local each = tonumber(os.getenv("EACH") or "-1")
local threads = {}
function setup(thread) threads[#threads + 1] = thread end
function init() math.randomseed(tonumber(os.getenv("SEED"))) end
function request()
  if each >= 0 then
    each = each + 1
    return wrk.format("GET", "/v1/feed?user=reader-" .. (each % people) .. "&n=20", get)
  end
  if math.random() < share then
    local body = '{"person":"' .. person() .. '","item":"page-' .. math.random(1, ITEMS) .. '","kind":"saved"}'
    return wrk.format("POST", "/v1/events", post, body)
  end
  return wrk.format("GET", "/v1/feed?user=" .. person() .. "&n=20", get)
end
function done(summary, latency)
  local errors = summary.errors
  local late, all, seen, p99 = threads[1]:get("late") or {}, 0, 0, 0
  for _, count in pairs(late) do all = all + count end
  while seen < .99 * all do p99 = p99 + 1; seen = seen + (late[p99] or 0) end
  io.write(string.format("FOUND %f %f %f %d %d\\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, p99))
end
"""

# So many a second: of each request how many milliseconds it was late is counted, the first millisecond as 1.
PACE: Final = """
local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long ns; } moment; int clock_gettime(int, moment *);")
local moment, due = ffi.new("moment"), nil
late = {}
function delay()
  ffi.C.clock_gettime(1, moment)
  local now = tonumber(moment.s) * 1000 + tonumber(moment.ns) / 1e6
  due = (due or now) + 1000 / RATE
  local behind = math.floor(math.max(now - due, 0)) + 1
  late[behind] = (late[behind] or 0) + 1
  return math.max(due - now, 0)
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk found."""

    requests_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    late_ms: int  # of 99 of 100 requests at most; 0 where none was due at any time


def load(url: str, script: Path, seconds: int, **environment: str) -> Load:
    """So many seconds of it."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script), url]
    said = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout
    found = re.search(r"FOUND (\S+) (\S+) (\S+) (\d+) (\d+)", said)
    assert found, said
    return Load(float(found[1]), float(found[2]), float(found[3]), int(found[4]), int(found[5]))


def steal() -> tuple[int, int]:
    """Ticks that the machine under this one took, and all ticks."""
    ticks = [int(number) for number in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return ticks[7], sum(ticks)


def made_now(records: Records, library: Library) -> dict[str, float]:
    """The milliseconds of a slate that no cache has."""
    clock = SystemClock()
    catalogue = Catalogue(library.scope.workspace, clock)
    records.read(catalogue.catch_up)
    catalogue.divide()  # as is done beside the first feeds
    panel = Panel(default_agents(), clock)
    ranker = Ranker(panel, lambda _: np.zeros(384, np.float32), clock)
    forecast = learn(
        records.read(partial(read_tries, workspace=library.scope.workspace)), catalogue, now_s=clock.now_s()
    )
    took: list[float] = []
    people = library.person_ids[: 60 if QUICK else 600]
    for number, person in enumerate(people):
        scope = Scope(library.scope.workspace, person)
        began_s = time.perf_counter()
        profile = records.read(partial(read_profile, scope=scope, clock=clock))
        sources = records.read(partial(visible_sources, scope=scope))
        slate = ranker.make(profile, catalogue, catalogue.visible(sources), {}, length=PLACES, forecast=forecast)
        Packed.of(slate).body(0.0)
        if number >= len(people) // 10:  # the first ones find the statements not compiled yet
            took.append(1000 * (time.perf_counter() - began_s))
        assert slate.level == "agents", slate.level
        assert len(slate.entries) == PLACES, len(slate.entries)
    panel.close()
    p50, p99 = np.quantile(took, [0.5, 0.99])
    return {
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        "agents": len(default_agents()),
        "with a forecast": forecast is not None,
    }


def a_key(records: Records, library: Library) -> str:
    """The secret of a key that may name anybody, on a plan that is provisioned for the load."""
    by = Actor(library.scope.workspace)
    made = records.write(
        lambda conn: keys.create_key(
            conn, by, person=library.scope.person, name="bench", role=Role.OPERATOR, plan=PLAN, clock=SystemClock()
        )
    )
    return made[1]


def tiers(metrics: str) -> dict[str, int]:
    """How often each tier was asked, by what came of it."""
    found = re.findall(r'bowerbird_cache_requests_total\{outcome="(\w+)",tier="(\w+)"\} ([\d.e+]+)', metrics)
    return {f"{tier} {outcome}": int(float(number)) for outcome, tier, number in found if float(number)}


def ask(url: str, key: str, body: object = None) -> Any:
    """What the server says."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers), timeout=30) as answer:
        said = answer.read()
    return said.decode() if url.endswith("/metrics") else json.loads(said)


class Afresh(threading.Thread):
    """Asks for slates afresh, 20 a second, and keeps how long each took."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(daemon=True)
        self.took_ms: list[float] = []
        self._to = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self._headers = {"authorization": f"Bearer {key}"}
        self._stop_asking = threading.Event()

    def run(self) -> None:
        rng = np.random.default_rng(5)
        due_s = time.perf_counter()
        while not self._stop_asking.is_set():
            began_s = time.perf_counter()
            self._to.request(
                "GET", f"/v1/feed?user=reader-{rng.integers(PEOPLE)}&n={PLACES}&fresh=1", headers=self._headers
            )
            answer = self._to.getresponse()
            body = answer.read()
            self.took_ms.append(1000 * (time.perf_counter() - began_s))
            assert answer.status == 200, body
            due_s += 0.05
            time.sleep(max(due_s - time.perf_counter(), 0))

    def stop(self) -> None:
        """Ask no more."""
        self._stop_asking.set()
        self.join()


@contextmanager
def a_bare_server(handler: str, interface: str, body: str) -> Generator[str]:
    """A Granian with one worker that returns these bytes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", interface, "--port", str(port), "--no-ws"]
    command += ["--workers", str(len(os.sched_getaffinity(0))), "--log-level", "error", f"bench.speed.bare:{handler}"]
    process = subprocess.Popen(command, env=os.environ | {"BARE_BODY": body})
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/v1/feed?user=a&n=1")
        yield url
    finally:
        process.terminate()
        process.wait()


@contextmanager
def nginx(folder: Path, body: str) -> Generator[str]:
    """An nginx that returns these bytes from a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    site = folder / "site"
    (site / "v1").mkdir(parents=True, exist_ok=True)
    (site / "v1" / "feed").write_text(body)
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr crit; worker_processes 2; user root;"
        f" events {{}} http {{ access_log off; open_file_cache max=10; keepalive_requests 1000000;"
        f" server {{ listen 127.0.0.1:{port}; root {site}; default_type application/json; }} }}"
    )
    process = subprocess.Popen(["nginx", "-c", str(conf)])
    try:
        _wait(f"http://127.0.0.1:{port}/v1/feed")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            assert time.monotonic() < until, url
            time.sleep(0.1)
        else:
            return


def changed(url: str, key: str, times: int) -> list[float]:
    """The milliseconds from telling that an item is hidden until a fresh slate without it is here."""
    took: list[float] = []
    for number in range(times):
        user = f"reader-{number % PEOPLE}"
        first = ask(f"{url}/v1/feed?user={user}&n={PLACES}", key)["items"][0]["id"]
        began_s = time.perf_counter()
        ask(f"{url}/v1/events", key, {"person": user, "item": first, "kind": "hidden"})
        slate = ask(f"{url}/v1/feed?user={user}&n={PLACES}&fresh=1", key)
        took.append(1000 * (time.perf_counter() - began_s))
        assert first not in [item["id"] for item in slate["items"]], first
    return took


async def sessions(data: Path, library: Library) -> dict[str, Any]:
    """
    Who comes, leaves and comes back, in virtual time: two processes' memories over the same records and stamps, each
    request to either with the same chance. An L1 hit was in that process' memory, a hit of `kept` was made by the
    other one a moment ago.
    """
    rng = np.random.default_rng(11)
    count = 40 if QUICK else 400
    clock = ManualClock(time.time())
    opened = [open_records(f"sqlite:///{data}/bowerbird.db", stamps=SharedStamps(data / "stamps")) for _ in range(2)]
    feeds = [local_feeds(records, lambda _: np.zeros(384, np.float32), clock) for records in opened]
    counters = open_counters(opened[0], clock)
    limiters = [LocalLimiter(counters, clock) for _ in range(2)]
    visits: list[tuple[float, int]] = []
    for person in range(count):
        begins_s = float(rng.uniform(0, 3600))
        for _ in range(2):  # an hour later they are back
            visits += [(begins_s + float(at), person) for at in rng.uniform(0, 240, int(rng.integers(3, 9)))]
            begins_s += 3600 + 240
    came: Counter[str] = Counter()
    ages: list[float] = []
    since_s = 0.0
    limit = Settings().rate_limit_per_hour
    for at, person in sorted(visits):
        clock.advance(at - since_s)
        since_s = at
        process = int(rng.integers(2))
        scope = Scope(library.scope.workspace, library.person_ids[person])
        if not limiters[process].take(f"person:{scope.person}", limit).allowed:
            came["refused"] += 1
            continue
        peeked = feeds[process].peek(Ticket(key_of(scope, PLACES), None))
        served = await feeds[process].slate(scope, length=PLACES)
        made_before = served.packed.made_at < clock.now_s() - 1e-6 if peeked is None else True
        came["memory" if peeked is not None else "kept by the other" if made_before else "made"] += 1
        ages.append(clock.now_s() - served.packed.made_at)
    for one in feeds:
        await one.close()
    for records in opened:
        records.close()
    total = sum(came.values())
    return {
        "requests": total,
        "hits": round((came["memory"] + came["kept by the other"]) / total, 3),
        "hits in memory": round(came["memory"] / total, 3),
        "hits in the records": round(came["kept by the other"] / total, 3),
        "429": came["refused"],
        "age p50 s": round(float(np.median(ages)), 1),
        "age max s": round(max(ages), 1),
    }


def main() -> None:
    """Measure all of it."""
    logs.configure(level="error", form="json")
    with tempfile.TemporaryDirectory(prefix="bowerbird-feed-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        records = open_records(f"sqlite:///{data}/bowerbird.db")
        library = fill(records, SystemClock(), count=ITEMS, people=PEOPLE, past=20)
        figures: dict[str, Any] = {"items": ITEMS, "people": PEOPLE, "uncached": made_now(records, library)}
        key = a_key(records, library)
        records.close()
        figures["sessions"] = asyncio.run(sessions(data, library))
        script = Path(folder) / "load.lua"
        script.write_text(LOAD.replace("ITEMS", str(ITEMS)))
        script.with_name(PACED).write_text(script.read_text() + PACE.replace("RATE", str(AIM)))
        figures |= _served(data, script, key, Path(folder))
    write("feed_load", figures, headline=_headline(figures))


def _headline(figures: dict[str, Any]) -> dict[str, Any]:
    steady, paced, fresh = figures["steady"], figures[f"at {AIM:,}/s"], figures[f"fresh at {AIM:,}/s"]
    return {
        f"feed at {AIM:,} requests/s: p50 / p99 ms (< 50)": f"{paced['p50_ms']} / {paced['p99_ms']}",
        "… errors (0)": paced["errors"] + steady["errors"],
        "… slates asked afresh beside it: p50 / p99 ms (≤ 30)": f"{fresh['p50_ms']} / {fresh['p99_ms']}",
        "feed, as fast as it goes, requests/s (≥ 10,000)": steady["requests_s"],
        "feed, as fast as it goes, p99 ms": steady["p99_ms"],
        "feed, share of a bare ASGI handler": steady["reads of bare ASGI"],
        "feed, sessions, hits": figures["sessions"]["hits"],
        "feed, uncached slate at 100k items, p50 ms": figures["uncached"]["p50_ms"],
        "feed, uncached slate at 100k items, p99 ms": figures["uncached"]["p99_ms"],
    }


def _served(data: Path, script: Path, key: str, folder: Path) -> dict[str, Any]:
    environment = {
        "BOWERBIRD_PLANS": json.dumps({PLAN: 10**9}),
        "BOWERBIRD_RATE_LIMIT_PER_HOUR": str(10**8),
        "BOWERBIRD_LOG_LEVEL": "warning",
    }
    common = {"KEY": key, "PEOPLE": str(PEOPLE), "EVENTS": "0.05"}
    figures: dict[str, Any] = {}
    with serving(data, allow="", environment=environment) as server:
        time.sleep(5)  # the worker looks all items through once
        body = json.dumps(ask(f"{server.url}/v1/feed?user=reader-0&n={PLACES}", key), separators=(",", ":"))
        warmed_s = time.perf_counter()
        asked = 0.0
        while asked < 5 * PEOPLE:  # each process meets nearly all of them
            asked += load(server.url, script, 5, **common, EACH=str(int(asked)), SEED="1").requests_s * 5
        figures["warm-up s"] = round(time.perf_counter() - warmed_s, 1)
        load(server.url, script, SETTLES_S, **common, SEED="2")
        before, stolen, all_ticks = tiers(ask(f"{server.url}/metrics", key)), *steal()
        with a_bare_server("asgi", "asginl", body) as bare:
            rounds = [
                (
                    load(server.url, script, ROUND_S, **common, SEED=str(number)),
                    load(server.url, script, ROUND_S, **common | {"EVENTS": "0"}, SEED=str(number)),
                    load(bare, script, ROUND_S, **common | {"EVENTS": "0"}, SEED="9"),
                )
                for number in range(ROUNDS)
            ]
        after, stolen_after, all_after = tiers(ask(f"{server.url}/metrics", key)), *steal()
        figures["steady"] = _steady(rounds, before, after)
        figures["steady"]["steal"] = round((stolen_after - stolen) / max(all_after - all_ticks, 1), 4)
        ages = [
            ask(f"{server.url}/v1/feed?user=reader-{number}&n={PLACES}", key)["age_ms"] / 1000
            for number in range(0, PEOPLE, max(PEOPLE // 200, 1))
        ]
        figures["steady"]["age of what is served, s"] = {
            "p50": round(statistics.median(ages), 1),
            "max": round(max(ages), 1),
        }
        beside = partial(_beside_fresh, server.url, key)
        figures["fresh"] = beside(partial(load, server.url, script, ROUND_S, **common, SEED="77"))
        paced = partial(load, server.url, script.with_name(PACED), ROUND_S, **common)
        figures[f"at {AIM:,}/s"] = _paced([paced(SEED=str(100 + number)) for number in range(ROUNDS)])
        figures[f"fresh at {AIM:,}/s"] = beside(partial(paced, SEED="78"))
        p50, p99 = np.quantile(changed(server.url, key, 20 if QUICK else 200), [0.5, 0.99])
        figures["changed"] = {"p50_ms": round(float(p50), 1), "p99_ms": round(float(p99), 1)}
    figures["bare"] = _bare(script, common, body, folder)
    return figures


def _steady(rounds: Sequence[tuple[Load, Load, Load]], before: dict[str, int], after: dict[str, int]) -> dict[str, Any]:
    ours, reads, bare = zip(*rounds, strict=True)
    asked = {name: after[name] - before.get(name, 0) for name in after}
    feed = {how: asked.get(f"feed {how}", 0) for how in ("hit", "stale", "miss")}
    of_bare = [one.requests_s / at_most.requests_s for one, at_most in zip(reads, bare, strict=True)]
    return {
        "requests_s": round(statistics.median(one.requests_s for one in ours)),
        "p50_ms": round(statistics.median(one.p50_ms for one in ours), 2),
        "p99_ms": round(statistics.median(one.p99_ms for one in ours), 2),
        "errors": sum(one.errors for one in ours),
        "reads only, requests_s": round(statistics.median(one.requests_s for one in reads)),
        "reads only, p99_ms": round(statistics.median(one.p99_ms for one in reads), 2),
        "bare ASGI requests_s": round(statistics.median(one.requests_s for one in bare)),
        "reads of bare ASGI": round(statistics.median(of_bare), 2),
        "hits": round((feed["hit"] + feed["stale"]) / max(sum(feed.values()), 1), 4),
        "by tier": {name: count for name, count in asked.items() if count},
        "rounds": [round(one.requests_s) for one in ours],
    }


def _paced(rounds: Sequence[Load]) -> dict[str, Any]:
    return {
        "requests_s": round(statistics.median(one.requests_s for one in rounds)),
        "p50_ms": round(statistics.median(one.p50_ms for one in rounds), 2),
        "p99_ms": round(statistics.median(one.p99_ms for one in rounds), 2),
        "sent late, p99_ms": statistics.median(one.late_ms for one in rounds),
        "errors": sum(one.errors for one in rounds),
    }


def _beside_fresh(url: str, key: str, steady: Callable[[], Load]) -> dict[str, Any]:
    """How long slates that are asked afresh take beside a load."""
    afresh = Afresh(url, key)
    afresh.start()
    beside = steady()
    afresh.stop()
    p50, p99 = np.quantile(afresh.took_ms, [0.5, 0.99])
    return {
        "asked": len(afresh.took_ms),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
        "beside requests/s": round(beside.requests_s),
    }


def _bare(script: Path, common: dict[str, str], body: str, folder: Path) -> dict[str, int]:
    quiet = common | {"EVENTS": "0"}
    found: dict[str, int] = {}
    for name, interface in (("asgi", "asginl"), ("rsgi", "rsgi"), ("fastapi", "asgi")):
        with a_bare_server(name, interface, body) as url:
            found[f"{name} requests/s"] = round(load(url, script, ROUND_S, **quiet, SEED="3").requests_s)
    with nginx(folder, body) as url:
        found["nginx requests/s"] = round(load(url, script, ROUND_S, **quiet, SEED="3").requests_s)
    return found


if __name__ == "__main__":
    main()
