"""What the names of two things say of their being one."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from bowerbird.knowledge.entities.candidate import key_of
from bowerbird.knowledge.resolve.features import FEATURES, Described, features


def _named(name: str, *, number: int = 1, kind: str = "term", aliases: tuple[str, ...] = ()) -> Described:
    around = np.zeros(64, np.float32)
    return Described(number, key_of(name), name, kind, aliases, around, frozenset({number}), frozenset({"s"}))


def _said(
    one: Described,
    other: Described,
    claims: Mapping[str, list[Described]] | None = None,
    sharing: Mapping[str, int] | None = None,
) -> dict[str, float]:
    row = features(one, other, lambda word: 1.0, claims=claims or {}, sharing=sharing or {})
    return dict(zip(FEATURES, row, strict=True))


@pytest.mark.parametrize(
    ("one", "other", "sign"),
    [
        ("run-time", "runtime", "respelt"),
        ("auto-speccing", "autospeccing", "respelt"),
        ("Random Forest", "RandomForest", "camel"),
        ("data type", "datatype", "snake"),
        ("naive Bayes classifier", "naive Bayesian classifier", "nearly"),
        ("nodes representing", "node representing", "same_stems"),
        ("how indexes work", "indexes work", "led_in"),
    ],
)
def test_spellings_of_one_name(one: str, other: str, sign: str) -> None:
    """A hyphen, gaps, endings, a word before: each has its sign."""
    assert _said(_named(one), _named(other, number=2))[sign] == 1


@pytest.mark.parametrize(
    ("one", "other", "sign"),
    [
        ("runtime", "run-time", "snake"),
        ("one-class SVM", "SVM", "led_in"),
        ("per-class scope", "scope", "led_in"),
        ("mean absolute error", "median absolute error", "nearly"),
        ("spectral co-clustering algorithm", "spectral clustering algorithm", "nearly"),
        ("compressed data", "compress data", "plural"),
    ],
)
def test_what_only_looks_alike(one: str, other: str, sign: str) -> None:
    """Another word, or a small one that tells, makes another thing."""
    assert _said(_named(one), _named(other, number=2))[sign] == 0


def test_persons_are_those_that_a_page_takes_for_one() -> None:
    """Content-Transfer-Encoding is no Content-Encoding with a middle name."""
    people = _named("L. Breiman", kind="person"), _named("Leo Breiman", number=2, kind="name")
    fields = _named("Content-Encoding", kind="name"), _named("Content-Transfer-Encoding", number=2, kind="name")
    assert _said(*people)["person"] == 1
    assert _said(_named("Jo Smith", kind="person"), _named("Jim Smith", number=2, kind="person"))["person"] == 0
    assert _said(*fields)["person"] == 0


def test_initials_that_nothing_else_has() -> None:
    """Of three letters on; how many names share them says whether they tell."""
    short, long = _named("TLS"), _named("transport layer security", number=2)
    assert _said(short, long, sharing={"tls": 2})["initials_alone"] == 1
    assert _said(short, long, sharing={"tls": 3})["initials_alone"] == 0


def test_spellings_of_what_it_is_short_for_are_no_rivals() -> None:
    """PCA is principal component analysis, though pages spell that in two ways."""
    short, long = _named("PCA"), _named("principal component analysis", number=2, aliases=("PCA",))
    spelt = _named("principal components analysis", number=3, aliases=("PCA",))
    rival = _named("patient controlled analgesia", number=4, aliases=("PCA",))
    assert _said(short, long, {"pca": [long, spelt]})["stated_of_several"] == 0
    assert _said(short, long, {"pca": [long, rival]})["stated_of_several"] == 1


def test_a_class_is_told_from_the_thing_at_hand_by_how_its_words_are_written() -> None:
    """Capitals and "the" count for what is written in words, and only where the other is a class."""
    named = replace(_named("Random Forest", number=2), titled=0.5, definite=0.25)
    said = _said(_named("RandomForest"), named)
    assert (said["camel_titled"], said["camel_definite"]) == (0.5, 0.25)
    assert _said(named, _named("random forests"))["camel_titled"] == 0


def test_what_leads_in_is_told_apart() -> None:
    """A type of a value, a word for a kind of thing, and any other small word."""
    for lead, sign in (("int", "led_in_type"), ("module", "led_in_kind"), ("the", "")):
        said = _said(_named(f"{lead} base layer"), _named("base layer", number=2))
        assert said["led_in"] == 1
        assert [name for name in ("led_in_type", "led_in_kind") if said[name]] == [sign][: bool(sign)]


def test_persons_of_everyday_words_have_a_sign_against_them() -> None:
    """What is taken for two persons may be a command with and without a word."""
    words = _named("Change Table", kind="person"), _named("C. Table", number=2, kind="person")
    names = _named("Leo Breiman", kind="person"), _named("L. Breiman", number=2, kind="person")
    assert (_said(*words)["person"], _said(*words)["ordinary_person"]) == (1, 1)
    assert (_said(*names)["person"], _said(*names)["ordinary_person"]) == (1, 0)
