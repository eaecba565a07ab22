"""Endless webs are recognised; long and deep ones that end are not."""

import pytest

from bowerbird.acquire.traps import MAX_DATED, MAX_FILTERS, MAX_VARIANTS, TrapGuard, shape_of_trap
from bowerbird.reading.urls import Url, normalise


def url(path: str) -> Url:
    """The address in its one spelling."""
    found = normalise(path, base="https://example.org/")
    assert isinstance(found, Url)
    return found


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/a/a/a/x", "the path repeats 'a'"),
        ("/a/b/a/b/a/b/", "the path repeats 'a/b'"),
        ("/x/a/y/a/z/a/w/a/v/a", "the path repeats 'a'"),
        ("/" + "/".join(f"s{n}" for n in range(21)), "a path of 21 segments"),
        ("/?q=" + "x" * 1100, "a query of 1102 characters"),
        ("/?" + "&".join(f"p{n}=1" for n in range(17)), "a query of 17 parameters"),
        ("/calendar/2031/07", "a calendar at the year 2031"),
        ("/events?month=2044-01", "a calendar at the year 2044"),
        ("/events?year=2044&month=1", "a calendar at the year 2044"),
    ],
)
def test_an_endless_shape_says_why(path: str, why: str) -> None:
    """Each kind of trap has its reason in words."""
    assert shape_of_trap(url(path), year=2026) == why


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/2024/05/06/a-story",
        "/blog/2026/01/",
        "/docs/api/v1/api/users",
        "/1/2/1/1",
        "/page/2100",
        "/?year=1999&q=a",
    ],
)
def test_ordinary_addresses_pass(path: str) -> None:
    """Dated stories, numbers and repeated words are no traps."""
    assert shape_of_trap(url(path), year=2026) is None


def test_filters_that_combine_are_stopped() -> None:
    """One path with ever more sets of parameters ends after MAX_FILTERS."""
    guard = TrapGuard(year=2026)
    let_in = [n for n in range(MAX_FILTERS + 5) if guard.check(url(f"/shop?f{n}=1")) is None]
    assert len(let_in) == MAX_FILTERS
    assert guard.check(url("/shop?f9999=1")) == f"more than {MAX_FILTERS} ways to filter /shop"
    assert guard.check(url("/shop?f1=2")) is None
    assert guard.check(url("/other?f9999=1")) is None


def test_variants_of_three_parameters_are_stopped_and_records_are_not() -> None:
    """`?id=` has as many pages as it has; `?a&b&c` ends after MAX_VARIANTS."""
    guard = TrapGuard(year=2026)
    assert all(guard.check(url(f"/story?id={n}")) is None for n in range(MAX_VARIANTS * 3))
    assert all(guard.check(url(f"/shop?a={n}&b=1&c=1")) is None for n in range(MAX_VARIANTS))
    assert guard.check(url("/shop?a=x&b=1&c=1")) == f"more than {MAX_VARIANTS} variants of /shop"


def test_a_calendar_of_days_is_stopped() -> None:
    """Days below one folder end after MAX_DATED, stories with a name of their own do not."""
    guard = TrapGuard(year=2026)
    days = [f"/cal/{year}/{month}/{day}" for year in range(1991, 2026) for month in range(1, 13) for day in (1, 2)]
    answers = [guard.check(url(day)) for day in days]
    assert answers.count(None) == MAX_DATED
    assert answers[-1] == f"more than {MAX_DATED} dates below /cal"
    assert all(guard.check(url(f"{day}/story")) is None for day in days)
