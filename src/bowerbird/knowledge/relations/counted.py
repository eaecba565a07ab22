"""Sentences that say how much: people, sizes, prices; and which version."""

import re
from collections.abc import Iterator
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.relations.found import AFTER, Found, match
from bowerbird.knowledge.relations.spots import NAMED, Sentence, Spot
from bowerbird.knowledge.relations.stated import Kind
from bowerbird.knowledge.relations.values import MEASURE, NUMBER, amount_of, measure_of, number_of, plain
from bowerbird.knowledge.tables.values import values_in

__all__ = ["counted"]

_ABOUT: Final = r"(?:(?:about|around|approximately|some|roughly) )?"
_POPULATION = re.compile(
    rf"{AFTER},? (?:has|had|with) (?:an? |the )?(?:estimated |total |current )?population of {_ABOUT}(?=\d)"
    rf"|[\]\x00*_`\"”]* \(pop(?:ulation|\.)?:? {_ABOUT}(?=\d)"
)
_POPULATION_OF = re.compile(r"[Tt]he (?:total )?population of (?:the )?$")
_PRICE_OF = re.compile(r"[Tt]he (?:list |retail |base |starting )?price of (?:the |an? )?$")
_VERSION_OF = re.compile(r"[Tt]he (?:latest|current|newest)(?: stable)? (?:version|release) of (?:the )?$")
_IS = re.compile(rf"{AFTER} (?:is|was) {_ABOUT}(?=\S)")
_VERSION = re.compile(r"(?:version |v\.? ?)?(\d+(?:\.\d+){1,3}(?:[a-z]\w{0,4})?)(?![\w.]\w)")
_COSTS = re.compile(
    rf"{AFTER} (?:costs|cost|is priced at|was priced at|sells for|sold for|retails (?:for|at)"
    rf"|is available for) (?:just |only )?{_ABOUT}(?=\S)"
)
_TALL = re.compile(rf"{AFTER} (?:is|was|stands|measures|rises|weighs|are|were) {_ABOUT}(?=\d)")
_DIMENSION = re.compile(
    r"(?: \([^()]{1,40}\))? "
    r"(?P<adjective>tall|high|long|wide|deep|in (?:height|length|width|depth|weight|area)|above sea level)\b"
)
_HAS = re.compile(
    rf"{AFTER} (?:has|had|with) an? (?:total |land |surface |average |maximum )?"
    rf"(?P<what>area|height|length|width|depth|elevation|weight) of {_ABOUT}(?=\d)"
    rf"|{AFTER} covers (?:an? )?(?:total )?(?P<covers>area of )?{_ABOUT}(?=\d)"
)
_BY_WORD: Final[dict[str, tuple[Kind, str]]] = {
    "tall": ("height", "length"), "high": ("height", "length"), "in height": ("height", "length"),
    "height": ("height", "length"), "above sea level": ("height", "length"), "elevation": ("height", "length"),
    "long": ("length", "length"), "in length": ("length", "length"), "length": ("length", "length"),
    "wide": ("width", "length"), "in width": ("width", "length"), "width": ("width", "length"),
    "deep": ("depth", "length"), "in depth": ("depth", "length"), "depth": ("depth", "length"),
    "area": ("area", "area"), "in area": ("area", "area"),
    "weight": ("weight", "mass"), "in weight": ("weight", "mass"),
}  # fmt: skip


def counted(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    """What is counted, measured or paid of the thing at `spot`."""
    if spot.kind not in NAMED:
        return
    before = sentence.said[max(sentence.start, spot.start - 40) : spot.start]
    if found := match(_POPULATION, sentence, spot.end):
        yield from _number(sentence, spot, found.end(), "population")
    if found := match(_IS, sentence, spot.end):
        if _POPULATION_OF.search(before):
            yield from _number(sentence, spot, found.end(), "population of")
        elif _PRICE_OF.search(before):
            yield from _price(sentence, spot, found.end(), "price of")
        elif _VERSION_OF.search(before) and (version := match(_VERSION, sentence, found.end())):
            yield Found("version of", "version", spot, Span(*version.span(1)), normal=version[1])
    if spot.kind not in ("person", "place") and (found := match(_COSTS, sentence, spot.end)):
        yield from _price(sentence, spot, found.end(), "costs")
    if found := match(_TALL, sentence, spot.end):
        yield from _tall(sentence, spot, found)
    elif found := match(_HAS, sentence, spot.end):
        yield from _measure(sentence, spot, found.end(), "has a size", _BY_WORD[found["what"] or "area"])


def _number(sentence: Sentence, spot: Spot, start: int, rule: str) -> Iterator[Found]:
    number = match(NUMBER, sentence, start)
    value = None if number is None else number_of(number["figure"], number["scale"])
    if number is not None and value is not None and value == value.to_integral_value() and spot.kind != "person":
        yield Found(rule, "population", spot, Span(*number.span()), normal=plain(value))


def _price(sentence: Sentence, spot: Spot, start: int, rule: str) -> Iterator[Found]:
    span = next(values_in("amount", sentence.said, start, sentence.end), None)
    if span is None or span.start != start:
        return
    normal = amount_of(span.of(sentence.said))
    if normal is not None:
        yield Found(rule, "price", spot, span, normal=normal)


def _tall(sentence: Sentence, spot: Spot, found: "re.Match[str]") -> Iterator[Found]:
    """`is 324 metres tall`, `weighs 3 kg`."""
    size = match(MEASURE, sentence, found.end())
    if size is None:
        return
    if found[0].rstrip().rpartition(" ")[2] == "weighs" or " weighs " in found[0]:
        yield from _measure(sentence, spot, found.end(), "weighs", _BY_WORD["weight"])
        return
    word = match(_DIMENSION, sentence, size.end())
    if word is not None:
        yield from _measure(sentence, spot, found.end(), "is tall", _BY_WORD[word["adjective"]])


def _measure(sentence: Sentence, spot: Spot, start: int, rule: str, size_of: tuple[Kind, str]) -> Iterator[Found]:
    kind, dimension = size_of
    size = match(MEASURE, sentence, start)
    normal = None if size is None else measure_of(size, dimension)
    if size is not None and normal is not None:
        yield Found(rule, kind, spot, Span(*size.span()), normal=normal)
