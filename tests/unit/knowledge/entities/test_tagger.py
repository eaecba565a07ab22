"""Which words are a name."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities import extract
from bowerbird.knowledge.entities.tagger import tagger, words

_TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["Ada", "Lovelace", "of", "U.S.", "Dr.", "(", "IBM", "in", "Paris", "'s", "'", "x", ".", "\x00"]
        ),
        max_size=30,
    ).map(" ".join),
)


def _names(text: str) -> list[tuple[str, str]]:
    found = tagger().names(text, [Span(0, len(text))])[0]
    return [(name.span.of(text), name.kind) for name in found]


def test_people_places_and_organisations_are_told_apart() -> None:
    """Three kinds in one sentence, each with its whole name."""
    text = "Ada Lovelace was born in London and wrote to the University of California."
    assert _names(text) == [
        ("Ada Lovelace", "person"),
        ("London", "place"),
        ("University of California", "organisation"),
    ]


def test_possessive_is_no_part_of_a_name_and_a_short_form_keeps_its_stops() -> None:
    """Words are cut where names end."""
    text = "the U.S. army's Dr. Smith’s"
    assert [span.of(text) for span in words(text, 0, len(text))] == ["the", "U.S.", "army", "'s", "Dr.", "Smith", "’s"]


def test_sentences_read_together_are_read_as_each_alone() -> None:
    """Nothing is seen across the border of two sentences."""
    text = "We met Ada Lovelace. Paris is far. Charles Babbage lived in London."
    parts = [Span(0, 20), Span(21, 34), Span(35, len(text))]
    alone = [tagger().names(text, [part])[0] for part in parts]
    together = tagger().names(text, parts)
    assert [[n.span for n in names] for names in together] == [[n.span for n in names] for names in alone]


@settings(deadline=None)
@given(text=_TEXTS)
def test_names_lie_in_their_sentence_in_order_and_apart(text: str) -> None:
    """Whatever the text: spans in range, one after another, each sure between nought and one."""
    found = tagger().names(text, [Span(0, len(text))])[0]
    ends = [0, *(name.span.end for name in found)]
    for before, name in zip(ends, found, strict=False):
        assert before <= name.span.start < name.span.end <= len(text)
        assert 0.0 <= name.confidence <= 1.0


def test_entries_of_a_glossary_are_entities_even_when_their_word_says_little_elsewhere() -> None:
    """A page that lists a dozen terms with what they mean."""
    named = ["sample", "fit", "n_jobs", "early stopping", "clone", "target", "score", "label", "kernel", "metric"]
    terms = [*named, "attribute", "function", "scorer", "leakage"]
    text = "\n\n".join(f"{term}\nWhat it means is said in a sentence that is long enough." for term in terms)
    found = {candidate.name: candidate.kind for candidate in extract(text, "")}
    assert set(terms) <= found.keys()
    assert (found["sample"], found["n_jobs"]) == ("term", "identifier")


def test_parameters_and_functions_of_a_manual_are_identifiers() -> None:
    """A line with a type or a call, and what it does below."""
    text = "max_depth : int, default=None\nThe depth of the tree that is grown at most, or none.\n\n"
    text += "prune(tree)\nTakes off the branches that do not pay, from below.\n"
    found = {candidate.name: candidate.kind for candidate in extract(text, "")}
    assert (found["max_depth"], found["prune"]) == ("identifier", "identifier")


def test_marks_titles_and_code_are_no_part_of_a_name() -> None:
    """What stands around a name is not its own."""
    text = "It was shown by Dr. Adele Cutler, and then “Leo Breiman” said so to us in Berlin."
    names = {candidate.name for candidate in extract(text, "")}
    assert {"Adele Cutler", "Leo Breiman", "Berlin"} <= names
