"""What becomes of links at sight."""

import pytest

from bowerbird.acquire.guard import Policy
from bowerbird.acquire.linking import Linker
from bowerbird.acquire.reasons import Reason
from bowerbird.acquire.robots import Rules
from bowerbird.reading.urls import Url, start_url

START = start_url("https://www.example.org/docs/")


def linker(*, max_depth: int = 5) -> Linker:
    """A crawl of one site."""
    return Linker(START, Policy(), max_depth=max_depth, agent="Bowerbird/1", year=2026)


def reason(url: str, *, depth: int = 1, nofollow: bool = False, made: Linker | None = None) -> Reason | None:
    """Why a link is not followed."""
    (found,) = (made or linker()).links([(url, "", nofollow)], depth=depth).found
    return found.reason


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.example.org/other", None),
        ("http://example.org/other", None),
        ("https://sub.example.org/", Reason.OFF_HOST),
        ("https://example.org:8443/", Reason.OFF_HOST),
        ("https://else.example/", Reason.OFF_HOST),
        ("http://10.0.0.1/admin", Reason.REFUSED),
        ("http://localhost/", Reason.REFUSED),
        ("https://example.org/logo.PNG", Reason.TYPE),
        ("https://example.org/file.tar.gz?x=1", Reason.TYPE),
        ("https://example.org/cal/2099/01", Reason.TRAP),
        ("https://example.org/a/b/a/b/a/b/", Reason.TRAP),
    ],
)
def test_links_are_judged_at_sight(url: str, expected: Reason | None) -> None:
    """The host decides first, then the address."""
    assert reason(url) is expected


def test_each_url_is_found_once() -> None:
    """The second link to a URL is `again`, from whichever page."""
    made = linker()
    first = made.links([("https://example.org/a", "A", False), ("https://example.org/a", "A", False)], depth=1)
    assert [found.url for found in first.found] == ["https://example.org/a"]
    assert first.again == ["https://example.org/a"]
    assert made.offer("https://example.org/a", "", depth=1) is None


def test_nofollow_and_depth_can_be_made_good() -> None:
    """A URL that was only linked with nofollow, or too deep, is queued when a better link comes; once."""
    made = linker(max_depth=2)
    assert reason("https://example.org/n", nofollow=True, made=made) is Reason.NOFOLLOW
    assert reason("https://example.org/d", depth=3, made=made) is Reason.BUDGET
    again = [("https://example.org/n", "N", False), ("https://example.org/d", "D", False)]
    assert [each.url for each in made.links(again, depth=2).revived] == [url for url, _, _ in again]
    assert made.links(again, depth=1).revived == []


def test_robots_are_kept_to_where_they_are_known() -> None:
    """What robots.txt forbids is skipped at sight."""
    made = linker()
    made.rules[START.origin] = Rules.parse(b"User-agent: bowerbird\nDisallow: /private\n")
    assert reason("https://www.example.org/private/x", made=made) is Reason.ROBOTS
    assert reason("https://www.example.org/public", made=made) is None


def test_the_start_page_may_lead_to_another_host() -> None:
    """A start URL that redirects names the site that was meant, also after a restart."""
    made = linker()
    target = start_url("https://docs.example.net/home")
    made.widen(target)
    assert reason("https://docs.example.net/a", made=made) is None
    resumed = linker()
    resumed.remember("https://docs.example.net/home", None, depth=0)
    assert reason("https://docs.example.net/a", made=resumed) is None
    assert isinstance(target, Url)


def test_a_restart_remembers_what_can_be_made_good() -> None:
    """After a restart a nofollow URL can still be queued, a decided one cannot."""
    made = linker()
    made.remember("https://example.org/n", "nofollow", depth=1)
    made.remember("https://example.org/k", None, depth=1)
    linked = made.links([("https://example.org/n", "", False), ("https://example.org/k", "", False)], depth=1)
    assert [each.url for each in linked.revived] == ["https://example.org/n"]
    assert linked.again == ["https://example.org/k"]
