"""What people and programs meet on a server whose disk is full."""

from pathlib import Path

import pytest

from bowerbird.accounts import Role
from tests.disk import no_room

from . import members
from .conftest import HTML, Site
from .test_problems import assert_problem

pytestmark = pytest.mark.on("sqlite")  # a full server is in test_postgres.py
FILES = {"files": ("notes.md", b"# Owls\n\nOwls are birds that hunt at night.\n", "text/markdown")}
JOB = {"url": "http://127.0.0.1:9/", "goal": "learn"}


async def test_reading_goes_on_and_writing_says_why_it_cannot(site: Site) -> None:
    """Signed in an hour ago, so that even who was seen wants to be written; each call works when there is room."""
    headers = members.session(site, members.join(site, "ada@example.org", Role.ADMIN))
    await site.client.get("/", headers=headers | HTML)
    site.library.clock.advance(3600)
    with no_room():
        for path in ("/", "/scraping/dashboard", "/knowledge/explorer", "/settings", "/settings/people"):
            page = await site.client.get(path, headers=headers | HTML)
            assert page.status_code == 200, path
        assert (await site.client.get("/v1/jobs", headers=headers)).json() == {"jobs": []}
        refused = await site.client.post("/v1/jobs", json=JOB, headers=headers)
        problem = assert_problem(refused, 503, "unavailable")
        assert "did not answer" in problem.detail
        assert int(refused.headers["retry-after"]) > 0

    assert (await site.client.post("/v1/jobs", json=JOB, headers=headers)).status_code == 201
    assert len((await site.client.get("/v1/jobs", headers=headers)).json()["jobs"]) == 1


async def test_an_upload_without_room_is_refused_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    """The same upload is taken when there is room."""
    with no_room():
        assert_problem(await site.client.post("/v1/imports", files=FILES), 503, "unavailable")
    assert list((tmp_path / "uploads").glob("*")) == []

    assert (await site.client.post("/v1/imports", files=FILES)).status_code == 201
