"""Passages keep whole sentences together under the headings that they stand below."""

from bowerbird.knowledge.chunk import MAX_PASSAGE, Chunk, passages


def sentence(word: str, length: int) -> str:
    """A sentence of `length` characters."""
    return (word.capitalize() + " " + f"{word} " * length)[: length - 2].strip().ljust(length - 1, "x") + "."


def test_short_text_is_one_passage() -> None:
    """What fits is not cut, and white space around it is left out."""
    assert passages("\n# Title\n\nOne. Two.\n") == [Chunk(1, 19, "Title")]
    assert passages(" \n") == []


def test_paragraphs_stay_whole() -> None:
    """Borders fall between paragraphs where paragraphs have the right size."""
    paragraphs = [f"{sentence('alpha', 350)} {sentence('beta', 400)}" for _ in range(4)]
    text = "\n\n".join(paragraphs)
    assert [text[chunk.start : chunk.end] for chunk in passages(text)] == paragraphs


def test_section_starts_a_passage_with_the_path_of_its_headings() -> None:
    """A heading opens a passage, which knows the headings above it; a deeper section does not leak out of its own."""
    body = f"{sentence('word', 400)} {sentence('more', 350)}"
    text = f"# Guide\n\n{body}\n\n## Set up ##\n\n{body}\n\n### Linux\n\n{body}\n\n## Use\n\n{body}"
    assert [(chunk.heading, text[chunk.start :].split("\n", maxsplit=1)[0]) for chunk in passages(text)] == [
        ("Guide", "# Guide"),
        ("Guide › Set up", "## Set up ##"),
        ("Guide › Set up › Linux", "### Linux"),
        ("Guide › Use", "## Use"),
    ]


def test_tiny_sections_share_a_passage() -> None:
    """Sections of a line each are found together rather than as scraps."""
    text = "\n\n".join(f"## Term {n}\n\nMeaning {n}." for n in range(6))
    assert passages(text) == [Chunk(0, len(text), "Term 0")]


def test_heading_is_never_the_last_of_a_passage() -> None:
    """A heading goes with what it heads, unless nothing follows it."""
    long = " ".join(sentence("word", 390) for _ in range(3))
    text = f"{long}\n\n## Next\n\n{long}\n\n## End"
    ends = [text[chunk.start : chunk.end].splitlines()[-1] for chunk in passages(text)]
    assert "## Next" not in ends
    assert ends[-1] == "## End"


def test_long_paragraph_is_cut_between_sentences_evenly() -> None:
    """A paragraph beyond the limit is parted at sentence ends, and no scrap is left over."""
    text = " ".join(sentence("word", 200) for _ in range(13))
    found = passages(text)
    assert all(text[chunk.start] == "W" and text[chunk.end - 1] == "." for chunk in found)
    assert all(600 <= chunk.end - chunk.start <= MAX_PASSAGE for chunk in found)


def test_hostile_text_is_cut_in_reasonable_time() -> None:
    """Tens of thousands of tiny blocks are cut in seconds, which the time limit of the tests sees to."""
    text = "x\n\n" * 30_000
    assert passages(text)[-1].end == len(text) - 2
