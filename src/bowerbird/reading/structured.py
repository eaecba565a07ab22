"""
What a page says about itself for machines: JSON-LD (schema.org), OpenGraph and other `<meta>`, read into item fields.

JSON-LD wins over OpenGraph, OpenGraph over plain meta; of several JSON-LD things, the one the page is about.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bowerbird.reading.blocks import one_line
from bowerbird.reading.dates import to_iso
from bowerbird.reading.trees import Element
from bowerbird.reading.urls import Url, normalise

MAX_FIELD_CHARS = 500
MAX_DESCRIPTION_CHARS = 2_000
MAX_TAGS = 30
MAX_SCRIPT_CHARS = 1_000_000
MAX_NODES = 2_000  # of one page's JSON-LD

Json = Any  # what json.loads gives: any page may have written anything
_Metas = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class ItemFields:
    """The fields of an item, empty where the page does not state them; strings are clean and bounded."""

    type: str = ""  # schema.org's name without its address, as stated: Article, Product, LocalBusiness, …
    title: str = ""
    description: str = ""
    region: str = ""
    category: str = ""
    price: str = ""  # amount and currency: "1200.00 NZD"
    author: str = ""
    image: str = ""  # an http(s) address
    published: str = ""  # ISO 8601, UTC
    modified: str = ""  # ISO 8601, UTC
    tags: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, str | list[str]]:
        """The fields that are stated, for storing as JSON."""
        pairs = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs if value}


# Things that tell of the site or the page's frame, not of what the page is about.
FRAME = frozenset({
    "WebSite", "WebPage", "BreadcrumbList", "SiteNavigationElement", "ImageObject", "ListItem", "Organization",
    "Person", "WPHeader", "WPFooter", "WPSideBar", "EntryPoint", "PostalAddress", "Offer", "AggregateRating", "Rating",
    "Review", "CollectionPage", "ContactPoint", "GeoCoordinates", "Brand", "PropertyValueSpecification", "VideoObject",
    "SpeakableSpecification", "NewsMediaOrganization", "UserComments", "Comment", "InteractionCounter",
    "OpeningHoursSpecification",
})  # fmt: skip
_PAGE_TYPES = frozenset({"WebPage", "CollectionPage", "ItemPage", "AboutPage", "FAQPage", "QAPage", "ProfilePage"})
_KEYWORD_SPLIT = re.compile(r"[,;|]")
_PRICE = re.compile(r"-?\d[\d.,\s]*")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_CDATA = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$")


def item_fields(tree: Element, *, base: str) -> ItemFields:
    """The item fields that a page states; broken or hostile statements are as if they were not there."""
    metas = metas_of(tree)
    things = list(json_ld_things(tree))
    about = _about(things)
    page = next((thing for thing in things if type_of(thing) in _PAGE_TYPES), {})
    frames = (about, page)
    return ItemFields(
        type=_text(type_of(about)) or _og_type(metas),
        title=_first(_strings(about, "headline", "name"), _meta(metas, "og:title", "twitter:title")),
        description=_first(
            _strings(about, "description"),
            _strings(page, "description"),
            _meta(metas, "og:description", "description", "twitter:description", "dc.description"),
            cap=MAX_DESCRIPTION_CHARS,
        ),
        region=_first(_regions(about), _meta(metas, "geo.placename", "og:locality", "og:region", "geo.region")),
        category=_first(
            _strings(about, "articleSection", "category", "genre", "applicationCategory"),
            _offered_categories(about),
            _meta(metas, "article:section", "product:category", "category"),
        ),
        price=_first(_prices(about), _meta_price(metas)),
        author=_first(
            *(_names(frame, "author", "creator") for frame in frames),
            [name for name in _meta(metas, "author", "article:author", "dc.creator") if "://" not in name],
        ),
        image=_address([*_images(about), *_images(page), *_meta(metas, "og:image", "twitter:image")], base),
        published=_date([
            *(text for frame in frames for text in _strings(frame, *_PUBLISHED_NAMES)),
            *_meta(metas, *_PUBLISHED_METAS),
        ]),
        modified=_date([
            *(text for frame in frames for text in _strings(frame, "dateModified")),
            *_meta(metas, *_MODIFIED_METAS),
        ]),
        tags=_tags([*_listed(about, "keywords"), *_meta(metas, "article:tag", "keywords", "news_keywords")]),
    )  # fmt: skip


_PUBLISHED_NAMES = ("datePublished", "uploadDate", "dateCreated", "startDate")
_PUBLISHED_METAS = (
    "article:published_time", "og:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.date",
    "dcterms.created", "dcterms.issued", "citation_publication_date", "pubdate", "publishdate", "publish_date",
    "published_date", "parsely-pub-date", "sailthru.date", "article.published",
)  # fmt: skip
_MODIFIED_METAS = (
    "article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified", "dc.date.modified",
    "revised",
)  # fmt: skip


def metas_of(tree: Element) -> _Metas:
    """The contents of a page's meta elements by lower-case name, property or itemprop, in their order."""
    found: _Metas = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        if content and name:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def json_ld_things(tree: Element) -> Iterator[dict[str, Json]]:
    """The typed things in a page's JSON-LD, outer before inner, at most `MAX_NODES`."""
    left = MAX_NODES
    for script in tree.iter("script"):
        if "ld+json" not in script.get("type", "").lower():
            continue
        stack: list[Json] = [_loaded(script.text or "")]
        while stack and left > 0:
            node = stack.pop()
            left -= 1
            if isinstance(node, list):
                stack.extend(reversed(node[:MAX_NODES]))
            elif isinstance(node, dict):
                if "@type" in node:
                    yield node
                stack.extend(value for value in reversed(list(node.values())) if isinstance(value, dict | list))


def _loaded(text: str) -> Json:
    """The JSON of a script, forgiving what templates get wrong; None when it is none."""
    if len(text) > MAX_SCRIPT_CHARS:
        return None
    text = _CDATA.sub("", text).strip().rstrip(";")
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _about(things: list[dict[str, Json]]) -> dict[str, Json]:
    """The thing the page is about: the first that is not the site's frame; a publisher is what its every page names."""
    for thing in things:
        if type_of(thing) not in FRAME and not type_of(thing).endswith("Action"):
            return thing
    return next((thing for thing in things if type_of(thing) in ("Review", "VideoObject", "Person")), {})


def type_of(thing: dict[str, Json]) -> str:
    """The name of a thing's type, without its address; empty when it states none."""
    stated: Json = thing.get("@type", "")
    if isinstance(stated, list):
        stated = next((name for name in stated if isinstance(name, str)), "")
    return re.split(r"[/#:]", stated)[-1] if isinstance(stated, str) else ""


def _strings(thing: dict[str, Json], *names: str) -> list[str]:
    """The words stated under these names; a thing stands for its name, a list for its members."""
    return [text for name in names for text in _words(thing.get(name))]


def _words(value: Json) -> list[str]:
    if isinstance(value, list):
        return [text for member in value[:MAX_TAGS] if not isinstance(member, list) for text in _words(member)]
    if isinstance(value, dict):
        return _words_of_thing(value)
    if isinstance(value, str):
        return [value]
    return [str(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _words_of_thing(thing: dict[str, Json]) -> list[str]:
    values = (thing.get(key) for key in ("name", "@value", "value"))
    return [value for value in values if isinstance(value, str)]


def _names(thing: dict[str, Json], *names: str) -> list[str]:
    """People's names under the first of these names that has any, joined."""
    for name in names:
        people = [one_line(person) for person in _words(thing.get(name)) if "://" not in person]
        if people:
            return [", ".join(dict.fromkeys(people))]
    return []


def _regions(thing: dict[str, Json]) -> list[str]:
    """Where a thing is: locality, region and country of its address, else of the place it is at or serves."""
    for key in ("address", "location", "areaServed", "contentLocation", "spatialCoverage"):
        value: Json = thing.get(key)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, dict):
            inner: Json = value.get("address", value)
            if isinstance(inner, dict):
                parts = _strings(inner, "addressLocality", "addressRegion", "addressCountry")
                if parts:
                    return [", ".join(dict.fromkeys(one_line(part) for part in parts))]
            if words := _words(value) or _words(inner):
                return words
        elif isinstance(value, str) and value:
            return [value]
    return []


def _offers(thing: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """What can be had: of a product its `offers`, of a business and other organizations what it `makesOffer`."""
    for name in ("offers", "makesOffer"):
        offers: Json = thing.get(name)
        for offer in offers if isinstance(offers, list) else [offers]:
            if isinstance(offer, dict):
                yield offer


def _prices(thing: dict[str, Json]) -> list[str]:
    for offer in _offers(thing):
        specification: Json = offer.get("priceSpecification")
        specification = specification[0] if isinstance(specification, list) and specification else specification
        for holder in (offer, specification if isinstance(specification, dict) else {}):
            amounts = _strings(holder, "price", "lowPrice", "minPrice")
            if amounts and (price := _price(amounts[0], *_strings(holder, "priceCurrency")[:1])):
                return [price]
    return _strings(thing, "priceRange")


def _offered_categories(thing: dict[str, Json]) -> list[str]:
    """The categories of what a thing offers, and of the services and goods in these offers."""
    found: list[str] = []
    for offer in _offers(thing):
        offered: Json = offer.get("itemOffered")
        for holder in (offer, offered if isinstance(offered, dict) else {}):
            found += _strings(holder, "category", "serviceType")
    return found


def _meta_price(metas: _Metas) -> list[str]:
    amounts = _meta(metas, "product:price:amount", "og:price:amount", "price")
    currency = _meta(metas, "product:price:currency", "og:price:currency", "pricecurrency")
    return [price] if amounts and (price := _price(amounts[0], *currency[:1])) else []


def _price(amount: str, currency: str = "") -> str:
    found = _PRICE.search(amount)
    return f"{found[0].strip()} {one_line(currency)[:8].upper()}".strip() if found else ""


def _images(thing: dict[str, Json]) -> list[str]:
    images: Json = thing.get("image") or thing.get("thumbnailUrl")
    found: list[str] = []
    for image in images if isinstance(images, list) else [images]:
        address: Json = image.get("url") or image.get("contentUrl") if isinstance(image, dict) else image
        if isinstance(address, str):
            found.append(address)
    return found


def _listed(thing: dict[str, Json], name: str) -> list[str]:
    return _words(thing.get(name))


def _meta(metas: _Metas, *names: str) -> list[str]:
    return [content for name in names for content in metas.get(name, ())]


def _og_type(metas: _Metas) -> str:
    return _first(_meta(metas, "og:type"))


def _first(*lists: list[str], cap: int = MAX_FIELD_CHARS) -> str:
    for texts in lists:
        for text in texts:
            if cleaned := _text(text, cap=cap):
                return cleaned
    return ""


def _text(text: str, *, cap: int = MAX_FIELD_CHARS) -> str:
    return one_line(text[: cap * 4])[:cap].rstrip()


def _date(texts: list[str]) -> str:
    return next((iso for text in texts if (iso := to_iso(text))), "")


def _address(candidates: list[str], base: str) -> str:
    for candidate in candidates:
        url = normalise(candidate, base=base) if candidate.strip() else "empty"
        if isinstance(url, Url):
            return url.href
    return ""


def _tags(texts: list[str]) -> tuple[str, ...]:
    words = (_text(word, cap=80) for text in texts for word in _KEYWORD_SPLIT.split(text[: MAX_FIELD_CHARS * 10]))
    return tuple(dict.fromkeys(word for word in words if word))[:MAX_TAGS]
