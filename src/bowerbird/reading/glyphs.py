"""Where the words of a PDF's page stand: its drawing operators, run by pdfminer, as pieces of lines in page space."""

import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFGraphicState, PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import LITERALS_FLATE_DECODE, PDFStream, resolve1
from pdfminer.utils import Matrix, Rect

if TYPE_CHECKING:
    from pdfminer.pdfcolor import PDFColorSpace

__all__ = ["WIDE_GAP", "Piece", "pieces_of"]

# In units of the letters' size. Justified lines stretch their spaces to less than the wide gap, columns stand further
# apart; kerning moves letters by less than the word gap.
WORD_GAP: Final = 0.13
WIDE_GAP: Final = 1.0
_SAME_LINE: Final = 0.4  # superscripts stand on their line
_MAX_BACK: Final = 0.6  # accents go back over their letter

_MAX_CONTENT_BYTES: Final = 2_000_000  # of one drawing, unpacked; some seconds of reading
_MAX_GLYPHS: Final = 60_000  # of one page: ten times what a dense one has
_MAX_FORMS: Final = 500  # drawn on one page: forms that draw forms multiply
_BOLD: Final = re.compile(r"bold|black|heavy|bx(?:ti|sl)?\d|demi|medi(?!um)")
_MONO: Final = re.compile(r"mono|courier|cmtt|sftt|ectt|typewriter|consol")
_MONO_WIDTHS: Final = (400, 750)  # thousandths of the size; Chinese letters are all as wide as each other, and wider
# Ligatures are letters of a font, not of a word; what is meant for us to mark pages with is nobody else's.
_LETTERS: Final = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\ue000": ""}
)


@dataclass(slots=True)
class Piece:
    """Letters that follow each other on a line, in points from the page's lower left corner."""

    x0: float
    x1: float
    y: float  # of the baseline
    size: float
    is_bold: bool
    is_mono: bool
    text: str


@dataclass(slots=True)
class _Drawn:
    """What one page has drawn until now."""

    pieces: list[Piece] = field(default_factory=list[Piece])
    glyphs: int = 0
    forms: int = 0


class _TooMuch(Exception):
    """The page draws more than a page of text does."""


def pieces_of(page: PDFPage, resources: PDFResourceManager) -> list[Piece]:
    """The upright text of a page in the order in which it is drawn; of a page that draws too much, what came first."""
    device = _Pen(resources)
    with suppress(_TooMuch):
        _Capped(resources, device).process_page(page)
    return [piece for piece in device.drawn.pieces if piece.text.strip()]


class _Capped(PDFPageInterpreter):
    """An interpreter that draws nothing that unpacks to more than a page of text can be."""

    def render_contents(
        self, resources: dict[object, object], streams: Sequence[object], ctm: Matrix = (1, 0, 0, 1, 0, 0)
    ) -> None:
        if sum(_unpacked_bytes(stream) for stream in streams) > _MAX_CONTENT_BYTES:
            raise _TooMuch
        super().render_contents(resources, streams, ctm)


def _unpacked_bytes(stream: object) -> int:
    """How large a stream is when it is unpacked, without unpacking more of it than the cap."""
    found = resolve1(stream)
    if not isinstance(found, PDFStream):
        return 0
    raw = found.get_rawdata()
    if raw is None:  # unpacked before
        return len(found.get_data())
    filters = [name for name, _ in found.get_filters()]
    if filters and filters[0] in LITERALS_FLATE_DECODE and found.decipher is None:
        try:
            return len(zlib.decompressobj().decompress(raw, _MAX_CONTENT_BYTES + 1))
        except zlib.error:
            return len(raw)
    return len(raw)


class _Pen(PDFTextDevice):
    """Takes letters down as they are drawn."""

    def __init__(self, resources: PDFResourceManager) -> None:
        super().__init__(resources)
        self.drawn = _Drawn()
        self._styles: dict[int, tuple[bool, bool]] = {}

    def begin_figure(self, name: str, bbox: Rect, matrix: Matrix) -> None:  # noqa: ARG002  the library's signature
        self.drawn.forms += 1
        if self.drawn.forms > _MAX_FORMS:
            raise _TooMuch

    def render_char(  # noqa: PLR0917  the library's signature
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: "PDFColorSpace",  # noqa: ARG002
        graphicstate: PDFGraphicState,  # noqa: ARG002
    ) -> float:
        drawn = self.drawn
        drawn.glyphs += 1
        if drawn.glyphs > _MAX_GLYPHS:
            raise _TooMuch
        across = font.char_width(cid) * fontsize * scaling
        a, b, _, d, x, y = matrix
        size = abs(d * fontsize)
        if a > abs(b) and size > 0:  # upright
            self._write(_letter(font, cid), x, x + across * a, y + rise * d, size, font)
        return across

    def _write(self, letter: str, x0: float, x1: float, y: float, size: float, font: PDFFont) -> None:  # noqa: PLR0917
        last = self.drawn.pieces[-1] if self.drawn.pieces else None
        is_bold, is_mono = self._style(font)
        unit = size if last is None else max(size, last.size)
        if (
            last is None
            or (is_bold, is_mono) != (last.is_bold, last.is_mono)
            or abs(y - last.y) > _SAME_LINE * unit
            or not -_MAX_BACK * unit <= x0 - last.x1 <= WIDE_GAP * unit
        ):
            if letter.strip():
                self.drawn.pieces.append(Piece(x0, x1, y, size, is_bold, is_mono, letter))
            return
        if x0 - last.x1 > WORD_GAP * unit and not last.text.endswith(" ") and letter != " ":
            last.text += " "
        last.text += letter
        if letter.strip():
            last.x1 = max(last.x1, x1)
        if size > last.size:  # it began with a superscript
            last.size, last.y = size, y

    def _style(self, font: PDFFont) -> tuple[bool, bool]:
        known = self._styles.get(id(font))
        if known is None:
            name = str(font.fontname).lower()
            known = bool(_BOLD.search(name)), bool(_MONO.search(name)) or _is_even(font)
            self._styles[id(font)] = known
        return known


def _is_even(font: PDFFont) -> bool:
    """Whether all its letters are as wide as each other, as on a typewriter."""
    widths = {width for width in font.widths.values() if width}
    least, most = _MONO_WIDTHS
    return len(widths) == 1 and len(font.widths) > 3 and least <= float(widths.pop()) <= most


def _letter(font: PDFFont, cid: int) -> str:
    try:
        return font.to_unichr(cid).translate(_LETTERS)
    except PDFUnicodeNotDefined:
        return ""
