"""Dates as pages write them."""

import pytest

from bowerbird.reading.dates import to_iso, to_timestamp


@pytest.mark.parametrize(
    ("written", "iso", "seconds"),
    [
        ("2024-03-01", "2024-03-01", 1709251200.0),
        ("20240301", "2024-03-01", 1709251200.0),
        ("2024/3/1", "2024-03-01", 1709251200.0),
        ("2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z", 1709287200.0),
        ("2024-03-01 10:00", "2024-03-01T10:00:00Z", 1709287200.0),
        ("2024-03-01T10:00:00.123+13:00", "2024-02-29T21:00:00Z", 1709240400.0),
        ("2024-03-01T10:00:00-0500", "2024-03-01T15:00:00Z", 1709305200.0),
        ("Fri, 01 Mar 2024 10:00:00 GMT", "2024-03-01T10:00:00Z", 1709287200.0),
        ("2024-13-01", "", None),
        ("0001-01-01", "", None),
        ("9999-12-31T23:59:59-10:00", "", None),
        ("yesterday", "", None),
        ("", "", None),
        ("2024-03-01" + " " * 100, "2024-03-01", 1709251200.0),
        ("x" * 1000, "", None),
    ],
)
def test_a_date_is_iso_in_utc_or_nothing(written: str, iso: str, seconds: float | None) -> None:
    """What is no date of the web's time is none."""
    assert (to_iso(written), to_timestamp(to_iso(written))) == (iso, seconds)
