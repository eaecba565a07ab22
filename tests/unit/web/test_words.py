import pytest

from bowerbird.web.words import (
    Moment,
    ago,
    bytes_words,
    count,
    duration,
    host_and_path,
    host_of,
    moment,
    plural,
    text_fragment,
)

NOW_S = 1_750_000_000.0  # 15 June 2025, 15:06:40 UTC


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_400, "999 kB"),
        (999_500, "1.0 MB"),
        (3_400_000, "3.4 MB"),
        (5e12, "5,000 GB"),
    ],
)
def test_sizes_are_in_decimal_units(size: float, words: str) -> None:
    """A size changes its unit where its rounded number would have four digits."""
    assert bytes_words(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0.2 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "60 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86_400, "1 day"),
        (345_600, "4 days"),
    ],
)
def test_durations_are_as_exact_as_one_cares(seconds: float, words: str) -> None:
    """Short times have a decimal, long ones whole units."""
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("at_s", "words"),
    [
        (NOW_S, "just now"),
        (NOW_S + 10, "in a moment"),
        (NOW_S - 50, "50 s ago"),
        (NOW_S - 7500, "2 h ago"),
        (NOW_S + 345_600, "in 4 days"),
        (NOW_S - 40 * 86_400, "6 May 2025"),
    ],
)
def test_moments_are_told_from_now(at_s: float, words: str) -> None:
    """Near moments are relative, far ones are dates."""
    assert ago(at_s, NOW_S) == words


def test_a_moment_is_also_exact_and_for_machines() -> None:
    """Who hovers sees the minute, a program the second."""
    assert moment(NOW_S - 3600, NOW_S) == Moment("1 h ago", "15 June 2025, 14:06 UTC", "2025-06-15T14:06:40Z")


def test_numbers_agree_with_their_nouns() -> None:
    """One page, two pages, a thousand with its comma."""
    assert (plural(1, "page"), plural(2, "page"), plural(1200, "entity", "entities"), count(1234.4)) == (
        "1 page",
        "2 pages",
        "1,200 entities",
        "1,234",
    )


def test_addresses_lose_what_nobody_reads() -> None:
    """Scheme, `www.`, password and a last slash go; path and query stay."""
    assert host_and_path("https://www.example.org/a/?q=1") == "example.org/a/?q=1"
    assert host_and_path("https://user:secret@example.org:8080/") == "example.org:8080"
    assert host_of("mailto:someone") == "mailto:someone"


def test_a_short_quote_is_the_whole_text_fragment() -> None:
    """Syntax characters of the directive are escaped, an old fragment is replaced."""
    assert text_fragment("https://e.org/p#top", "k-means, that is & more") == (
        "https://e.org/p#:~:text=k%2Dmeans%2C%20that%20is%20%26%20more"
    )


def test_a_long_quote_is_found_by_its_ends() -> None:
    """Eight words from either end are enough for a browser."""
    quoted = " ".join(f"w{n}" for n in range(40))
    ends = "w0%20w1%20w2%20w3%20w4%20w5%20w6%20w7,w32%20w33%20w34%20w35%20w36%20w37%20w38%20w39"
    assert text_fragment("https://e.org/", quoted) == f"https://e.org/#:~:text={ends}"


def test_no_quote_no_fragment() -> None:
    """Blanks only are nothing to look for."""
    assert text_fragment("https://e.org/", " \n") == "https://e.org/"
