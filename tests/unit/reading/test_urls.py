"""Addresses: one spelling per page, what is refused at the door, and what belongs to a source."""

import pytest

from bowerbird.kernel.errors import InputWrong
from bowerbird.reading.urls import MAX_URL_CHARS, Scope, Url, join, normalise, parse, registrable, start_url


def url(text: str) -> Url:
    """The address in its one spelling."""
    found = normalise(text)
    assert isinstance(found, Url), found
    return found


@pytest.mark.parametrize(
    ("written", "one_spelling"),
    [
        ("HTTP://Example.ORG:80/a/../b#top", "http://example.org/b"),
        ("https://example.org:443", "https://example.org/"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/%7euser/%c3%a4/%2F", "https://example.org/~user/%C3%A4/%2F"),
        ("https://example.org/%%37E", "https://example.org/~"),
        ("https://example.org/a?b=1&utm_source=x&fbclid=abc&a=2", "https://example.org/a?b=1&a=2"),
        ("https://example.org/a?gclid=1", "https://example.org/a"),
        ("https://example.org/a?PHPSESSID=4f2a9c1e0b7d4f2a9c1e0b7d", "https://example.org/a"),
        ("https://example.org/a;jsessionid=1A2B3C?x=1", "https://example.org/a?x=1"),
        ("https://example.org/a?sid=42", "https://example.org/a?sid=42"),
        ("https://example.org/session?session=morning", "https://example.org/session?session=morning"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("https://example.org/index.html", "https://example.org/index.html"),
        ("https://example.org/%2e%2e/a", "https://example.org/a"),
    ],
)
def test_two_spellings_of_one_page_are_one(written: str, one_spelling: str) -> None:
    """What differs only in spelling, in campaign or in session becomes equal; what may name another page stays."""
    assert url(written).href == one_spelling


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("example", "not a url"),
        ("http://", "not a url"),
        ("http://./", "not a url"),
        ("http://a b/", "not a url"),
        ("ftp://example.org/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://me:secret@example.org/", "credentials"),
        ("http://example.org/" + "a" * MAX_URL_CHARS, "too long"),
        ("http://example.org/\ud800", "not a url"),
    ],
)
def test_what_is_no_page_has_its_fault(written: str, fault: str) -> None:
    """An address that cannot be gathered is named by its fault."""
    assert normalise(written) == fault


def test_a_link_is_read_from_its_page() -> None:
    """Links are joined as the standard has it, also where they have line breaks in them."""
    found = normalise("../b\n?x=1#y", base="https://example.org/docs/a/")
    assert isinstance(found, Url)
    assert found == Url("https://example.org/docs/b?x=1", "https", "example.org", 443, "/docs/b", "x=1")


def test_parse_and_join_are_the_standard() -> None:
    """They add nothing: fragments and credentials stay, failure is None."""
    found = parse("//u:p@h:81/x#f", base="http://a/")
    assert found is not None
    assert found.href == "http://u:p@h:81/x#f"
    assert join("http://a/b/c", "../d#e") == "http://a/d#e"
    assert join("http://a/", "http://[") is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ["''", "empty", "https://example.org/docs/"]),
        ("not a url", ["'not a url'", "expected a web address"]),
        ("file:///etc/passwd", ["'file:///etc/passwd'", "http:// or https://"]),
        ("gopher://example.org", ["scheme", "put https://"]),
        ("https://me:secret@example.org", ["credentials", "before the @"]),
        ("https://example.org/\x00", ["control characters", "type the address again"]),
        ("https://example.org/\u202egpj.exe", ["control characters"]),
        ("https://example.org/a\nb", ["control characters"]),
        ("https://example.org/" + "a" * 3000, ["too long", "at most 2048"]),
    ],
)
def test_a_wrong_start_says_what_was_seen_expected_and_to_do(typed: str, words: list[str]) -> None:
    """Each wrong start is refused with a message a person can act on."""
    with pytest.raises(InputWrong) as refused:
        start_url(typed)
    message = str(refused.value)
    assert [word for word in words if word not in message] == []
    assert len(message) < 500


def test_a_start_may_have_spaces_around_it() -> None:
    """What people paste is forgiven."""
    assert start_url("  https://Example.org/Docs \n").href == "https://example.org/Docs"


@pytest.mark.parametrize(
    ("kind", "other", "covered"),
    [
        ("host", "https://www.example.org/x", True),
        ("host", "http://example.org/x", True),
        ("host", "https://example.org:8443/", False),
        ("host", "https://blog.example.org/", False),
        ("site", "https://blog.example.org/", True),
        ("site", "https://example.com/", False),
        ("prefix", "https://example.org/docs/deep/a", True),
        ("prefix", "https://example.org/docsy", False),
        ("prefix", "https://example.org/", False),
    ],
)
def test_a_scope_covers_what_belongs_to_the_source(kind: str, other: str, *, covered: bool) -> None:
    """Host, site and path each draw their own line."""
    scope = Scope(kind, url("https://example.org/docs/start.html"))  # type: ignore[arg-type]  # the parameter is a str
    assert scope.covers(url(other)) is covered


def test_an_unknown_scope_is_refused() -> None:
    """A scope from a form or a file is checked."""
    with pytest.raises(InputWrong, match="'planet'"):
        Scope("planet", url("https://example.org/"))  # type: ignore[arg-type]  # what a form may send


def test_two_businesses_below_one_public_suffix_are_two_sites() -> None:
    """The registrable site follows the public suffix list, which ships with the product."""
    assert [registrable(host) for host in ("a.example.co.uk", "b.github.io", "127.0.0.1")] == [
        "example.co.uk",
        "github.io",
        "127.0.0.1",
    ]


def test_the_origin_shows_a_port_only_when_it_is_not_the_schemes_own() -> None:
    """Politeness and robots.txt are kept per origin."""
    assert [url(text).origin for text in ("http://h:80/a", "https://h:80/a")] == ["http://h", "https://h:80"]
