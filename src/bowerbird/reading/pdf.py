"""The text of a PDF, page by page under a heading each, so that a citation can name its page."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO

from pypdf import Configuration, PageObject, PdfReader, apply_configuration
from pypdf.errors import PyPdfError

from bowerbird.reading.blocks import MAX_TEXT_CHARS, BlockWriter, one_line
from bowerbird.reading.dates import to_iso
from bowerbird.reading.extracted import MAX_TITLE_CHARS, Extracted
from bowerbird.reading.links import MAX_LINKS, Link
from bowerbird.reading.prose import paragraphs
from bowerbird.reading.refused import Refused
from bowerbird.reading.structured import ItemFields
from bowerbird.reading.urls import Url, normalise

MAX_PDF_BYTES = 50_000_000
MAX_PAGES = 500
_MAX_STREAM_BYTES = 8_000_000  # of one stream, unpacked
_MAX_CONTENT_BYTES = 2_000_000  # of one page's drawing; some 2 s of reading
_RUNNING_SHARE = 0.5  # a first or last line that stands on more of the pages is a running title

# What goes wrong in a broken file shows as any of these, deep inside the library.
_BROKEN = (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OverflowError)
_LIMITS = Configuration(
    maximum_declared_stream_length=MAX_PDF_BYTES,
    array_based_stream_maximum_output_length=_MAX_STREAM_BYTES,
    jbig2_maximum_output_length=_MAX_STREAM_BYTES,
    lzw_maximum_output_length=_MAX_STREAM_BYTES,
    run_length_maximum_output_length=_MAX_STREAM_BYTES,
    zlib_maximum_output_length=_MAX_STREAM_BYTES,
    brotli_maximum_output_length=_MAX_STREAM_BYTES,
    stream_parsing_work_maximum_count=500_000,
    xform_maximum_invocations_per_extraction=500,
)
_NUMBER = re.compile(r"\d+")

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # each oddity of a file is a warning


def extract_pdf(body: bytes, *, url: str) -> Extracted:
    """What a PDF says; raises `Refused` when it is locked, broken, too large, or holds pictures only."""
    if len(body) > MAX_PDF_BYTES:
        raise Refused("too large", f"a PDF of {len(body):,} bytes; at most {MAX_PDF_BYTES:,} are read")
    with apply_configuration(_LIMITS):
        try:
            return _extract(PdfReader(BytesIO(body), strict=False), url)
        except _BROKEN as exc:
            raise Refused("error", f"a broken PDF: {type(exc).__name__}: {exc}"[:300]) from exc


def _extract(reader: PdfReader, url: str) -> Extracted:
    if reader.is_encrypted and not _opened(reader):
        raise Refused("type", "the PDF is locked with a password")
    sheets: list[list[str]] = []
    links: dict[str, Link] = {}
    chars = 0
    for page in _pages(reader):
        lines = _lines(page)
        sheets.append(lines)
        links.update((link.url, link) for link in _links(page) if len(links) < MAX_LINKS)
        chars += sum(map(len, lines))
        if chars > MAX_TEXT_CHARS:
            break
    text = _written(_without_running_titles(sheets))
    if not text:
        raise Refused("empty", f"a PDF of {len(sheets)} pages without a letter in it")
    item = _item(reader)
    first = next((line for lines in sheets for line in lines if len(line) > 3), "")
    return Extracted(
        kind="pdf",
        title=(item.title or one_line(first) or url)[:MAX_TITLE_CHARS],
        text=text,
        lang="",
        links=tuple(links.values()),
        published=item.published,
        modified=item.modified,
        item=item,
    )


def _opened(reader: PdfReader) -> bool:
    """True if the file opens without a password: many are locked against printing only."""
    try:
        return bool(reader.decrypt(""))
    except Exception:  # noqa: BLE001  # ciphers that are not installed raise errors of their own
        return False


def _pages(reader: PdfReader) -> Iterator[PageObject]:
    for number in range(min(len(reader.pages), MAX_PAGES)):
        try:
            yield reader.pages[number]
        except (*_BROKEN, RecursionError):
            continue


def _lines(page: PageObject) -> list[str]:
    """The lines of a page; none for one that cannot be read, the others may."""
    try:
        contents = page.get_contents()
        if contents is None or len(contents.get_data()) > _MAX_CONTENT_BYTES:
            return []
        return [line.strip() for line in page.extract_text().splitlines()]
    except (*_BROKEN, RecursionError):
        return []


def _links(page: PageObject) -> list[Link]:
    found: list[Link] = []
    try:
        for annotation in page.annotations or ():
            action = annotation.get_object().get("/A")
            address = action.get_object().get("/URI") if action is not None else None
            url = normalise(str(address)) if address is not None else "empty"
            if isinstance(url, Url):
                found.append(Link(url.href, ""))
    except (*_BROKEN, RecursionError):
        pass
    return found


def _without_running_titles(sheets: list[list[str]]) -> list[list[str]]:
    """The pages without the titles and numbers that stand at the head or foot of most of them."""
    filled = [[line for line in lines if line] for lines in sheets]
    if len(sheets) < 3:
        return sheets
    edges = Counter(_shape(line) for lines in filled for line in {*lines[:1], *lines[-1:]})
    running = {shape for shape, count in edges.items() if count > len(sheets) * _RUNNING_SHARE}
    return [_trimmed(lines, running) for lines in sheets]


def _trimmed(lines: list[str], running: set[str]) -> list[str]:
    while lines and (not lines[0] or _shape(lines[0]) in running):
        lines = lines[1:]
    while lines and (not lines[-1] or _shape(lines[-1]) in running):
        lines = lines[:-1]
    return lines


def _shape(line: str) -> str:
    return _NUMBER.sub("0", line).casefold()


def _written(sheets: list[list[str]]) -> str:
    writer = BlockWriter()
    several = sum(1 for lines in sheets if any(lines)) > 1
    for number, lines in enumerate(sheets, start=1):
        blocks = paragraphs(lines)
        if blocks and several:
            writer.heading(f"Page {number}", 2)
        for block in blocks:
            writer.paragraph(block)
    return writer.text()


def _item(reader: PdfReader) -> ItemFields:
    try:
        told = reader.metadata
    except (*_BROKEN, RecursionError):
        return ItemFields()
    if told is None:
        return ItemFields()
    title = one_line(str(told.get("/Title") or ""))[:MAX_TITLE_CHARS]
    is_file_name = title.lower().endswith((".doc", ".docx", ".tex", ".dvi", ".indd"))
    return ItemFields(
        title="" if is_file_name or title.lower() == "untitled" else title,
        author=one_line(str(told.get("/Author") or ""))[:200],
        published=_date(told.get("/CreationDate")),
        modified=_date(told.get("/ModDate")),
    )


def _date(stated: object) -> str:
    """A PDF's date (`D:20240301093000+01'00'`)."""
    text = str(stated or "").removeprefix("D:").replace("'", "")
    for form in ("%Y%m%d%H%M%S%z", "%Y%m%d%H%M%S", "%Y%m%d"):
        try:
            return to_iso(datetime.strptime(text.replace("Z", "+0000")[:19], form).isoformat())  # noqa: DTZ007  # as stated
        except ValueError:
            continue
    return ""
