"""Sentences are ranked by how near their words come to the question's where both stand, if that is known of all."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bowerbird.answer.features import TermWeights, term_weights
from bowerbird.answer.in_context import InContext
from bowerbird.answer.question import plan
from bowerbird.answer.rank import rank
from bowerbird.answer.sentences import Sentence, sentences_in
from bowerbird.kernel.nouns import PassageText
from bowerbird.models.in_context import DIMENSIONS, word_places
from bowerbird.models.words import word_vectors
from tests.unit.answer.builders import a_hit, sentences_of

QUESTION = "Who painted the great hall?"
TEXT = "The great hall was painted red in spring. A monk painted it. Visitors come to see it all year long."
# Three of the directions: of who somebody is, of painting, and of all else.
WHO, PAINTING, ELSE = np.eye(DIMENSIONS, dtype=np.float32)[:3]
ALIKE = TermWeights({})
SAID = {"who": WHO, "monk": WHO, "painted": PAINTING}


def _words(text: str) -> NDArray[np.float32]:
    return np.array([SAID.get(text[a:b].lower(), ELSE) for a, b in word_places(text)], np.float32)


def _known(passages: Sequence[PassageText]) -> Mapping[int, NDArray[np.float32]]:
    return {each.id: _words(each.text) for each in passages}


def _nearness(pool: Sequence[Sentence], question: str = QUESTION) -> list[tuple[float, ...]] | None:
    return InContext(question, _words(question), _known).nearness(pool, ALIKE)


def test_words_that_ask_tell_and_join_are_told_apart() -> None:
    """The word "who" is near to "monk" and to nothing of the first sentence."""
    near = _nearness(sentences_of(TEXT))
    assert near is not None
    assert [tuple(round(each, 2) for each in one[:3]) for one in near[:2]] == [(0.0, 1.0, 1.0), (1.0, 1.0, 1.0)]


def test_what_the_model_has_not_read_is_neither_near_nor_far() -> None:
    """A sentence behind the part that was read has the mean of the others; where none was read nothing is known."""
    pool = sentences_of(TEXT)
    read = len(word_places(TEXT[: pool[2].start]))
    cut = InContext(QUESTION, _words(QUESTION), lambda wanted: {one.id: _words(one.text)[:read] for one in wanted})
    near = cut.nearness(pool, ALIKE)
    assert near is not None
    assert near[2] == pytest.approx(np.mean(near[:2], axis=0).tolist(), abs=1e-5)
    unread = InContext(QUESTION, _words(QUESTION), lambda wanted: {one.id: _words("") for one in wanted})
    assert unread.nearness(pool, ALIKE) is None


def test_one_passage_that_is_not_known_leaves_all_to_the_words_alone() -> None:
    """Numbers that only some sentences have would order them by that; so would another language's."""
    pool = sentences_of(TEXT, "The hall of another page was painted by somebody else.")
    part = InContext(QUESTION, _words(QUESTION), lambda wanted: dict(list(_known(wanted).items())[:1]))
    assert part.nearness(pool, ALIKE) is None
    german = [replace(one, passage=replace(one.passage, language="de")) for one in pool]
    assert _nearness(german) is None


def test_the_sentence_that_says_who_comes_before_the_one_with_more_of_the_words() -> None:
    """Without the words in their context it is the other way round."""
    asked = plan(QUESTION)
    pool = sentences_in([a_hit(TEXT)])
    weights, words = term_weights(asked.terms, {}, 100), word_vectors()
    plain = rank(asked, weights, pool, words)
    context = InContext(QUESTION, _words(QUESTION), _known)
    assert plain[0].sentence.text.startswith("The great hall")
    assert rank(asked, weights, pool, words, in_context=context)[0].sentence.text == "A monk painted it."
