"""The keeper: what it keeps ends with it, with who ordered it, and at its limits, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from bowerbird.ops.keeper import EXIT_MEMORY, FOLDER, Order
from tests.waiting import until

# Says where its folder is and which processes there are: itself, and one that has detached itself as a daemon does.
PROGRAM = """
touch "$0/profile"
printf '%s ' "$0" "$$" >&4
setsid sh -c 'printf "%s " "$$" >&4; exec sleep 600' &
exec $1
"""


def order(goes_on: str = "sleep 600") -> Order:
    """To keep the program, which then becomes another."""
    return Order(["sh", "-c", PROGRAM, FOLDER, goes_on], parent=os.getpid(), memory_bytes=200_000_000)


def kept(out: int) -> tuple[Path, list[int]]:
    """The folder and the two processes that the program tells of."""
    said = b""
    while said.count(b" ") < 3:
        piece = os.read(out, 1000)
        assert piece, "it ended before it said anything"
        said += piece
    folder, *pids = said.decode().split()
    return Path(folder), [int(pid) for pid in pids]


def are_gone(folder: Path, pids: list[int]) -> bool:
    """True if nothing of it is left, no zombie either."""
    return not folder.exists() and not any(psutil.pid_exists(pid) for pid in pids)


@pytest.mark.parametrize("how", ["asked", "its program dies"])
def test_all_that_was_started_ends(how: str) -> None:
    """The detached process too, and the folder is gone by the time the keeper is."""
    keeper = subprocess.Popen(order().arguments(), stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert keeper.stdout is not None
    with keeper:
        folder, pids = kept(keeper.stdout.fileno())
        was_there = (folder / "profile").exists()
        keeper.send_signal(signal.SIGTERM) if how == "asked" else os.kill(pids[0], signal.SIGKILL)
        keeper.wait(10)
    assert was_there
    assert are_gone(folder, pids)


def test_too_much_memory_ends_it() -> None:
    """What all processes hold together is bounded, and the exit code says that it was reached."""
    asked = order("dd if=/dev/zero of=/dev/null bs=400M")
    keeper = subprocess.Popen(asked.arguments(), stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert keeper.stdout is not None
    with keeper:
        folder, pids = kept(keeper.stdout.fileno())
        code = keeper.wait(20)
    assert code == EXIT_MEMORY
    assert are_gone(folder, pids)


def test_it_ends_with_who_ordered_it() -> None:
    """Also when that one was killed and could tell nobody."""
    told = json.dumps(asdict(order()))
    script = (
        "import json, os, subprocess, sys; from bowerbird.ops.keeper import Order\n"
        f"told = json.loads({told!r}) | {{'parent': os.getpid()}}\n"
        "keeper = subprocess.Popen(Order(**told).arguments(), start_new_session=True)\n"
        "keeper.wait()"
    )
    orderer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stdin=subprocess.PIPE)
    assert orderer.stdout is not None
    with orderer:
        folder, pids = kept(orderer.stdout.fileno())
        orderer.kill()
    until(lambda: are_gone(folder, pids), within_s=10)
