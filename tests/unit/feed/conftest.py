"""Records with a person and a source, to make items in."""

from collections.abc import Iterator

import pytest

from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_records
from bowerbird.testing.builders import Library

START_S = 1_780_000_000.0  # in 2026


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records on the chosen backend; the clock stands in 2026."""
    records = open_records(records_url)
    clock = ManualClock()
    clock.advance(START_S - clock.now_s())
    yield Library(records, clock)
    records.close()
