"""A server that runs and the commands over its data, for tests that ask it what nobody should."""

import json
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.served import Server, serving
from tests.integration.test_command_line import Done, bowerbird


@dataclass(frozen=True, slots=True)
class Site:
    """A server, and the commands over its data."""

    server: Server
    data: Path
    environment: dict[str, str]

    def asks(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """The status and the JSON of an answer, whichever it is; a body of bytes is sent as it is."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.server.url + path, data=data, headers={"content-type": "application/json"} | headers
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def runs(self, *arguments: str) -> Done:
        """A command over the same data."""
        return bowerbird(*arguments, "--data", str(self.data), environment=self.environment)


@contextmanager
def served(data: Path, environment: dict[str, str], *, processes: int = 1) -> Generator[Site]:
    """A server over `data`; with one process what it remembers is what is asked."""
    environment = environment | {"BOWERBIRD_PROCESSES": str(processes)}
    with serving(data, allow="", environment=environment) as server:
        yield Site(server, data, environment)
