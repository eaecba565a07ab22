"""One crawl of everything unpleasant that a web can do: it completes, everything has its reason, nothing breaks out."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.acquire import Reason
from bowerbird.records.tables import pages
from tests.crawling import Ended, Gatherer, adds_up, gatherer, html
from tests.servers import Databases
from tests.sites import Web, bodies, charsets, documents, markup, redirects, statuses, traps

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[tuple[Gatherer, Ended, Web]]:
    """A crawl that met all of it."""
    folder = tmp_path_factory.mktemp("hostile")
    with databases.new(folder) as url, gatherer(folder, url) as birds, Web() as web:
        links = [
            bodies.endless(web),
            bodies.giant(web),
            bodies.gzip_bomb(web, path="/bomb"),
            bodies.gzip_gzip_bomb(web, path="/bombs"),
            bodies.deflate_bomb(web, unpacked_bytes=1_000_000_000),
            bodies.brotli_bomb(web, unpacked_bytes=100_000_000),
            bodies.drip(web),
            bodies.slow_headers(web),
            bodies.endless_headers(web),
            bodies.cut_short(web),
            bodies.cut_gzip(web, path="/cut"),
            bodies.false_gzip(web, path="/false"),
            bodies.hung_up(web),
            bodies.not_http(web),
            bodies.two_lengths(web),
            bodies.negative_length(web),
            bodies.binary(web),
            bodies.empty(web),
            redirects.loop(web),
            redirects.growing_loop(web),
            redirects.chain(web),
            redirects.to_private(web, "http://10.0.0.1/"),
            redirects.nowhere(web),
            redirects.broken(web),
            traps.many_links(web),
            traps.calendar(web),
            traps.sessions(web),
            traps.deep(web),
            charsets.latin_as_utf8(web),
            charsets.utf8_as_latin(web),
            charsets.meta_against_header(web),
            charsets.utf16_without_bom(web),
            charsets.unknown(web),
            charsets.surrogates(web),
            markup.injections(web),
            markup.broken(web),
            markup.nested(web),
            markup.huge_title(web),
            markup.control_characters(web),
            markup.no_text(web),
            markup.noindex(web),
            markup.noindex_header(web),
            markup.odd_links(web),
            statuses.busy(web),
            statuses.flaky(web),
            documents.pdf_page(web),
            documents.encrypted_pdf(web),
            documents.broken_pdf(web),
            documents.false_pdf(web),
            documents.circular_pdf(web),
        ]
        web.page("/", html("Home", links=tuple(links)))
        ended = birds.crawl(web.url, max_pages=400)
        yield birds, ended, web


def test_the_job_completes_and_everything_has_its_reason(met: tuple[Gatherer, Ended, Web]) -> None:
    """Nothing stays queued, the counts add up, and each reason is one of those that people are told."""
    _, ended, _ = met
    reasons = {reason for state, reason, _ in ended.urls.values() if state == "skipped"}

    assert (ended.outcome.status, ended.coverage.queued, adds_up(ended.coverage)) == ("completed", 0, True)
    assert reasons <= {reason.value for reason in Reason}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/giant", "too large"),
        ("/bomb", "too large"),
        ("/bomb.zz", "too large"),
        ("/bomb.br", "too large"),
        ("/drip", "error"),
        ("/slow-headers", "error"),
        ("/hung-up", "error"),
        ("/not-http", "error"),
        ("/binary.html", "type"),
        ("/empty", "empty"),
        ("/inside", "refused"),
        ("/noindex", "noindex"),
        ("/noindex-header", "noindex"),
        ("/broken.pdf", "error"),
    ],
)
def test_what_cannot_be_kept_says_why(met: tuple[Gatherer, Ended, Web], path: str, reason: str) -> None:
    """Each of these is skipped with its reason."""
    state, seen, _ = met[1].urls[path]

    assert (state, seen) == ("skipped", reason)


@pytest.mark.parametrize("path", ["/endless", "/secret.pdf", "/false.pdf", "/cut-short", "/loop/0", "/growing"])
def test_what_has_no_end_or_no_sense_is_not_kept(met: tuple[Gatherer, Ended, Web], path: str) -> None:
    """Whatever of several reasons comes first, nothing of it is stored."""
    assert [state for each, (state, _, _) in met[1].urls.items() if each.startswith(path)].count("kept") == 0


def test_traps_are_left(met: tuple[Gatherer, Ended, Web]) -> None:
    """An endless calendar, session ids and paths without an end are asked for a bounded number of times."""
    _, ended, _ = met
    asked = [path for path, (state, _, _) in ended.urls.items() if state == "kept"]

    for trap in ("/calendar", "/shop", "/deep"):
        assert sum(path.startswith(trap) for path in asked) <= 60, trap


def test_hostile_fields_are_stored_as_text(met: tuple[Gatherer, Ended, Web]) -> None:
    """Script and SQL are words like others: the page is there, the tables are too."""
    birds, ended, _ = met
    title = birds.records.read(
        lambda conn: conn.execute(sa.select(pages.c.title).where(pages.c.url.endswith("/injections"))).scalar_one()
    )

    assert ended.urls["/injections"][0] == "kept"
    assert markup.SQL in title or markup.SCRIPT in title or markup.MARKER in title


def test_texts_hold_no_control_characters(met: tuple[Gatherer, Ended, Web]) -> None:
    """Whatever a site sent, stored text is text."""
    texts = met[0].texts()

    assert [character for character in set(texts) if ord(character) < 32 and character not in "\n\t"] == []


def test_charsets_are_read_as_meant(met: tuple[Gatherer, Ended, Web]) -> None:
    """A wrong label does not turn a page into mojibake."""
    assert "Ã" not in met[0].texts()
