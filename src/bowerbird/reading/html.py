"""An HTML page: its text, title, language, links, directives and item fields, from one parsed tree."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from htmldate import find_date

from bowerbird.reading.blocks import MAX_TEXT_CHARS, one_line
from bowerbird.reading.charset import decode
from bowerbird.reading.dates import to_iso, to_timestamp
from bowerbird.reading.directives import read_directives
from bowerbird.reading.extracted import MAX_TITLE_CHARS, Extracted
from bowerbird.reading.links import base_of, links_of
from bowerbird.reading.maintext import main_text
from bowerbird.reading.refused import Refused
from bowerbird.reading.scripted import needs_scripts
from bowerbird.reading.stated import stated_blocks
from bowerbird.reading.structured import item_fields, metas_of
from bowerbird.reading.trees import Element, is_cut_off, parse_html, words_of
from bowerbird.reading.urls import Url, normalise

MAX_HTML_BYTES = 10_000_000

_ZONES_S = 14 * 3600  # the zone furthest from UTC
_LANG = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")


def extract_html(body: bytes, *, url: str, content_type: str, x_robots_tag: Sequence[str], agent: str) -> Extracted:
    """What an HTML page says; raises `Refused` when it says nothing, is no text, or is too large."""
    if len(body) > MAX_HTML_BYTES:
        raise Refused("too large", f"an HTML page of {len(body):,} bytes; at most {MAX_HTML_BYTES:,} are read")
    tree = parse_html(decode(body, content_type=content_type))
    metas = metas_of(tree)
    named = [(name, content) for name, contents in metas.items() for content in contents]
    directives = read_directives(named, x_robots_tag, agent=agent)
    base = base_of(tree, url)
    links = links_of(tree, base)
    item = item_fields(tree, base=base)
    title = _title(tree, item.title, url)
    main = main_text(tree)
    is_shell = needs_scripts(tree, main.text)
    if not main.text and not links:
        raise Refused("needs javascript", "its HTML says nothing") if is_shell else Refused("empty", _why_empty(tree))
    return Extracted(
        kind="html",
        title=title,
        text=_with_what_is_stated(main.text, tree),
        lang=_lang(tree, metas),
        links=links,
        canonical=_canonical(tree, base, url),
        noindex=directives.noindex,
        nofollow=directives.nofollow,
        published=item.published if main.is_documentation else _published(tree, item.published, url),
        modified=item.modified,
        item=item,
        needs_scripts=is_shell,
    )


def _with_what_is_stated(text: str, tree: Element) -> str:
    """The text, and behind it what the page states for machines of the thing that it is about."""
    for block in stated_blocks(tree) if text else ():
        if len(text) + len(block) + 2 <= MAX_TEXT_CHARS:
            text = f"{text}\n\n{block}"
    return text


def _published(tree: Element, stated: str, url: str) -> str:
    """
    When the page says it was published: what its markup, its address and its words agree on, else what it states.

    htmldate is right more often than the first stated date, which may be the site's own. The bounds are fixed, so that
    the same bytes give the same date in any year.
    """
    try:
        found = find_date(
            tree, original_date=True, extensive_search=False, url=url, min_date="1995-01-01", max_date="2099-12-31"
        )
    except Exception:  # noqa: BLE001  # it tries many parsers on hostile words
        found = None
    day = to_iso(found or "")
    return stated if not day or _same_day(stated, day) else day


def _same_day(stated: str, day: str) -> bool:
    """True if a stated moment, which is in UTC, falls on a day that was read in the zone of the page."""
    at, begins = to_timestamp(stated), to_timestamp(day)
    return at is not None and begins is not None and -_ZONES_S <= at - begins <= 86_400 + _ZONES_S


def _why_empty(tree: Element) -> str:
    return "nested too deeply to be read" if is_cut_off(tree) else "no text in the page"


def _title(tree: Element, stated: str, url: str) -> str:
    """The first heading if the title repeats it beside the site's name, else what is stated, else the path."""
    whole = one_line(next((words_of(element) for element in tree.iter("title")), "")[:4096])
    heading = _first_heading(tree)
    if heading and heading.casefold() in whole.casefold():
        return heading[:MAX_TITLE_CHARS]
    path = unquote(url.partition("?")[0].rstrip("/").rpartition("/")[2])
    return (stated or whole or heading or one_line(path) or url)[:MAX_TITLE_CHARS]


def _first_heading(tree: Element) -> str:
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return ""
    return one_line(words_of(heading)[:4096]).rstrip("¶# ")


def _lang(tree: Element, metas: dict[str, list[str]]) -> str:
    stated = [tree.get("lang", ""), tree.get("{http://www.w3.org/XML/1998/namespace}lang", "")]
    for name in ("content-language", "og:locale", "dc.language", "language"):
        stated.extend(metas.get(name, ()))
    found = (_LANG.match(text.strip()) for text in stated)
    return next((match[0].lower() for match in found if match), "")


def _canonical(tree: Element, base: str, url: str) -> str | None:
    """The address that the page calls its own, if it is another one; several that disagree count for none."""
    stated: set[str] = set()
    for element in tree.iter("link"):
        if "canonical" in element.get("rel", "").lower().split() and (href := element.get("href", "").strip()):
            found = normalise(href, base=base)
            if isinstance(found, Url):
                stated.add(found.href)
    own = normalise(url)
    if len(stated) != 1 or (isinstance(own, Url) and own.href in stated):
        return None
    return stated.pop()
