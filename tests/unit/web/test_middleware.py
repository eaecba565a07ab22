import io
import json
from collections.abc import AsyncIterator

import pytest

from .conftest import Site
from .test_problems import assert_problem

FORM = {"theme": "dark", "back": "/chat?query=x"}


async def test_every_answer_carries_the_headers(site: Site) -> None:
    """Pages, API, static files and errors alike: nothing inline runs, nothing comes from elsewhere."""
    for path in ("/", "/v1/jobs", "/healthz", "/nope", "/static/none.js"):
        headers = (await site.client.get(path)).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["permissions-policy"]


async def test_no_shared_cache_keeps_what_is_one_persons(site: Site) -> None:
    """Pages, API and errors: an edge may pass them on and not keep them; static files may be kept by everybody."""
    for path in ("/feed", "/v1/feed", "/v1/feed/choices", "/v1/items", "/v1/nope", "/"):
        assert (await site.client.get(path)).headers["cache-control"] == "private, no-cache", path


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:9", "LOCALHOST.", "a.localhost", "127.0.0.1:80", "127.9.9.9", "[::1]:8080"]
)
async def test_names_of_this_machine_are_ours(site: Site, host: str) -> None:
    """Whatever a browser on this machine calls it."""
    assert (await site.client.get("/healthz", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", ""])
async def test_a_rebound_name_is_refused(site: Site, host: str) -> None:
    """A name that somebody else points at this machine gets nothing."""
    assert_problem(await site.client.get("/healthz", headers={"host": host}), 421, "wrong-host")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
    ],
)
async def test_another_sites_form_is_refused(site: Site, headers: dict[str, str]) -> None:
    """A page elsewhere cannot act with the reader's browser."""
    response = await site.client.post("/preferences/theme", data=FORM, headers=headers)
    assert_problem(response, 403, "cross-site")


@pytest.mark.parametrize(
    "headers", [{}, {"sec-fetch-site": "same-origin"}, {"origin": "http://localhost:8080"}, {"sec-fetch-site": "none"}]
)
async def test_own_forms_and_programs_are_let_in(site: Site, headers: dict[str, str]) -> None:
    """Programs send neither header."""
    assert (await site.client.post("/preferences/theme", data=FORM, headers=headers)).status_code == 303


async def test_a_link_from_elsewhere_may_be_followed_but_not_fetched(site: Site) -> None:
    """Navigation is fine; an image or a script of another site's page is not."""
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert (await site.client.get("/chat", headers=elsewhere | {"sec-fetch-mode": "navigate"})).status_code == 200
    assert_problem(
        await site.client.get("/v1/jobs", headers=elsewhere | {"sec-fetch-mode": "no-cors"}), 403, "cross-site"
    )


async def test_a_declared_body_over_the_cap_is_refused_unread(site: Site) -> None:
    """What is promised to be too large is not waited for."""

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    response = await site.client.post("/v1/ask", content=never(), headers={"content-length": "65537"})
    assert_problem(response, 413, "too-large")


async def test_an_undeclared_body_is_cut_off_at_the_cap(site: Site) -> None:
    """A stream without a length is read up to the cap and no further."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1024

    response = await site.client.post("/v1/ask", content=endless(), headers={"content-type": "application/json"})
    assert_problem(response, 413, "too-large")
    assert sent <= 66


async def test_requests_are_logged_and_counted_by_route(site: Site, log_lines: io.StringIO) -> None:
    """One line with method, path, status, duration, agent and length; the metric has the route's template only."""
    await site.client.get("/v1/pages/123456", headers={"user-agent": "test/1"})
    line = json.loads(log_lines.getvalue().splitlines()[-1])
    assert line.pop("duration_ms") >= 0
    assert line.pop("timestamp")
    assert line.pop("length_bytes") > 0
    assert line == {
        "event": "request.answered",
        "level": "info",
        "component": "api",
        "method": "GET",
        "path": "/v1/pages/123456",
        "status": 404,
        "user_agent": "test/1",
    }
    metrics = (await site.client.get("/metrics")).text
    assert 'bowerbird_http_requests_total{method="GET",route="/v1/pages/{page}",status="404"}' in metrics
    assert "123456" not in metrics
