"""The model and the embedded index keep the same promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bowerbird.knowledge.index import EmbeddedIndex, Index
from bowerbird.testing.index_contract import DIMENSIONS, IndexContract
from bowerbird.testing.model_index import ModelIndex


class TestModelIndex(IndexContract):
    @pytest.fixture
    def index(self) -> Index:
        """A new one for each test."""
        return ModelIndex()


class TestEmbeddedIndex(IndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[Index]:
        """A new one for each test."""
        index = EmbeddedIndex(tmp_path, model="m", dimensions=DIMENSIONS, write=True)
        yield index
        index.close()
