"""How likely a find is one thing with its whole name."""

import json

import pytest

from bowerbird.knowledge.entities.likely import NAME_SIGNS, TERM_SIGNS, WEIGHTS, Sort, describes, is_likely
from bowerbird.knowledge.entities.names import name_signs
from bowerbird.knowledge.entities.reading import lines, readable
from bowerbird.knowledge.entities.terms import term_signs

TEXT = "# Trees\n\nA random forest is an ensemble. Leo Breiman wrote of the random forest. Breiman lived in Berkeley.\n"


def test_each_find_has_every_sign() -> None:
    """Signs and weights are of one length and one order."""
    seen = readable(TEXT)
    page = list(lines(TEXT, seen))
    terms, names = term_signs(TEXT, "Trees", page), name_signs(seen, "Trees", page)
    assert {len(row) for row in terms.values()} == {len(TERM_SIGNS)}
    assert {len(row) for row in names.values()} == {len(NAME_SIGNS)}
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert tuple(stored["term"]["weights"]) == TERM_SIGNS
    assert tuple(stored["name"]["weights"]) == NAME_SIGNS


def test_who_is_named_between_others_is_named() -> None:
    """Of a name in prose, the share of its mentions with a capital beside it is told."""
    text = "# X\n\nIn Paris we met Leo Breiman of Berkeley there. Leo Breiman Prize winners came.\n"
    seen = readable(text)
    signs = dict(zip(NAME_SIGNS, name_signs(seen, "", list(lines(text, seen)))["leo breiman"], strict=True))
    assert (signs["after_capital"], signs["before_capital"], signs["person"]) == (0, 0, 1)


@pytest.mark.parametrize("sort", ["term", "name"])
def test_nothing_that_is_said_is_too_much(sort: Sort) -> None:
    """Signs of any size are judged."""
    count = len(TERM_SIGNS if sort == "term" else NAME_SIGNS)
    for size in (-1e9, 0.0, 1e9):
        assert is_likely(sort, [size] * count) in (True, False)


def test_adjectives_describe() -> None:
    """By their endings; short words are none."""
    assert describes("multinomial")
    assert describes("logistic")
    assert not describes("forest")
    assert not describes("metal")
