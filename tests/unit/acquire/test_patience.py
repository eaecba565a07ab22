"""How often and how soon a URL is asked again."""

import pytest

from bowerbird.acquire.patience import MAX_WAIT_S, is_transient, retry_after_s, wait_s


def test_waits_grow_and_end() -> None:
    """Each attempt waits longer, the third is the last; a site that hangs is asked twice."""
    assert [wait_s(number) for number in (1, 2, 3)] == [0.5, 1.0, None]
    assert [wait_s(number, timed_out=True) for number in (1, 2)] == [0.5, None]


def test_the_site_says_when() -> None:
    """Retry-After is kept to, up to a cap beyond which the URL is given up."""
    assert wait_s(1, asked_s=7.0) == 7.0
    assert wait_s(1, asked_s=MAX_WAIT_S + 1) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("5", 5.0),
        (" 12 ", 12.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("9" * 30, None),
        ("Thu, 01 Jan 99999 00:00:00 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    """A number of seconds or a date; anything else asks for nothing."""
    assert retry_after_s(header, now_s=10.0) == seconds


def test_only_some_answers_may_change_soon() -> None:
    """Errors of the server and busy sites are transient, refusals are not."""
    assert [status for status in (200, 301, 400, 403, 404, 410, 429, 500, 501, 503, 504) if is_transient(status)] == [
        429, 500, 503, 504,
    ]  # fmt: skip
