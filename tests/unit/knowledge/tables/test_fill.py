"""What a page gives for a goal: each form it may have, and what is left empty."""

import time

import pytest

from bowerbird.knowledge.tables import Page, read_goal, rows_of
from bowerbird.knowledge.tables.propose import Proposal

GOAL = "photographers: name, city, price from, styles"


def found(text: str, goal: str = GOAL, *, title: str = "Photographers") -> list[dict[str, str]]:
    """The rows in words; each cell is checked to be what the text says there."""
    rows = rows_of(Page(text, title), read_goal(goal))
    return [{name: cell.at.of(text) for name, cell in row.cells.items()} for row in rows]


AROHA = {"name": "Aroha Moana", "city": "Nelson", "price from": "$900"}
BEA = {"name": "Bea Wild", "city": "Picton", "price from": "$1,200", "styles": "fine art"}


@pytest.mark.parametrize(
    "text",
    [
        "Name | Town | Cost | Styles\nAroha Moana | Nelson | $900\nBea Wild | Picton | $1,200 | fine art",
        (
            "# A list\n\n## Aroha Moana\n\n- City: Nelson\n- Price from: $900\n\n## Bea Wild\n\nCity: Picton\n"
            "Price from: $1,200\nStyles: fine art"
        ),
        (
            "Welcome.\n\nname: Aroha Moana\ntype: Photographer\ncity: Nelson\nprice: $900\n\n"
            "name: Bea Wild\ntype: Photographer\ncity: Picton\nprice: $1,200\nstyle: fine art"
        ),
    ],
    ids=["table", "sections", "stated for machines"],
)
def test_a_row_for_each_thing_that_a_form_gives(text: str) -> None:
    assert found(text) == [AROHA, BEA]


def test_a_page_of_one_thing() -> None:
    text = (
        "# Aroha Moana\n\nAroha Moana is a wedding photographer based in Nelson. Packages start from $900 a day.\n\n"
        "Styles: documentary\n\nWrite to aroha@example.org or call +64 3 555 0100."
    )
    goal = f"{GOAL}, email, phone"
    assert found(text, goal, title="Aroha Moana") == [
        {
            "name": "Aroha Moana",
            "city": "Nelson",
            "price from": "$900",
            "styles": "documentary",
            "email": "aroha@example.org",
            "phone": "+64 3 555 0100",
        }
    ]


def test_definitions_and_the_sentences_below_them() -> None:
    text = (
        "# Settings\n\nport (integer)\nThe TCP port; 5432 by default. It can be changed.\n\n"
        "bonjour (boolean)\nAnnounces the server. The default is off.\n\n"
        "group (string)\nWho owns the socket. By default this is the empty string, which means nobody.\n\n"
        "mode (string)\nThe default is not used."
    )
    assert found(text, "settings: name, type, default", title="Settings") == [
        {"name": "port", "type": "integer", "default": "5432"},
        {"name": "bonjour", "type": "boolean", "default": "off"},
        {"name": "group", "type": "string", "default": "empty string"},
        {"name": "mode", "type": "string"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Dependencies\n\nThis is described in Section 5 from $1 on. The city of the type is set.",
        "Name | Colour\nApple | red\nPear | green",
        "Prices from $900 in Nelson.",
    ],
)
def test_a_page_about_something_else_gives_nothing(text: str) -> None:
    assert found(text, title="Something else") == []


def test_what_is_not_said_stays_empty() -> None:
    text = "Name | City | Price | Styles\nAroha Moana | – | n/a | \nBea Wild | Picton | on request | unknown"
    assert found(text) == [{"name": "Bea Wild", "city": "Picton"}]


def test_columns_called_the_same_give_the_first() -> None:
    text = "Name | City | City | Price\nAroha | Nelson | Wellington | $9\nBea | Picton | Blenheim | $8"
    assert [row["city"] for row in found(text)] == ["Nelson", "Picton"]


def test_rows_of_another_width_are_left_out() -> None:
    """Merged cells, or a bar within one: whose cells they are cannot be told."""
    text = "Name | City | Price\nAroha | Nelson | $9 | and | more\nNorth\nBea | Picton | $8"
    assert found(text) == [{"name": "Bea", "city": "Picton", "price from": "$8"}]


def test_code_is_not_read() -> None:
    assert found("```\nName | City | Price\nAroha | Nelson | $9\n```") == []


@pytest.mark.parametrize(
    "text",
    [
        "a | " * 100_000,
        "x: " * 100_000,
        "# h\n\n" * 50_000,
        "name: x\ncity: y\n" * 50_000,
        "the price is " * 30_000,
        "9" * 400_000,
        "1.2,3 " * 60_000,
        "A" * 400_000,
        "Aa Bb " * 60_000,
        "a@" * 150_000,
        "+1 (2) " * 50_000,
        ("term (integer)\n" * 4 + "\n") * 7_000,
        "price " + "is the " * 50_000,
        "\n".join(f"Name{n} | City{n} | ${n}" for n in range(20_000)),
    ],
    ids=range(14),
)
def test_a_hostile_text_is_read_in_bounded_time(text: str) -> None:
    begun = time.process_time()
    rows = rows_of(Page(text[:400_000], "Photographers"), read_goal(f"{GOAL}, email, phone, website, born, rating"))
    assert time.process_time() - begun < 8
    assert len(rows) <= 5_000


def test_fields_are_proposed_by_what_the_pages_give() -> None:
    goal = read_goal("everything about photographers")
    proposal = Proposal(goal)
    proposal.read(Page("Name | City | Price\nAroha | Nelson | $9\nBea | Picton | $8", "Photographers"))
    proposal.read(Page("Name | Colour\nApple | red\nPear | green", "Fruit"))
    assert [field.name for field in proposal.fields()] == ["name", "city", "price"]


def test_without_anything_to_propose_there_is_a_description() -> None:
    proposal = Proposal(read_goal("unicorns"))
    assert [field.name for field in proposal.fields()] == ["name", "description"]


@pytest.mark.parametrize(
    ("opening", "rows"),
    [
        ("Supervised learning is a problem if the label is one of a fixed set of categories.", 0),
        ("Herons is a data set of photographs by Ana Heron, and it was published on 2025-08-18.", 1),
        ("Herons is a kind of data set.", 1),
    ],
)
def test_what_a_page_is_stands_before_what_it_is_of(opening: str, rows: int) -> None:
    """A word of the goal behind "of" or "if" says nothing of what the page is about."""
    title = opening.split(" is ", maxsplit=1)[0]
    text = f"# {title}\n\n{opening}\n\nPublished: 2025-08-18\n"
    assert len(found(text, "data sets: name, published, maker, licence, size", title=title)) == rows


def test_a_page_that_says_what_its_thing_is_tells_it_of_the_statement() -> None:
    """A statement is of the things when its page is, of others when it opens with "X is a florist", else neither."""
    stated = "name: Fern\ntype: ProfessionalService\ncity: Nelson\nprice: $90"

    def said(opening: str) -> list[bool | None]:
        page = Page(f"# Fern\n\n{opening}\n\n{stated}", "Fern")
        return [row.is_one for row in rows_of(page, read_goal("photographers: name, city, price"))]

    assert said("Fern is a wild photographer in Nelson and works alone.") == [True]
    assert said("Fern is a wild florist in Nelson and works alone.") == [False]
    assert said("Fern has a dog.") == [None]
