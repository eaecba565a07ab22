"""Lines as paragraphs: for texts whose lines end where the sheet ended, not where the sentence did."""

import re
from collections.abc import Sequence

_WRAPPED_CHARS = 45  # the long lines of wrapped prose are at least so long
_WRAPPED_MEAN_CHARS = 30  # and its lines on average
_OWN_LINE = re.compile(r"\s*(?:[-*•‣◦–—·]\s|\d{1,3}[.)]\s|[a-z]\)\s|\||\+[-=])")
_SENTENCE_END = (".", "!", "?", ":", "…", "”", "。", "！", "？")


def paragraphs(lines: Sequence[str]) -> list[str]:
    """
    The paragraphs that the lines form; an empty line ends one.

    Wrapped lines are joined, a word that a hyphen divides at the end of a line is made whole again. Lists, tables and
    verse keep their lines.
    """
    found: list[str] = []
    block: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            block.append(line.rstrip())
        elif block:
            found.extend(_split(block))
            block = []
    return found


def _split(block: list[str]) -> list[str]:
    """One run of lines, cut where a line that ends short of the margin ends a sentence as well."""
    if not _is_wrapped(block):
        return ["\n".join(line.strip() for line in block)]
    width = _width(block)
    parts: list[list[str]] = [[]]
    for line in block:
        if parts[-1] and (_OWN_LINE.match(line) or _ends(parts[-1][-1], line, width)):
            parts.append([])
        parts[-1].append(line.strip())
    return [_joined(part) for part in parts]


def _is_wrapped(block: list[str]) -> bool:
    body = block[:-1] or block
    return _width(block) >= _WRAPPED_CHARS and sum(map(len, body)) / len(body) >= _WRAPPED_MEAN_CHARS


def _width(block: list[str]) -> int:
    """How long its long lines are; a single one that sticks out does not count in a long block."""
    return sorted(map(len, block))[len(block) * 9 // 10]


def _ends(line: str, following: str, width: int) -> bool:
    """True for the last line of a paragraph and for a heading: short of the margin for no reason in what follows."""
    if line.endswith(_SENTENCE_END):
        return len(line) < 0.8 * width
    return len(line) < 0.6 * width and following.lstrip()[:1].isupper()


def _joined(lines: list[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        if (text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower()) or text.endswith("\xad"):
            text = text[:-1] + line
        else:
            text = f"{text} {line}"
    return text
