"""
The text of a Word document (DOCX): headings, paragraphs, lists and tables, in the order of the document.

A DOCX is a ZIP of XML. Only three of its parts are opened, each unpacked with a cap whatever its header claims, and its
XML may neither name other files nor define entities. Why not a library: docs/decisions/0009-docx-by-hand.md.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from lxml import etree

from bowerbird.reading.blocks import BlockWriter, one_line
from bowerbird.reading.dates import to_iso
from bowerbird.reading.extracted import MAX_TITLE_CHARS, Extracted
from bowerbird.reading.refused import Refused
from bowerbird.reading.structured import ItemFields
from bowerbird.reading.trees import Element, local_name

MAX_DOCX_BYTES: Final = 50_000_000
MAX_PART_BYTES: Final = 40_000_000  # of one part, unpacked; a novel is some 5 MB
MAX_RATIO: Final = 400  # unpacked to packed; Word's own XML comes to some 30
MAX_ENTRIES: Final = 5_000
SMALL_BYTES: Final = 1_000_000  # below this any ratio is harmless

_LEVEL = re.compile(r"heading\s*([1-9])|(title)", re.IGNORECASE)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, KeyError, IndexError)
# Struck out, moved away, drawn, or told twice for older readers; as `local_name` gives them.
_SKIPPED = frozenset({"del", "movefrom", "instrtext", "deltext", "drawing", "pict", "object", "fallback"})
_PROPERTIES = frozenset({"ppr", "rpr"})


def extract_docx(body: bytes, *, url: str) -> Extracted:
    """What a Word document says; raises `Refused` when it is locked, broken, a bomb, or none."""
    if len(body) > MAX_DOCX_BYTES:
        raise Refused("too large", f"a document of {len(body):,} bytes; at most {MAX_DOCX_BYTES:,} are read")
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            return _extract(packed, url)
    except _BROKEN as exc:
        raise Refused("error", f"a broken DOCX: {type(exc).__name__}: {exc}"[:300]) from exc


def _extract(packed: zipfile.ZipFile, url: str) -> Extracted:
    names = {info.filename: info for info in packed.infolist()[:MAX_ENTRIES]}
    main = names.get("word/document.xml")
    if main is None:
        raise Refused("type", "it is called a Word document, and holds no word/document.xml; save it as DOCX again")
    tree = _xml(packed, main)
    styles = _styles(_xml(packed, names["word/styles.xml"])) if "word/styles.xml" in names else {}
    item = _item(_xml(packed, names["docProps/core.xml"])) if "docProps/core.xml" in names else ItemFields()
    writer = BlockWriter()
    for block in _blocks(tree):
        if local_name(block) == "p":
            _write_paragraph(writer, block, styles)
        else:
            writer.end_group()  # a list before it is another block
            for row in _rows(block):
                writer.row(row)
            writer.end_group()
    text = writer.text()
    if not text:
        raise Refused("empty", "a Word document without a letter")
    first = next((line for line in map(one_line, text.split("\n")) if line), "").lstrip("# ")
    return Extracted(
        kind="docx",
        title=(item.title or first or url)[:MAX_TITLE_CHARS],
        text=text,
        published=item.published,
        modified=item.modified,
        item=item,
    )


def _xml(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Element:
    """The tree of one part, unpacked no further than the cap."""
    if info.flag_bits & 1:
        raise Refused("type", "the document is locked with a password; save it without one")
    with packed.open(info) as part:
        data = part.read(MAX_PART_BYTES + 1)
    if len(data) > MAX_PART_BYTES or len(data) > max(SMALL_BYTES, MAX_RATIO * info.compress_size):
        raise Refused("too large", f"{info.filename} unpacks to {len(data):,} bytes and more, as a bomb would")
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise Refused("type", f"{info.filename} defines entities, which a Word document never does")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser=parser)
    except etree.XMLSyntaxError as exc:
        raise Refused("error", f"a broken DOCX: {info.filename}: {exc}"[:300]) from exc


def _blocks(tree: Element) -> Iterator[Element]:
    """The paragraphs and tables of the body, also inside content controls, but not those inside tables."""
    waiting = [iter(tree)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
        elif local_name(element) in ("p", "tbl"):
            yield element
        elif local_name(element) not in _SKIPPED:
            waiting.append(iter(element))


def _rows(table: Element) -> Iterator[list[str]]:
    for row in table.iter():
        if local_name(row) == "tr":
            yield [one_line(" ".join(map(_words, _named(cell, "p")))) for cell in row if local_name(cell) == "tc"]


def _write_paragraph(writer: BlockWriter, paragraph: Element, styles: dict[str, str]) -> None:
    text = _words(paragraph)
    style = _value(paragraph, "pStyle")
    heading = _LEVEL.match(styles.get(style, style))
    if heading and text.strip():
        writer.heading(text, int(heading[1]) if heading[1] else 1)
    elif next(_named(paragraph, "numPr"), None) is not None:
        depth = _value(paragraph, "ilvl")
        writer.item(text, depth=int(depth) if depth.isascii() and depth.isdecimal() else 0)
    else:
        writer.paragraph(text)


def _words(paragraph: Element) -> str:
    """The words of a paragraph as they are shown: without what was struck out, with its tabs and line ends."""
    parts: list[str] = []
    waiting = [iter(paragraph)]
    while waiting:
        element = next(waiting[-1], None)
        if element is None:
            waiting.pop()
            continue
        match local_name(element):
            case "t":
                parts.append(element.text or "")
            case "tab":
                parts.append("\t")
            case "br" | "cr":
                parts.append("\n")
            case "nobreakhyphen":
                parts.append("-")
            case name if name not in _SKIPPED and name not in _PROPERTIES:
                waiting.append(iter(element))
            case _:
                pass
    return "".join(parts)


def _named(element: Element, name: str) -> Iterator[Element]:
    return (each for each in element.iter() if local_name(each) == name.lower())


def _value(element: Element, name: str) -> str:
    found = next(_named(element, name), None)
    if found is None:
        return ""
    return next((str(value) for key, value in found.attrib.items() if str(key).rpartition("}")[2] == "val"), "")


def _styles(tree: Element) -> dict[str, str]:
    """What the document's styles are called, whatever language their ids are in."""
    found: dict[str, str] = {}
    for style in _named(tree, "style"):
        ids = [str(value) for key, value in style.attrib.items() if str(key).rpartition("}")[2] == "styleId"]
        if ids and (name := _value(style, "name")):
            found[ids[0]] = name
    return found


def _item(tree: Element) -> ItemFields:
    def said(name: str) -> str:
        return one_line(next((each.text or "" for each in _named(tree, name)), ""))

    return ItemFields(
        title=said("title")[:MAX_TITLE_CHARS],
        author=said("creator")[:200],
        description=said("description")[:2_000],
        published=to_iso(said("created")),
        modified=to_iso(said("modified")),
    )
