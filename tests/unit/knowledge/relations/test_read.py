"""What sentences and forms state, what states nothing, and that a hostile page costs no more than its length."""

from typing import ClassVar, SupportsIndex

import pytest

from bowerbird.knowledge.relations import Stated, read_page
from bowerbird.knowledge.relations.being import being
from bowerbird.knowledge.relations.forms import MAX_OF_TABLE, MAX_OF_THING
from bowerbird.knowledge.relations.read import MAX_STATED
from bowerbird.knowledge.relations.spots import Sentence, Spot
from bowerbird.knowledge.text import MAX_SENTENCE

Told = tuple[str, str, str]


def told(text: str, title: str = "") -> set[Told]:
    """Subject, kind and value as the text has them."""
    found = read_page(text, title).stated
    return {(text[one.subject_at.start : one.subject_at.end], one.kind, one.value) for one in found}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Ada Lovelace (10 December 1815 – 27 November 1852) wrote.", ("Ada Lovelace", "died_on", "27 November 1852")),
        ("Alan Turing was born in London on 23 June 1912.", ("Alan Turing", "born_on", "23 June 1912")),
        ("Alan Turing was born in London on 23 June 1912.", ("Alan Turing", "born_in", "London")),
        ("James Sherman died on October 30, 1912, in Utica.", ("James Sherman", "died_on", "October 30, 1912")),
        ("Acme Corporation was founded in 1987 by John Smith.", ("Acme Corporation", "founded_on", "1987")),
        ("Acme Corporation was founded in 1987 by John Smith.", ("Acme Corporation", "founded_by", "John Smith")),
        ("Acme Corporation is based in Portland, Oregon.", ("Acme Corporation", "located_in", "Portland, Oregon")),
        ("Acme Corporation is a small software company.", ("Acme Corporation", "is_a", "small software company")),
        ("Paris is the capital of France.", ("Paris", "located_in", "France")),
        ("The population of Dunedin is 130,000.", ("Dunedin", "population", "130,000")),
        ("Mount Everest is 8,849 metres high.", ("Mount Everest", "height", "8,849 metres")),
        ("The Nikon Z6 costs $1,999 in shops.", ("Nikon Z6", "price", "$1,999")),
        ("The latest version of Django is 4.2.", ("Django", "version", "4.2")),
        (
            "Tim Berners-Lee, director of the World Wide Web Consortium, spoke.",
            ("Tim Berners-Lee", "works_for", "World Wide Web Consortium"),
        ),
        ("A random forest is an ensemble method that grows trees.", ("random forest", "is_a", "ensemble method")),
    ],
)  # fmt: skip
def test_what_a_sentence_states(sentence: str, expected: Told) -> None:
    """The forms that are read, each with the very words."""
    assert expected in told(f"{sentence} A random forest is an ensemble method. Ensemble methods are useful.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Acme Corporation was not founded in 1987 by John Smith.",
        "Was Acme Corporation founded in 1987 by John Smith?",
        "If Acme Corporation was founded in 1987 by John Smith, it is old.",
        "Acme Corporation was reportedly founded in 1987 by John Smith.",
        "Acme Corporation was founded in 1987 by John Smith, according to a rumour.",
        "He said, “Acme Corporation was founded in 1987 by John Smith”.",
        "Acme Corporation would be founded in 1987 by John Smith.",
        "The owner of Acme Corporation was founded in 1987 by John Smith.",
        "Acme Corporation was founded in about 1987.",
        "Acme Corporation was founded in the 1980s.",
        "John Smith, the former director of Acme Corporation, spoke.",
        "Acme Corporation, like a shop, is old.",
    ],
)
def test_what_states_nothing(sentence: str) -> None:
    """Denials, questions, suppositions, reports, quotes, what is past or about; what is said of something else."""
    assert told(sentence) == set()


def test_forms_state_what_their_labels_say_of_what_the_page_is_about() -> None:
    """An infobox of the first heading, a table by its rows, data for machines by their names; and nothing else."""
    text = (
        "# Acme Corporation\n\nAcme Corporation makes anvils. John Smith likes Acme Corporation. "
        "Mount Cook is high.\n\n"
        "Founded | 4 May 1987\nFounder | John Smith\nColour | red\nReleased | 2001–2004\n\n"
        "Name | Height | Colour\nMount Cook | 3,724 m | white\nNobody knows | 12 m | white\n\n"
        "name: Rimu Cottage\ntype: LodgingBusiness\nprice: 120 NZD\n"
    )
    found = told(text, "Acme Corporation")
    assert found == {
        ("Acme Corporation", "founded_on", "4 May 1987"),
        ("Acme Corporation", "founded_by", "John Smith"),
        ("Mount Cook", "height", "3,724 m"),
        ("Rimu Cottage", "is_a", "LodgingBusiness"),
        ("Rimu Cottage", "price", "120 NZD"),
    }


def test_a_statement_has_its_normal_form_and_its_confidence() -> None:
    """What two pages write differently is one; a share of what was right is between none and all."""
    first, second = (
        next(one for one in read_page(text, "").stated if one.kind == "born_on")
        for text in ("Alan Turing was born on 23 June 1912.", "Alan Turing (born June 23, 1912) was here.")
    )
    assert (first.normal, second.normal) == ("1912-06-23", "1912-06-23")
    assert 0 < first.confidence < 1


def _states(stated: list[Stated]) -> int:
    return len({(one.kind, one.subject, one.target, one.normal) for one in stated})


@pytest.mark.parametrize(
    "text",
    [
        "Acme Corporation " + "A" * 10_000 + " was founded in 1987.",
        "Ada Byron, " * 3_000 + "was born in 1815.",
        "(" * 20_000 + "Ada Byron was born in 1815." + ")" * 20_000,
        "Ada Byron was born " + "in London " * 3_000,
        "Founded | " * 10_000 + "\n" + "Founded | 1987\n" * 20_000,
        "name: Ada\nborn: 1815\n\n" * 10_000,
        "Ada Byron is an " + "old " * 10_000 + "company.",
        "“" * 50_000 + "Ada Byron was born in 1815",
        "Founded | 1987 | " + "word " * 10_000 + "\nFounder | Ada Byron | x\n",
        "# Trees\n\nA decision tree is a  program of rules. The decision tree is  fast. A decision tree asks.\n",
    ],
    ids=["long name", "list of names", "brackets", "places", "tables", "data", "phrase", "quotes", "row", "two spaces"],
)
def test_hostile_pages_are_read_to_their_end(text: str) -> None:
    """Whatever it is, it is bounded: what is stated has its words, and is stated once."""
    found = read_page(text, "Ada Byron").stated
    assert len(found) <= MAX_STATED
    assert _states(found) == len(found)
    assert all(text[one.value_at.start : one.value_at.end] == one.value for one in found)
    assert all(one.sentence.end - one.sentence.start <= MAX_SENTENCE for one in found)


_LONG = "word " * 3_000
_PEAK = "Mount Cook is high. Mount Cook is white.\n\n"
_PIPES = "Estimators are things. An estimator fits. An estimator predicts. A pipeline is long. The pipeline fits.\n\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            f"{_PEAK}Name | Notes | Height | More\nMount Cook | {_LONG}| 3,724 m | {_LONG}\nNobody | a | 1 m | b\n",
            "3,724 m",
        ),
        (
            f"{_PEAK}Name | Notes | Height\nMount Cook | {_LONG.replace(' ', '-')} | 3,724 m\nNobody | a | 1 m\n",
            "3,724 m",
        ),
        (f"# Mount Cook\n\n{_PEAK}Height | 3,724 m {_LONG}\nColour | white\n", "3,724 m"),
        (
            f"{_PIPES}pipeline\nAn estimator that {_LONG}.\n\ntransformer\nAn estimator that chains things.\n",
            "estimator",
        ),
    ],
    ids=["row", "row without spaces", "label", "definition"],
)
def test_a_long_line_is_shown_around_the_value(text: str, value: str) -> None:
    """A line of a form may be as long as the page; each relation is kept and shown with it."""
    found = [one for one in read_page(text, "Mount Cook").stated if one.value == value and one.how != "sentence"]
    assert found
    for one in found:
        assert one.sentence.end - one.sentence.start <= MAX_SENTENCE
        assert one.sentence.start <= one.value_at.start < one.value_at.end <= one.sentence.end
        assert "\n" not in one.sentence.of(text).strip()


def test_a_table_states_so_much_and_leaves_room_for_the_rest() -> None:
    """Of a row of many columns and of a table of many rows no more is told; the text below has its say."""
    columns = 58
    row = f"Mount Cook | {' | '.join(str(number) for number in range(1_000, 1_000 + columns))}\n"
    table = "Name" + " | Population" * columns + "\n" + row
    assert len(read_page(f"{_PEAK}{table}{row}", "").stated) == MAX_OF_THING
    rows = "".join(row.replace("| 1", f"| {number}1") for number in range(1, 20))
    found = read_page(f"{_PEAK}{table}{rows}\nAlan Turing was born on 23 June 1912.\n", "").stated
    assert [one.kind for one in found] == ["population"] * MAX_OF_TABLE + ["born_on"]


class _Watched(str):
    """Knows how much of it was copied at once."""

    __slots__ = ()
    copied: ClassVar = 0

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        taken = super().__getitem__(key)
        _Watched.copied = max(_Watched.copied, len(taken))
        return taken


def test_a_sentence_is_read_without_copying_the_page() -> None:
    """Each match costs what its sentence is long, wherever on the page that stands."""
    before = "word " * 1_000
    said = _Watched(f"{before}Trees are models.")
    start = len(before)
    tree, model = Spot(start, start + 5, "tree", "term"), Spot(len(said) - 7, len(said) - 1, "model", "term")
    sentence = Sentence(said, start, len(said), (tree, model), {tree.start: tree, model.start: model})
    _Watched.copied = 0
    assert [found.rule for found in being(sentence, tree)] == ["is a thing"]
    assert _Watched.copied <= len(said) - start
