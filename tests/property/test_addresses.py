"""Laws of addresses and rules, whatever anyone writes."""

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.acquire.robots import Rules
from bowerbird.acquire.traps import TrapGuard
from bowerbird.kernel.errors import InputWrong
from bowerbird.reading.urls import MAX_URL_CHARS, Url, normalise, start_url

# Few characters, so that those that mean something meet.
pieces = st.lists(
    st.sampled_from([
        "a", "B", "/", "//", ".", "..", "%", "%2e", "%7E", "%41", "4", "1", "?", "&", "=", ";jsessionid=", "#",
        "utm_x=", "sid=", "ä", " ", "\\", "@", ":", "80", "\t", "\ud800",
    ]),
    max_size=14,
).map("".join)  # fmt: skip


@given(pieces)
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The one spelling is its own one spelling, and it is an address without fragment and credentials."""
    once = normalise(f"http://h.example/{text}")
    if isinstance(once, Url):
        assert normalise(once.href) == once
        assert "#" not in once.href
        assert len(once.href) <= MAX_URL_CHARS
        assert once.href == f"{once.origin}{once.path}{'?' + once.query if once.query else ''}"


@given(pieces, pieces)
def test_any_link_on_any_page_is_an_address_or_a_fault(link: str, page: str) -> None:
    """Nothing that a page can write makes joining fail."""
    assert isinstance(normalise(link, base=f"http://h.example/{page}"), Url | str)


@given(st.text() | pieces)
def test_a_start_is_an_address_or_refused(typed: str) -> None:
    """Whatever is typed, the door answers with an address or with a message."""
    try:
        scheme = start_url(typed).scheme
    except InputWrong:
        return
    assert scheme in ("http", "https")


@given(st.binary() | pieces.map(lambda text: f"user-agent: *\ndisallow: /{text}".encode("utf-8", "replace")), pieces)
def test_any_robots_file_answers_any_address(body: bytes, text: str) -> None:
    """No bytes break the parser, and robots.txt itself can always be asked for."""
    rules = Rules.parse(body)
    assert isinstance(rules.allowed(f"http://h.example/{text}", "bowerbird"), bool)
    assert rules.allowed("http://h.example/robots.txt", "bowerbird")


@given(st.lists(pieces, max_size=8))
def test_the_trap_guard_takes_any_address(texts: list[str]) -> None:
    """It never fails, and what is no trap by itself passes at first sight."""
    guard = TrapGuard(year=2026)
    for text in texts:
        found = normalise(f"http://h.example/{text}")
        if isinstance(found, Url):
            assert isinstance(guard.check(found), str | None)
