"""Whether a text still says what another said."""

import pytest

from bowerbird.reading import Text

PORT = "The server listens on port 8080 by default."
ON_ALL = "supported on all of the systems"
FAQ = "# Questions\n\n## Is it free?\n\nYes.\n\n## Is it fast?\n\nYes.\n\n## Is it large?\n\nNo.\n"
CITIES = "# Cities\n\nCity | Country | People\nTokyo | Japan | 37 million\nDelhi | India | 33 million\n"
SYSTEMS = "# Setup\n\n## Windows\n\nThe server listens on port 8080.\n\n## Linux\n\nThe server listens on port 8080.\n"


def still(was: str, quote: str, now: str, *, nth: int = 0) -> bool:
    """Whether `now` still says the nth place of `quote` in `was`."""
    start = -1
    for _ in range(nth + 1):
        start = was.index(quote, start + 1)
    return Text(now).says(Text(was), start, start + len(quote))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (f"# Setup\n\n{PORT} It is fast.", True),
        (f"# Setup\n\nIt is fast.\n\n## Network\n\n{PORT}", True),  # moved, under another heading
        ("# Setup\n\nThe server listens\non **port 8080** by   default. It is fast.", True),
        ("# Setup\n\n- The server listens on port 8080 by default.", True),
        ("# Setup\n\nThe server listens on port 9090 by default. It is fast.", False),
        ("# Setup\n\nThe server listens on port 80801 by default.", False),
        ("# Setup\n\nIt is fast.", False),
        ("", False),
    ],
)
def test_the_words_count_and_not_their_form(now: str, *, said: bool) -> None:
    """Place, wrapping, emphasis and list marks change nothing; a digit does."""
    assert still(f"# Setup\n\n{PORT} It is fast.", PORT, now) is said


@pytest.mark.parametrize(
    ("was", "quote", "now", "said"),
    [
        ("It costs 10 dollars.", "It costs 10", "It costs 100 dollars.", False),
        ("It costs 10 dollars.", "It costs 10", "It costs 10.5 dollars.", False),
        ("It costs 10 dollars.", "10 dollars", "It costs 1,10 dollars.", False),
        ("It costs 10 dollars.", "It costs 10", "It costs 10 dollars, and more.", True),
    ],
)
def test_a_number_is_whole(was: str, quote: str, now: str, *, said: bool) -> None:
    """The digits of another number are not the quoted one."""
    assert still(was, quote, now) is said


def test_a_short_quote_elsewhere_is_chance() -> None:
    """A "Yes." stays the answer to its own question only."""
    changed = FAQ.replace("free?\n\nYes.", "free?\n\nNo.")
    assert not still(FAQ, "Yes.", changed)
    assert still(FAQ, "Yes.", changed, nth=1)
    assert still(FAQ, "Yes.", FAQ.replace("large?\n\nNo.", "large?\n\nYes."))


@pytest.mark.parametrize(
    ("quote", "now", "said"),
    [
        ("Tokyo", CITIES.replace("37", "38"), False),
        ("37 million", CITIES.replace("37", "38").replace("33", "37"), False),
        ("Tokyo | Japan", CITIES.replace("33", "34"), True),
        ("Tokyo | Japan | 37 million", CITIES.replace("| People", "| People in 2010"), False),
        ("Tokyo | Japan", CITIES.replace("Tokyo |", "Tokyo | Kanto |").replace("City |", "City | Region |"), True),
    ],
)
def test_a_row_is_one_fact(quote: str, now: str, *, said: bool) -> None:
    """Its other cells and the heads of the table belong to it; a column more changes nothing."""
    assert still(CITIES, quote, now) is said


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("## Prices 2024", "## Prices 2025", False),
        ("## Prices", "## What it costs", True),
        ("## 2. Prices", "## 3. Prices", True),  # a section came before it
        ("## 2.1 Prices", "## 2.2 Prices", True),
    ],
)
def test_a_heading_with_another_number_changes_what_is_said(was: str, now: str, *, said: bool) -> None:
    """Years and versions do; words and the numbers of sections do not."""
    quote = "The basic plan costs ten dollars a month."
    assert still(f"# Us\n\n{was}\n\n{quote}\n", quote, f"# Us\n\n{now}\n\n{quote}\n") is said


def test_what_stood_in_two_sections_must_stand_in_its_own() -> None:
    """The other section's sentence is no proof."""
    quote = "The server listens on port 8080."
    changed = SYSTEMS.replace("8080", "9090", 1)
    assert not still(SYSTEMS, quote, changed)
    assert still(SYSTEMS, quote, changed, nth=1)


@pytest.mark.parametrize(
    ("was", "quote", "now", "said"),
    [
        (f"It is {ON_ALL}.", ON_ALL, f"It is not {ON_ALL}.", False),
        (f"It is {ON_ALL}.", ON_ALL, f"It is now {ON_ALL}.", True),
        (f"In 2024 it was {ON_ALL}.", f"it was {ON_ALL}", f"In 2025 it was {ON_ALL}.", False),
        (f"These are kept:\n\n- what is {ON_ALL}", ON_ALL, f"These are not kept:\n\n- what is {ON_ALL}", False),
        (f"A. It is {ON_ALL}. It had 3.", f"It is {ON_ALL}.", f"A. It is {ON_ALL}. It had 4.", True),
    ],
)
def test_the_rest_of_the_sentence_belongs_to_it(was: str, quote: str, now: str, *, said: bool) -> None:
    """Another number or a "not" turns it; the sentence behind it does not."""
    assert still(was, quote, now) is said


def test_a_quote_over_several_paragraphs() -> None:
    """Its border does not matter."""
    was = "One thing is here.\n\nAnother thing is there."
    assert still(was, was, "# A\n\nOne thing is here. Another thing is there.")


def test_scripts_without_blanks() -> None:
    """A long sentence is telling; it may move."""
    quote = "中国第一个女皇帝是武则天，她在公元690年即位。"
    assert still(f"# 历史\n\n{quote}", quote, f"# 人物\n\n武则天。\n\n{quote}")


def test_nothing_is_not_said() -> None:
    """A quote that holds no words is stale."""
    assert not Text("a b").says(Text("a   b"), 1, 3)
