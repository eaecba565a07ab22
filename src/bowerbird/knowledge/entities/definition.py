"""Sentences that say what something is: "X is a Y"."""

import re

from bowerbird.kernel.nouns import Span

__all__ = ["is_definition"]

_IS = re.compile(r"[*_`\"”’]{0,3}(?: \([^()]{1,40}\))?,? (?:is|are|was|were) ")
_OPENS = re.compile(r"[#>\s\-*•_`\"“]*(?:(?:The|the|An?|an?|In \w+(?: \w+)?,|Here,?|Thus,?) )?[*_`\"“]*$")


def is_definition(sentence: str, name: Span) -> bool:
    """Whether the sentence opens with the name at `name` (in the sentence) and says what it is."""
    return bool(_OPENS.match(sentence[: name.start]) and _IS.match(sentence, name.end))
