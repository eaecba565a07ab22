"""Whole crawls of a local web, through the child process."""

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.acquire import Policy
from bowerbird.kernel.errors import InputWrong
from bowerbird.records import jobs
from bowerbird.records.tables import jobs as job_rows
from bowerbird.records.tables import versions
from tests.crawling import CLOCK, Gatherer, adds_up, gatherer, html
from tests.sites import Reply, Web, documents


@pytest.fixture
def birds(tmp_path: Path, records_url: str) -> Iterator[Gatherer]:
    """Fresh records and what gathers into them."""
    with gatherer(tmp_path, records_url) as made:
        yield made


def endless(chunk: bytes) -> Iterator[bytes]:
    """A body without an end."""
    return itertools.repeat(chunk)


def test_every_url_gets_its_reason(birds: Gatherer) -> None:
    """What cannot be kept is skipped with its reason, nothing of it is stored, and the counts add up."""
    with Web() as web:
        bomb = gzip.compress(b"<p>" + b"0" * 40_000_000)
        web.page("/robots.txt", "User-agent: *\nDisallow: /private/\n", content_type="text/plain")
        links = (
            "/good", "/missing", "/broken", "/private/x", "/huge", "/bomb", "/picture.png", "/data", "/hang", "/loop/a",
            "/old", "/away", "/metadata", "/empty", "/secret", "/cal/2099/01/", "https://elsewhere.example/page",
            "http://169.254.169.254/latest/meta-data/", "/slow", "/binary", "/script",
        )  # fmt: skip
        web.page("/", html("Home", links=links))
        web.page("/good", html("Good"))
        web.status("/broken", 500)
        web.route("/huge", lambda _: Reply(endless(b"<p>x</p>" * 4096), headers={"Content-Type": "text/html"}))
        web.route("/bomb", lambda _: Reply(bomb, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"}))
        web.page("/data", b"\x00" * 100, content_type="image/png")
        web.hang("/hang")
        web.redirect("/loop/a", "/loop/b")
        web.redirect("/loop/b", "/loop/a")
        web.redirect("/old", "/new")
        web.page("/new", html("New"))
        web.redirect("/away", "https://elsewhere.example/moved")
        web.redirect("/metadata", "http://169.254.169.254/latest/")
        web.page("/empty", "<!doctype html><title>Empty</title>")
        web.page("/secret", html("Secret", head="<meta name=robots content=noindex>"))
        web.page("/binary", bytes(range(256)) * 40)
        web.page("/script", html("Script", text="<script>alert(1)</script> '); DROP TABLE pages; -- " + "word " * 40))
        web.page("/slow", html("Slow"))
        ended = birds.crawl(web.url)
    reasons = {path: (state, reason) for path, (state, reason, _) in ended.urls.items()}
    assert ended.outcome.status == "completed"
    assert adds_up(ended.coverage)
    assert ended.coverage.queued == 0
    assert reasons == {
        "/": ("kept", None),
        "/good": ("kept", None),
        "/missing": ("skipped", "error"),
        "/broken": ("skipped", "error"),
        "/private/x": ("skipped", "robots"),
        "/huge": ("skipped", "too large"),
        "/bomb": ("skipped", "too large"),
        "/picture.png": ("skipped", "type"),
        "/data": ("skipped", "type"),
        "/hang": ("skipped", "error"),
        "/loop/a": ("skipped", reasons["/loop/a"][1]),
        "/loop/b": ("skipped", "error"),
        "/old": ("skipped", "duplicate"),
        "/new": ("kept", None),
        "/away": ("skipped", "off-host"),
        "/moved": ("skipped", "off-host"),
        "/metadata": ("skipped", "refused"),
        "/latest/": ("skipped", "refused"),
        "/empty": ("skipped", "empty"),
        "/secret": ("skipped", "noindex"),
        "/cal/2099/01/": ("skipped", "trap"),
        "/page": ("skipped", "off-host"),
        "/latest/meta-data/": ("skipped", "refused"),
        "/slow": ("kept", None),
        "/binary": ("skipped", "type"),
        "/script": ("kept", None),
    }
    assert "Secret" not in birds.texts()
    assert "DROP TABLE pages" in birds.texts()
    assert web.hits["/private/x"] == 0
    assert web.hits["/picture.png"] == 0
    assert web.hits["/broken"] == 3


def test_a_pdf_is_kept_with_where_its_pages_begin(birds: Gatherer) -> None:
    """Its text is whole, and each place in it has a page; a page of HTML has none."""
    with Web() as web:
        documents.pdf_page(web, [["Words of the first page."], ["# The second", "More of them."]])
        web.page("/", html("Home", links=("/paper.pdf",)))
        birds.crawl(web.url)
    wanted = sa.select(versions.c.text, versions.c.page_starts).order_by(versions.c.id.desc())
    (text, starts), (_, of_html) = birds.records.read(lambda conn: conn.execute(wanted).all())

    assert (starts, of_html) == ([0, text.index("# The second")], None)


def test_a_second_crawl_asks_only_what_changed(birds: Gatherer) -> None:
    """Unchanged pages cost a 304, changed ones get another version, gone ones leave the answers, failing ones stay."""
    with Web() as web:
        web.page("/", html("Home", links=("/same", "/changes", "/goes", "/fails", "/bare")))
        web.page("/same", html("Same"))
        web.page("/changes", html("Changes"))
        web.page("/goes", html("Goes"))
        web.page("/fails", html("Fails"))
        web.page("/bare", html("Bare"), validators=False)
        first = birds.crawl(web.url)
        birds.cut()
        web.page("/changes", html("Changed since"))
        web.remove("/goes")
        web.status("/fails", 503)
        web.forget_visits()
        second = birds.crawl(web.url)
        birds.cut()
        conditional = {visit.target for visit in web.visits if "if-none-match" in visit.headers}
    assert (first.coverage.kept, first.coverage.unchanged) == (6, 0)
    assert {path: state for path, (state, _, _) in second.urls.items()} == {
        "/": "unchanged",
        "/same": "unchanged",
        "/changes": "kept",
        "/goes": "deleted",
        "/fails": "skipped",
        "/bare": "unchanged",
    }
    assert conditional == {"/", "/same", "/changes", "/goes", "/fails"}
    assert birds.pages()["/goes"] == "gone"
    assert birds.pages()["/fails"] == "live"
    assert birds.live() == {"/", "/same", "/changes", "/fails", "/bare"}
    assert [path for path, _ in birds.versions()].count("/changes") == 2
    assert sorted(path for path, current in birds.versions() if not current) == ["/changes", "/goes"]
    assert adds_up(second.coverage)
    assert second.coverage.bytes < first.coverage.bytes / 2


def test_what_was_no_page_lately_is_asked_for_again_only_where_a_link_to_it_is_new(birds: Gatherer) -> None:
    """Programs and pictures cost nothing in a second crawl, and have their reason all the same."""
    with Web() as web:
        web.page("/", html("Home", links=("/same", "/edited")))
        web.page("/same", html("Same", links=("/picture",)))
        web.page("/edited", html("Edited", links=("/program",)))
        for path in ("/picture", "/program"):
            web.page(path, b"\x00" * 100, content_type="application/octet-stream")
        birds.crawl(web.url)
        web.page("/edited", html("Edited", text="now it is a page that says more, " * 9, links=("/program",)))
        web.page("/program", html("Program"))
        second = birds.crawl(web.url)
        asked = {path: web.hits[path] for path in ("/picture", "/program")}

    assert asked == {"/picture": 1, "/program": 2}
    assert second.urls["/picture"][:2] == ("skipped", "type")
    assert "binary" in (second.urls["/picture"][2] or "")
    assert second.urls["/program"][:2] == ("kept", None)
    assert adds_up(second.coverage)


def test_duplicates_are_folded_and_take_their_turn(birds: Gatherer) -> None:
    """One of two like pages is kept; when it goes, the other takes its place in the same crawl."""
    with Web() as web:
        web.page("/", html("Home", links=("/a", "/b", "/c")))
        web.page("/a", html("Bowerbirds"))
        web.page("/b", html("Bowerbirds"))
        web.page("/c", html("Bowerbirds", head='<link rel=canonical href="/named">'))
        web.page("/named", html("Bowerbirds"))
        birds.crawl(web.url)
        states = birds.pages()
        kept = next(path for path, state in states.items() if state == "live" and path != "/")
        web.remove(kept)
        again = birds.crawl(web.url)
    assert sorted(states.values()) == ["folded", "folded", "folded", "live", "live"]
    assert again.urls[kept][0] == "deleted"
    assert sorted(birds.pages().values()) == ["folded", "folded", "gone", "live", "live"]
    assert adds_up(again.coverage)


def test_limits_are_kept(birds: Gatherer) -> None:
    """No more pages are asked for than allowed, none deeper; what was seen beyond has its reason."""
    with Web() as web:
        for number in range(12):
            web.page(f"/{number}", html(f"Page {number}", links=(f"/{number + 1}", f"/side/{number}")))
            web.page(f"/side/{number}", html(f"Side {number}"))
        few = birds.crawl(f"{web.url}/0", max_pages=5)
        asked = sum(count for path, count in web.hits.items() if path not in ("/robots.txt", "/sitemap.xml"))
        flat = birds.crawl(f"{web.url}/0", goal="sides", max_depth=2)
    assert asked == few.coverage.fetched == 5
    assert few.coverage.skipped["budget"] == few.coverage.seen - 5
    assert set(flat.urls) == {"/0", "/1", "/side/0", "/2", "/side/1", "/3", "/side/2"}
    assert flat.urls["/3"][:2] == ("skipped", "budget")
    assert adds_up(few.coverage)


def test_a_site_that_forbids_everything_or_is_not_there(birds: Gatherer) -> None:
    """The job completes, and the start URL says why nothing came."""
    with Web() as web:
        web.page("/robots.txt", "User-agent: *\nDisallow: /\n", content_type="text/plain")
        web.page("/", html("Home"))
        forbidden = birds.crawl(web.url)
    nobody = birds.crawl(f"{web.url}/gone", goal="other")
    assert forbidden.urls == {"/": ("skipped", "robots", None)}
    assert nobody.urls["/gone"][:2] == ("skipped", "error")
    assert (forbidden.outcome.status, nobody.outcome.status) == ("completed", "completed")


def test_sitemaps_and_nofollow(birds: Gatherer) -> None:
    """Pages that only the sitemap names are found; a nofollow link is not followed unless another one leads there."""
    with Web() as web:
        web.page("/robots.txt", f"Sitemap: {web.url}/map.xml\n", content_type="text/plain")
        named = "".join(f"<url><loc>{web.url}{path}</loc></url>" for path in ("/hidden", "/"))
        web.page("/map.xml", f'<?xml version="1.0"?><urlset>{named}</urlset>', content_type="application/xml")
        links = '<a rel=nofollow href="/never">n</a> <a rel=nofollow href="/later">l</a> <a href="/next">x</a>'
        web.page("/", html("Home", text=links + " word" * 60))
        web.page("/next", html("Next", links=("/later",)))
        web.page("/later", html("Later"))
        web.page("/hidden", html("Hidden"))
        ended = birds.crawl(web.url)
    assert {path: (state, reason) for path, (state, reason, _) in ended.urls.items()} == {
        "/": ("kept", None),
        "/next": ("kept", None),
        "/later": ("kept", None),
        "/hidden": ("kept", None),
        "/never": ("skipped", "nofollow"),
    }


def test_a_busy_site_is_asked_again_when_it_says(birds: Gatherer) -> None:
    """429 with Retry-After is waited for, and the crawl-delay of robots.txt is kept between requests."""
    with Web() as web:
        web.page("/robots.txt", "User-agent: *\nCrawl-delay: 0.3\n", content_type="text/plain")

        def busy(visit: object) -> Reply:
            number = getattr(visit, "number", 0)
            if number == 1:
                return Reply(status=429, headers={"Retry-After": "1"})
            return Reply(html("Busy").encode(), headers={"Content-Type": "text/html"})

        web.page("/", html("Home", links=("/busy", "/other")))
        web.page("/other", html("Other"))
        web.route("/busy", busy)
        ended = birds.crawl(web.url)
        at = [visit.at_s for visit in web.visits if visit.target in ("/", "/busy", "/other")]
        tries = [visit.at_s for visit in web.visits if visit.target == "/busy"]
    assert ended.urls["/busy"][0] == "kept"
    assert tries[1] - tries[0] >= 0.95
    assert min(later - earlier for earlier, later in itertools.pairwise(sorted(at))) >= 0.25


def test_a_cancelled_crawl_stops_soon_and_keeps_what_it_has(birds: Gatherer) -> None:
    """Cancelling ends the child within seconds; nothing stays queued."""
    with Web() as web:
        web.page("/", html("Home", links=("/hang",)))
        web.hang("/hang")
        lease = birds.lease(web.url)
        birds.records.write(lambda conn: jobs.request_cancel(conn, lease.job, clock=CLOCK))
        began = CLOCK.monotonic_s()
        outcome = birds.run(lease)
    assert outcome.status == "cancelled"
    assert CLOCK.monotonic_s() - began < 10
    ended = birds.ended(lease, outcome)
    assert adds_up(ended.coverage)
    assert ended.coverage.queued == 0


def test_private_hosts_are_refused_at_the_door(birds: Gatherer) -> None:
    """A loopback start URL that nobody allowed starts nothing, and leaves no row."""
    with Web() as web, pytest.raises(InputWrong) as refused:
        birds.lease(web.url, allow_private=False)
    assert refused.value.field == "base-url"
    assert birds.pages() == {}
    assert Policy().refuses_host("127.0.0.1", 80) is not None


def test_megabytes_are_bounded(birds: Gatherer) -> None:
    """What was received when the limit is reached is kept; the rest waits for another crawl, and says why."""
    padding = f"<!-- {'x' * 100_000} -->"
    with Web() as web:
        for number in range(40):
            web.page(f"/{number}", html(f"Bird {number}", links=(f"/{number + 1}",), head=padding))
        ended = birds.crawl(f"{web.url}/0", max_megabytes=0.5)
    _, reason, detail = ended.urls[f"/{max(int(path[1:]) for path in ended.urls)}"]

    assert (ended.outcome.status, reason, adds_up(ended.coverage)) == ("completed", "budget", True)
    assert "at most 0.5 are allowed" in (detail or "")
    assert 500_000 <= ended.coverage.bytes < 1_000_000


def test_minutes_are_bounded(birds: Gatherer) -> None:
    """A crawl that would go on ends when its time is up, counted from its start."""
    with Web() as web:
        for number in range(200):
            web.page(f"/{number}", html(f"Bird {number}", links=(f"/{number + 1}",)))
        lease = birds.lease(f"{web.url}/0", max_minutes=1.0)
        birds.records.write(
            lambda conn: conn.execute(sa.update(job_rows).values(started_at=CLOCK.now_s() - 61)),
        )
        ended = birds.ended(lease, birds.run(lease))

    assert ended.outcome.status == "completed"
    assert {(reason, detail) for _, reason, detail in ended.urls.values()} == {
        ("budget", "it ran for 1 minutes, the most allowed")
    }


@pytest.mark.parametrize(("field", "value"), [("max_minutes", 0.0), ("max_megabytes", float("nan"))])
def test_limits_of_time_and_bytes_are_checked(birds: Gatherer, field: str, value: Any) -> None:
    """Beside the field that is wrong."""
    with pytest.raises(InputWrong) as wrong:
        birds.lease("http://127.0.0.1:9/", goal="birds", **{field: value})

    assert wrong.value.field == field.replace("_", "-")
