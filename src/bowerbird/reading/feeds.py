"""RSS and Atom: each entry as a heading with its words, and the addresses the entries lead to."""

from dataclasses import dataclass

from lxml import etree

from bowerbird.reading.blocks import MAX_TEXT_CHARS, BlockWriter, one_line
from bowerbird.reading.dates import to_iso
from bowerbird.reading.extracted import MAX_TITLE_CHARS, Extracted
from bowerbird.reading.links import MAX_ANCHOR_CHARS, Link
from bowerbird.reading.refused import Refused
from bowerbird.reading.render import render
from bowerbird.reading.structured import ItemFields
from bowerbird.reading.trees import Element, local_name, parse_html, words_of
from bowerbird.reading.urls import Url, normalise

MAX_FEED_BYTES = 10_000_000
MAX_ENTRIES = 1_000
MAX_IMPORTED = 20_000  # entries of a feed that somebody brings

_ENTRIES = frozenset({"item", "entry"})
_WORDS = ("encoded", "content", "description", "summary")  # the fullest first
_DATES = ("published", "pubdate", "date", "issued", "updated", "modified")


@dataclass(frozen=True, slots=True)
class _Entry:
    title: str
    address: str
    markup: str
    date: str


def extract_feed(body: bytes, *, url: str) -> Extracted:
    """What a feed says; raises `Refused` when it is none or has no entry."""
    if len(body) > MAX_FEED_BYTES:
        raise Refused("too large", f"a feed of {len(body):,} bytes; at most {MAX_FEED_BYTES:,} are read")
    root = _parsed(body)
    entries = [_entry(element) for element in root.iter() if local_name(element) in _ENTRIES][:MAX_ENTRIES]
    if not entries:
        raise Refused("empty", "a feed without an entry")
    channel = next((element for element in root.iter() if local_name(element) in ("channel", "feed")), root)
    title = _plain(_child(channel, "title")) or url
    dates = sorted(entry.date for entry in entries if entry.date)
    return Extracted(
        kind="feed",
        title=title[:MAX_TITLE_CHARS],
        text=_written(title, _plain(_child(channel, "description", "subtitle")), entries),
        lang=_plain(_child(channel, "language"))[:2].lower(),
        links=_links(entries, url),
        modified=dates[-1] if dates else "",
        item=ItemFields(title=title[:MAX_TITLE_CHARS], modified=dates[-1] if dates else ""),
    )


def read_entries(body: bytes) -> list[dict[str, str]]:
    """
    The entries of a feed as rows of an import: id, title, text, url, author, created_at and kind.

    Raises `Refused` when it is no feed, or has more entries than are read.
    """
    if len(body) > MAX_FEED_BYTES:
        raise Refused("too large", f"a feed of {len(body):,} bytes; at most {MAX_FEED_BYTES:,} are read")
    elements = [element for element in _parsed(body).iter() if local_name(element) in _ENTRIES]
    if not elements:
        raise Refused("empty", "a feed without an entry; expected RSS or Atom with <item> or <entry>")
    if len(elements) > MAX_IMPORTED:
        raise Refused("too large", f"a feed of {len(elements):,} entries; at most {MAX_IMPORTED:,} are read: divide it")
    return [_row(element) for element in elements]


def _row(element: Element) -> dict[str, str]:
    entry = _entry(element)
    url = normalise(entry.address) if entry.address else "empty"
    author = _child(element, "author", "creator")
    named = _child(author, "name") if author is not None else None
    row = {
        "id": _plain(_child(element, "guid", "id")) or entry.address or entry.title,
        "title": entry.title,
        "text": _body(entry.markup),
        "url": url.href if isinstance(url, Url) else "",
        "author": _plain(named if named is not None else author),
        "created_at": entry.date,
        "kind": "feed",
    }
    return {name: value for name, value in row.items() if value}


def _parsed(body: bytes) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(body, parser=parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise Refused("error", f"a broken feed: {exc}"[:300]) from exc
    if root is None:  # pyright: ignore[reportUnnecessaryComparison]  # what `recover` gives for no element at all
        raise Refused("error", "a broken feed: not an element in it")
    return root


def _entry(element: Element) -> _Entry:
    return _Entry(
        title=_plain(_child(element, "title"))[:MAX_TITLE_CHARS],
        address=_address(element),
        markup=_markup(_child(element, *_WORDS)),
        date=next((iso for name in _DATES if (iso := to_iso(_plain(_child(element, name))))), ""),
    )


def _child(element: Element, *names: str) -> Element | None:
    """The first child of the first of these names that there is."""
    for name in names:
        for child in element:
            if local_name(child) == name:
                return child
    return None


def _plain(element: Element | None) -> str:
    """The words of an element, whose markup may be escaped once more."""
    if element is None:
        return ""
    text = words_of(element)
    if "<" in text:
        try:
            text = words_of(parse_html(text))
        except Refused:
            return ""
    return one_line(text)


def _markup(element: Element | None) -> str:
    if element is None:
        return ""
    if len(element):  # Atom's xhtml: the markup is not escaped
        return etree.tostring(element, encoding="unicode", method="html")
    return element.text or ""


def _address(element: Element) -> str:
    """Where an entry leads: Atom's alternate link, RSS's link, or a permalink that is its id."""
    for child in element:
        if local_name(child) != "link":
            continue
        if (child.get("href") or "").strip() and child.get("rel", "alternate") == "alternate":
            return child.get("href", "").strip()
        if (child.text or "").strip():
            return (child.text or "").strip()
    identity = _plain(_child(element, "guid", "id"))
    return identity if identity.startswith(("http://", "https://")) else ""


def _links(entries: list[_Entry], base: str) -> tuple[Link, ...]:
    found: dict[str, Link] = {}
    for entry in entries:
        url = normalise(entry.address, base=base) if entry.address else "empty"
        if isinstance(url, Url):
            found.setdefault(url.href, Link(url.href, entry.title[:MAX_ANCHOR_CHARS]))
    return tuple(found.values())


def _written(title: str, description: str, entries: list[_Entry]) -> str:
    writer = BlockWriter()
    writer.heading(title, 1)
    writer.paragraph(description)
    blocks = [writer.text()]
    for entry in entries:
        part = BlockWriter()
        part.heading(entry.title or entry.address, 2)
        blocks.append("\n\n".join(filter(None, (part.text(), _body(entry.markup)))))
        if sum(map(len, blocks)) > MAX_TEXT_CHARS:
            blocks.pop()
            break
    return "\n\n".join(filter(None, blocks))


def _body(markup: str) -> str:
    if not markup.strip():
        return ""
    try:
        return render(parse_html(markup))
    except Refused:
        return ""
