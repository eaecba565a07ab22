"""Which sentences say what something is."""

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.definition import is_definition


def test_definition_opens_with_the_name() -> None:
    """A name in the middle is being used, not defined."""
    sentences = ["A tree is a model.", "Here a tree is a model."]
    spans = [Span(sentence.index("tree"), sentence.index("tree") + 4) for sentence in sentences]
    assert [is_definition(sentence, span) for sentence, span in zip(sentences, spans, strict=True)] == [True, False]
