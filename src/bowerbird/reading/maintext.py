"""
The text of an HTML page without what stands around it.

Documentation generators mark their content exactly: there the marked element is written as it is, with the signatures
and definition lists that heuristics for articles drop. Every other page goes through trafilatura, whose result is
written in our format; when it finds next to nothing on a page with a marked main part, that part is taken.
"""

import logging
import re
from dataclasses import dataclass
from typing import cast

from lxml.etree import XPath
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from bowerbird.reading.render import render
from bowerbird.reading.trees import Element

_MAX_ELEMENTS = 30_000  # trafilatura needs a second for some 20,000 elements; larger pages are written as they are
_SHORT_CHARS = 250  # trafilatura's own measure of a text that may be too short
_MISSED_TIMES = 4

# Where documentation generators put what a page says, each behind a class or id that it uses; in the order to try.
_TEMPLATES = tuple(
    (name, XPath(path))
    for name, path in (
        ("rst-content", "//div[@class='rst-content']//div[@itemprop='articleBody']"),  # Sphinx, Read the Docs theme
        ("bd-article", "//article[contains(concat(' ', @class, ' '), ' bd-article ')]"),  # Sphinx, PyData theme
        ("body", "//div[contains(concat(' ', @class, ' '), ' body ') and @role='main']"),  # Sphinx
        ("documentwrapper", "//div[@class='documentwrapper']//div[@class='body']"),  # Sphinx, older
        ("furo-main-content", "//article[@id='furo-main-content']"),  # Sphinx, Furo
        (
            "md-content__inner",
            "//article[contains(concat(' ', @class, ' '), ' md-content__inner ')]",
        ),  # MkDocs Material
        ("rst-content", "//div[@class='rst-content']//div[@role='main']"),  # MkDocs, Read the Docs theme
        ("theme-doc-markdown", "//div[contains(concat(' ', @class, ' '), ' theme-doc-markdown ')]"),  # Docusaurus
        ("vp-doc", "//div[contains(concat(' ', @class, ' '), ' vp-doc ')]"),  # VitePress
        ("theme-default-content", "//div[contains(concat(' ', @class, ' '), ' theme-default-content ')]"),  # VuePress
        ("markdown-body", "//article[contains(concat(' ', @class, ' '), ' markdown-body ')]"),  # GitHub
        ("main-content", "//main/div[@id='main-content'] | //main/section[@id='main-content']"),  # rustdoc
        ("td-content", "//div[@class='td-content']"),  # Docsy
        ("titlepage", "//body/div[div[@class='titlepage']]"),  # DocBook
        ("mdbook-content", "//div[@id='mdbook-content']//main"),  # mdBook
    )
)
_NAMES = XPath("//div/@class | //div/@id | //article/@class | //article/@id | //section/@id", smart_strings=False)
_COUNT = XPath("count(//*)")
_MAIN = XPath("//main | //*[@role='main']")
_WORD = re.compile(r"\w+")
_OPTIONS = Extractor(output_format="python", comments=False, formatting=False)

# It reports each page without text as a warning; for us that is a reason in the coverage report.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class MainText:
    """What the page says, in the format of `blocks` (may be empty), and whether it is known as documentation."""

    text: str
    is_documentation: bool = False


def main_text(tree: Element) -> MainText:
    """The text of the page that `tree` is; the tree stays as it is."""
    root = _marked_root(tree)
    if root is not None and (text := render(root)):
        return MainText(text, is_documentation=True)
    if _is_large(tree):
        return MainText(render(_main_or_body(tree)))
    return MainText(_rescued(tree, _by_trafilatura(tree)))


def _marked_root(tree: Element) -> Element | None:
    names = " ".join(cast(list[str], _NAMES(tree)))
    for name, path in _TEMPLATES:
        found = cast(list[Element], path(tree)) if name in names else []
        if len(found) == 1:
            return found[0]
    return None


def _is_large(tree: Element) -> bool:
    return cast(float, _COUNT(tree)) > _MAX_ELEMENTS


def _by_trafilatura(tree: Element) -> str:
    try:
        document = cast(Document | None, bare_extraction(tree, options=_OPTIONS))
    except Exception:  # noqa: BLE001  # it walks hostile trees by many hands; the marked part or the body is left
        return ""
    return "" if document is None else render(document.body)


def _rescued(tree: Element, text: str) -> str:
    """
    The marked main part where trafilatura found next to nothing of it; the body where it found nothing, or where it
    says the same: of a page that is too short for an article trafilatura gives one line, headings, tables and all.
    """
    is_line = "\n" not in text
    if len(text) >= _SHORT_CHARS and not is_line:
        return text
    root = _main_or_body(tree)
    whole = render(root)
    if is_line and _WORD.findall(whole) == _WORD.findall(text):
        return whole
    if len(text) >= _SHORT_CHARS or (text and root.tag == "body"):
        return text
    return whole if len(whole) > _MISSED_TIMES * len(text) else text


def _main_or_body(tree: Element) -> Element:
    found = cast(list[Element], _MAIN(tree))
    if found:
        return found[0]
    body = tree.find("body")
    return tree if body is None else body
