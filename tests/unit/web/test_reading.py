from hypothesis import given
from hypothesis import strategies as st

from bowerbird.kernel.nouns import Span
from bowerbird.web.reading import Group, Line, Piece, Window, mark_terms, read, window

LINES = st.sampled_from(
    ["# Heading", "Plain words. And more.", "- an item", "a | b | c", "```", "  code", "", "zwei\u2003Wörter", "|", "#"]
)
TEXTS = st.lists(LINES, max_size=12).map("\n".join)


def plain(text: str) -> tuple[Piece, ...]:
    """The text as one piece that is not marked."""
    return (Piece(text),)


def test_each_kind_of_block_is_read_as_what_it_is() -> None:
    """Signs of headings and items go, neighbours of a kind stay together, rows have cells, code is indented."""
    text = "# Title\n\nWords.\n\n- one\n- two\n\na | b\nc | d\n\n```\nif x:\n    y\n```"
    assert read(text, Span(0, len(text)), None) == (
        Group("heading", (Line((plain("Title"),)),)),
        Group("prose", (Line((plain("Words."),)),)),
        Group("item", (Line((plain("one"),)), Line((plain("two"),)))),
        Group("row", (Line((plain("a"), plain("b"))), Line((plain("c"), plain("d"))))),
        Group("code", (Line(()), Line((plain("if x:"),)), Line((plain("    y"),)), Line(()))),
    )


def test_an_empty_cell_keeps_the_others_in_their_columns() -> None:
    """A table's corner is often empty: its head stays above what it names; a drawn frame is no cell."""
    text = " | Precision | Recall\nspam | 0.9 |  | x|y\n\n| a | b |"
    (rows,) = read(text, Span(0, len(text)), None)
    assert [line.cells for line in rows.lines] == [
        ((), plain("Precision"), plain("Recall")),
        (plain("spam"), plain("0.9"), (), plain("x|y")),
        (plain("a"), plain("b")),
    ]


def test_the_first_row_is_a_head_unless_it_holds_numbers() -> None:
    """A table of numbers alone has no head, nor has a single row."""
    for text, has_head in (("Method | Score\nforest | 0.9", True), ("1 | 2\n3 | 4", False), ("Method | Score", False)):
        (rows,) = read(text, Span(0, len(text)), None)
        assert rows.has_head is has_head, text


def test_a_span_is_marked_across_blocks_and_anchored_once() -> None:
    """The first marked piece is where a link lands."""
    text = "One two.\n\n- three four"
    assert read(text, Span(0, len(text)), Span(4, 17)) == (
        Group("prose", (Line(((Piece("One "), Piece("two.", marked=True, is_first=True)),)),)),
        Group("item", (Line(((Piece("three", marked=True), Piece(" four")),)),)),
    )


@given(TEXTS, st.data())
def test_marks_cover_the_visible_part_of_the_span_and_nothing_else(text: str, data: st.DataObject) -> None:
    """What is marked are the very characters of the span, but for signs and blanks between blocks."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    groups = read(text, Span(0, len(text)), Span(start, end))
    pieces = [piece for group in groups for line in group.lines for cell in line.cells for piece in cell]
    marked = "".join(piece.text for piece in pieces if piece.marked)
    dropped = str.maketrans("", "", "#-|` \n\u2003")
    assert marked.translate(dropped) == text[start:end].translate(dropped)
    assert sum(piece.is_first for piece in pieces) == (1 if marked else 0)


@given(TEXTS, st.integers(1, 30))
def test_parts_follow_each_other_without_a_gap(text: str, size: int) -> None:
    """Who goes on to the next part until the end has read every character once."""
    seen, start = "", 0
    while True:
        part = window(text, None, start=start, size=size)
        seen += part.span.of(text)
        if part.after is None:
            break
        assert part.after > start
        start = part.after
    assert seen == text


def test_the_part_with_the_cited_span_is_shown() -> None:
    """A span far into a long text is inside its window, with text before it."""
    text = "line of text\n" * 1000
    focus = Span(9_000, 9_030)
    part = window(text, focus, size=600)
    assert part.span.start <= 9_000 - 100
    assert part.span.end >= 9_030
    assert part.span.end - part.span.start < 800


def test_a_span_longer_than_a_part_is_shown_whole() -> None:
    """A window never cuts what is cited."""
    text = "word " * 1000
    assert window(text, Span(100, 4_000), size=50) == Window(Span(0, 4_000), None, 4_000)


def test_words_of_the_query_are_marked_in_their_forms() -> None:
    """`forests` is found by `forest`; short words and case do not matter."""
    assert mark_terms("A Random forest of forests.", "a random forests") == (
        Piece("A "),
        Piece("Random", marked=True),
        Piece(" "),
        Piece("forest", marked=True),
        Piece(" of "),
        Piece("forests", marked=True),
        Piece("."),
    )


@given(st.text(), st.text())
def test_marking_loses_no_character(text: str, query: str) -> None:
    """The pieces make up the text."""
    assert "".join(piece.text for piece in mark_terms(text, query)) == text
