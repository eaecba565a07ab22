from collections.abc import Iterator

import pytest

from bowerbird.kernel.clock import ManualClock
from bowerbird.records import open_records
from bowerbird.testing.builders import Library


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records with a manual clock."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()
