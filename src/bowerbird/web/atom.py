"""
A feed as Atom (RFC 4287), for feed readers: an entry for each card, with its key sentence and why it is there.

An entry's id is its item's for ever, and its address says nothing of the slate: the same item twice is one entry.
News of what the person relies on comes before.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from bowerbird.kernel.nouns import Scope
from bowerbird.web.cards import Card, Why, item_href
from bowerbird.web.news import NewsCard

__all__ = ["MEDIA_TYPE", "atom"]

MEDIA_TYPE: Final = "application/atom+xml"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 cannot hold, escaped or not.
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def atom(
    cards: Sequence[Card],
    scope: Scope,
    *,
    made_at: datetime,
    base: str,
    own_path: str,
    news: Sequence[NewsCard] = (),
) -> bytes:
    """The document; `base` is the server's address as the reader knows it, `own_path` where the document is there."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(_named("feed"))
    _add(feed, "id", f"urn:bowerbird:feed:{scope.workspace}:{scope.person}")
    _add(feed, "title", "Your feed · Bowerbird")
    _add(feed, "updated", f"{made_at:%Y-%m-%dT%H:%M:%SZ}")
    _add(feed, "link", rel="self", type=MEDIA_TYPE, href=base + own_path)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{base}/feed")
    _add(_add(feed, "author"), "name", "Bowerbird")
    for one in news:
        _news(feed, one, scope, base)
    for card in cards:
        _entry(feed, card, scope, base)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: ET.Element, card: Card, scope: Scope, base: str) -> None:
    entry = _add(feed, "entry")
    if card.language:
        entry.set(_LANG, card.language)
    _add(entry, "id", f"urn:bowerbird:item:{scope.workspace}:{card.id}")
    _add(entry, "title", _held(card.title).strip() or card.key)
    _add(entry, "updated", card.dated.iso)
    _add(entry, "published", card.dated.iso)
    _add(entry, "link", rel="alternate", type="text/html", href=base + item_href(card.key))
    _add(entry, "category", term=card.source_name)
    _add(entry, "summary", "\n".join(part for part in (card.text, _reason(card.why)) if part))


def _news(feed: ET.Element, one: NewsCard, scope: Scope, base: str) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", f"urn:bowerbird:news:{scope.workspace}:{scope.person}:{one.key}")
    _add(entry, "title", f"{one.words}: {_held(one.title).strip() or one.where}")
    _add(entry, "updated", one.at.iso)
    _add(entry, "link", rel="alternate", type="text/html", href=base + one.href)
    was = (f"Before: {words.was}" for words in one.wordings if words.was)
    now = (f"Now: {words.now}" for words in one.wordings if words.now)
    told = [*was, *now, *(f"{side.title}: {side.quote}" for side in one.sides)]
    why = " ".join([one.why_words, ", ".join(link.title for link in one.why)]).strip()
    _add(entry, "summary", "\n".join(part for part in (*told, one.note, f"Why it is here: {why}") if part))


def _reason(why: Why | None) -> str:
    if why is None:
        return ""
    words = f"{why.words} {why.title}".strip()
    return f"Why it is here: {words}." if words else ""


def _add(to: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(to, _named(name), {key: _held(value) for key, value in attributes.items()})
    if text:
        made.text = _held(text)
    return made


def _named(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _held(text: str) -> str:
    return _NO_XML.sub("", text)
