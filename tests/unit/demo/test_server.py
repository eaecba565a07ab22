"""The demonstration site as a web server."""

import gzip
import socket

import httpx
import pytest

from bowerbird.demo import DemoSite

PAGE = "/topics/decision-trees.html"
PLAIN = {"Accept-Encoding": "identity"}


def test_headers_of_a_page(client: httpx.Client) -> None:
    """A page has its type, a strong tag, the date of its last edit and the length of what is sent."""
    answer = client.get(PAGE, headers=PLAIN)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["last-modified"] == "Mon, 25 Aug 2025 09:00:00 GMT"
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize("pair", [("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")])
def test_second_request_costs_nothing(client: httpx.Client, coding: str, pair: tuple[str, str]) -> None:
    """With either validator, packed or not, the second answer is 304 without a body or a type."""
    given, asked = pair
    first = client.get(PAGE, headers={"Accept-Encoding": coding})
    second = client.get(PAGE, headers={"Accept-Encoding": coding, asked: first.headers[given]})
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["etag"] == first.headers["etag"]
    assert "content-type" not in second.headers
    assert "content-encoding" not in second.headers


def test_an_old_tag_gets_the_page(client: httpx.Client) -> None:
    """A tag that is not the present one is answered with the whole page."""
    assert client.get(PAGE, headers={"If-None-Match": '"old"'}).status_code == 200


def test_gzip(client: httpx.Client) -> None:
    """The packed bytes are the plain ones packed, with a tag of their own, and are always the same."""
    with client.stream("GET", PAGE, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    plain = client.get(PAGE, headers=PLAIN)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.headers["etag"] != plain.headers["etag"]
    with client.stream("GET", PAGE, headers={"Accept-Encoding": "gzip"}) as again:
        assert b"".join(again.iter_raw()) == raw


def test_head(client: httpx.Client) -> None:
    """HEAD has the headers of GET and no body."""
    head, get = client.head(PAGE), client.get(PAGE)
    without_clock = [{k: v for k, v in answer.headers.items() if k != "date"} for answer in (head, get)]
    assert without_clock[0] == without_clock[1]
    assert head.content == b""


def test_missing_page(client: httpx.Client) -> None:
    """An address that is not there says 404 with a page for people, and has no validators."""
    answer = client.get("/topics/alchemy.html")
    assert answer.status_code == 404
    assert "There is no page here" in answer.text
    assert "etag" not in answer.headers


@pytest.mark.parametrize("path", ["/../server.py", "/%2e%2e/server.py", "/topics/..%2f..%2fserver.py", "/%00"])
def test_nothing_outside_the_site_is_served(client: httpx.Client, path: str) -> None:
    """No spelling of `..` leads out."""
    address = client.base_url.raw_host.decode(), client.base_url.port or 80
    with socket.create_connection(address) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert line.makefile("rb").readline() == b"HTTP/1.1 404 Not Found\r\n"


def test_folder_without_slash(client: httpx.Client) -> None:
    """A folder moves to its address with a slash, where its index is."""
    assert client.get("/topics").headers["location"] == "/topics/"
    assert client.get("/topics/").text == client.get("/topics/index.html").text


def test_the_origin_is_the_one_it_runs_at() -> None:
    """Absolute addresses in the files are those of this very server, so two sites differ only there."""
    with DemoSite() as one, DemoSite() as other, httpx.Client(trust_env=False) as client:
        texts = [client.get(f"{site.url}/sitemap.xml").text for site in (one, other)]
        assert f"<loc>{one.url}/</loc>" in texts[0]
        assert texts[0].replace(one.url, other.url) == texts[1]
        assert "{{origin}}" not in texts[0]


def test_taken_port() -> None:
    """A port that is in use is refused at once."""
    with DemoSite() as site, pytest.raises(OSError, match="in use"):
        DemoSite(port=int(site.url.rpartition(":")[2]))


def test_closing_ends_kept_connections() -> None:
    """After the context nothing listens and a connection that was kept open is closed."""
    with DemoSite() as site:
        host, port = site.url.removeprefix("http://").split(":")
        line = socket.create_connection((host, int(port)), timeout=5)
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(15) == b"HTTP/1.1 200 OK"
    with line:
        while line.recv(65536):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=5)
