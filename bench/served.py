"""A real `bowerbird serve` over a folder, and how Debian's Chromium is started: for benches and browser tests alike."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bowerbird.demo import DEMO_GOAL, DemoSite

__all__ = ["CHROMIUM", "CHROMIUM_ARGS", "Server", "serving", "serving_demo"]

CHROMIUM = "/usr/bin/chromium"
# Quiet and offline: Debian's build otherwise asks for updates, and there is no GPU and no user to sandbox for here.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 60
STOP_S = 60
GATHER_S = 90


@dataclass(frozen=True, slots=True)
class Server:
    """A running `bowerbird serve`."""

    url: str
    log: Path

    def api(self, path: str, body: object = None) -> Any:
        """The JSON that the API answers."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def gather(self, url: str, goal: str) -> str:
        """The id of a job that has completed."""
        job = str(self.api("/v1/jobs", {"url": url, "goal": goal})["job"])
        until = time.monotonic() + GATHER_S
        while (seen := self.api(f"/v1/jobs/{job}"))["status"] in ("queued", "running"):
            assert time.monotonic() < until, f"not done after {GATHER_S} s: {seen}"
            time.sleep(0.3)
        assert seen["status"] == "completed", seen
        return job


@contextmanager
def serving(data: Path, *, allow: str, environment: Mapping[str, str] | None = None) -> Generator[Server]:
    """A server over the data folder, until the end of the context; it must stop in good order."""
    data.mkdir(parents=True, exist_ok=True)
    log = data / "server.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(Path(sys.executable).with_name("bowerbird"))
    command = [program, "serve", "--data", str(data), "--port", str(port)]
    with log.open("wb") as out:
        env = os.environ | {"BOWERBIRD_ALLOW_HOSTS": allow} | dict(environment or {})
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
    server = Server(f"http://127.0.0.1:{port}", log)
    try:
        _wait_until_ready(server, process)
        yield server
    finally:
        process.terminate()
        code = _ended(process)
    assert code == 0, f"the server ended with {code}: {log.read_text()[-2000:]}"


@contextmanager
def serving_demo() -> Generator[tuple[Server, str]]:
    """A server that has gathered the demonstration site, and the id of the job that did."""
    with (
        tempfile.TemporaryDirectory(prefix="bowerbird-") as folder,
        DemoSite() as site,
        serving(Path(folder) / "data", allow=re.sub(r"^http://", "", site.url)) as server,
    ):
        yield server, server.gather(site.url + "/", DEMO_GOAL)


def _ended(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait(STOP_S)
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(server: Server, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            server.api("/readyz")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert process.poll() is None, f"the server did not start: {server.log.read_text()[-4000:]}"
            assert time.monotonic() < until, f"not ready after {START_S} s: {server.log.read_text()[-4000:]}"
            time.sleep(0.2)
        else:
            return
