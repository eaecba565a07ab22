"""
A process that keeps a program within limits, with all that it starts: `python -m bowerbird.ops.keeper ORDER`.

What starts the keeper speaks with the program through the keeper's standard input and output, which the program finds
as its file descriptors 3 and 4. When the program ends, when more memory is used than allowed, when the keeper is asked
to end, or when who started it is gone, however it went: everything is killed and reaped, also what the program has
detached from itself, and its folder is removed. Only a keeper that is itself killed leaves the folder behind; the
program dies with it all the same.

On Linux the program has no privileges and, where the system allows it, no network. On other systems the group of its
processes is killed, and memory is not watched.
"""

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["EXIT_MEMORY", "FOLDER", "Order", "main"]

EXIT_MEMORY = 75  # more memory was used than allowed; other ends are 0, told in no other way
FOLDER = "{folder}"  # in the command: the folder that the program may write to

# How often memory is looked at. The kernel's limits for a process are of what it reserves: a browser reserves far more
# than it uses, and crashes under any limit that would help.
LOOK_S = 0.1
AGAIN_S = 0.01  # between two rounds of killing what is left
NOBODY = 65_534  # what root becomes before it runs a stranger's programs
IS_LINUX = sys.platform == "linux"

# <linux/prctl.h>, <linux/sched.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be kept: all that the keeper is told."""

    command: Sequence[str]
    parent: int  # the process that gives the order
    memory_bytes: int  # of all its processes together

    def arguments(self) -> list[str]:
        """The command line of the keeper."""
        return [sys.executable, "-m", "bowerbird.ops.keeper", json.dumps(asdict(self))]


def main() -> None:
    """Run what the first argument orders."""
    order = Order(**json.loads(sys.argv[1]))
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    if IS_LINUX:
        _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # what the program leaves behind becomes ours to reap
    folder = Path(tempfile.mkdtemp(prefix="bowerbird-kept-"))
    program: int | None = None
    code = 0
    try:
        program = _start(order, folder)
        _close_standard_streams()
        while not asked and os.getppid() == order.parent and program not in _reap():
            if _memory_bytes() > order.memory_bytes:
                code = EXIT_MEMORY
                break
            time.sleep(LOOK_S)
    finally:
        _kill_all(program)
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def _start(order: Order, folder: Path) -> int:
    command = [part.replace(FOLDER, str(folder)) for part in order.command]
    environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TZ") if name in os.environ}
    environment |= {"HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(folder, NOBODY, NOBODY)
    return subprocess.Popen(  # noqa: S603  the program that the operator has installed
        command,
        env=environment,
        cwd=folder,
        close_fds=False,
        preexec_fn=_confine(is_root=is_root),  # noqa: PLW1509  the keeper has one thread
    ).pid


def _confine(*, is_root: bool) -> Callable[[], None]:
    """What the program's process does before it becomes the program."""

    def confine() -> None:
        os.setsid()
        os.dup2(0, 3)
        os.dup2(1, 4)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.closerange(5, 1024)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(5)  # fetching and answering come first
        if IS_LINUX:
            with suppress(OSError):  # should the machine run out of memory before we look, this is what must go
                Path("/proc/self/oom_score_adj").write_text("1000")
            _libc().unshare(_CLONE_NEWNET)  # refused to whom may not; then only the program's own options hold
        if is_root:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        if IS_LINUX:  # after the change of user, which would undo it
            _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    return confine


def _libc() -> Any:
    return ctypes.CDLL(None)


def _close_standard_streams() -> None:
    """Leave both ends of the conversation to the program alone, so that each side sees the other's end."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)


def _reap() -> set[int]:
    """The children that have ended since."""
    ended: set[int] = set()
    with suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            ended.add(pid)
    return ended


def _kill_all(program: int | None) -> None:
    """Until there is nobody left: who is killed may have started another, or changed parents while we looked."""
    if program is not None:
        with suppress(OSError):
            os.killpg(program, signal.SIGKILL)
    while True:
        for pid in _kept():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(AGAIN_S)


def _kept() -> list[int]:
    """Every process below this one; none where the system does not tell."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    below = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
    return sorted(below - {os.getpid()})


def _memory_bytes() -> int:
    """What all kept processes hold; code that they share is not theirs, what they wrote in common counts for each."""
    return sum(_own_bytes(pid) for pid in _kept())


def _own_bytes(pid: int) -> int:
    kilobytes = 0
    with suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(("RssAnon:", "RssShmem:")):
                kilobytes += int(line.split()[1])
    return kilobytes * 1024


if __name__ == "__main__":
    main()
