"""Sentences that say what a thing is, where it is, what it is a part of, and whom somebody works for."""

import re
from collections.abc import Iterator
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.candidate import key_of, singular
from bowerbird.knowledge.relations.found import AFTER, Found, match, name_after
from bowerbird.knowledge.relations.spots import NAMED, Sentence, Spot
from bowerbird.knowledge.relations.words import CREATIONS, PARTS, PLACES, ROLE, SITES, TYPES, VAGUE, WRITINGS
from bowerbird.knowledge.words import STOPWORDS, fold

__all__ = ["being", "working"]

_PLACE: Final = frozenset({"place"})
_ORGANISATION: Final = frozenset({"organisation"})
_EMPLOYERS: Final = frozenset(NAMED - {"place"})
_OPENS = re.compile(r"[#>\s\-*•_`\"“\[]*(?:(?:The|the|An?|an?) )?[*_`\"“\[]*$")
_IS_A = re.compile(
    rf"{AFTER},? (?:is|are|was|were) (?:also |now |currently |still )?"
    r"(?:(?P<one>an? |one of the |the )|(?P<many>))"
    r"(?:(?:type|kind|form|class|special case|variant)s? of (?:an? |the )?)?"
)
# Where the noun phrase that says what it is comes to its end; its last word is what the thing is.
_PHRASE_END = re.compile(
    r"[,.;:()\[\]\n\x00]| (?:that|which|who(?:['’]s)?|whose|where|when|with|for|of|in|on|to|used|using|based|from|by"
    r"|and|or|as|at|because|designed|described|consisting|implemented|built|introduced|located|situated|owned|known|near|between"
    r"|founded|established|created|developed|published|released|written|about|than|but|while|born|under|within|along"
    r"|\w+ing (?:the|an?)) |$"
)
_APPOSED = re.compile(r"[\]\x00*_`\"”’]*(?: \([^()]{1,40}\))?, an? (?=[a-z])")
_OR = re.compile(r",? or ")
_THE = re.compile(r"\b(?:[Tt]he|[Tt]his) \W*$")
_SMALL_END = re.compile(r" [a-z][\w-]*$")  # "Steam development"
_PEOPLE = re.compile(r"(?:[a-z]ian|ese|ish|rench|utch|rican|reek|elsh|wiss|erman|raeli|raqi)$")  # "French"
_OF = re.compile(r" (?P<how>of|in|on|by) ")
_LOCATED = re.compile(
    rf"{AFTER},? (?:(?:is|was|are|were|lies) )?(?:\w+ly |now |also )?"
    r"(?:located|situated|based|headquartered) (?:in|on|at)(?: the)?"
    r"(?: (?:(?:north|south|east|west)(?:-?(?:east|west))?(?:ern)?|central|downtown|rural|upstate)(?: (?:part )?of)?)? "
)
_SITED = re.compile(
    r"[\]\x00*_`\"”]*,? (?:is |was )?,?(?:an?|the) [^,.;:()]{1,60}? (?:located|situated|based|headquartered) in "
)
_PART = re.compile(rf"{AFTER},? (?:(?:is|are) )?(?:also |now )?(?:an? )?part of ")
_BELONGS = re.compile(rf"{AFTER} belongs to ")
_WORKS = re.compile(rf"{AFTER} (?:works|worked|teaches|taught) (?:for|at) ")
_ROLE_OF = re.compile(
    rf"[\]\x00*_`\"”]*,? (?:(?:who )?is )?(?:the |an? |its |their |then )?"
    rf"(?P<role>(?:[\w’'-]+ ){{0,3}}?{ROLE}(?: (?:and|&) (?:[\w-]+ ){{0,2}}?{ROLE})?) (?P<how>of|at|for|with) "
)
_OWN_ROLE = re.compile(rf"['’]s (?P<role>(?:[\w-]+ ){{0,3}}?{ROLE}),? ")
_BARE_ROLE = re.compile(
    r" (?!(?:\w+ ){0,2}(?:historian|writer|producer|partner|economist|professor|captain)\b)"
    rf"(?P<role>{ROLE}(?: and {ROLE})?) "
)
_PAST = re.compile(r"\b(?:former(?:ly)?|ex|late|then|one-time|previous|outgoing|retired|state of the)\b")
_HEADS = re.compile(r"\b(?:president|chief|CEO|CTO|CFO|COO|CIO|chair\w*|managing director|boss)\b")
_CREATES = re.compile(r"\b(?:developer|designer)$")
_MAKES = re.compile(r"\b(?:developer|designer|programmer|writer|producer|engineer)$")
_WRITTEN_BY = re.compile(r"[\]\x00*_`\"”’]*,? (?:(?:is|was) )?an? (?:[\w-]+ ){0,3}?(?P<what>[a-z]+) (?:written )?by ")


def being(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    """What the thing at `spot` is said to be, and to be in."""
    opens = _OPENS.match(sentence.said, sentence.start, spot.start) is not None
    if opens or spot.kind in NAMED:
        yield from _is_a(sentence, spot, opens=opens)
    if opens and (found := match(_PART, sentence, spot.end) or match(_BELONGS, sentence, spot.end)):
        whole = name_after(sentence, found.end(), frozenset(NAMED | {"term"}))
        if whole is not None and (spot.kind in NAMED) == (whole.kind in NAMED):
            yield Found("part of", "part_of", spot, whole.span, whole)
    if spot.kind not in NAMED:
        return
    yield from _apposed(sentence, spot)
    if spot.kind == "person":
        return
    if found := match(_LOCATED, sentence, spot.end) or match(_SITED, sentence, spot.end):
        place = name_after(sentence, found.end(), _PLACE)
        # "The National Stadium, Singapore, located in": a place behind a comma tells where, not what.
        is_where = spot.kind == "place" and sentence.said.endswith(", ", sentence.start, spot.start)
        if place is not None and not is_where:
            yield Found("located", "located_in", spot, place.span, place)
    if (found := match(_WRITTEN_BY, sentence, spot.end)) and (
        maker := name_after(sentence, found.end(), frozenset({"person", "organisation"}))
    ):
        if found["what"] in WRITINGS and maker.kind == "person":
            yield Found("a book by", "author_of", maker, spot.span, spot)
        elif found["what"] in CREATIONS:
            yield Found("a work by", "made_by", spot, maker.span, maker)


def _is_a(sentence: Sentence, spot: Spot, *, opens: bool) -> Iterator[Found]:
    verb = match(_IS_A, sentence, spot.end)
    # "Michael Faraday, FRS, was": what follows a name and a comma belongs to the name.
    is_added = sentence.said[spot.start : spot.end].isupper() and sentence.said.endswith(
        ", ", sentence.start, spot.start
    )
    if verb is None or is_added:
        return
    end = _PHRASE_END.search(sentence.said, verb.end(), sentence.end)
    limit = end.start() if end is not None else sentence.end
    phrase = sentence.said[verb.end() : limit].rstrip('"”*_` ')
    limit = verb.end() + len(phrase)
    first = phrase.partition(" ")[0]
    if spot.kind == "term" and _THE.search(sentence.said, sentence.start, spot.start):
        return  # "the value is a string": that one, here
    # Without an article only terms are told to be something: "trees are models", not "Egypt is divided into …".
    bare = spot.kind == "term" and first not in STOPWORDS and not first.endswith(("ed", "ing", "times", "ways"))
    is_told = phrase and phrase.count(" ") <= 7 and (verb["one"] or bare)
    if not is_told or match(_OR, sentence, limit) or (spot.kind == "term" and first[:1].isupper()):
        return
    head = singular(fold(phrase.rpartition(" ")[2]))
    definite = verb["one"] == "the "
    if not definite:
        yield from _kind(sentence, spot, verb, limit, head, opens=opens)
    if spot.kind in NAMED and (link := match(_OF, sentence, limit)):
        yield from _of(sentence, spot, verb[0], head, link)


def _kind(
    sentence: Sentence, spot: Spot, verb: "re.Match[str]", limit: int, head: str, *, opens: bool
) -> Iterator[Found]:
    """`X is a Y`: a thing that the page speaks of, or for a named X a phrase that ends in a word for things."""
    target = next(
        (other for other in sentence.spots if other.start >= verb.end() and abs(other.end - limit) <= 1), None
    )
    if target is not None and target.key != spot.key and target.kind not in NAMED and head not in PARTS:
        # "Trees are slow": without an article only a plural says what something is.
        if (opens or spot.kind in NAMED) and (verb["one"] or sentence.said[target.end - 1] == "s"):
            yield Found("is a thing", "is_a", spot, target.span, target)
    elif spot.kind in NAMED and verb["one"] in ("a ", "an ") and _tells(sentence.said[verb.end() : limit]):
        start = verb.end()
        words = sentence.said[start:limit]
        yield Found("is a phrase", "is_a", spot, Span(start, limit), normal=key_of(words))


def _tells(phrase: str) -> bool:
    """Whether the phrase says what a thing is, and goes on doing so: it ends in a word for things."""
    head = singular(fold(phrase.rpartition(" ")[2]))
    return head in TYPES and (head not in VAGUE or " " in phrase) and not _PAST.search(phrase)


def _apposed(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    """`X, a new web tool that …`."""
    found = match(_APPOSED, sentence, spot.end)
    if found is None:
        return
    end = _PHRASE_END.search(sentence.said, found.end(), sentence.end)
    if end is None:
        return
    phrase = sentence.said[found.end() : end.start()].rstrip('"”*_` ')
    if phrase.count(" ") <= 5 and _tells(phrase) and not match(_OR, sentence, end.start()):
        at = Span(found.end(), found.end() + len(phrase))
        yield Found("apposition", "is_a", spot, at, normal=key_of(phrase))


def _of(sentence: Sentence, spot: Spot, verb: str, head: str, link: "re.Match[str]") -> Iterator[Found]:
    """`X is the capital of Y`, `a river in Y`, `a division of Y`, `a founder of Y`."""
    how = link["how"]
    past = " was " in verb or " were " in verb
    if spot.kind != "person" and how in ("of", "in", "on") and not past and head in (PLACES if how == "of" else SITES):
        place = name_after(sentence, link.end(), _PLACE)
        if place is not None:
            yield Found(f"a place {how}", "located_in", spot, place.span, place)
    elif how == "of" and head in PARTS and not past:
        whole = name_after(sentence, link.end())
        if whole is not None:
            yield Found("a part of", "part_of", spot, whole.span, whole)
    elif how == "of" and spot.kind == "person" and head in ("founder", "co founder", "cofounder", "co-founder"):
        firm = name_after(sentence, link.end(), _EMPLOYERS)
        if firm is not None:
            yield Found("a founder of", "founded_by", firm, spot.span, spot)
    elif how == "of" and spot.kind == "person" and head in ("creator", "inventor", "developer", "designer"):
        work = name_after(sentence, link.end(), frozenset({"product", "name"}))
        if work is not None:
            yield Found("a maker of", "made_by", work, spot.span, spot)


def working(sentence: Sentence, spot: Spot) -> Iterator[Found]:
    """Whom the person at `spot` works for, and as what; or who works for the organisation there."""
    if spot.kind == "person":
        if found := match(_ROLE_OF, sentence, spot.end):
            yield from _works(sentence, spot, found, name_after(sentence, found.end()), "role of")
        elif (found := match(_WORKS, sentence, spot.end)) and (
            firm := name_after(sentence, found.end(), _ORGANISATION)
        ):
            yield Found("works", "works_for", spot, firm.span, firm)
    if spot.kind in _EMPLOYERS:
        found = match(_OWN_ROLE, sentence, spot.end) or match(_BARE_ROLE, sentence, spot.end)
        person = None if found is None else name_after(sentence, found.end(), frozenset({"person"}))
        if found is not None and person is not None:
            yield from _works(sentence, person, found, spot, "own role")


def _works(sentence: Sentence, person: Spot, found: "re.Match[str]", firm: Spot | None, rule: str) -> Iterator[Found]:
    # One name alone is as often a firm's as a person's.
    if firm is None or " " not in sentence.said[person.start : person.end]:
        return
    name = sentence.said[firm.start : firm.end]
    if firm.kind == "person" and (rule == "role of" or " " in name or found[0][0] in "'’"):
        return
    if _SMALL_END.search(name) or (" " not in name and _PEOPLE.search(name)):
        return
    role = Span(*found.span("role"))
    words = role.of(sentence.said)
    before = sentence.said[max(sentence.start, person.start - 30, 0) : person.start] if rule == "role of" else ""
    led_in = sentence.said[max(sentence.start, firm.start - 12) : firm.start] if rule == "own role" else before
    if _PAST.search(words) or _PAST.search(led_in) or any(word in STOPWORDS for word in words.split() if word != "and"):
        return
    is_firm = firm.kind == "organisation" and " " in name
    if rule == "own role" and not is_firm and not _HEADS.search(words) and "founder" not in words:
        return
    if "founder" in words:
        yield Found(f"{rule} founder", "founded_by", firm, person.span, person)
        return
    if _MAKES.search(words) and (firm.kind != "organisation" or found.groupdict().get("how") == "of"):
        if rule == "role of" and _CREATES.search(words):
            yield Found("maker of", "made_by", firm, person.span, person)
        return
    if firm.kind != "place":
        yield Found(rule, "works_for", person, firm.span, firm)
        yield Found(f"{rule} as", "role", person, role, normal=fold(words))
    elif rule == "role of":
        whole = Span(role.start, firm.end)
        yield Found("role of place", "role", person, whole, normal=fold(whole.of(sentence.said)))
