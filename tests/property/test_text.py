"""Laws of cutting text into sentences and passages."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.knowledge.chunk import MAX_PASSAGE, passages
from bowerbird.knowledge.text import MAX_SENTENCE, blocks, sentences

# A small alphabet, so that borders of all kinds collide.
pieces = st.sampled_from(
    [
        ".",
        " ",
        "\n",
        "\n\n",
        "# ",
        "- ",
        "1. ",
        " | ",
        "```",
        "Dr",
        "U.S.",
        "word",
        "Word",
        "。",
        "?",
        '"',
        "\t",
        "é",
        "😀",
        "x" * 600,
    ]
)
texts = st.lists(pieces, max_size=60).map("".join) | st.text(max_size=200)


@given(texts)
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    """In order, without overlap, trimmed, bounded, and everything between them is white space."""
    position = 0
    for span in sentences(text):
        assert span.start >= position
        assert not text[position : span.start].strip()
        assert 0 < span.end - span.start <= MAX_SENTENCE
        assert span.of(text) == span.of(text).strip()
        position = span.end
    assert not text[position:].strip()


@given(texts)
def test_sentences_stay_inside_blocks(text: str) -> None:
    """Every block is exactly covered by whole sentences."""
    spans = sentences(text)
    for block in blocks(text):
        inside = [span for span in spans if block.start <= span.start and span.end <= block.end]
        assert (inside[0].start, inside[-1].end) == (block.start, block.end)


@given(texts)
def test_passages_are_whole_sentences_that_lose_nothing(text: str) -> None:
    """Passages follow each other, within the limit, from the first to the last sentence, cut only between sentences."""
    spans = sentences(text)
    chunks = passages(text)
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    assert ([starts[0], ends[-1]] if spans else []) == ([chunks[0].start, chunks[-1].end] if chunks else [])
    for chunk, following in pairwise(chunks):
        assert starts.index(following.start) == ends.index(chunk.end) + 1
    assert all(0 < chunk.end - chunk.start <= MAX_PASSAGE for chunk in chunks)
