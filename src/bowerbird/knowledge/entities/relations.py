"""Relations that a sentence states outright: "X is a Y". Few, but each with its evidence."""

import re
from collections.abc import Sequence

from bowerbird.kernel.nouns import Span

__all__ = ["is_definition", "kind_of"]

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
