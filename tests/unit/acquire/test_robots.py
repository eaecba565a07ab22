"""robots.txt as RFC 9309 has it."""

import pytest

from bowerbird.acquire.robots import MAX_BODY_BYTES, Rules


def allowed(text: str | bytes, path: str, agent: str = "bowerbird") -> bool:
    """The answer for a page of the site whose robots.txt is `text`."""
    body = text.encode() if isinstance(text, str) else text
    return Rules.parse(body).allowed(f"https://example.org{path}", agent)


@pytest.mark.parametrize(
    ("text", "path", "answer"),
    [
        ("", "/x", True),
        ("user-agent: *\ndisallow: /", "/x", False),
        ("user-agent: *\ndisallow: /", "/robots.txt", True),
        ("user-agent: *\ndisallow:", "/x", True),
        ("disallow: /", "/x", True),
        ("user-agent: BowerBird\ndisallow: /a\nuser-agent: *\ndisallow: /", "/x", True),
        ("user-agent: other\nuser-agent: bowerbird\ndisallow: /a", "/a", False),
        (
            "user-agent: bowerbird\ndisallow: /a\nuser-agent: x\ndisallow: /\nuser-agent: bowerbird\ndisallow: /b",
            "/b",
            False,
        ),
        ("user-agent: bower\ndisallow: /", "/x", True),
        ("user-agent: bowerbird 2 beta\ndisallow: /", "/x", False),
        ("user-agent: *\nsitemap: /s\ndisallow: /", "/x", False),
        ("user-agent: bowerbird\nunknown: 1\nuser-agent: *\ndisallow: /", "/x", False),
        ("user-agent: *\ndisallow: /a\nallow: /a/b", "/a/b/c", True),
        ("user-agent: *\ndisallow: /a/b\nallow: /a", "/a/b/c", False),
        ("user-agent: *\ndisallow: /a\nallow: /a", "/a", True),
        ("user-agent: *\ndisallow: /*.pdf$", "/x/y.pdf", False),
        ("user-agent: *\ndisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("user-agent: *\ndisallow: /a*b*c", "/a12b3c4", False),
        ("user-agent: *\ndisallow: /a*b$", "/ab", False),
        ("user-agent: *\ndisallow: /ab*b$", "/ab", True),
        ("user-agent: *\ndisallow: /a$b", "/a$b", False),
        ("user-agent: *\ndisallow: /", "/#top", False),
        ("user-agent: *\nallow: /index.html\ndisallow: /", "/", True),
        ("user-agent: *\nDissallow: /", "/x", False),
        ("user-agent *\ndisallow /", "/x", False),
        ("user-agent: *\r\n\r\ndisallow: /a # why\r\n", "/a", False),
        ("user-agent: *\rdisallow: /a\r", "/a", False),
        ("\ufeffuser-agent: *\ndisallow: /", "/x", False),
        ("user-agent: *\ndisallow: /ä", "/%C3%A4", False),
        ("user-agent: *\ndisallow: /%c3%a4", "/%C3%A4", False),
        ("user-agent: *\ndisallow: /%61%62", "/ab", False),
        ("user-agent: *\ndisallow: /\nallow: /%61%62", "/ab", False),
    ],
)
def test_rules_are_obeyed(text: str, path: str, *, answer: bool) -> None:
    """Groups, precedence, wildcards, escapes, and what the reference forgives."""
    assert allowed(text, path) is answer


def test_an_agents_version_does_not_count() -> None:
    """`bowerbird/0.1` is bowerbird."""
    assert allowed("user-agent: bowerbird\ndisallow: /", "/x", agent="Bowerbird/0.1") is False


@pytest.mark.parametrize(
    ("status", "answer", "ask_again"),
    [
        (200, False, False),
        (404, True, False),
        (403, True, False),
        (301, True, False),
        (429, False, True),
        (503, False, True),
    ],
)
def test_a_status_means_what_the_rfc_says(status: int, *, answer: bool, ask_again: bool) -> None:
    """Missing allows all, broken refuses all until asked again."""
    rules = Rules.from_response(status, b"user-agent: *\ndisallow: /x")
    assert (rules.allowed("https://example.org/x", "bowerbird"), rules.refuses_all) == (answer, ask_again)


def test_a_site_that_cannot_be_reached_refuses_all() -> None:
    """Also robots.txt itself is not a reason to go on."""
    rules = Rules.from_response(None, b"")
    assert (rules.refuses_all, rules.allowed("https://example.org/", "bowerbird")) == (True, False)


def test_delay_and_sitemaps_are_read() -> None:
    """The delay is the agent's group's; sitemaps belong to no group; nonsense is ignored."""
    rules = Rules.parse(
        b"sitemap: https://example.org/s.xml\nuser-agent: *\ncrawl-delay: 2.5\ncrawl-delay: nan\ncrawl-delay: -1\n"
        b"user-agent: slow\ncrawl-delay: 9\nSitemap: https://example.org/s.xml\nsite-map: /t.xml"
    )
    assert rules.sitemaps == ("https://example.org/s.xml", "/t.xml")
    assert [rules.crawl_delay_s(agent) for agent in ("bowerbird", "slow")] == [2.5, 9.0]
    assert Rules.parse(b"").crawl_delay_s("bowerbird") is None


def test_what_lies_behind_the_cap_is_ignored() -> None:
    """A file without end costs what half a megabyte costs."""
    body = b"user-agent: *\ndisallow: /a\n" + b"# padding\n" * (MAX_BODY_BYTES // 10) + b"disallow: /b\n"
    assert (allowed(body, "/a"), allowed(body, "/b")) == (False, True)


def test_many_stars_take_no_time() -> None:
    """A pattern made to be slow is matched in one pass."""
    assert allowed("user-agent: *\ndisallow: /" + "*a" * 5000 + "b", "/" + "a" * 5000) is True
