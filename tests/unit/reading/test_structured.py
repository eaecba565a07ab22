"""Item fields from JSON-LD, OpenGraph and meta."""

import json

import pytest

from bowerbird.reading.structured import MAX_FIELD_CHARS, MAX_TAGS, ItemFields, item_fields
from bowerbird.reading.trees import parse_html

BASE = "https://example.org/v/1"


def fields(head: str) -> ItemFields:
    """The fields of a page with this head."""
    return item_fields(parse_html(f"<html><head>{head}</head><body>x</body></html>"), base=BASE)


def ld(*things: object) -> str:
    """Scripts with JSON-LD."""
    return "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)


def test_a_vendor_is_read_whole() -> None:
    """A business in a graph beside the site's frame gives all fields of an item."""
    head = ld(
        {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "WebSite", "name": "Directory", "author": {"name": "nobody"}},
                {"@type": "Organization", "name": "The publisher"},
                {
                    "@type": ["LocalBusiness", "Thing"],
                    "name": "Aroha Films",
                    "description": "Photographs on film.",
                    "address": {
                        "addressLocality": "Wellington",
                        "addressRegion": "WGN",
                        "addressCountry": {"name": "NZ"},
                    },
                    "category": "Photographer",
                    "offers": [{"@type": "Offer", "price": "1,200.00", "priceCurrency": "nzd"}],
                    "image": [{"@type": "ImageObject", "url": "/a.jpg"}],
                    "author": [{"name": "Aroha"}, {"name": "Tama"}],
                    "keywords": "film, portrait; film",
                    "dateModified": "2024-05-06",
                },
            ],
        }
    )
    assert fields(head) == ItemFields(
        type="LocalBusiness",
        title="Aroha Films",
        description="Photographs on film.",
        region="Wellington, WGN, NZ",
        category="Photographer",
        price="1,200.00 NZD",
        author="Aroha, Tama",
        image="https://example.org/a.jpg",
        modified="2024-05-06",
        tags=("film", "portrait"),
    )


def test_opengraph_fills_what_json_ld_leaves_open() -> None:
    """JSON-LD wins, OpenGraph comes next, plain meta last."""
    head = (
        '<meta property="og:title" content="OG title"><meta property="og:description" content="OG words">'
        '<meta name="description" content="Plain words"><meta property="og:type" content="article">'
        '<meta property="og:image" content="//cdn.example/i.png"><meta property="article:author" content="https://fb/x">'
        '<meta name="author" content="Ann"><meta property="product:price:amount" content="20">'
        '<meta property="product:price:currency" content="EUR"><meta property="article:section" content="News">'
        '<meta property="article:tag" content="a"><meta property="article:tag" content="b">'
        '<meta name="date" content="Tue, 05 Mar 2024 09:30:00 +0100">'
    ) + ld({"@type": "NewsArticle", "headline": "The headline"})
    assert fields(head) == ItemFields(
        type="NewsArticle",
        title="The headline",
        description="OG words",
        category="News",
        price="20 EUR",
        author="Ann",
        image="https://cdn.example/i.png",
        published="2024-03-05T08:30:00Z",
        tags=("a", "b"),
    )


@pytest.mark.parametrize(
    "script",
    [
        "",
        "{",
        "null",
        '"a string"',
        "[" * 50_000,
        '{"@type": 5, "name": {"x": []}}',
        '{"@type": "Product", "offers": [null, 3, {"price": {"a": 1}, "priceSpecification": []}], "image": [{}]}',
        '{"@type": "A", "author": [[["x"]]], "address": [[]], "keywords": [null, true], "datePublished": ["x", {}]}',
    ],
)
def test_broken_statements_are_as_if_not_there(script: str) -> None:
    """No JSON breaks the reading; what is well said beside it is read."""
    head = f'<script type="application/ld+json">{script}</script><meta property="og:title" content="T">'
    assert fields(head).title == "T"


def test_small_mistakes_of_templates_are_forgiven() -> None:
    """Comments around it, line ends in strings and a comma too many leave the JSON readable."""
    script = '<!--\n{"@type": "Article", "headline": "Two\nlines", "keywords": ["a", "b",],}\n-->'
    found = fields(f'<script type="application/ld+json">{script}</script>')
    assert (found.type, found.title, found.tags) == ("Article", "Two lines", ("a", "b"))


def test_fields_are_bounded_and_clean() -> None:
    """Control characters go, length and number are capped, addresses are http(s) only."""
    thing = {
        "@type": "Article",
        "headline": "a\u0000b\u202e c" + "x" * 5000,
        "keywords": [f"k{n}" for n in range(500)],
        "image": "javascript:alert(1)",
    }
    found = fields(ld(thing))
    assert found.title == ("ab c" + "x" * 5000)[:MAX_FIELD_CHARS]
    assert (len(found.tags), found.image) == (MAX_TAGS, "")


def test_only_stated_fields_are_stored() -> None:
    """The stored form holds no empty field."""
    assert ItemFields(type="Article", tags=("a",)).as_dict() == {"type": "Article", "tags": ["a"]}


def test_what_a_business_offers() -> None:
    """A business has no price of its own: it makes offers, whose services have a category."""
    business = {
        "@type": "ProfessionalService",
        "name": "Aroha Films",
        "priceRange": "$$",
        "makesOffer": [
            "a string",
            {"@type": "Offer", "name": "On request", "itemOffered": {"@type": "Service", "serviceType": "Photography"}},
            {"@type": "Offer", "price": 900, "priceCurrency": "nzd", "category": "Weddings"},
        ],
    }
    found = fields(ld(business))
    assert (found.price, found.category) == ("900 NZD", "Photography")
    own = fields(ld({**business, "category": "Photographer", "offers": {"price": "80", "priceCurrency": "AUD"}}))
    assert (own.price, own.category) == ("80 AUD", "Photographer")
    assert fields(ld({"@type": "Florist", "name": "Fern", "priceRange": "$$", "makesOffer": []})).price == "$$"
