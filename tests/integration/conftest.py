"""A data folder for the server of a module, and the environment in which its processes find the records."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Databases


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty at first."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def environment(data: Path, databases: Databases) -> Iterator[dict[str, str]]:
    """On the chosen backend."""
    with databases.environment(data) as found:
        yield dict(found)
