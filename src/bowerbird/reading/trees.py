"""HTML and XML trees as the rest of the package sees them: typed, parsed once per page, nothing loaded or executed."""

from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from bowerbird.reading.refused import Refused

Element = etree._Element  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # lxml has no public name for it

__all__ = ["MAX_LEVELS", "Element", "is_cut_off", "local_name", "parse_html", "words_of"]

# libxml2 reads 256 levels of nesting and drops the rest; with `huge_tree` it would read on until memory ends.
MAX_LEVELS = 250


def parse_html(text: str) -> Element:
    """The tree of an HTML page, however broken; raises `Refused` when there is no element in it."""
    parser = HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(text.encode("utf-8", "replace"), parser=parser, ensure_head_body=True)
    except (etree.LxmlError, ValueError, AssertionError) as exc:
        raise Refused("empty", f"no HTML in {len(text):,} characters") from exc


def local_name(element: Element) -> str:
    """The name of an element without its namespace, in lower case; an empty string for comments and the like."""
    return _local(element.tag)


@lru_cache(maxsize=4096)
def _local(tag: object) -> str:
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def is_cut_off(tree: Element) -> bool:
    """True if the page nests more deeply than is read, so that some of it is missing."""
    depth = deepest = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest >= MAX_LEVELS


def words_of(element: Element) -> str:
    """All characters below an element."""
    return "".join(cast(Iterator[str], element.itertext()))
