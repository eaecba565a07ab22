"""Crash points kill where and when they are told to, and nowhere else."""

import signal
import subprocess
import sys

import pytest

CODE = """
from bowerbird.ops import crash
for turn in range(1, 5):
    crash.point("other")
    crash.point("here")
    print(turn, flush=True)
"""


@pytest.mark.parametrize(("wanted", "turns"), [("here", []), ("here:3", ["1", "2"])])
def test_the_named_point_kills_at_its_turn(wanted: str, turns: list[str]) -> None:
    """SIGKILL at the nth time, after all that came before."""
    died = subprocess.run(
        [sys.executable, "-c", CODE], env={"BOWERBIRD_CRASH": wanted}, capture_output=True, text=True, check=False
    )

    assert (died.returncode, died.stdout.split()) == (-signal.SIGKILL, turns)


def test_without_the_variable_nothing_happens() -> None:
    """A product that runs is not killed."""
    lived = subprocess.run([sys.executable, "-c", CODE], env={}, capture_output=True, text=True, check=False)

    assert (lived.returncode, lived.stdout.split()) == (0, ["1", "2", "3", "4"])
