"""Laws of sentences and of the verifier, on any text."""

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.answer import verify
from bowerbird.answer.sentences import sentences_in
from bowerbird.answer.write import tidy
from bowerbird.kernel.nouns import Hit, PassageText

_PARTS = [
    "A tree asks many questions.",
    "- an item of four words",
    "\n",
    "\n\n",
    "**It** is `x`",
    "# Head",
    "12,400 images",
    "no",
    "[a](b)",
]
_TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(_PARTS), max_size=30).map(" ".join))


@given(text=_TEXTS, before=st.integers(0, 50))
def test_sentences_are_spans_of_their_version(text: str, before: int) -> None:
    """`version[start:end] == text`, whatever the passage holds and wherever it begins."""
    version = "x" * before + text
    hit = Hit(PassageText(1, 1, 1, "s", "u", "t", "h", before, len(version), text), 1.0, None, None)
    for sentence in sentences_in([hit]):
        assert version[sentence.start : sentence.end] == sentence.text


@given(text=_TEXTS)
def test_what_is_read_of_a_quote_is_supported_by_it(text: str) -> None:
    """The verifier proves every sentence that the extractive writer can show."""
    hit = Hit(PassageText(1, 1, 1, "s", "u", "t", "h", 0, len(text), text), 1.0, None, None)
    for sentence in sentences_in([hit]):
        assert verify(tidy(sentence.text), [sentence.text]).verdict in ("supported", "partial")


@given(claim=st.text(max_size=100), evidence=st.lists(st.text(max_size=100), max_size=3))
def test_verdicts_are_always_given(claim: str, evidence: list[str]) -> None:
    """No text breaks the verifier; scores lie between 0 and 1, and there is a reason."""
    verdict = verify(claim, evidence)
    assert 0 <= verdict.score <= 1
    assert verdict.reasons
