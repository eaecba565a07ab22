"""Counters that two real processes share, one of which may die."""

import subprocess
import sys

COUNT = """
import sys
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_counters, open_records

records = open_records(sys.argv[1])
counters = open_counters(records, ManualClock())
print("ready", flush=True)
sys.stdin.readline()
passed = sum(counters.add("key:1", window_s=3600).tally <= 1000 for _ in range(int(sys.argv[2])))
print(passed, flush=True)
counters.close()
records.close()
"""


def start(url: str, times: int) -> "subprocess.Popen[str]":
    """A process that is ready to count."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT, url, str(times)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def passed(process: "subprocess.Popen[str]") -> int:
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return int(out)


def test_of_two_processes_a_thousand_pass(records_url: str) -> None:
    """The limit is one, wherever the requests come in."""
    both = [start(records_url, 700), start(records_url, 700)]
    for process in both:
        go(process)
    assert sum(passed(process) for process in both) == 1000


def test_a_killed_process_takes_no_count_with_it(records_url: str) -> None:
    """After kill −9 the other goes on counting, and what was counted stays counted."""
    first, second = start(records_url, 100_000_000), start(records_url, 1200)
    go(first)
    go(second)
    first.kill()
    first.communicate()
    assert passed(second) <= 1000
    last = start(records_url, 1)
    go(last)
    assert passed(last) == 0
