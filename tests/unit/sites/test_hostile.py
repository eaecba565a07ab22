"""The unpleasant resources are as unpleasant as they say."""

import gzip
import socket
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from urllib.parse import urljoin

import brotli
import httpx
import pytest
from lxml import etree, html
from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError, PyPdfError

from tests.sites import Web, bodies, charsets, documents, markup, redirects, robots, sitemaps, statuses, traps


def some(client: httpx.Client, url: str, *, size_bytes: int) -> bytes:
    """The first bytes of a body as they come over the wire."""
    found = bytearray()
    with client.stream("GET", url) as answer:
        for piece in answer.iter_raw():
            found += piece
            if len(found) >= size_bytes:
                break
    return bytes(found)


def line(web: Web, path: str) -> socket.socket:
    """A bare connection that has asked for a path."""
    host, port = web.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=5)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


def hrefs(client: httpx.Client, url: str) -> list[str]:
    """The addresses that a page links to, resolved."""
    page = html.document_fromstring(client.get(url).text)
    return [urljoin(url, str(anchor.get("href"))) for anchor in page.iter("a") if "href" in anchor.attrib]


def test_redirects(web: Web, client: httpx.Client) -> None:
    """A chain has the length asked for and an end; loops have none."""
    end = client.get(redirects.chain(web, length=7), follow_redirects=True)
    assert (len(end.history), end.status_code) == (7, 200)
    for url in (redirects.loop(web), redirects.loop(web, length=1, path="/self"), redirects.growing_loop(web)):
        with pytest.raises(httpx.TooManyRedirects):
            client.get(url, follow_redirects=True)
    assert "/growing?n=1&n=1" in web.hits


@pytest.mark.parametrize("target", redirects.PRIVATE_URLS)
def test_redirect_to_the_inside(web: Web, target: str) -> None:
    """The address goes out as it was written, whatever it is."""
    redirects.to_private(web, target)
    with closing(line(web, "/inside")) as connection:
        assert f"\r\nLocation: {target}\r\n".encode() in connection.recv(4096)


def test_odd_redirects(web: Web, client: httpx.Client) -> None:
    """A redirect may lack its target, and a page may move on by itself."""
    assert "location" not in client.get(redirects.nowhere(web)).headers
    assert "url='/x'" in client.get(redirects.meta_refresh(web, "/x")).text.lower()


@pytest.mark.parametrize("make", [bodies.endless, bodies.giant, bodies.endless_headers])
def test_endless_bodies_end_with_the_client(web: Web, make: Callable[[Web], str]) -> None:
    """Twenty megabytes come without a pause, and the site notices when the client has gone."""
    url = make(web)
    with closing(line(web, url.removeprefix(web.url))) as connection:
        taken = 0
        while taken < 20_000_000:
            taken += len(connection.recv(1 << 20))
    deadline_s = time.monotonic() + 5
    while web.bytes_sent == 0 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert 0 < web.bytes_sent < 100_000_000


def test_giant_tells_its_size(web: Web, client: httpx.Client) -> None:
    """The length of the giant is stated, so it can be refused before a byte of it."""
    assert client.head(bodies.giant(web)).headers["content-length"] == "5000000000"
    assert len(client.get(bodies.giant(web, size_bytes=300_000)).content) == 300_000


def test_bombs(web: Web, client: httpx.Client) -> None:
    """Little comes over the wire and very much comes out."""
    packed = some(client, bodies.gzip_bomb(web), size_bytes=60_000)
    assert len(zlib.decompressobj(wbits=31).decompress(packed)) > 900 * len(packed)
    deflated = some(client, bodies.deflate_bomb(web), size_bytes=60_000)
    text = zlib.decompressobj().decompress(deflated)
    assert text.startswith(bodies.HEAD)
    assert len(text) > 900 * len(deflated)
    twice = some(client, bodies.gzip_gzip_bomb(web), size_bytes=1 << 30)
    once = gzip.decompress(twice)
    assert (len(twice) < 5_000, len(once) > 900_000) == (True, True)
    assert zlib.decompressobj(wbits=31).decompress(once, 200).startswith(bodies.HEAD)


def test_brotli_bomb(web: Web, client: httpx.Client) -> None:
    """Less than a kilobyte of Brotli is a hundred megabytes."""
    packed = some(client, bodies.brotli_bomb(web, unpacked_bytes=100_000_000), size_bytes=1 << 30)
    unpacker, size_bytes = brotli.Decompressor(), 0
    assert len(packed) < 1_000
    for place in range(0, len(packed), 16):
        size_bytes += len(unpacker.process(packed[place : place + 16]))
    assert size_bytes == 100_000_000 + len(bodies.HEAD)


@pytest.mark.parametrize("make", [bodies.drip, bodies.slow_headers])
def test_slow_ones_keep_dripping(web: Web, make: Callable[..., str]) -> None:
    """Something comes again and again, so that a time-out between two bytes never strikes."""
    url = make(web, pause_s=0.02)
    with closing(line(web, url.removeprefix(web.url))) as connection:
        assert all(connection.recv(4096) for _ in range(20))


def test_late(web: Web, client: httpx.Client) -> None:
    """A late page comes whole, but not before its time."""
    began_s = time.monotonic()
    assert "Sorry" in client.get(bodies.late(web, after_s=0.2)).text
    assert time.monotonic() - began_s >= 0.2


@pytest.mark.parametrize(
    "make",
    [
        bodies.cut_short,
        bodies.cut_chunk,
        bodies.hung_up,
        bodies.not_http,
        bodies.two_lengths,
        bodies.negative_length,
    ],
)
def test_broken_transfers(web: Web, client: httpx.Client, make: Callable[[Web], str]) -> None:
    """A strict client sees that the reply is not what HTTP promises."""
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(make(web))


def test_broken_packing(web: Web, client: httpx.Client) -> None:
    """Plain text that calls itself gzip cannot be unpacked; half of a packed body gives half of the text."""
    with pytest.raises(httpx.DecodingError):
        client.get(bodies.false_gzip(web))
    assert not client.get(bodies.cut_gzip(web)).text.endswith("</html>")


def test_more_than_announced(web: Web) -> None:
    """There are more bytes on the wire than the length says."""
    bodies.too_long(web)
    with closing(line(web, "/too-long")) as connection, connection.makefile("rb") as stream:
        head, _, body = stream.read().partition(b"\r\n\r\n")
    assert b"Content-Length: 90" in head
    assert len(body) > 90


def test_binary_and_empty(web: Web, client: httpx.Client) -> None:
    """One says it is HTML and is a picture, the other has nothing to say."""
    assert client.get(bodies.binary(web)).content.startswith(b"\x89PNG")
    assert client.get(bodies.empty(web)).content == b""


def test_charsets(web: Web, client: httpx.Client) -> None:
    """Label and bytes disagree in the way that the name says."""
    assert b"Gr\xf6\xdfe" in client.get(charsets.latin_as_utf8(web)).content
    assert "GrÃ¶Ã" in client.get(charsets.utf8_as_latin(web)).text
    assert b'charset="shift_jis"' in client.get(charsets.meta_against_header(web)).content
    assert client.get(charsets.utf16_without_bom(web)).content[:4] == b"<\x00!\x00"
    assert client.get(charsets.utf8_with_bom(web)).content[:3] == b"\xef\xbb\xbf"
    assert client.get(charsets.only_meta(web)).headers["content-type"] == "text/html"
    assert b"charset" not in client.get(charsets.unlabelled(web)).content
    assert client.get(charsets.unknown(web)).headers["content-type"].endswith("klingon-8")
    assert "<script>" in client.get(charsets.utf7(web)).content.decode("utf-7")
    assert b"&#xD800;" in client.get(charsets.surrogates(web)).content
    with pytest.raises(UnicodeDecodeError):
        client.get(charsets.half_a_letter(web)).content.decode()


def test_many_links(web: Web, client: httpx.Client) -> None:
    """There are ten thousand different links and each leads to a page."""
    links = hrefs(client, traps.many_links(web))
    assert len(set(links)) == 10_000
    assert client.get(links[9_999]).status_code == 200


@pytest.mark.parametrize(
    "make", [traps.calendar, traps.sessions, traps.deep, traps.alternating, traps.facets, traps.twins]
)
def test_traps_have_no_end(web: Web, client: httpx.Client, make: Callable[[Web], str]) -> None:
    """Following the last link again and again always leads to a new page that is there."""
    url = make(web)
    seen = {url}
    for _ in range(25):
        url = hrefs(client, url)[-1]
        assert client.get(url).status_code == 200
        assert url not in seen
        seen.add(url)


def test_soft_not_found(web: Web, client: httpx.Client) -> None:
    """Every address of the folder is found and says that it is not."""
    url = statuses.soft_not_found(web)
    assert [client.get(url + name).status_code for name in ("a", "b/c?d")] == [200, 200]


def test_echo(web: Web, client: httpx.Client) -> None:
    """A page can say how it was asked."""
    assert "user-agent: someone" in client.get(statuses.echo(web), headers={"User-Agent": "someone"}).text.splitlines()


def test_robots(web: Web, client: httpx.Client) -> None:
    """Each robots.txt is what it says it is, and the last one installed counts."""
    assert client.get(robots.forbids_everything(web)).text == "User-agent: *\nDisallow: /\n"
    assert client.get(robots.fails(web)).status_code == 500
    huge = client.get(robots.huge(web)).text
    assert huge.index("Disallow: /early") < 500 * 1024 < huge.index("Disallow: /late")
    moved = client.get(robots.redirects(web, "User-agent: *\n", hops=4), follow_redirects=True)
    assert (len(moved.history), moved.text) == (4, "User-agent: *\n")
    assert client.get(robots.is_html(web)).headers["content-type"].startswith("text/html")
    assert client.get(robots.is_binary(web)).content.endswith(b"\nDisallow: /secret\n")
    assert some(client, robots.is_endless(web), size_bytes=1_000_000).startswith(b"User-agent: *\nDisallow: /early\n")
    with pytest.raises(httpx.ReadTimeout):
        client.get(robots.hangs(web), timeout=0.1)


def test_sitemaps(web: Web, client: httpx.Client) -> None:
    """Plain, packed and nested sitemaps name what they were given."""
    plain = sitemaps.sitemap(web, {"/a?b&c": "2025-01-02", "/d": ""}, path="/one.xml")
    namespace = f"{{{sitemaps.NAMESPACE}}}"
    found = [
        (url.findtext(namespace + "loc"), url.findtext(namespace + "lastmod"))
        for url in etree.fromstring(client.get(plain).content)
    ]
    assert found == [(f"{web.url}/a?b&c", "2025-01-02"), (f"{web.url}/d", None)]
    packed = client.get(sitemaps.packed(web, {"/a?b&c": "2025-01-02", "/d": ""}))
    assert gzip.decompress(packed.content) == client.get(plain).content
    index = client.get(sitemaps.index(web, ["/one.xml"])).text
    assert f"<loc>{plain}</loc>" in index
    circular = sitemaps.circular(web)
    assert f"<loc>{circular}</loc>" in client.get(circular).text


def test_hostile_sitemaps(web: Web, client: httpx.Client) -> None:
    """Entities, foreign hosts, bombs and broken ends are there, each in its own file."""
    laughs = client.get(sitemaps.billion_laughs(web, path="/1.xml")).content
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(laughs)
    stolen = client.get(sitemaps.external_entity(web, path="/2.xml")).text
    assert '<!ENTITY x SYSTEM "file:///etc/passwd">' in stolen
    assert f"<loc>{web.url}/own</loc>" in client.get(sitemaps.foreign(web, path="/3.xml")).text
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(client.get(sitemaps.cut_off(web, path="/4.xml")).content)
    bomb = client.get(sitemaps.packed_bomb(web)).content
    assert len(bomb) < 1_100_000
    assert len(zlib.decompressobj(wbits=31).decompress(bomb[:100_000])) > 50_000_000


def test_injections(web: Web, client: httpx.Client) -> None:
    """Every field of the page carries the marker, and its data can be read."""
    text = client.get(markup.injections(web)).text
    page = html.document_fromstring(text)
    for place in ("//title", "//h1", "//h2", "//a", "//td", "//caption", "//code"):
        assert markup.SCRIPT in str(page.xpath(f"string({place})")), place
        assert "DROP TABLE" in str(page.xpath(f"string({place})")), place
    assert markup.MARKER in str(page.xpath("string(//meta[@name='description']/@content)"))
    data = str(page.xpath("string(//script[@type='application/ld+json'])"))
    assert f'"headline": "<script>document.title=\'{markup.MARKER}\'<\\/script>' in data


def test_sizes_and_shapes(web: Web, client: httpx.Client) -> None:
    """The page is as deep, long or wide as its name says."""
    assert client.get(markup.nested(web)).text.count("<div>") == 50_000
    assert "a" * 3_000_000 in client.get(markup.one_line(web)).text
    assert " a99999=1" in client.get(markup.many_attributes(web)).text
    assert len(client.get(markup.huge_title(web)).text.split("title>")[1]) > 10_000
    assert "\x00" in client.get(markup.control_characters(web)).text
    assert html.fromstring(client.get(markup.no_text(web)).text).xpath("string(//body//div)") == ""
    assert "Ignore all previous instructions" in client.get(markup.instructions(web)).text


def test_links_of_broken_html(web: Web, client: httpx.Client) -> None:
    """A forgiving reader still finds the good links."""
    assert {f"{web.url}/good", f"{web.url}/also-good"} <= set(hrefs(client, markup.broken(web)))


def test_wishes_of_a_page(web: Web, client: httpx.Client) -> None:
    """Each way of asking not to be indexed or followed is where it should be."""
    assert 'content="NoIndex"' in client.get(markup.noindex(web)).text
    assert client.get(markup.noindex_header(web, value="none")).headers["x-robots-tag"] == "none"
    assert 'content="index, nofollow"' in client.get(markup.nofollow(web)).text
    assert client.get(markup.nofollow_link(web)).text.lower().count("nofollow") == 2
    assert '<link rel="canonical" href="/real">' in client.get(markup.canonical(web, "/real")).text
    header = client.get(markup.canonical(web, "/real", path="/b", in_header=True)).headers["link"]
    assert header == '</real>; rel="canonical"'
    assert '<base href="/far/">' in client.get(markup.based(web, "/far/")).text


def test_link_spellings(web: Web, client: httpx.Client) -> None:
    """All spellings of the foreign address lead to one page, and the tracked ones too."""
    *foreign, idn = hrefs(client, markup.foreign_letters(web))
    pages = {client.get(url).text for url in foreign}
    assert (len(foreign), len(pages), idn) == (5, 1, "http://bücher.example/")
    tracked = hrefs(client, markup.tracked_links(web))
    assert (len(set(tracked)), {client.get(url).text for url in tracked}) == (6, {client.get("/same").text})
    page = html.document_fromstring(client.get(markup.odd_links(web)).text)
    odd = [anchor.get("href") for anchor in page.iter("a") if "href" in anchor.attrib]
    assert len(odd) == 23
    assert "  /good  " in odd


def test_documents(web: Web, client: httpx.Client) -> None:
    """PDF, Markdown, text and feeds say their type and can be read."""
    answer = client.get(documents.pdf_page(web))
    reader = PdfReader(BytesIO(answer.content), strict=True)
    assert reader.pages[0].extract_text().splitlines() == list(documents.LINES)
    assert answer.headers["content-type"] == "application/pdf"
    assert client.get(documents.markdown(web, "# Hé")).headers["content-type"] == "text/markdown; charset=utf-8"
    assert client.get(documents.plain(web, "Hé")).text == "Hé"
    for url in (documents.rss(web, {"/a": "A & B"}), documents.atom(web, {"/a": "A & B"})):
        feed = etree.fromstring(client.get(url).content)
        assert "A & B" in "".join(str(text) for text in feed.itertext())


def test_bad_documents(web: Web, client: httpx.Client) -> None:
    """Each PDF fails in its own way."""

    def read(url: str) -> str:
        pages = PdfReader(BytesIO(client.get(url).content), strict=True).pages
        return "".join(page.extract_text() for page in pages)

    assert read(documents.scanned_pdf(web)) == ""
    with pytest.raises(FileNotDecryptedError):
        read(documents.encrypted_pdf(web))
    for url in (documents.broken_pdf(web), documents.false_pdf(web)):
        with pytest.raises(PyPdfError):
            read(url)
    with pytest.raises((PyPdfError, RecursionError)):
        read(documents.circular_pdf(web))
