"""What was done can be taken back, from the notice that tells it."""

import re

import pytest

from .conftest import Site


async def status(site: Site, job: str) -> str:
    """The job's status as the API tells it."""
    return str((await site.client.get(f"/v1/jobs/{job}")).json()["status"])


async def test_a_running_job_that_was_stopped_goes_on(site: Site) -> None:
    """The request to stop is taken back; it is the same job."""
    job = site.library.job(site.library.source(), "running")
    stopped = await site.post(f"/scraping/jobs/{job}/cancel", {})
    html = (await site.get(stopped.headers["location"])).text
    assert "stops after the pages in flight; what was kept stays." in html
    (way_back,) = re.findall(r'class="toast".*?<form method="post" action="([^"]+)"', html)
    back = await site.post(way_back, {})
    assert back.headers["location"] == f"/scraping/jobs/{job}"
    assert (await site.client.get(f"/v1/jobs/{job}")).json()["cancel_requested"] is False


async def test_a_job_that_has_stopped_is_started_again(site: Site) -> None:
    """Nothing can be taken back any more, so a new job does the same."""
    job = site.library.job(site.library.source(), "queued")
    await site.post(f"/scraping/jobs/{job}/cancel", {})
    assert await status(site, job) == "cancelled"
    again = await site.post(f"/scraping/jobs/{job}/resume", {})
    new = again.headers["location"].rpartition("/")[2]
    assert new != job
    assert await status(site, new) == "queued"


async def test_a_schedule_goes_back_to_what_it_was(site: Site) -> None:
    """The notice names the site and how often, and its form holds the choice before."""
    source = site.library.source("https://docs.example.org/")
    await site.post(f"/scraping/sources/{source}/schedule", {"every": "day"})
    changed = await site.post(f"/scraping/sources/{source}/schedule", {"every": "week"})
    html = (await site.get(changed.headers["location"].partition("#")[0])).text
    assert "docs.example.org is gathered again every week." in html
    assert re.search(r'class="toast".*?name="every" value="day".*?Undo', html)


@pytest.mark.parametrize("query", ["done=nobody", "done=nobody&done_was=day"])
async def test_there_is_no_notice_about_nothing(site: Site, query: str) -> None:
    """An address that was made up, or is older than what it tells of, is the page without a notice."""
    response = await site.get(f"/scraping/dashboard?{query}")
    assert response.status_code == 200
    assert 'class="toast"' not in response.text


async def test_a_notice_says_nothing_that_an_address_brings(site: Site) -> None:
    """Words come from the records, never from the query."""
    source = site.library.source("https://docs.example.org/")
    html = (await site.get(f"/scraping/dashboard?done={source}&done_was=%3Cb%3E")).text
    assert "<b>" not in html
    assert "Undo" not in html
