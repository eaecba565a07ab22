"""
The text of a page, in the one format that all of Bowerbird reads.

    blocks are separated by an empty line and never hold one; no line ends with a space
    # heading          `#` once per level
    a paragraph        one line, or several where the page breaks the line itself
    - an item          one line per item; below it, indented by two spaces, what else it says and the items inside it
    a | b | c          one line per row
    ```                code, between two fences, its own indentation kept and its empty lines dropped
    term               a definition: the term, and on the next line what it means

NFC, no control characters, at most `MAX_TEXT_CHARS`.
"""

import re
import unicodedata

MAX_TEXT_CHARS = 2_000_000
FENCE = "```"

_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n[ \n]*")
# Control characters, directional overrides, byte-order marks, non-characters and lone surrogates; never tab or newline.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """The text in NFC, without a character that is not meant to be read; tabs and line ends stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", text))


def one_line(text: str) -> str:
    """The text on one line, cleaned, with single spaces."""
    return " ".join(clean(text).split())


class BlockWriter:
    """Takes the parts of a page in reading order and gives its text; a list or a table is one block."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._lines: list[str] = []  # of the list, table or definition that is being written
        self._chars = 0

    @property
    def full(self) -> bool:
        """True if more would not fit."""
        return self._chars >= MAX_TEXT_CHARS

    def heading(self, text: str, level: int) -> None:
        """A heading; level 1 is the highest."""
        line = one_line(text)
        if line:
            self._block([f"{'#' * min(max(level, 1), 6)} {line}"])

    def paragraph(self, text: str) -> None:
        """A paragraph; line breaks in it stay."""
        self._block(_lines(text))

    def item(self, text: str, *, depth: int) -> None:
        """An item of a list; depth 0 is the outermost list. It joins the list that is being written."""
        first, *rest = _lines(text) or [""]
        indent = "  " * min(depth, 8)
        if first:
            self._add([f"{indent}- {first}", *(f"{indent}  {line}" for line in rest)])

    def more_of_item(self, text: str, *, depth: int) -> None:
        """A further paragraph of the last item."""
        indent = "  " * min(depth + 1, 9)
        self._add([f"{indent}{line}" for line in _lines(text)])

    def row(self, cells: list[str]) -> None:
        """A row of a table. It joins the table that is being written."""
        shown = [one_line(cell) for cell in cells]
        while shown and not shown[-1]:
            shown.pop()
        if shown:
            self._add([" | ".join(shown)])

    def term(self, text: str) -> None:
        """What is defined; the paragraph that follows joins it."""
        self._add(_lines(text))

    def meaning(self, text: str) -> None:
        """What the term means; it ends the definition."""
        self._add(_lines(text))
        self.end_group()

    def code(self, text: str) -> None:
        """Code, as it stands."""
        lines = [stripped for line in clean(text).expandtabs(4).split("\n") if (stripped := line.rstrip())]
        if lines:
            fence = FENCE
            while any(line.lstrip().startswith(fence) for line in lines):
                fence += "`"
            self._block([fence, *lines, fence])

    def end_group(self) -> None:
        """The list, table or definition that is being written is complete."""
        lines, self._lines = self._lines, []
        if lines:
            self._blocks.append("\n".join(lines))

    def text(self) -> str:
        """All that was written, cut after the last whole block that fits."""
        self.end_group()
        text = "\n\n".join(self._blocks)
        if len(text) <= MAX_TEXT_CHARS:
            return text
        cut = text.rfind("\n\n", 0, MAX_TEXT_CHARS)
        return text[: cut if cut > 0 else MAX_TEXT_CHARS].rstrip()

    def _block(self, lines: list[str]) -> None:
        self.end_group()
        self._add(lines)
        self.end_group()

    def _add(self, lines: list[str]) -> None:
        if not self.full:
            self._lines.extend(lines)
            self._chars += sum(len(line) + 1 for line in lines)


def _lines(text: str) -> list[str]:
    spaced = _SPACES.sub(" ", clean(text)).strip()
    return [line for line in _AROUND_BREAK.sub("\n", spaced).split("\n") if line.strip()]
