"""Plain text and Markdown as pages."""

import re
import textwrap
from urllib.parse import unquote

from markdown_it import MarkdownIt

from bowerbird.reading.blocks import BlockWriter, one_line
from bowerbird.reading.charset import decode
from bowerbird.reading.dates import to_iso
from bowerbird.reading.extracted import MAX_TITLE_CHARS, Extracted
from bowerbird.reading.links import links_of
from bowerbird.reading.prose import paragraphs
from bowerbird.reading.refused import Refused
from bowerbird.reading.render import render
from bowerbird.reading.structured import ItemFields
from bowerbird.reading.trees import parse_html, words_of

MAX_TEXT_BYTES = 5_000_000
MAX_MARKDOWN_BYTES = 1_000_000

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_LINE = re.compile(r"^([A-Za-z_]+)[ \t]*:[ \t]*(.+)$", re.MULTILINE)
_UNDERLINE = re.compile(r"^(=|-|~|\*|#){3,}\s*$")
_LEVELS = {"=": 1, "#": 1, "*": 1, "-": 2, "~": 3}


def extract_plain(body: bytes, *, url: str, content_type: str) -> Extracted:
    """What a plain text says, with its underlined headings."""
    if len(body) > MAX_TEXT_BYTES:
        raise Refused("too large", f"a text of {len(body):,} bytes; at most {MAX_TEXT_BYTES:,} are read")
    lines = (
        textwrap.dedent(decode(body, content_type=content_type)).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )
    text = _written(lines)
    if not text:
        raise Refused("empty", "a text without a letter")
    first = next((line for line in map(one_line, text.split("\n")) if line), "").lstrip("# ")
    return Extracted(kind="text", title=first[:MAX_TITLE_CHARS] if len(first) <= 120 else _file(url), text=text)


def _written(lines: list[str]) -> str:
    writer = BlockWriter()
    block: list[str] = []
    for at, line in enumerate(lines):
        heading = _UNDERLINE.match(line) if len(block) == 1 and not lines[at - 1].startswith((" ", "\t")) else None
        if heading:
            writer.heading(block.pop(), _LEVELS[heading[1]])
        elif _UNDERLINE.match(line):
            continue
        elif line.strip():
            block.append(line)
        else:
            _write(writer, block)
            block = []
    _write(writer, block)
    return writer.text()


def _write(writer: BlockWriter, block: list[str]) -> None:
    for text in paragraphs(block):
        writer.paragraph(text)


def extract_markdown(body: bytes, *, url: str, content_type: str) -> Extracted:
    """What a Markdown file (CommonMark with tables) says, with its links and its front matter's title and dates."""
    if len(body) > MAX_MARKDOWN_BYTES:
        raise Refused("too large", f"Markdown of {len(body):,} bytes; at most {MAX_MARKDOWN_BYTES:,} are read")
    source = decode(body, content_type=content_type).replace("\r\n", "\n")
    front, source = _front_matter(source)
    if not source.strip():
        raise Refused("empty", "Markdown without a letter")
    markup = MarkdownIt("commonmark", {"html": True}).enable("table").render(source)
    tree = parse_html(f"<html><body>{markup}</body></html>")
    text = render(tree)
    if not text:
        raise Refused("empty", "Markdown without a letter")
    heading = next((one_line(words_of(found)) for found in tree.iter("h1", "h2")), "")
    item = ItemFields(
        title=front.get("title", ""),
        author=front.get("author", ""),
        description=front.get("description", ""),
        published=to_iso(front.get("date", "")),
        modified=to_iso(front.get("updated", front.get("lastmod", ""))),
    )
    return Extracted(
        kind="markdown",
        title=(item.title or heading or _file(url))[:MAX_TITLE_CHARS],
        text=text,
        links=links_of(tree, url),
        published=item.published,
        modified=item.modified,
        item=item,
    )


def _front_matter(source: str) -> tuple[dict[str, str], str]:
    found = _FRONT_MATTER.match(source)
    if found is None:
        return {}, source
    lines = _FRONT_LINE.findall(found[1])
    return {name.lower(): one_line(value.strip().strip("\"'"))[:500] for name, value in lines}, source[found.end() :]


def _file(url: str) -> str:
    return one_line(unquote(url.partition("?")[0].rstrip("/").rpartition("/")[2])) or url
