"""Laws of extraction, on any text."""

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.knowledge.entities import extract

_WORDS = [
    "The",
    "random",
    "forest",
    "Forest",
    "(RF)",
    "RF",
    "of",
    "is",
    "a",
    "#",
    "-",
    "*tree*",
    "É",
    "x_1",
    "\n",
    "\n\n",
    ".",
    "```",
]
_TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(_WORDS), max_size=60).map(" ".join))


@given(text=_TEXTS, title=st.text(max_size=40))
def test_every_mention_lies_in_its_sentence_and_keys_are_unique(text: str, title: str) -> None:
    """Whatever the text: spans in range, in order, once each; one candidate a key; no empty names."""
    found = extract(text, title)
    assert len({candidate.key for candidate in found}) == len(found)
    for candidate in found:
        assert candidate.key
        assert candidate.name
        assert list(candidate.mentions) == sorted(set(candidate.mentions))
        for mention in candidate.mentions:
            assert 0 <= mention.sentence_start <= mention.start < mention.end <= mention.sentence_end <= len(text)


@given(text=_TEXTS)
def test_extraction_repeats_itself(text: str) -> None:
    """The same text gives the same entities."""
    assert extract(text, "") == extract(text, "")
