"""The local web: pages, versions, counting."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest

from tests.sites import Raw, Reply, Route, Visit, Web, statuses


def test_page(web: Web, client: httpx.Client) -> None:
    """A page is served as it was given, with the headers that came with it."""
    url = web.page("/a", "<p>ä</p>", headers={"X-Odd": "yes"})
    answer = client.get(url)
    assert (answer.status_code, answer.text, answer.headers["x-odd"]) == (200, "<p>ä</p>", "yes")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_own_content_type_replaces_the_usual_one(web: Web, client: httpx.Client) -> None:
    """A header given with a page outranks what the page would have had."""
    web.page("/a", "x", headers={"Content-Type": "text/plain", "ETag": '"mine"'})
    assert client.get("/a").headers.get_list("content-type") == ["text/plain"]
    assert client.get("/a").headers.get_list("etag") == ['"mine"']


def test_nothing_there(client: httpx.Client) -> None:
    """An address without a page is 404, robots.txt included."""
    assert [client.get(path).status_code for path in ("/", "/robots.txt")] == [404, 404]


def test_queries_and_prefixes(web: Web, client: httpx.Client) -> None:
    """The most exact address wins: with its query, without it, then the longest prefix."""
    web.site({"/a": "plain", "/a?x=1": "with query"})
    web.under("/", lambda visit: Reply(b"root " + visit.target.encode()))
    web.under("/deep/", lambda _: Reply(b"deep"))
    found = [client.get(path).text for path in ("/a", "/a?x=1", "/a?x=2", "/b?c", "/deep/er")]
    assert found == ["plain", "with query", "plain", "root /b?c", "deep"]


def test_foreign_letters(web: Web, client: httpx.Client) -> None:
    """A page with letters outside ASCII is found under both cases of its escapes, and returns the URL to use."""
    assert web.page("/größe", "big") == f"{web.url}/gr%C3%B6%C3%9Fe"
    assert [client.get(path).text for path in ("/gr%C3%B6%C3%9Fe", "/gr%c3%b6%c3%9fe")] == ["big", "big"]


@pytest.mark.parametrize("pair", [("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")])
def test_unchanged_page(web: Web, client: httpx.Client, pair: tuple[str, str]) -> None:
    """Either validator gets 304 until the page changes, and then the new page with new validators."""
    given, asked = pair
    web.page("/a", "old")
    first = client.get("/a")
    again = client.get("/a", headers={asked: first.headers[given]})
    assert (again.status_code, again.content, again.headers[given]) == (304, b"", first.headers[given])
    web.page("/a", "new")
    changed = client.get("/a", headers={asked: first.headers[given]})
    assert (changed.status_code, changed.text) == (200, "new")
    assert changed.headers[given] != first.headers[given]


def test_validators_can_be_switched_off(web: Web, client: httpx.Client) -> None:
    """Without validators, for one page or for the whole site, there is no tag, no date and never 304."""
    web.page("/a", "x")
    web.page("/b", "x", validators=False)
    tag = client.get("/a").headers["etag"]
    assert "etag" not in client.get("/b").headers
    web.validators = False
    answer = client.get("/a", headers={"If-None-Match": tag})
    assert (answer.status_code, "etag" in answer.headers, "last-modified" in answer.headers) == (200, False, False)


def test_given_date(web: Web, client: httpx.Client) -> None:
    """A page may say when it was changed."""
    web.page("/a", "x", modified=datetime(2024, 2, 29, 12, tzinfo=UTC))
    assert client.get("/a").headers["last-modified"] == "Thu, 29 Feb 2024 12:00:00 GMT"


def test_life_of_an_address(web: Web, client: httpx.Client) -> None:
    """A page can fail, go, come back as a redirect and be a page again."""
    seen: list[int] = []
    web.page("/a", "one")
    seen.append(client.get("/a").status_code)
    for change in (lambda: web.status("/a", 503), lambda: web.status("/a", 410), lambda: web.remove("/a")):
        change()
        seen.append(client.get("/a").status_code)
    web.redirect("/a", "/b")
    seen.append(client.get("/a").status_code)
    web.page("/a", "two")
    seen.append(client.get("/a").status_code)
    assert seen == [200, 503, 410, 404, 301, 200]


def test_hits_and_visits(web: Web, client: httpx.Client) -> None:
    """Every request is counted by its address and kept with method, headers and time; counting can begin anew."""
    web.page("/a", "x")
    client.get("/a", headers={"User-Agent": "tester"})
    client.head("/a")
    client.get("/none?q=1")
    assert web.hits == {"/a": 2, "/none?q=1": 1}
    first, second, third = web.visits
    assert [visit.method for visit in (first, second, third)] == ["GET", "HEAD", "GET"]
    assert first.headers["user-agent"] == "tester"
    assert first.at_s <= second.at_s <= third.at_s
    web.forget_visits()
    assert (web.hits, web.visits, web.bytes_sent) == ({}, [], 0)


def test_bytes_sent(web: Web, client: httpx.Client) -> None:
    """Bodies count, and neither HEAD nor 304 has one."""
    web.page("/a", "x" * 1000)
    answer = client.get("/a")
    client.head("/a")
    client.get("/a", headers={"If-None-Match": answer.headers["etag"]})
    client.get("/a")
    until = time.monotonic() + 5  # a body is counted once it is sent, which the client may see first
    while web.bytes_sent < 2000 and time.monotonic() < until:
        time.sleep(0.01)
    assert web.bytes_sent == 2000


def test_peak(web: Web, client: httpx.Client) -> None:
    """The most requests at once are remembered."""
    together = threading.Barrier(3, timeout=10)

    def wait(_: Visit) -> Reply:
        together.wait()
        return Reply(b"met")

    web.route("/meet", wait)
    with ThreadPoolExecutor(3) as pool:
        assert [answer.text for answer in pool.map(client.get, ["/meet"] * 3)] == ["met"] * 3
    client.get("/none")
    assert web.peak == 3


def test_hang_ends_with_the_site() -> None:
    """An address that hangs says nothing, and does not keep the site from closing."""
    with Web() as web, httpx.Client(trust_env=False) as client:
        url = web.hang("/never")
        with pytest.raises(httpx.ReadTimeout):
            client.get(url, timeout=0.2)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 5


def at_once(_: Visit) -> Reply:
    """A route that is wrong."""
    raise LookupError("a mistake in the test")


def midway(_: Visit) -> Reply:
    """A route that goes wrong in the middle of its body."""

    def stream() -> Iterator[bytes]:
        yield b"so far so good"
        raise LookupError("a mistake in the test")

    return Reply(stream())


@pytest.mark.parametrize("route", [at_once, midway])
def test_an_error_in_a_route_is_not_lost(route: Route) -> None:
    """What a test's own route raises comes out where the site ends."""

    def visit() -> None:
        with Web() as web, httpx.Client(trust_env=False) as client, suppress(httpx.RemoteProtocolError):
            client.get(web.route("/a", route))

    with pytest.raises(LookupError, match="a mistake in the test"):
        visit()


def test_raw_and_streamed(web: Web, client: httpx.Client) -> None:
    """A route may send any bytes at all, or a body bit by bit whose end is the end of the connection."""
    web.route("/raw", lambda _: Raw([b"HTTP/1.1 299 Odd\r\n", b"Content-Length: 2\r\nConnection: close\r\n\r\nok"]))
    web.route("/bits", lambda _: Reply(iter([b"one ", b"two"]), headers={"X-A": "1"}))
    raw, bits = client.get("/raw"), client.get("/bits")
    assert (raw.status_code, raw.reason_phrase, raw.text) == (299, "Odd", "ok")
    assert (bits.text, bits.headers["connection"]) == ("one two", "close")


def test_busy_then_good(web: Web, client: httpx.Client) -> None:
    """The busy server says when to come back, and the flaky one recovers."""
    busy, flaky = statuses.busy(web, retry_after="7"), statuses.flaky(web, times=2)
    first = client.get(busy)
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert [client.get(url).status_code for url in (busy, flaky, flaky, flaky)] == [200, 503, 503, 200]


def test_another_address(web: Web) -> None:
    """A second web may live at another address of this machine, as another host."""
    with Web(host="127.0.0.2") as other, httpx.Client(trust_env=False) as client:
        other.page("/", "other host")
        assert other.url.startswith("http://127.0.0.2:")
        assert client.get(other.url).text == "other host"
