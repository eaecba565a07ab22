"""A local web and a client that does not follow anything by itself."""

from collections.abc import Iterator

import httpx
import pytest

from tests.sites import Web


@pytest.fixture
def web() -> Iterator[Web]:
    """An empty local web."""
    with Web() as web:
        yield web


@pytest.fixture
def client(web: Web) -> Iterator[httpx.Client]:
    """A client for it with a short patience."""
    with httpx.Client(base_url=web.url, trust_env=False, timeout=1.0) as client:
        yield client
