"""
The text of a PDF in reading order, and where each of its pages begins in it, so that a citation can name its page.

    glyphs   where the letters stand          edges   without headers and footers
    layout   lines, column by column          flow    paragraphs, headings, lists, code; rows: tables

Why pdfminer reads them, and by what caps a hostile file is held: decision 0023.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any, Final

from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from pdfminer.psexceptions import PSException
from pdfminer.utils import decode_text

from bowerbird.reading.blocks import MAX_TEXT_CHARS, one_line
from bowerbird.reading.dates import to_iso
from bowerbird.reading.edges import without_running_lines
from bowerbird.reading.extracted import MAX_TITLE_CHARS, Extracted
from bowerbird.reading.flow import flowing
from bowerbird.reading.glyphs import Piece, pieces_of
from bowerbird.reading.layout import lines_of
from bowerbird.reading.links import MAX_LINKS, Link
from bowerbird.reading.refused import Refused
from bowerbird.reading.structured import ItemFields
from bowerbird.reading.urls import Url, normalise

__all__ = ["MAX_PAGES", "MAX_PDF_BYTES", "extract_pdf"]

MAX_PDF_BYTES: Final = 50_000_000
MAX_PAGES: Final = 2_000
MAX_READ_S: Final = 20.0  # of the processor, after which the pages that are left are not read
_MAX_ANNOTATIONS: Final = 2_000  # of one page

# What goes wrong in a broken file shows as any of these, deep inside the library.
_BROKEN: Final = (
    PSException,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    NotImplementedError,
    StopIteration,
    EOFError,
    OSError,
    RecursionError,
)

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # each oddity of a file is a warning


def extract_pdf(body: bytes, *, url: str) -> Extracted:
    """What a PDF says; raises `Refused` when it is locked, broken, too large, or holds pictures only."""
    if len(body) > MAX_PDF_BYTES:
        raise Refused("too large", f"a PDF of {len(body):,} bytes; at most {MAX_PDF_BYTES:,} are read")
    try:
        return _extract(_opened(body), url)
    except PDFPasswordIncorrect:
        raise Refused("type", "the PDF is locked with a password") from None
    except PDFEncryptionError as exc:
        raise Refused("type", f"the PDF is locked in a way that is not known here: {exc}"[:300]) from None
    except _BROKEN as exc:
        raise Refused("error", f"a broken PDF: {type(exc).__name__}: {exc}"[:300]) from exc


def _opened(body: bytes) -> PDFDocument:
    """The document; many are locked against printing only, and open without a password."""
    return PDFDocument(PDFParser(BytesIO(body)))


def _extract(document: PDFDocument, url: str) -> Extracted:
    resources = PDFResourceManager()
    pages: list[list[Piece]] = []
    links: dict[str, Link] = {}
    chars = 0
    until_s = time.process_time() + MAX_READ_S
    for page in islice(_pages(document), MAX_PAGES):
        pieces = _pieces(page, resources)
        pages.append(pieces)
        links.update((link.url, link) for link in _links(page) if len(links) < MAX_LINKS)
        chars += sum(len(piece.text) for piece in pieces)
        if chars > MAX_TEXT_CHARS or time.process_time() > until_s:
            break
    kept = without_running_lines(pages)
    flow = flowing([lines_of(pieces, page=number) for number, pieces in enumerate(kept, start=1)])
    if not flow.text:
        raise Refused("empty", f"a PDF of {len(pages)} pages without a letter in it")
    item = _item(document)
    return Extracted(
        kind="pdf",
        title=(item.title or _largest(pages[:1]) or url)[:MAX_TITLE_CHARS],
        text=flow.text,
        page_starts=flow.page_starts,
        lang=_language(document),
        links=tuple(links.values()),
        published=item.published,
        modified=item.modified,
        item=item,
    )


def _pages(document: PDFDocument) -> Iterator[PDFPage]:
    """The pages as far as their tree can be followed."""
    number = 0
    try:
        for page in PDFPage.create_pages(document):
            yield page
            number += 1
    except _BROKEN:
        if number == 0:
            raise


def _pieces(page: PDFPage, resources: PDFResourceManager) -> list[Piece]:
    """The text of a page; none for one that cannot be read, the others may."""
    try:
        return pieces_of(page, resources)
    except _BROKEN:
        return []


def _largest(pages: list[list[Piece]]) -> str:
    """The largest line of the first page: what a document without a stated title is called."""
    lines = [line for pieces in pages for line in lines_of(pieces, page=1) if len(line.text) > 3]
    return one_line(max(lines, key=lambda line: round(line.size)).text) if lines else ""


def _links(page: PDFPage) -> Iterator[Link]:
    try:
        for reference in islice(resolve1(page.annots) or (), _MAX_ANNOTATIONS):
            annotation = resolve1(reference)
            action = resolve1(annotation.get("A")) if isinstance(annotation, Mapping) else None
            address = resolve1(action.get("URI")) if isinstance(action, Mapping) else None
            url = normalise(decode_text(address)) if isinstance(address, bytes) else None
            if isinstance(url, Url):
                yield Link(url.href, "")
    except _BROKEN:
        return


def _item(document: PDFDocument) -> ItemFields:
    told: dict[str, Any] = document.info[0] if document.info else {}
    title = one_line(_said(told, "Title"))[:MAX_TITLE_CHARS]
    is_file_name = title.lower().endswith((".doc", ".docx", ".tex", ".dvi", ".indd"))
    return ItemFields(
        title="" if is_file_name or title.lower() == "untitled" else title,
        author=one_line(_said(told, "Author"))[:200],
        published=_date(_said(told, "CreationDate")),
        modified=_date(_said(told, "ModDate")),
    )


def _said(told: Mapping[str, Any], name: str) -> str:
    try:
        value = resolve1(told.get(name))
        return decode_text(value) if isinstance(value, bytes) else ""
    except _BROKEN:
        return ""


def _language(document: PDFDocument) -> str:
    """The primary subtag of the language that the file states."""
    stated = _said(document.catalog, "Lang").strip().lower()
    primary = stated.replace("_", "-").partition("-")[0]
    return primary if 2 <= len(primary) <= 3 and primary.isalpha() else ""


def _date(stated: str) -> str:
    """A PDF's date (`D:20240301093000+01'00'`)."""
    text = stated.removeprefix("D:").replace("'", "")
    for form in ("%Y%m%d%H%M%S%z", "%Y%m%d%H%M%S", "%Y%m%d"):
        try:
            return to_iso(datetime.strptime(text.replace("Z", "+0000")[:19], form).isoformat())  # noqa: DTZ007  # as stated
        except ValueError:
            continue
    return ""
