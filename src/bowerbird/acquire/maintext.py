"""
The text of an HTML page without what stands around it.

Documentation generators mark their content exactly: there the marked element is written as it is, with the signatures
and definition lists that heuristics for articles drop. Every other page goes through trafilatura, whose result is
written in our format; when it finds next to nothing on a page with a marked main part, that part is taken.
"""

import logging
from itertools import islice
from typing import cast

from lxml.etree import XPath
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor

from bowerbird.acquire.render import render
from bowerbird.acquire.trees import Element

_MAX_ELEMENTS = 30_000  # trafilatura needs a second for some 20,000 elements; larger pages are written as they are
_SHORT_CHARS = 250  # trafilatura's own measure of a text that may be too short
_MISSED_TIMES = 4

# Where documentation generators put what a page says; in the order to try, only when there is exactly one.
_TEMPLATES = tuple(
    XPath(path)
    for path in (
        "//div[@class='rst-content']//div[@itemprop='articleBody']",  # Sphinx, Read the Docs theme
        "//article[contains(concat(' ', @class, ' '), ' bd-article ')]",  # Sphinx, PyData theme
        "//div[contains(concat(' ', @class, ' '), ' body ') and @role='main']",  # Sphinx
        "//div[contains(concat(' ', @class, ' '), ' documentwrapper ')]//div[@class='body']",  # Sphinx, older
        "//article[@id='furo-main-content']",  # Sphinx, Furo
        "//article[contains(concat(' ', @class, ' '), ' md-content__inner ')]",  # MkDocs Material
        "//div[@class='rst-content']//div[@role='main']",  # MkDocs, Read the Docs theme
        "//div[contains(concat(' ', @class, ' '), ' theme-doc-markdown ')]",  # Docusaurus
        "//div[contains(concat(' ', @class, ' '), ' vp-doc ')]",  # VitePress
        "//div[contains(concat(' ', @class, ' '), ' theme-default-content ')]",  # VuePress
        "//article[contains(concat(' ', @class, ' '), ' markdown-body ')]",  # GitHub
        "//main[@id='main']/div[@id='main-content'] | //section[@id='main-content' and @class='content']",  # rustdoc
        "//div[@class='td-content']",  # Docsy
        "//body/div[div[@class='titlepage']]",  # DocBook
        "//main//article[@class='content'] | //div[@id='mdbook-content']//main",  # mdBook
    )
)
_MAIN = XPath("//main | //*[@role='main']")
_OPTIONS = Extractor(output_format="python", comments=False, formatting=False)

# It reports each page without text as a warning; for us that is a reason in the coverage report.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


def main_text(tree: Element) -> str:
    """What the page says, in the format of `blocks`; may be empty."""
    root = _marked_root(tree)
    if root is not None and (text := render(root)):
        return text
    if _is_large(tree):
        return render(_main_or_body(tree))
    text = _by_trafilatura(tree)
    return _rescued(tree, text)


def _marked_root(tree: Element) -> Element | None:
    for path in _TEMPLATES:
        found = cast(list[Element], path(tree))
        if len(found) == 1:
            return found[0]
    return None


def _is_large(tree: Element) -> bool:
    return next(islice(tree.iter(), _MAX_ELEMENTS, None), None) is not None


def _by_trafilatura(tree: Element) -> str:
    try:
        document = cast(Document | None, bare_extraction(tree, options=_OPTIONS))
    except Exception:  # noqa: BLE001  # it walks hostile trees by many hands; the marked part or the body is left
        return ""
    return "" if document is None else render(document.body)


def _rescued(tree: Element, text: str) -> str:
    """The marked main part where trafilatura found next to nothing of it; the body where it found nothing."""
    if len(text) >= _SHORT_CHARS:
        return text
    root = _main_or_body(tree)
    if text and root.tag == "body":
        return text
    whole = render(root)
    return whole if len(whole) > _MISSED_TIMES * len(text) else text


def _main_or_body(tree: Element) -> Element:
    found = cast(list[Element], _MAIN(tree))
    if found:
        return found[0]
    body = tree.find("body")
    return tree if body is None else body
