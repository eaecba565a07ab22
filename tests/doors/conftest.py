from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bowerbird.records import open_records

from .world import World, open_world


@pytest.fixture
async def world(records_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Two workspaces full of things that not everybody may see."""
    records = open_records(records_url)
    async with open_world(records, tmp_path) as opened:
        yield opened
    records.close()
