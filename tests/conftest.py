"""
Which records the tests run on: `--records sqlite` (the default), `postgresql` or `pgbouncer`.

A test that needs a certain backend says so by `@pytest.mark.on("postgresql")`. By default all of those run beside the
others, if their servers are installed; with another backend only its own do.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bowerbird.experiments import Trials
from tests.servers import Databases, missing

# Other processes share the machine: how long an example takes says nothing of what it tests.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

OURS = structlog.stdlib.ProcessorFormatter
BACKENDS = ("sqlite", "postgresql", "pgbouncer")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The choice of the records."""
    parser.addoption("--records", choices=BACKENDS, default="sqlite", help="the backend of the records to test on")
    parser.addoption(
        "--only-records", action="store_true", help="leave out tests without records, which no backend changes"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what does not belong to the chosen backend, and what this machine has no server for."""
    chosen = config.getoption("--records")
    if lacking := missing(chosen):
        raise pytest.UsageError(f"--records={chosen}: {', '.join(lacking)} not found; {INSTALL}")
    kept: list[pytest.Item] = []
    out: list[pytest.Item] = []
    for item in items:
        own = _own_backend(item)
        belongs = own is None or (not missing(own) and chosen in (own, "sqlite"))
        belongs = belongs and not (item.get_closest_marker("redis") and missing("redis"))
        is_wanted = _has_records(item) or not config.getoption("--only-records")
        (kept if belongs and is_wanted else out).append(item)
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = kept


INSTALL = "`apt-get install postgresql pgbouncer redis-server` installs them"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of a server."""
    # Where the tests run in several processes, this one has collected none: it looks for itself.
    for backend in (*BACKENDS, "redis"):
        if missing(backend):
            terminalreporter.write_line(f"left out: the tests of {backend}, which is not on this machine; {INSTALL}")


def _has_records(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "databases" in item.fixturenames


def _own_backend(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("on")
    return None if marker is None else str(marker.args[0])


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Commands log to a stream that is closed when they end, and other tests of the process log after them."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = [
            one for one in logging.getLogger().handlers if not isinstance(getattr(one, "formatter", None), OURS)
        ]


@pytest.fixture(autouse=True)
def _meetings_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is: whoever waits too long is recorded a moment later than a test looks."""
    defaults = Trials.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "write_s", 60.0)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Fresh records for fixtures that last longer than a test."""
    with ExitStack() as stack:
        yield Databases(request.config.getoption("--records"), stack)


@pytest.fixture
def records_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of the test's own records: empty, on the chosen backend or the one that the test asks for."""
    with databases.new(tmp_path, _own_backend(request.node)) as url:
        yield url


@pytest.fixture
def no_records_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which there is nothing yet, not even tables."""
    with databases.new(tmp_path, _own_backend(request.node), template="template0") as url:
        yield url


@pytest.fixture
def records_in_environment(records_url: str, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings made in the test, and its processes, find the test's own records."""
    if databases.chosen != "sqlite":
        monkeypatch.setenv("BOWERBIRD_DATABASE_URL", records_url)
