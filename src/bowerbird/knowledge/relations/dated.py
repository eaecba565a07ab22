"""Sentences that say when and by whom: born, died, founded, made, released."""

import re
from collections.abc import Iterator
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.relations.found import AFTER, Found, date_at, match, name_after
from bowerbird.knowledge.relations.spots import NAMED, WORKS, Sentence, Spot
from bowerbird.knowledge.relations.stated import Kind
from bowerbird.knowledge.relations.values import year_of

__all__ = ["lives", "made"]

_PERSON: Final = frozenset({"person"})
_PLACE: Final = frozenset({"place"})
_MAKERS: Final = frozenset({"person", "organisation"})
_OLDEST: Final = 115  # years

_BORN_IN_BRACKETS = re.compile(r"[\]\x00*_`\"”]* ?\((?:born|b\.)(?: on| in)? ?")
_LIFE = re.compile(r"[\]\x00*_`\"”]* ?\(")
_DASH = re.compile(r" ?[–—-] ?")
_BORN = re.compile(rf"{AFTER} (?:was|is) born(?= (?:on|in|at) )")
_DIED = re.compile(rf"{AFTER} (?:has )?(?:died|passed away)(?: peacefully| suddenly)?(?= (?:on|in|at) )")
_STEP = re.compile(r",? (?P<how>on|in|at|by) (?:the )?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?")
_ALSO = re.compile(r",? (?:and|&) ")

_FOUNDED = re.compile(
    rf"{AFTER},? (?:(?:was|were) )?(?:first |originally |officially )?(?:co-)?"
    r"(?:founded|established|incorporated)(?= (?:on|in|by) )"
)
_FOUNDS = re.compile(rf"{AFTER} (?:co-)?founded (?:the )?")
_RELEASED = re.compile(
    rf"{AFTER},? (?:(?:was|were) )?(?:first |originally |initially |officially |publicly )?"
    r"(?:released|launched)(?= (?:on|in) )"
)
_RELEASED_IN_BRACKETS = re.compile(r"[\]\x00*_`\"”]* \((?:first )?(?:released|launched|published)(?: on| in)? ")
_MADE = re.compile(
    rf"{AFTER},? (?:(?:is|was|are|were|has been) |(?:an?|the) [^,.;:()]{{1,60}}? )?(?:\w+ly |first |jointly )?"
    r"(?:developed|created|designed|built|made|manufactured|produced|invented|published)"
    r"(?: and (?:\w+ly )?(?:developed|maintained|published|designed|built|produced|released|marketed|sold))?(?= by )"
)
_WRITTEN = re.compile(rf"{AFTER},? (?:(?:is|was|are|were) )?(?:co-)?(?:written|authored)(?= by )")
_ENDS = re.compile(r"[”\"'’*_)]*(?:[.,;:)]|$| (?:in|and|with|for|about|during|while|as|which)\b)")
_WROTE = re.compile(rf"{AFTER} (?:co-)?(?:wrote|authored) ")


def lives(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    """When and where the person at `spot` was born, and died."""
    if spot.kind != "person":
        return
    if found := match(_BORN_IN_BRACKETS, sentence, spot.end):
        yield from _dates(sentence, spot, found.end(), "born_on", "born in brackets", at_once=True)
    elif found := match(_LIFE, sentence, spot.end):
        yield from _life(sentence, spot, found.end())
    if found := match(_BORN, sentence, spot.end):
        yield from _dates(sentence, spot, found.end(), "born_on", "born")
    if found := match(_DIED, sentence, spot.end):
        yield from _dates(sentence, spot, found.end(), "died_on", "died")


def _life(sentence: Sentence, spot: Spot, start: int) -> Iterator[Found]:
    """`(1815–1852)`: from birth to death, when it is the length of a life."""
    born = date_at(sentence, start) or _bare_year(sentence, start)
    dash = None if born is None else match(_DASH, sentence, born[0].end)
    died = None if dash is None else date_at(sentence, dash.end())
    if born is None or died is None or sentence.said[died[0].end : died[0].end + 1] != ")":
        return
    if 18 <= year_of(died[1]) - year_of(born[1]) <= _OLDEST:
        yield Found("life", "born_on", spot, born[0], normal=born[1])
        yield Found("life", "died_on", spot, died[0], normal=died[1])


_YEAR = re.compile(r"1[0-9]{3}|20\d\d")


def _bare_year(sentence: Sentence, start: int) -> "tuple[Span, str] | None":
    """A year with a dash behind it, which `date_at` takes for a span of years."""
    year = match(_YEAR, sentence, start)
    return None if year is None else (Span(*year.span()), year[0])


def _dates(
    sentence: Sentence, spot: Spot, start: int, kind: Kind, rule: str, *, at_once: bool = False
) -> Iterator[Found]:
    """`on DATE`, `in PLACE`, in either order; `at_once`: without a word before the first date."""
    position = start
    if at_once and (date := date_at(sentence, position)):
        yield Found(rule, kind, spot, date[0], normal=date[1])
        position = date[0].end
    for _ in range(3):
        step = match(_STEP, sentence, position)
        if step is None or step["how"] == "by":
            return
        if date := date_at(sentence, step.end()):
            yield Found(rule, kind, spot, date[0], normal=date[1])
            position = date[0].end
        elif place := name_after(sentence, step.end(), _PLACE):
            if kind == "born_on":
                yield Found(f"{rule} in", "born_in", spot, place.span, place)
            position = place.end
        else:
            return


def made(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    """Who founded, made, wrote what is at `spot`, and when; or what it founded and wrote."""
    if spot.kind == "person":
        yield from _by_person(sentence, spot)
        return
    if spot.kind not in NAMED and spot.kind != "identifier":
        return
    if spot.kind != "product" and (found := match(_FOUNDED, sentence, spot.end)):
        yield from _by(sentence, spot, found.end(), "founded", ("founded_on", "founded_by"))
    if spot.kind not in WORKS:
        return
    if found := match(_RELEASED, sentence, spot.end):
        yield from _by(sentence, spot, found.end(), "released", ("released_on", None))
    elif (found := match(_RELEASED_IN_BRACKETS, sentence, spot.end)) and (date := date_at(sentence, found.end())):
        yield Found("released in brackets", "released_on", spot, date[0], normal=date[1])
    if found := match(_MADE, sentence, spot.end):
        yield from _by(sentence, spot, found.end(), "made", (None, "made_by"))
    elif found := match(_WRITTEN, sentence, spot.end):
        for one in _by(sentence, spot, found.end(), "written", (None, "author_of")):
            is_work = spot.kind in ("product", "name")  # "PEP written by …" is one of many
            if one.target is not None and one.target.kind == "person" and is_work:
                yield one._replace(subject=one.target, value=spot.span, target=spot)


def _by(
    sentence: Sentence, spot: Spot, start: int, rule: str, kinds: tuple[Kind | None, Kind | None]
) -> Iterator[Found]:
    """`in DATE`, `by SOMEBODY and SOMEBODY`, in either order; `kinds` are of the one and of the other."""
    dated, by = kinds
    position = start
    for _ in range(3):
        step = match(_STEP, sentence, position)
        if step is None:
            return
        if step["how"] != "by" and (date := date_at(sentence, step.end())):
            if dated is not None:
                yield Found(rule, dated, spot, date[0], normal=date[1])
            position = date[0].end
        elif step["how"] == "by" and by is not None and (maker := name_after(sentence, step.end(), _MAKERS)):
            yield Found(f"{rule} by", by, spot, maker.span, maker)
            position = maker.end
            also = match(_ALSO, sentence, position)
            other = None if also is None else name_after(sentence, also.end(), _MAKERS)
            if other is not None and other.kind == maker.kind:
                yield Found(f"{rule} by", by, spot, other.span, other)
                position = other.end
        elif step["how"] in ("in", "at") and (place := name_after(sentence, step.end(), _PLACE)):
            position = place.end
        else:
            return


def _by_person(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    if (found := match(_FOUNDS, sentence, spot.end)) and (
        firm := name_after(sentence, found.end(), frozenset({"organisation", "product", "name", "acronym"}))
    ):
        yield Found("founds", "founded_by", firm, spot.span, spot)
        yield from _by(sentence, firm, firm.end, "founds in", ("founded_on", None))
    if (
        (found := match(_WROTE, sentence, spot.end))
        and (work := name_after(sentence, found.end(), frozenset({"product", "name"})))
        and match(_ENDS, sentence, work.end)
    ):
        yield Found("wrote", "author_of", spot, work.span, work)
