"""Relations that a sentence states outright: "X is a Y", "X was founded by Y". Few, but each with its evidence."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bowerbird.kernel.nouns import Span

__all__ = ["Stated", "is_definition", "kind_of", "stated"]

_IS_A = re.compile(
    r"[*_`\"”’]{0,3}(?: \([^()]{1,40}\))?,? (?:is|are|was|were) (?:also )?(?:(?P<one>an? |one of the )|(?P<many>))"
    r"(?:(?:type|kind|form|class|family|set|example|special case|variant)s? of (?:an? |the )?)?"
)
_OPENS = re.compile(r"[#>\s\-*•_`\"“]*(?:(?:The|the|An?|an?|In \w+(?: \w+)?,|Here,?|Thus,?) )?[*_`\"“]*$")
# Where the noun phrase that says what it is comes to its end; its last word is what the thing is.
_PHRASE_END = re.compile(
    r"[,.;:()\n]| (?:that|which|who|whose|where|when|with|for|of|in|on|to|used|using|based|from|by|and|or|as|at"
    r"|because|designed|described|consisting|implemented|built|introduced) |$"
)


def is_definition(sentence: str, name: Span) -> bool:
    """Whether the sentence opens with the name at `name` (in the sentence) and says what it is."""
    return bool(_OPENS.match(sentence[: name.start]) and _IS_A.match(sentence, name.end))


def kind_of(sentence: str, name: Span, others: Sequence[Span]) -> Span | None:
    """Which of `others`, the entities of the sentence, the one at `name` is said to be; offsets are the sentence's."""
    if not _OPENS.match(sentence[: name.start]):
        return None
    verb = _IS_A.match(sentence, name.end)
    if verb is None:
        return None
    end = _PHRASE_END.search(sentence, verb.end())
    limit = end.start() if end is not None else len(sentence)
    # "Trees are slow": without an article only a plural says what something is.
    fitting = [
        other
        for other in others
        if verb.end() <= other.start
        and abs(other.end - limit) <= 2
        and (verb["one"] or sentence[: other.end].endswith("s"))
    ]
    return min(fitting, key=lambda other: other.start, default=None)


@dataclass(frozen=True, slots=True)
class Stated:
    """A relation between two names of a sentence, and how likely what is stated in this way is right."""

    type: str
    subject: Span
    object: Span
    confidence: float


_MARKS: Final = r"[*_`\"”’)]{0,3}"
_BE: Final = r"(?:(?:,? (?:which|who|that))? (?:is|are|was|were)(?: (?:also|now|originally|first|mainly))?)?"
# What may stand between the two names, nothing else; the second row of a pair turns them round.
_BETWEEN: Final[tuple[tuple[str, bool, re.Pattern[str]], ...]] = tuple(
    (kind, turned, re.compile(_MARKS + words + r"[*_`\"“‘(]{0,3}"))
    for kind, turned, words in (
        ("part of", False, _BE + r" (?:a )?(?:part|member|component|subsidiary) of (?:an? |the )?"),
        ("based on", False, _BE + r" (?:based|built|founded) (?:up)?on (?:an? |the )?"),
        ("made by", False, _BE + r" (?:created|developed|designed|invented|introduced|proposed|written|founded"
                           r"|established|described|published|discovered|maintained) by (?:an? |the )?"),
        ("made by", True, r" (?:created|developed|designed|invented|introduced|proposed|wrote|founded|discovered)"
                          r" (?:an? |the )?"),
        ("lies in", False, _BE + r" (?:located|situated|based|headquartered) in (?:the )?"),
        ("born in", False, r" was born (?:on [\w ,]{4,20} )?in (?:the )?"),
        ("uses", False, r" (?:uses|use|relies on|rely on|is powered by) (?:an? |the )?"),
        ("a case of", True, r",? (?:such as|like|including|for example) (?:an? |the )?"),
        ("a case of", False, _BE + r" an? (?:special case|extension|generali[sz]ation|variant|implementation|example"
                             r"|type|kind|form) of (?:an? |the )?"),
        ("also called", False, r",? (?:\()?(?:also |commonly |sometimes |often )?(?:known as|called|referred to as|abbreviated)"
                               r" (?:an? |the )?"),
    )
)  # fmt: skip
_FARTHEST: Final = 60  # characters between two names that a relation may have

# How many of those read were right: `bench/quality/labelled/relations.json`, and the rule of succession.
CONFIDENCE: Final = {"is a": 0.9}


def stated(sentence: str, names: Sequence[Span]) -> Iterator[Stated]:
    """The relations that the sentence states between the entities at `names`; offsets are the sentence's."""
    ordered = sorted(set(names), key=lambda span: (span.start, -span.end))
    for number, left in enumerate(ordered):
        for right in ordered[number + 1 :]:
            if right.start < left.end:
                continue
            if right.start - left.end > _FARTHEST:
                break
            for kind, turned, between in _BETWEEN:
                if between.fullmatch(sentence, left.end, right.start):
                    subject, object_ = (right, left) if turned else (left, right)
                    yield Stated(kind, subject, object_, CONFIDENCE.get(kind, 0.5))
                    break
