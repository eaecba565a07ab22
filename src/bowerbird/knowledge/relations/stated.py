"""What reading a page for relations hands over: who is what to whom, each with its places in the text."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from bowerbird.kernel.nouns import Span

__all__ = ["KINDS", "How", "Kind", "Stated"]

Kind = Literal[
    "is_a",
    "part_of",
    "located_in",
    "born_on",
    "born_in",
    "died_on",
    "founded_on",
    "founded_by",
    "works_for",
    "role",
    "author_of",
    "made_by",
    "released_on",
    "version",
    "price",
    "population",
    "height",
    "length",
    "width",
    "depth",
    "area",
    "weight",
]
How = Literal["sentence", "definition", "table", "infobox", "data"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Stated:
    """
    A relation as one page states it; offsets are the text's, and `value` is what the text has at `value_at`.

    `subject` and `target` are keys of what the page names. Without a target it is the value that the subject has, and
    `normal` is how any page would write that: 1950-05-04, 3000 AUD.
    """

    kind: Kind
    subject: str
    target: str | None
    value: str
    normal: str
    subject_at: Span
    value_at: Span
    sentence: Span
    how: How
    rule: str  # the form that says it: what its confidence was measured by
    confidence: float
