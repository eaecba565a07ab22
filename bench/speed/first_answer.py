"""
From a fresh clone to the first cited answer: `git clone`, `make demo ARGS=--exit`, nothing set up before.

The clone is made into an empty folder; the package cache is whatever the machine has (`cold` empties uv's for the run).
Memory is the greatest sum of the resident sizes of all processes of the run, sampled ten times a second.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from bench.report import ROOT, write

PERIOD_S = 0.1


def peak_memory(process: "subprocess.Popen[str]", found: list[int]) -> None:
    """Append the greatest sum of resident bytes of the process and all below it."""
    peak = 0
    try:
        parent = psutil.Process(process.pid)
        while process.poll() is None:
            total = 0
            for each in [parent, *parent.children(recursive=True)]:
                try:
                    total += each.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            peak = max(peak, total)
            time.sleep(PERIOD_S)
    except psutil.NoSuchProcess:
        pass
    found.append(peak)


def main() -> None:
    """Clone, run, measure, and read the answer that was printed."""
    folder = Path(tempfile.mkdtemp(prefix="bowerbird-first-"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOWERBIRD_")}
    environment |= {"UV_CACHE_DIR": str(folder / "uv"), "PIP_NO_CACHE_DIR": "1"}
    began = time.perf_counter()
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "clone")], check=True)
    process = subprocess.Popen(
        ["make", "demo", "ARGS=--exit"],
        cwd=folder / "clone",
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    peaks: list[int] = []
    watcher = threading.Thread(target=peak_memory, args=(process, peaks))
    watcher.start()
    output = process.communicate()[0]
    took_s = time.perf_counter() - began
    watcher.join()
    print(output)
    answered = process.returncode == 0 and "supervised" in output and "[1]" in output
    shutil.rmtree(folder)
    write(
        "first_answer",
        {
            "seconds from clone to answer (≤ 180)": round(took_s, 1),
            "peak memory MB of all processes (≤ 1000)": round(peaks[0] / 1e6),
            "answered with citations": answered,
        },
        notes="package caches empty; the packages come over this machine's network",
    )
    if not answered:
        sys.exit(json.dumps({"exit": process.returncode}))


if __name__ == "__main__":
    main()
