"""
A tree of HTML, or of trafilatura's own elements, written as blocks.

It walks by events, never by recursion, so that nesting cannot exhaust the stack.
"""

import re
from collections.abc import Callable

from lxml import etree

from bowerbird.reading.blocks import BlockWriter, one_line
from bowerbird.reading.trees import Element, local_name, words_of

# trafilatura's names for what HTML has other names for.
_ALIASES = {"list": "ul", "item": "li", "row": "tr", "cell": "td", "lb": "br", "quote": "blockquote"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "details", "dialog", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "head", "header", "hgroup", "hr", "legend", "li", "main",
    "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "caption", "tr", "td", "th", "ul", "ol",
    "menu", "dir", "h1", "h2", "h3", "h4", "h5", "h6",
})  # fmt: skip
_UNREAD = frozenset({
    "script", "style", "template", "noscript", "svg", "nav", "button", "select", "option", "datalist", "textarea",
    "input", "label", "iframe", "object", "embed", "audio", "video", "canvas", "map", "source", "track", "link", "meta",
    "title", "head", "dialog", "noindex",
})  # fmt: skip
# Anchors and buttons that documentation generators hang beside what they document.
_UNREAD_CLASS = re.compile(
    r"(?:^|\s)(?:headerlink|hash-link|anchorjs-link|header-anchor|heading-anchor|permalink|anchor-link|viewcode-link"
    r"|viewcode-back|linenos|lineno|linenodiv|mw-editsection|copybtn|md-clipboard|sr-only|visually-hidden|skip-link"
    r"|breadcrumbs?|toctree-wrapper-nav|sphx-glr-footer|sphx-glr-download-link-note|sphx-glr-signature|prev-next-area|toc-drawer|page-toc"
    r"|table-of-contents|edit-this-page|theme-edit-this-page|pagination-nav|reftoc|sphinxsidebar)(?:\s|$)"
)
_KEPT_ASIDE = re.compile(r"footnote|admonition|topic|note|callout|tip|warning|example|sidebar-content", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
MAX_SPAN = 100  # cells that one may cover
MAX_COLUMNS = 1_000  # in which what a cell covers is looked at
_MARKS = frozenset("¶#§🔗")
_BREAK = "\x00"  # a line break of the page, while those of its source are mere spaces; never in a parsed tree


def render(root: Element) -> str:
    """The text below `root` in the format of `blocks`."""
    return _Renderer().run(root)


class _Renderer:
    def __init__(self) -> None:
        self._writer = BlockWriter()
        self._inline: list[str] = []
        self._list_depth = -1
        self._item_started: list[bool] = []
        self._cells: list[str] | None = None  # of the row that is being read
        self._spans: dict[int, int] = {}  # by column: how many rows below a cell reaches into
        self._tables: list[bool] = []  # True for one with data, False for one that only places things
        self._definition: str = ""  # dt or dd
        self._ends: dict[str, Callable[[Element], None]] = {
            "li": self._end_item,
            "tr": self._end_row,
            "td": self._end_cell,
            "th": self._end_cell,
            "table": self._end_table,
            "dt": self._end_definition,
            "dd": self._end_definition,
            **dict.fromkeys(_LISTS, self._end_list),
        }

    def run(self, root: Element) -> str:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if not self._start(element, is_root=element is root):
                    walk.skip_subtree()
            else:
                self._end(element)
                if element is not root and element.tail:
                    self._inline.append(element.tail)
            if self._writer.full:
                break
        self._flush()
        return self._writer.text()

    def _start(self, element: Element, *, is_root: bool) -> bool:
        """Open an element; False when nothing below it is read."""
        tag = _tag(element)
        if not is_root and _is_unread(element, tag):
            return False
        if tag == "br":
            self._inline.append(_BREAK)
            return True
        if tag in _BLOCKS:
            self._flush()
        if tag in _HEADINGS or tag == "pre":
            self._whole(element, tag)
            return False
        self._open(element, tag)
        if tag == "span" and element.get("class") == "classifier":
            self._inline.append(" : ")  # Sphinx writes it by style: `alpha` and `float, default=1.0` would run together
        if element.text:
            self._inline.append(element.text)
        return tag != "math"

    def _open(self, element: Element, tag: str) -> None:
        if tag in _LISTS:
            self._list_depth += 1
        elif tag == "li":
            self._item_started.append(False)
        elif tag == "table":
            if self._cells is None:
                self._writer.end_group()
                self._spans = {}
            self._tables.append(self._cells is None and _holds_data(element))
        elif tag == "tr" and self._tables and self._tables[-1]:
            self._cells = []
        elif tag in ("td", "th") and self._cells is not None:
            self._reach_down()
            self._cells.append("")
        elif tag in ("dt", "dd"):
            if tag == "dt" and self._definition != "dt" and self._cells is None:
                self._writer.end_group()
            self._definition = tag
        elif tag == "math":
            self._inline.append(_tex(element))

    def _whole(self, element: Element, tag: str) -> None:
        """A heading or code: read at once, its insides are not walked."""
        text = _text_of(element, keep_lines=tag == "pre")
        if self._cells is not None or (tag != "pre" and self._item_started):
            self._inline.append(f" {text} ")
            self._flush()
        elif tag == "pre":
            self._writer.code(text)
        else:
            self._writer.heading(text, _HEADINGS[tag])

    def _end(self, element: Element) -> None:
        tag = _tag(element)
        if tag in _BLOCKS and tag not in _HEADINGS and tag != "pre":
            self._flush()
            if ending := self._ends.get(tag):
                ending(element)

    def _flush(self) -> None:
        """Write the words gathered since the last block began, as what they are in this place."""
        if not self._inline:
            return
        text = " ".join("".join(self._inline).split()).replace(_BREAK, "\n")
        self._inline = []
        if not text or text.isspace():
            return
        if self._cells is not None:
            # Words beside the cells of a row belong to the one before.
            self._cells[-1:] = [f"{self._cells[-1]} {text}" if self._cells else text]
        elif self._item_started and self._list_depth >= 0:
            self._write_item(text)
        elif self._definition == "dt":
            self._writer.term(text)
        elif self._definition == "dd":
            self._writer.meaning(text)
            self._definition = "after"
        else:
            self._writer.paragraph(text)

    def _write_item(self, text: str) -> None:
        if self._item_started[-1]:
            self._writer.more_of_item(text, depth=self._list_depth)
        else:
            self._writer.item(text, depth=self._list_depth)
            self._item_started[-1] = True

    def _end_item(self, _: Element) -> None:
        if self._item_started:
            self._item_started.pop()

    def _end_list(self, _: Element) -> None:
        self._list_depth = max(self._list_depth - 1, -1)
        if self._list_depth < 0 and self._cells is None:
            self._writer.end_group()

    def _end_cell(self, element: Element) -> None:
        """What a merged cell covers is empty, so that the cells behind it and below it stay in their columns."""
        if self._cells is None or len(self._tables) != 1 or len(self._cells) > MAX_COLUMNS:
            return
        rows = _covered(element, "rowspan")
        for number in range(_covered(element, "colspan") + 1):
            if number:
                self._cells.append("")
            if rows:
                self._spans[len(self._cells) - 1] = rows

    def _reach_down(self) -> None:
        """Leave the next columns empty if a cell above covers them."""
        assert self._cells is not None
        while (left := self._spans.get(len(self._cells), 0)) > 0:
            self._spans[len(self._cells)] = left - 1
            self._cells.append("")

    def _end_row(self, _: Element) -> None:
        if self._cells is not None and self._tables and self._tables[-1]:
            self._reach_down()
            self._writer.row(self._cells)
            self._cells = None

    def _end_table(self, _: Element) -> None:
        if self._tables and self._tables.pop() and self._cells is None:
            self._writer.end_group()

    def _end_definition(self, element: Element) -> None:
        self._definition = "dt" if _tag(element) == "dt" else ""


def _tag(element: Element) -> str:
    name = local_name(element)
    if name == "head" and (level := element.get("rend")):  # trafilatura's heading
        return level if level in _HEADINGS else "h2"
    if name == "code" and "\n" in (element.text or "") and len(element) == 0:
        return "pre"
    return _ALIASES.get(name, name)


def _is_unread(element: Element, tag: str) -> bool:
    if tag in _UNREAD or not tag:
        return True
    attributes = element.attrib
    if not attributes:
        return False
    classes = attributes.get("class", "")
    if classes and _UNREAD_CLASS.search(classes):
        return True
    if tag == "aside" and not _KEPT_ASIDE.search(f"{classes} {attributes.get('role', '')}"):
        return True
    if "hidden" in attributes or attributes.get("aria-hidden") == "true" or attributes.get("role") == "navigation":
        return True
    if tag == "a" and _is_mark(element):
        return True
    return bool(_HIDDEN_STYLE.search(attributes.get("style", "")))


def _is_mark(anchor: Element) -> bool:
    """True for the sign beside a heading that links to it."""
    return len(anchor) == 0 and (anchor.text or "").strip() in _MARKS


def _text_of(element: Element, *, keep_lines: bool) -> str:
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walk:
        if event == "start":
            if inner is not element and _is_unread(inner, _tag(inner)):
                walk.skip_subtree()
            elif local_name(inner) == "br":
                parts.append("\n")
            elif inner.text:
                parts.append(inner.text)
        elif inner is not element and inner.tail:
            parts.append(inner.tail)
    text = "".join(parts)
    return text if keep_lines else one_line(text)


def _holds_data(table: Element) -> bool:
    """True if a table says something by its rows and columns; False if it only places other things."""
    if table.get("role") in ("presentation", "none"):
        return False
    for inner in table.iter("table", "pre", *_HEADINGS):
        if inner is not table:
            return False
    return any(len(row) > 1 for row in table.iter("tr", "row"))


def _covered(cell: Element, name: str) -> int:
    """How many cells beside itself a cell says that it covers."""
    stated = cell.get(name, "")[:6]
    return max(min(int(stated), MAX_SPAN) - 1, 0) if stated.isascii() and stated.isdecimal() else 0


def _tex(math: Element) -> str:
    """The TeX that a formula carries, between the delimiters that name it, or its characters."""
    for inner in math.iter():
        if local_name(inner) == "annotation" and inner.get("encoding") == "application/x-tex":
            return f"\\({one_line(inner.text or '')}\\)"
    if written := math.get("alttext"):
        return f"\\({one_line(written)}\\)"
    return one_line(words_of(math))
