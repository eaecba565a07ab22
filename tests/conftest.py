"""
Which records the tests run on: `--records sqlite` (the default), `postgresql` or `pgbouncer`.

A test that needs a certain backend says so by `@pytest.mark.on("postgresql")`. By default all of those run beside the
others, if their servers are installed; with another backend only its own do.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.servers import Server, missing, postgresql

BACKENDS = ("sqlite", "postgresql", "pgbouncer")
_left_out: dict[str, int] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The choice of the records."""
    parser.addoption("--records", choices=BACKENDS, default="sqlite", help="the backend of the records to test on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what does not belong to the chosen backend, and what this machine has no server for."""
    chosen = config.getoption("--records")
    if lacking := missing(chosen):
        raise pytest.UsageError(f"--records={chosen}: {', '.join(lacking)} not found; {INSTALL}")
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        own = _own_backend(item)
        if own is not None and missing(own):
            _left_out[own] = _left_out.get(own, 0) + 1
            out.append(item)
        elif own is not None and own != chosen and chosen != "sqlite":
            out.append(item)
        else:
            kept.append(item)
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = kept


INSTALL = "`apt-get install postgresql pgbouncer` installs them"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of a server."""
    for backend, number in _left_out.items():
        terminalreporter.write_line(f"left out: {number} tests of {backend}, which is not on this machine; {INSTALL}")


def _own_backend(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("on")
    return None if marker is None else str(marker.args[0])


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    """A PostgreSQL server, with PgBouncer before it where that is installed."""
    with postgresql(with_pooler=not missing("pgbouncer")) as started:
        yield started


@pytest.fixture(scope="session")
def database_names() -> Iterator[str]:
    """Names that no test had before."""
    return (f"test_{number}" for number in count(1))


@pytest.fixture
def new_records_url(
    request: pytest.FixtureRequest, tmp_path: Path, database_names: Iterator[str]
) -> Iterator[Callable[[], str]]:
    """Gives the address of records that nobody else has, with each call."""
    backend = _own_backend(request.node) or request.config.getoption("--records")
    with ExitStack() as stack:

        def new() -> str:
            name = next(database_names)
            if backend == "sqlite":
                return f"sqlite:///{tmp_path / f'{name}.db'}"
            server: Server = request.getfixturevalue("server")
            return server.url(stack.enter_context(server.database(name)), pooled=backend == "pgbouncer")

        yield new


@pytest.fixture
def records_url(new_records_url: Callable[[], str]) -> str:
    """The address of the test's own records: empty, on the chosen backend."""
    return new_records_url()
