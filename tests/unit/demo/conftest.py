"""The demonstration site, running, and a client for it."""

from collections.abc import Iterator

import httpx
import pytest

from bowerbird.demo import DemoSite


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    """A client whose base is the demonstration site."""
    with DemoSite() as site, httpx.Client(base_url=site.url, trust_env=False) as client:
        yield client
