"""What speaks for a sentence as an answer, as numbers between 0 and 1 that a reader could check by eye."""

import math
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bowerbird.answer.question import Kind, Plan
from bowerbird.answer.sentences import Sentence, first_stems
from bowerbird.knowledge.words import stem, stems

__all__ = ["FEATURES", "TermWeights", "features", "term_weights"]

FEATURES = (
    "cover",  # the weighted share of the question's terms that it says
    "around",  # … that it says, or its title, headings or the sentence before
    "near",  # … with words that mean the like in place of the same
    "fits",  # it holds what an answer of this kind would
    "pairs",
    "short",
    "leans",
    "carried",  # what the sentence before adds, where it opens with "It" or "These"
    "whole",  # the share that its whole passage says
    "passage",  # how early its passage was found
    "meant",  # the cosine of its passage with the question
    "counted",  # a number stands before what the question counts
    "opens",
)


def _any_of(phrases: str) -> re.Pattern[str]:
    """A pattern for any of the phrases, a bar between them, as whole words in either case."""
    return re.compile(rf"\b(?:{'|'.join(phrase.strip() for phrase in phrases.split('|'))})\b", re.IGNORECASE)


_NUMBER = _any_of(
    r"""
    \d[\d.,]* | one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve | twenty | thirty
    | forty | fifty | hundreds? | thousands? | millions? | billions? | dozens? | half | twice | once | several | percent
    """
)
_COUNTED = re.compile(r"\bhow (?:many|much) (?:(?:different|other|total|more) )?([\w-]+)", re.IGNORECASE)
_DATE = _any_of(
    r"""
    1\d{3} | 20\d{2} | january | february | march | april | may | june | july | august | september | october | november
    | december | monday | tuesday | wednesday | thursday | friday | saturday | sunday | spring | summer | autumn
    | winter
    | today | yesterday | century | centuries | years? ago | decade
    """
)
_NAME = re.compile(
    r"(?<=[a-z,;:’')\]\d] )[\"“(]?[A-Z][\w’'-]+|^(?!(?:The|A|An|In|It|This|However)\b)[A-Z][a-z]+ [A-Z][a-z]+"
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of|off|around|across|between|through|outside|north|south|east|west) (?:the )?[A-Z][a-z]+"
)
_CAUSE = _any_of(
    r"""
    because | due to | since | caus\w+ | therefore | thus | so that | in order to | as a result | result\w* (?:in|from)
    | reasons? | lead\w* to | prevent\w* | allow\w* | enabl\w* | owing to | to (?:avoid|reduce|improve|make|keep)
    """
)
_MEANS = _any_of("by | using | uses? | through | via | with | first | then | step | process | method | works?")
_SERIES = re.compile(
    r"(?:[^,;:]{2,60}[,;] ){2,}(?:and |or )?|: *$|\b(?:types|kinds|categories|classes|forms|families|groups)"
    r" (?:of|are|:)"
    r"|\bsuch as\b|\binclud(?:e|es|ing)\b"
)
_SAYS_WHAT = _any_of(
    r"""
    (?:is|are|was|were) \w+ | refers? to | means? | denotes? | known as | called | defined as
    """
)


@dataclass(frozen=True, slots=True)
class TermWeights:
    """How much each term of a question tells, by how rare it is in what was gathered; sums to 1."""

    weights: Mapping[str, float]

    def cover(self, stems: Container[str]) -> float:
        """The weighted share of the question's terms that are in `stems`."""
        return sum(weight for term, weight in self.weights.items() if term in stems)


def term_weights(terms: Sequence[str], counts: Mapping[str, int], total: int) -> TermWeights:
    """The weights of `terms`, of which `counts` says in how many of `total` passages each stands (BM25's idf)."""
    raw = {
        term: math.log(1 + (total - min(counts.get(term, 0), total) + 0.5) / (counts.get(term, 0) + 0.5))
        for term in terms
    }
    whole = sum(raw.values()) or 1.0
    return TermWeights({term: weight / whole for term, weight in raw.items()})


# A list of "types" is a list of "kinds" or "categories": one of these words stands for all.
KIND_NOUNS = frozenset(stems("types kinds sorts categories classes forms families groups varieties"))


def features(plan: Plan, weights: TermWeights, sentence: Sentence, near: float) -> tuple[float, ...]:
    """The numbers named in FEATURES for one sentence; `near` is its soft cover."""
    said = set(sentence.stems)
    if plan.kind is Kind.LIST and not said.isdisjoint(KIND_NOUNS):
        said |= KIND_NOUNS
    cover = weights.cover(said)
    return (
        cover,
        weights.cover(sentence.around | said),
        near,
        float(fits(plan, sentence.text)),
        _pairs(plan.terms, sentence.stems),
        max(0.0, 1 - len(sentence.stems) / 10),
        float(sentence.leans),
        weights.cover(sentence.before | said) - cover if sentence.leans else 0.0,
        weights.cover(sentence.whole),
        sentence.passage_score,
        sentence.meant,
        float(plan.kind is Kind.AMOUNT and _counts(plan, sentence)),
        float(plan.kind is Kind.DEFINITION and _opens_with(plan, sentence)),
    )


def fits(plan: Plan, text: str) -> bool:
    """Whether the sentence holds what an answer of this kind would: a number, a date, a name, a reason …"""
    match plan.kind:
        case Kind.AMOUNT:
            return bool(_NUMBER.search(text))
        case Kind.WHEN:
            return bool(_DATE.search(text))
        case Kind.WHO:
            return any(stem(name.strip('"“(').split(" ")[0]) not in plan.terms for name in _NAME.findall(text))
        case Kind.WHERE:
            return bool(_PLACE.search(text))
        case Kind.WHY:
            return bool(_CAUSE.search(text))
        case Kind.HOW:
            return bool(_MEANS.search(text))
        case Kind.LIST:
            return bool(_SERIES.search(text))
        case Kind.DEFINITION:
            return bool(_SAYS_WHAT.search(text[:120]))
        case Kind.YES_NO | Kind.OTHER:
            return True


def _pairs(terms: Sequence[str], stems: Sequence[str]) -> float:
    """The share of neighbouring terms of the question that stand within three words of each other here."""
    if len(terms) < 2:
        return 0.0
    places: dict[str, list[int]] = {}
    for place, word in enumerate(stems):
        places.setdefault(word, []).append(place)
    close = sum(
        any(abs(a - b) <= 3 for a in places.get(first, ()) for b in places.get(second, ()))
        for first, second in pairwise(terms)
    )
    return close / (len(terms) - 1)


def _counts(plan: Plan, sentence: Sentence) -> bool:
    """Whether a number stands shortly before what "how many …" counts: "over 14,000 old costumes"."""
    found = _COUNTED.search(plan.question)
    if found is None:
        return False
    counted = stem(found[1])
    return any(
        counted in sentence.stems[place + 1 : place + 5]
        for place, word in enumerate(sentence.words)
        if _NUMBER.fullmatch(word)
    )


def _opens_with(plan: Plan, sentence: Sentence) -> bool:
    """Whether the sentence opens with all that the question asks about: "A decision tree is …"."""
    opening = set(first_stems(sentence.text, len(plan.terms) + 1))
    return bool(plan.terms) and opening.issuperset(plan.terms) and bool(_SAYS_WHAT.search(sentence.text[:160]))
