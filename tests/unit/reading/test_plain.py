"""Markdown and plain text."""

from bowerbird.reading.blocks import MAX_TEXT_CHARS, BlockWriter
from bowerbird.reading.extract import extract
from bowerbird.reading.links import Link
from bowerbird.reading.prose import paragraphs

URL = "https://example.org/notes/birds.md"


def test_markdown_is_read_whole() -> None:
    """Front matter gives title and dates; headings, lists, tables, code and links are what they are."""
    body = (
        b'---\r\ntitle: "On birds"\r\ndate: 2024-03-01\r\n---\r\n'
        b"# Birds\n\nSome *blue* [things](things.md#x)\nhere.\n\n"
        b"- one\n- two\n  - inside\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n\n    y = 2\n```\n"
        b"<script>alert(1)</script>\n"
    )
    found = extract(body, url=URL, content_type="text/markdown")
    assert found.text == (
        "# Birds\n\nSome blue things here.\n\n- one\n- two\n  - inside\n\na | b\n1 | 2\n\n```\nx = 1\n    y = 2\n```"
    )
    assert (found.title, found.published, found.links) == (
        "On birds",
        "2024-03-01",
        (Link("https://example.org/notes/things.md", "things"),),
    )


def test_plain_text_keeps_what_its_lines_mean() -> None:
    """Wrapped lines join, underlined lines are headings, lists and short lines stay lines."""
    body = b"""  The Birds
  =========

  Bower birds gather blue things and arrange them with great care
  before the bower that they have built.

  - a first thing that they gather in the wood around the bower
  - a second thing that they gather in the wood around the bower

  Roses
  are red
"""
    found = extract(body, url="https://example.org/birds.txt", content_type="text/plain")
    assert found.text == (
        "# The Birds\n\nBower birds gather blue things and arrange them with great care before the bower that they have"
        " built.\n\n- a first thing that they gather in the wood around the bower\n\n"
        "- a second thing that they gather in the wood around the bower\n\nRoses\nare red"
    )
    assert found.title == "The Birds"


def test_a_heading_in_wrapped_lines_stands_alone() -> None:
    """A short line without an end, before a capital, is no part of the sentence after it."""
    line = "This is a line of the usual length that wraps at the margin, as in most of"
    assert paragraphs(["How to read it", line, "the papers that were ever made."]) == [
        "How to read it",
        f"{line} the papers that were ever made.",
    ]


def test_the_text_is_cut_at_a_whole_block() -> None:
    """More than two million characters are not kept, and no block is kept in part."""
    writer = BlockWriter()
    for _ in range(30):
        writer.paragraph("word " * 20_000)
    text = writer.text()
    assert MAX_TEXT_CHARS * 0.9 < len(text) <= MAX_TEXT_CHARS
    assert {len(block) for block in text.split("\n\n")} == {99_999}


def test_a_fence_is_longer_than_those_inside_it() -> None:
    """Code that shows a fence does not end its own."""
    writer = BlockWriter()
    writer.code("```\ninside\n```")
    assert writer.text() == "````\n```\ninside\n```\n````"
