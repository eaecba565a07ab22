"""The links of a page: where they lead, in what words, and whether they stand in its text or around it."""

import re
from dataclasses import dataclass

from bowerbird.reading.blocks import one_line
from bowerbird.reading.trees import Element, local_name, words_of
from bowerbird.reading.urls import Url, join, normalise

MAX_LINKS = 10_000
MAX_ANCHOR_CHARS = 300

_AROUND = frozenset({"nav", "header", "footer", "aside"})
_AROUND_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar"})
_AROUND_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|sidebar|sidenav|footer|header|breadcrumbs?|pagination"
    r"|pager|social|share|sphinxsidebar)(?:$|[\s_-])",
    re.IGNORECASE,
)
_NOFOLLOW = frozenset({"nofollow", "ugc", "sponsored"})
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?\s*([^\"'\s][^\"']*)", re.IGNORECASE)
_MAX_HREF_CHARS = 8_192


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a page; of several to the same address, the first that stands in the text, else the first."""

    url: str  # normalised
    text: str  # the words that carry it, else its title
    nofollow: bool = False
    in_main: bool = True  # False in navigation, header, footer, sidebar


def base_of(tree: Element, url: str) -> str:
    """The address that a page's links start from: its own, unless `<base href>` says otherwise."""
    for element in tree.iter("base"):
        if href := element.get("href"):
            joined = join(url, href.strip())
            return joined if joined is not None and joined.startswith(("http://", "https://")) else url
    return url


def links_of(tree: Element, base: str) -> tuple[Link, ...]:
    """The links of a page to http(s) addresses, in its order, one per address, at most `MAX_LINKS`."""
    found: dict[str, Link] = {}
    known: dict[str, Url | None] = {}  # navigation names the same addresses again and again
    around: dict[Element, bool] = {}
    for element in tree.iter("a", "area", "link", "meta"):
        href = _target(element)
        if href is None:
            continue
        if href not in known:
            normal = normalise(href, base=base)
            known[href] = normal if isinstance(normal, Url) else None
        url = known[href]
        if url is not None:
            _take(found, _link(element, url.href, in_main=not _stands_around(element, around)))
        if len(found) >= MAX_LINKS:
            break
    return tuple(found.values())


def _stands_around(element: Element, known: dict[Element, bool]) -> bool:
    """True if an ancestor is navigation, header, footer or sidebar; `known` remembers what was asked."""
    asked: list[Element] = []
    answer = False
    for ancestor in element.iterancestors():
        if ancestor in known:
            answer = known[ancestor]
            break
        asked.append(ancestor)
        if _is_around(ancestor):
            answer = True
            break
    known.update(dict.fromkeys(asked, answer))
    return answer


def _take(found: dict[str, Link], link: Link) -> None:
    before = found.get(link.url)
    if before is None or (link.in_main and not before.in_main) or (link.text and not before.text):
        found[link.url] = link


def _link(element: Element, url: str, *, in_main: bool) -> Link:
    rel = {word.lower() for word in element.get("rel", "").split()}
    words = one_line(words_of(element)[: MAX_ANCHOR_CHARS * 4]) if len(element) or element.text else ""
    if not words:
        words = one_line(element.get("title") or element.get("aria-label") or _image_text(element))
    return Link(url, words[:MAX_ANCHOR_CHARS], nofollow=bool(rel & _NOFOLLOW), in_main=in_main)


def _image_text(element: Element) -> str:
    image = element.find(".//img")
    return image.get("alt", "") if image is not None else ""


def _target(element: Element) -> str | None:
    """Where an element leads, if it is a link at all: anchors, areas, next and previous pages, and refreshes."""
    tag = local_name(element)
    if tag in ("a", "area") or (tag == "link" and element.get("rel", "").lower() in ("next", "prev")):
        href = element.get("href")
    elif tag == "meta" and element.get("http-equiv", "").lower() == "refresh":
        href = _refresh(element.get("content", ""))
    else:
        return None
    href = href.strip() if href else ""
    return None if not href or href.startswith("#") or len(href) > _MAX_HREF_CHARS else href


def _refresh(content: str) -> str | None:
    found = _REFRESH.match(content) if "=" in content or "/" in content else None
    return found[1] if found else None


def _is_around(element: Element) -> bool:
    if local_name(element) in _AROUND or element.get("role", "") in _AROUND_ROLES:
        return True
    if local_name(element) not in ("div", "ul", "ol", "section", "table", "td"):
        return False
    name = element.get("class", "")
    return bool(_AROUND_NAME.search(name) or _AROUND_NAME.search(element.get("id", "")))
