"""The rules of conditional requests and content types."""

from datetime import UTC, datetime

import pytest

from bowerbird.demo.files import accepts_gzip, content_type, http_date, is_unchanged

NOON = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({}, False),
        ({"if-none-match": '"a1"'}, True),
        ({"if-none-match": 'W/"a1"'}, True),
        ({"if-none-match": '"zz", "a1"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"zz"'}, False),
        ({"if-none-match": "a1"}, False),
        ({"if-modified-since": "Tue, 04 Mar 2025 12:00:00 GMT"}, True),
        ({"if-modified-since": "Tue, 04 Mar 2025 11:59:59 GMT"}, False),
        ({"if-modified-since": "yesterday"}, False),
        ({"if-modified-since": "Tue, 04 Mar 2025 12:00:00"}, False),
        ({"if-none-match": '"zz"', "if-modified-since": "Tue, 04 Mar 2025 12:00:00 GMT"}, False),
        ({"if-none-match": '"a1"', "if-modified-since": "Tue, 04 Mar 2025 11:00:00 GMT"}, True),
    ],
)
def test_validators(headers: dict[str, str], unchanged: bool) -> None:
    """A tag outranks a date, tags are compared weakly, and a date that cannot be read does not count."""
    assert is_unchanged(headers, etag="a1", modified=NOON) is unchanged


@pytest.mark.parametrize(
    ("offer", "accepted"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=1.0", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000", False),
        ("br", False),
        ("", False),
        ("identity, x-gzip", False),
    ],
)
def test_gzip_is_sent_only_to_those_who_ask(offer: str, accepted: bool) -> None:
    """`q=0` is a no, and nothing said is a no as well."""
    assert accepts_gzip({"accept-encoding": offer}) is accepted


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("NOTE.MD", "text/markdown; charset=utf-8"),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("guide.pdf", "application/pdf"),
        ("a.png", "image/png"),
        ("LICENCE", "application/octet-stream"),
    ],
)
def test_content_type(name: str, kind: str) -> None:
    """Text says its charset, the rest does not, and an unknown name is bytes."""
    assert content_type(name) == kind


def test_http_date() -> None:
    """Dates are in the one form that HTTP has."""
    assert http_date(NOON) == "Tue, 04 Mar 2025 12:00:00 GMT"
