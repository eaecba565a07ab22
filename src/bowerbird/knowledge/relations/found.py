"""What a pattern finds in a sentence, before it is known how sure that is; and the pieces that patterns share."""

import re
from typing import Final, NamedTuple

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.relations.spots import NAMED, Sentence, Spot
from bowerbird.knowledge.relations.stated import Kind
from bowerbird.knowledge.relations.values import date_of
from bowerbird.knowledge.tables.values import values_in

__all__ = ["AFTER", "Found", "date_at", "match", "name_after"]

# What may stand between a name and what is said of it: marks, brackets, "a company based there,".
AFTER: Final = r"[\]\x00*_`\"”’]*(?: ?\([^()]{1,80}\)){0,2}(?:, (?:an?|the|who|which) [^,.;:()]{1,80},)?"
_BEFORE_NAME = re.compile(r"[ \[*_`\"“‘(]*(?:[Tt]he )?[\[*_`\"“‘]*")


class Found(NamedTuple):
    """A relation in a sentence; without a target, the value is what the subject has."""

    rule: str
    kind: Kind
    subject: Spot
    value: Span
    target: Spot | None = None
    normal: str = ""


def match(pattern: "re.Pattern[str]", sentence: Sentence, start: int) -> "re.Match[str] | None":
    """The match of the pattern that begins there and ends within the sentence."""
    return pattern.match(sentence.said, start, sentence.end)


def date_at(sentence: Sentence, start: int) -> tuple[Span, str] | None:
    """The date that begins there, with its form; none that is a decade, or before our era."""
    span = next(values_in("date", sentence.said, start, sentence.end), None)
    if span is None or span.start != start:
        return None
    rest = sentence.said[span.end : min(span.end + 5, sentence.end)]
    if rest[:1].isalnum() or rest[:2] in ("'s", "’s", "–2", "-2", "–1", "-1") or rest[1:3] in ("BC", "B."):
        return None
    normal = date_of(span.of(sentence.said))
    return None if normal is None else (span, normal)


def name_after(sentence: Sentence, start: int, kinds: "frozenset[str]" = frozenset(NAMED)) -> Spot | None:
    """The name of one of the kinds that begins there, after an article and marks."""
    opening = match(_BEFORE_NAME, sentence, start)
    spot = None if opening is None else sentence.whole(opening.end())
    return spot if spot is not None and spot.kind in kinds else None
