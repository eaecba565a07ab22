"""Laws of cutting text into sentences and passages."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.knowledge.chunk import MAX_PASSAGE, passages
from bowerbird.knowledge.language import Written, written
from bowerbird.knowledge.text import MAX_SENTENCE, blocks, sentences
from bowerbird.knowledge.words import word_spans

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


languages = st.sampled_from(["", "en", "de", "fr", "ja", "ru", "vi"])


@given(texts, languages)
def test_sentences_lose_nothing_but_white_space(text: str, language: str) -> None:
    """In order, without overlap, trimmed, bounded, and everything between them is white space."""
    position = 0
    for span in sentences(text, language):
        assert span.start >= position
        assert not text[position : span.start].strip()
        assert 0 < span.end - span.start <= MAX_SENTENCE
        assert span.of(text) == span.of(text).strip()
        position = span.end
    assert not text[position:].strip()


@given(texts, languages)
def test_sentences_stay_inside_blocks(text: str, language: str) -> None:
    """Every block is exactly covered by whole sentences."""
    spans = sentences(text, language)
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


@given(texts, languages, st.lists(st.tuples(st.integers(0, 400), languages), max_size=4))
def test_passages_of_several_languages_lose_nothing_either(
    text: str, language: str, runs: list[tuple[int, str]]
) -> None:
    """Whatever was found to be in which language: what is between two passages is white space."""
    position = 0
    for chunk in passages(text, Written(language, tuple(sorted(runs)))):
        assert chunk.start >= position
        assert not text[position : chunk.start].strip()
        assert 0 < chunk.end - chunk.start <= MAX_PASSAGE
        position = chunk.end
    assert not text[position:].strip()


@given(texts, languages)
def test_words_are_where_they_are_said_to_be(text: str, language: str) -> None:
    """In their order, none of them white space."""
    places = list(word_spans(text, language))
    assert places == sorted(places)
    assert all(not any(map(str.isspace, span.of(text))) and span.start < span.end for span in places)


@given(texts, st.sampled_from(["", "de", "xx"]))
def test_any_text_has_its_languages_in_order(text: str, stated: str) -> None:
    """Hostile texts too: places that rise, inside the text."""
    runs = written(text, stated).runs
    assert all(one[0] < other[0] for one, other in pairwise(runs))
    assert all(0 <= start < len(text) for start, _ in runs)
