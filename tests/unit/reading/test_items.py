"""Rows as items: which fields are kept how, and every refusal in words."""

import base64
import json
import struct
from typing import Any

import pytest

from bowerbird.reading.items import read_csv, read_feed, read_json_lines

ROW = {"id": "1", "title": "A", "text": "B.", "kind": "note"}


def one(row: Any) -> dict[str, Any]:
    """What becomes of one line."""
    (found,) = read_json_lines([row if isinstance(row, bytes) else json.dumps(row).encode()])
    return found


def test_a_whole_item() -> None:
    """Every field of the contract, each where it belongs; what is not ours is kept beside them."""
    found = one(
        {
            "id": 17,
            "title": " Ada  Reed ",
            "text": "Weddings.\n\nIn Otago.",
            "kind": "Photographer",
            "url": "HTTPS://Example.org/ada?utm_source=x",
            "category": "people",
            "region": "Otago",
            "quality": 0.9,
            "price": "1200 NZD",
            "author": "Ada",
            "image": "https://example.org/a.png",
            "tags": ["weddings", "weddings", "film"],
            "created_at": "2024-03-01T09:30:00Z",
            "studio": {"rooms": 2},
            "embedding": [0, 3, *[0] * 381, -4.0],
        }
    )

    assert (found["id"], found["title"], found["kind"]) == ("17", "Ada Reed", "photographer")
    assert (found["text"], found["url"]) == ("Weddings.\n\nIn Otago.", "https://example.org/ada")
    assert found["published_at"] == 1_709_285_400.0
    assert found["fields"] == {
        "category": "people",
        "region": "Otago",
        "author": "Ada",
        "image": "https://example.org/a.png",
        "quality": 0.9,
        "price": "1200 NZD",
        "tags": ["weddings", "film"],
        "embedding": found["fields"]["embedding"],
        "more": {"studio": '{"rooms": 2}'},
    }

    vector = struct.unpack("<384e", base64.b64decode(found["fields"]["embedding"]))
    assert vector[:2] == (0, pytest.approx(0.6, abs=1e-3))
    assert vector[2:] == (*[0] * 381, pytest.approx(-0.8, abs=1e-3))


@pytest.mark.parametrize(
    ("embedding", "says"),
    [
        ([0.1, 0.2], "2 numbers"),
        ([0.1] * 385, "385 numbers"),
        ([0] * 384, "length 0"),
        ([1e308] * 384, "length inf"),
        ([10**400] * 384, "length inf"),
        ([0.1] * 383 + ["0.1"], "no number"),
        ([0.1] * 383 + [True], "no number"),
        ({"0": 1}, "object"),
        ("a word", "'a word'"),
    ],
)
def test_an_embedding_of_another_kind_is_refused(embedding: Any, says: str) -> None:
    """Exactly the default embedder's 384 finite numbers, and the reason says so."""
    reason, detail = one(ROW | {"embedding": embedding})["refused"]
    assert reason == "invalid"
    assert says in detail
    assert "expected 384 finite numbers" in detail


def test_an_embedding_may_be_a_cell_of_a_table() -> None:
    """As the JSON list that it would be elsewhere."""
    as_list, as_text = ROW | {"embedding": [0.5] * 384}, ROW | {"embedding": json.dumps([0.5] * 384)}
    assert one(as_list)["fields"] == one(as_text)["fields"] != one(ROW)["fields"]


def test_the_hash_tells_of_every_change_and_of_nothing_else() -> None:
    """The order of fields is no change; a tag is."""
    backwards = dict(reversed(list(ROW.items())))

    assert one(ROW)["body_hash"] == one(backwards)["body_hash"] != one(ROW | {"tags": ["x"]})["body_hash"]


def test_control_characters_never_reach_the_text() -> None:
    """NUL, escapes and overrides are taken out; lone surrogates too."""
    found = one(b'{"id": "1", "title": "a\\u0000b", "text": "c\\u202ed\\ud800e\x01f"}')

    assert (found["title"], found["text"]) == ("ab", "cdef")


@pytest.mark.parametrize(
    ("row", "reason", "says"),
    [
        (b"not json", "invalid", "column 1"),
        (b'{"id": "1", "title": "x"', "invalid", "column"),
        (b'["a"]', "invalid", "a JSON list"),
        (b"\xff\xfe{}", "invalid", "not UTF-8"),
        (b"[" * 100_000, "invalid", "cannot be read"),
        (b'{"id": ' + b"9" * 10_000 + b"}", "invalid", "cannot be read"),
        (b'{"id": "1", "title": "a", "quality": NaN}', "invalid", "NaN"),
        ({"title": "a"}, "invalid", "neither an id nor a url"),
        ({"id": "1"}, "empty", "neither a title nor a text"),
        ({"id": "x" * 10_000, "title": "a"}, "too large", "10,000 characters"),
        ({"id": "鳥" * 300, "title": "a"}, "too large", "too long as an address"),
        ({"id": "a\nb", "title": "a"}, "invalid", "control characters"),
        ({"id": True, "title": "a"}, "invalid", "id is a true or false"),
        (ROW | {"text": ["x"]}, "invalid", "text is a list"),
        (ROW | {"url": "javascript:alert(1)"}, "invalid", "https://"),
        (ROW | {"kind": "a kind of two words"}, "invalid", "one word"),
        (ROW | {"quality": "high"}, "invalid", "a number"),
        (ROW | {"tags": 3}, "invalid", "a list of words"),
        (ROW | {"created_at": "soon"}, "invalid", "a date"),
        (ROW | {"created_at": 1e300}, "invalid", "seconds"),
    ],
    ids=range(20),
)
def test_a_row_that_is_no_item_is_refused_in_words(row: Any, reason: str, says: str) -> None:
    """What was seen and what was expected; the others of its file are read all the same."""
    found = one(row)["refused"]

    assert (found[0], says in found[1]) == (reason, True), found
    assert len(read_json_lines([json.dumps(ROW).encode(), b"x", json.dumps(ROW).encode()])) == 3


def test_a_table_is_rows_of_text() -> None:
    """Cells may hold quotes, line ends and formulas; formulas are text; empty cells are not there."""
    header = ["id", "title", "text", "price", "tags"]
    found = read_csv([b'1,"A ""b""","two\nlines",=1+1,x;y\r\n', b"2,T,,,\r\n"], header=header, delimiter=",")

    assert (found[0]["title"], found[0]["text"]) == ('A "b"', "two\nlines")
    assert found[0]["fields"] == {"price": "=1+1", "tags": ["x", "y"]}
    assert (found[1]["text"], found[1]["fields"]) == ("T", {})


@pytest.mark.parametrize(("row", "says"), [(b'1,"a"b,c', "no CSV"), (b"1,2,3,4", "4 cells in a table of 3")])
def test_a_row_that_does_not_fit_its_table_is_refused(row: bytes, says: str) -> None:
    """With what to do about it."""
    (found,) = read_csv([row], header=["id", "title", "text"], delimiter=",")

    assert says in found["refused"][1]


def test_a_large_cell_is_read() -> None:
    """Python's own limit for a cell, 131,072 characters, is not ours."""
    (found,) = read_csv([b"1,T," + b"word " * 100_000], header=["id", "title", "text"], delimiter=",")

    assert len(found["text"]) == 499_999


def test_entries_of_a_feed() -> None:
    """RSS and Atom alike: identity, words without markup, address, author and date."""
    rss = (
        b"<rss version='2.0'><channel><title>News</title><item><guid>n1</guid><title>One &amp; only</title>"
        b"<link>https://example.org/1</link>"
        b"<description>&lt;p&gt;Some &lt;b&gt;words&lt;/b&gt;.&lt;/p&gt;</description>"
        b"<pubDate>Fri, 01 Mar 2024 09:30:00 GMT</pubDate></item></channel></rss>"
    )
    atom = (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><title>N</title><entry><id>n1</id><title>One &amp; only</title>"
        b"<link href='https://example.org/1'/><content type='html'>&lt;p&gt;Some words.&lt;/p&gt;</content>"
        b"<author><name>Ada</name></author><published>2024-03-01T09:30:00Z</published></entry></feed>"
    )
    for body, author in ((rss, {}), (atom, {"author": "Ada"})):
        (found,) = read_feed(body)
        assert (found["id"], found["title"], found["text"]) == ("n1", "One & only", "Some words.")
        assert (found["url"], found["published_at"], found["fields"]) == (
            "https://example.org/1",
            1_709_285_400.0,
            author,
        )
        assert found["kind"] == "feed"
