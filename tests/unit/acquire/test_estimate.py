"""A short look at a site before it is gathered."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bowerbird.acquire import Policy, Preview, parse_allowed, preview
from bowerbird.kernel.errors import InputWrong
from tests.sites import Web


def local(web: Web) -> Policy:
    """A policy that lets this one site be asked."""
    host, _, port = web.url.removeprefix("http://").partition(":")
    return Policy().allowing(host, int(port))


def test_a_site_with_a_sitemap() -> None:
    """Pages are counted in the sitemaps, time comes from the crawl-delay, bytes from the start page."""
    with Web() as web:
        web.page(
            "/robots.txt", f"User-agent: *\nCrawl-delay: 3\nSitemap: {web.url}/index.xml", content_type="text/plain"
        )
        web.page("/index.xml", f"<sitemapindex><sitemap><loc>{web.url}/map.xml</loc></sitemap></sitemapindex>")
        named = "".join(f"<url><loc>{web.url}/{number}</loc></url>" for number in range(40))
        web.page("/map.xml", f"<urlset>{named}</urlset>")
        web.page("/", "x" * 5000)
        seen = preview(web.url, local(web))
    assert seen == Preview(robots_allow=True, crawl_delay_s=3.0, sitemap_pages=40, pages=40, minutes=2.0, megabytes=0.2)


def test_a_site_that_says_nothing_or_no() -> None:
    """Without a sitemap the numbers are unknown; where robots.txt forbids, nothing else is asked."""
    with Web() as web:
        web.page("/", "hello")
        unknown = preview(web.url, local(web))
        web.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
        web.forget_visits()
        forbidden = preview(web.url, local(web))
        assert set(web.hits) == {"/robots.txt"}
    assert unknown == Preview(True, None, None, None, None, None)
    assert forbidden == Preview(False, None, None, None, None, None)


def test_what_must_not_be_asked_is_not_asked() -> None:
    """Private hosts are refused, also behind a redirect; nonsense is the person's to correct."""
    with Web() as web, Web() as inner:
        with pytest.raises(InputWrong, match="loopback"):
            preview(web.url, Policy())
        web.redirect("/robots.txt", f"{inner.url}/robots.txt")
        with pytest.raises(InputWrong, match="loopback"):
            preview(web.url, local(web))
        assert sum(inner.hits.values()) == 0
    with pytest.raises(InputWrong):
        preview("not a url", Policy())


class Closing(BaseHTTPRequestHandler):
    """Speaks HTTP/1.0, so each answer ends its connection, and states a length that cannot be."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "9" * 5000)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the signature is http.server's
        """Say nothing."""


def test_a_site_that_ends_its_connections_and_lies_about_lengths() -> None:
    """Old and odd servers are looked at like others."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Closing)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        seen = preview(f"http://127.0.0.1:{server.server_port}/", Policy(parse_allowed(("127.0.0.1",))))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert seen == Preview(True, None, None, None, None, None)
