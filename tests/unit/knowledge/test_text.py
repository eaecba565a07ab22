"""Sentences are cut where a reader would cut them, at any length and in linear time."""

import pytest

from bowerbird.knowledge.text import MAX_SENTENCE, Block, blocks, sentences


def cut(text: str) -> list[str]:
    """The sentences as words."""
    return [span.of(text) for span in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["It rained.", "We stayed in!", "Why not?", "Because…", "Then it stopped."],
        ["Dr. Smith met J. K. Rowling in the U.S. Army base on Jan. 5 at 3 p.m. near St. Ives.", "He left."],
        [
            "The U.S. is big.",
            "He was born in the U.S. The law changed."[:0] or "He lives in the U.S.",
            "The law changed.",
        ],
        ["Accuracy rose by 3.14 points, e.g. on MNIST (see Fig. 3).", "Version 2.0.1 of numpy.linalg is used."],
        ["It was founded by Apple Inc.", "In 2005 it grew.", "Apple Inc. Cupertino sold it."],
        ["This needs vitamin C.", "The next one does not."],
        ['He said "What?" and left.', '"Done."', "(It was over.)", "The end."],
        ["Proven before.[12][3]", "And again.[4]"],
        ["Wait... what?", "Yes."],
        ["what are slabs .", "they are flat ."],
        ["日本語です。", "次の文！", "終わり"],
        ["¿Qué pasa?", "¡Nada!", "Él dijo «no.»", "Bueno."],
        ["No stop at all"],
    ],
    ids=lambda expected: expected[0][:20],
)
def test_prose_is_cut_at_the_ends_a_reader_sees(expected: list[str]) -> None:
    """Stops end sentences; abbreviations, initials, numbers, inner quotes and trailing thoughts do not."""
    joined = "".join(f"{s} " if s[-1] not in "。！？" else s for s in expected)
    assert cut(joined) == expected


def test_blocks_are_told_apart() -> None:
    """Headings, items, rows and lines of code stand alone; a wrapped line belongs to the line before it."""
    text = (
        "# What it is. A heading\n\nA line of prose that is long enough to have been wrapped by\nits author. Two.\n"
        "- one. Still one\n- two\n1. first\n\na | b | c\nd | e | f\n\n```\nx = 1. If\ny = 2\n```\n"
        "short line\nanother one"
    )
    assert [(block.kind, text[block.start : block.end]) for block in blocks(text)] == [
        ("heading", "# What it is. A heading"),
        ("prose", "A line of prose that is long enough to have been wrapped by\nits author. Two."),
        ("item", "- one. Still one"),
        ("item", "- two"),
        ("item", "1. first"),
        ("row", "a | b | c"),
        ("row", "d | e | f"),
        ("code", "```"),
        ("code", "x = 1. If"),
        ("code", "y = 2"),
        ("code", "```"),
        ("prose", "short line"),
        ("prose", "another one"),
    ]
    assert cut(text)[:4] == [
        "# What it is. A heading",
        "A line of prose that is long enough to have been wrapped by\nits author.",
        "Two.",
        "- one.",
    ]
    assert cut(text)[-5:] == ["x = 1. If", "y = 2", "```", "short line", "another one"]


def test_blank_line_ends_a_wrapped_line() -> None:
    """A long line without a stop does not run into the next paragraph."""
    text = f"{'word ' * 20}end\n \nNext paragraph"
    assert [block.kind for block in blocks(text)] == ["prose", "prose"]


@pytest.mark.parametrize("text", ["", " \n\t\n", "\u2003"])
def test_nothing_to_read_gives_nothing(text: str) -> None:
    """White space alone has no block and no sentence."""
    assert (blocks(text), sentences(text)) == ([], [])


def test_sentence_without_end_is_cut_at_spaces() -> None:
    """Beyond the bound a sentence is cut at a space where there is one, and nothing is lost."""
    words = "word " * MAX_SENTENCE
    parts = cut(words)
    assert max(map(len, parts)) <= MAX_SENTENCE
    assert " ".join(parts) == words.strip()
    assert [len(part) for part in cut("x" * (2 * MAX_SENTENCE + 1))] == [MAX_SENTENCE, MAX_SENTENCE, 1]


@pytest.mark.parametrize("part", [".", ". ", ".[1", "a.", "\n", " ", "x", "。", '."', "U.S. ", "- ", "```\n", " | "])
def test_hostile_text_is_read_in_linear_time(part: str) -> None:
    """A quarter of a megabyte of anything is read in seconds, which the time limit of the tests sees to."""
    text = part * (250_000 // len(part)) + "x"
    assert sentences(text)[-1].end == len(text)


def test_offsets_are_code_points() -> None:
    """Signs outside the basic plane count as one."""
    assert blocks("😀😀. Two") == [Block(0, 7, "prose")]
    assert cut("😀😀. Two") == ["😀😀.", "Two"]
