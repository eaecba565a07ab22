"""What a page states for machines of its thing stands behind its text, line by line, and is bounded."""

import json
import time
from typing import Any

import pytest

from bowerbird.reading.extract import extract

WORDS = "A quiet cottage in the hills behind Nelson, open all year round for walkers and their dogs."


def lines(*things: Any, body: str = "") -> list[str]:
    """What stands behind the text of a page that states these things."""
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)
    page = (
        f"<html><head><title>T</title>{scripts}</head><body><main><h1>T</h1><p>{WORDS}</p>{body}</main></body></html>"
    )
    text = extract(page.encode(), url="https://example.org/", content_type="text/html").text
    return text.partition(WORDS)[2].strip().split("\n")


def test_a_thing_is_told_by_its_labels_name_first() -> None:
    thing = {
        "@context": "https://schema.org",
        "@type": "LodgingBusiness",
        "telephone": "+64 3 555 0100",
        "name": "Rimu Cottage",
        "address": {"@type": "PostalAddress", "addressLocality": "Nelson", "addressCountry": {"name": "NZ"}},
        "offers": [
            {"@type": "Offer", "price": 120, "priceCurrency": "NZD", "availability": "https://schema.org/InStock"}
        ],
        "aggregateRating": {"ratingValue": 4.5, "bestRating": 5},
        "image": "https://example.org/a.png",
    }
    assert lines(thing) == [
        "name: Rimu Cottage",
        "type: LodgingBusiness",
        "telephone: +64 3 555 0100",
        "locality: Nelson",
        "country: NZ",
        "price: 120 NZD",
        "availability: In Stock",
        "rating: 4.5",
    ]


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("PT10M", "10 minutes"),
        ("P0DT1H20M", "1 hour 20 minutes"),
        ("PT1H", "1 hour"),
        ("P", "P"),
        ("Pavlova", "Pavlova"),
    ],
)
def test_durations_are_told_in_words(stated: str, shown: str) -> None:
    told = lines({"@type": "Recipe", "name": "Pavlova", "cookTime": stated})
    assert told[2] == f"cook time: {shown}"


def test_microdata_counts_where_there_is_no_json_ld() -> None:
    body = (
        '<div itemscope itemtype="https://schema.org/Product"><span itemprop="name">Kettle</span>'
        '<meta itemprop="color" content="red"><time itemprop="releaseDate" datetime="2024-03-01">March</time></div>'
    )
    assert lines(body=body)[-4:] == ["name: Kettle", "type: Product", "color: red", "release date: March"]


@pytest.mark.parametrize(
    "thing",
    [
        {"@type": "NewsArticle", "headline": "H", "author": {"name": "A"}, "datePublished": "2024-01-01"},
        {"@type": "BlogPosting", "name": "H", "author": "A"},
        {"@type": "WebSite", "name": "S", "inLanguage": "en"},
        {"@type": "Recipe", "cookTime": "PT1M"},
        {"@type": "Recipe", "name": "Only a name"},
        {"name": "no type", "x": "y"},
        {"@type": {"a": 1}, "name": ["x"], "y": None},
    ],
)
def test_an_article_and_what_says_nothing_leave_the_text_as_it_is(thing: dict[str, Any]) -> None:
    assert lines(thing) == [""]


def nested(depth: int) -> dict[str, Any]:
    thing: dict[str, Any] = {"price": "1"}
    for _ in range(depth):
        thing = {"offers": thing}
    return thing


@pytest.mark.parametrize(
    "thing",
    [
        {"@type": "Product", "name": "x" * 100_000, "color": "y" * 100_000, "size": "1"},
        {"@type": "Product", "name": "n", **{f"p{number}": "v" for number in range(50_000)}},
        {"@type": "Product", "name": "n", "offers": [[[[{"price": "1"}]]]], "color": ["a"] * 50_000},
        {"@type": "Product", "name": "n", **nested(500)},
        {"@graph": [{"@type": "Product", "name": f"n{number}", "color": "c"} for number in range(5_000)]},
        {"@type": "Product", "name": "n\u202e\u0000\n# heading", "color": "a\n\nb | c"},
    ],
    ids=range(6),
)
def test_hostile_statements_are_bounded(thing: dict[str, Any]) -> None:
    begun = time.process_time()
    told = lines(thing)
    assert time.process_time() - begun < 8
    assert len(told) <= 50 * 41
    assert all(len(line) <= 400 for line in told)
    assert not any(line.startswith(("#", "`")) for line in told)
