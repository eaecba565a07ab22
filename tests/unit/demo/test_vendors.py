"""The directory of vendors as a text: complete, sound, and the same in its data, its prose and what it states."""

import json
import re
from collections import Counter
from functools import cache
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree, html

from bowerbird.demo import PACKS, DemoSite
from bowerbird.demo.files import Moved
from bowerbird.demo.server import VendorPages
from bowerbird.demo.vendors import TRADES, Vendor, read_vendors
from bowerbird.reading.structured import item_fields
from bowerbird.reading.trees import parse_html

ORIGIN = "http://vendors.example"
FILES = VendorPages(ORIGIN).files
PAGES = sorted(path for path in FILES if path.endswith(".html") and path != "/404.html")
VENDORS = read_vendors()
OF_VENDORS = pytest.mark.parametrize("vendor", VENDORS, ids=[vendor.slug for vendor in VENDORS])


@cache
def tree(path: str) -> html.HtmlElement:
    """The page as a tree."""
    return html.document_fromstring(FILES[path].body.decode())


def published(path: str) -> str:
    """The address of a page as the site itself writes it."""
    return ORIGIN + ("/" if path == "/index.html" else path)


def prose(vendor: Vendor) -> str:
    """What the vendor's page says to people."""
    (main,) = tree(vendor.path).xpath("//main")
    return " ".join("".join(main.itertext()).split())


def test_size() -> None:
    """There are forty vendors of four trades, half of them photographers, in cities of both countries."""
    trades = Counter(vendor.trade.name for vendor in VENDORS)
    assert len(VENDORS) == len({vendor.slug for vendor in VENDORS}) == len({vendor.name for vendor in VENDORS}) == 40
    assert trades["photographer"] == 20
    assert set(trades) == set(TRADES)
    assert {vendor.city.country for vendor in VENDORS} == {"AU", "NZ"}
    assert len({vendor.city.name for vendor in VENDORS}) >= 7


def test_the_question_has_an_answer_and_near_misses() -> None:
    """Film photographers in Melbourne are on both sides of the limit, and others are below it."""
    here = [vendor for vendor in VENDORS if (vendor.trade.name, vendor.city.name) == ("photographer", "Melbourne")]
    film = [vendor for vendor in here if "film" in vendor.styles]
    assert len([vendor for vendor in film if vendor.price_from < 3000]) >= 2
    assert any(vendor.price_from > 3000 for vendor in film)
    assert any(vendor.price_from < 3000 for vendor in here if vendor not in film)
    assert PACKS["vendors"].question == "film photographers in Melbourne under $3,000"


@pytest.mark.parametrize("path", [*PAGES, "/404.html"])
def test_page_is_sound(path: str) -> None:
    """A page is well-formed, says once what it is, names itself as canonical, and says that all of it is made up."""
    # What HTML may leave open or spell otherwise is taken out; the rest must close as XML does.
    body = re.sub(
        rb"<!doctype html>|<script.*?</script>|<(?:meta|link|img)\b[^>]*>", b"", FILES[path].body, flags=re.DOTALL
    )
    etree.fromstring(body)
    page = tree(path)
    assert len(page.xpath("//title")) == len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
    assert page.get("lang") == "en-AU"
    assert len(str(page.xpath("string(//meta[@name='description']/@content)"))) >= 15
    assert "made up" in str(page.xpath("string(//footer)"))
    assert [str(link) for link in page.xpath("//link[@rel='canonical']/@href")] == (
        [] if path == "/404.html" else [published(path)]
    )
    assert page.xpath("//meta[@property='og:url']/@content") == [published(path)]
    assert page.xpath("//img[not(@alt)] | //script[not(@type='application/ld+json')]") == []


@pytest.mark.parametrize("path", [*PAGES, "/404.html"])
def test_links_resolve(path: str) -> None:
    """Every address on a page is a file of the site, or a mailbox that nobody can have."""
    for _, _, link, _ in tree(path).iterlinks():
        target = urlsplit(urljoin(published(path), link))
        if target.scheme == "mailto":
            assert target.path.endswith(".example")
            continue
        assert f"{target.scheme}://{target.netloc}" == ORIGIN
        assert ("/index.html" if target.path == "/" else target.path) in FILES, f"{path} links to {link!r}"


def test_every_page_is_linked_and_in_the_sitemap() -> None:
    """Whoever follows links, or reads the sitemap, finds every page."""
    linked = {urlsplit(urljoin(published(path), str(a))).path for path in PAGES for a in tree(path).xpath("//a/@href")}
    listed = re.findall(r"<loc>([^<]+)</loc>", FILES["/sitemap.xml"].body.decode())
    assert {urlsplit(published(path)).path for path in PAGES} <= linked
    assert sorted(listed) == sorted(map(published, PAGES))


@OF_VENDORS
def test_prices_agree(vendor: Vendor) -> None:
    """Data, prose and JSON-LD name the same prices, and the one with "from" is the least of them."""
    prices = [offer.price for offer in vendor.offers]
    (text,) = tree(vendor.path).xpath("//script/text()")
    stated = json.loads(str(text))
    said = {int(amount.replace(",", "")) for amount in re.findall(r"\$(\d[\d,]*\d)", prose(vendor))}
    assert prices == sorted(prices)
    assert said == set(prices)
    assert f"from ${min(prices):,}." in prose(vendor)
    assert [int(offer["price"]) for offer in stated["makesOffer"]] == prices
    assert {offer["priceCurrency"] for offer in stated["makesOffer"]} == {vendor.city.currency}
    assert vendor.city.money in prose(vendor)


@OF_VENDORS
def test_what_is_stated_is_read(vendor: Vendor) -> None:
    """What a page states for machines is read into an item's fields: its trade, city, price, picture and styles."""
    fields = item_fields(parse_html(FILES[vendor.path].body.decode()), base=published(vendor.path))
    assert fields.type == vendor.trade.schema_type
    assert (fields.title, fields.category) == (vendor.name, vendor.trade.plural)
    assert fields.region.startswith(f"{vendor.city.name}, ")
    assert fields.region.endswith(vendor.city.country)
    assert fields.price == f"{vendor.price_from} {vendor.city.currency}"
    assert fields.image == ORIGIN + vendor.picture
    assert fields.tags == vendor.styles
    assert (fields.published[:10], fields.modified[:10]) == (str(vendor.listed), str(vendor.changed))


@OF_VENDORS
def test_ratings_and_awards_say_that_they_are_made_up(vendor: Vendor) -> None:
    """No rating and no award is shown without who gave it, which is nobody."""
    assert vendor.listed <= vendor.changed
    assert (vendor.rating is not None) == ("couples who were invented for this site" in prose(vendor))
    for award in vendor.awards:
        assert f"{award}, an award that was made up for this site" in prose(vendor)


def test_pages_are_not_each_others_copies() -> None:
    """What two vendors' pages share is less than half of the word triples of either."""

    def triples(vendor: Vendor) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", prose(vendor))
        return set(zip(words, words[1:], words[2:], strict=False))

    found = [triples(vendor) for vendor in VENDORS]
    shared = [len(a & b) / len(a | b) for at, a in enumerate(found) for b in found[:at]]
    assert max(shared) < 0.5


def test_pictures_are_drawings_and_the_same_each_time() -> None:
    """Each vendor has a picture of its own, well-formed, without a script or an address of elsewhere."""
    pictures = {vendor.slug: FILES[vendor.picture].body for vendor in VENDORS}
    again = VendorPages(ORIGIN).files
    assert len(set(pictures.values())) == len(VENDORS)
    for vendor in VENDORS:
        root = etree.fromstring(pictures[vendor.slug])
        assert root.xpath("//*[local-name()='script' or local-name()='image']") == []
        assert again[vendor.picture].etag == FILES[vendor.picture].etag


def test_nothing_names_another_origin() -> None:
    """Apart from vocabularies no address of the wide web is in the site."""
    found = set(re.findall(rb"https?://[\w.-]+", b" ".join(file.body for file in FILES.values())))
    assert found <= {ORIGIN.encode(), b"https://schema.org", b"http://www.w3.org", b"http://www.sitemaps.org"}


def test_it_is_served() -> None:
    """The pack's pages come from a server as those of the first site do."""
    with DemoSite(pages=PACKS["vendors"].pages) as site:
        shelf = VendorPages(site.url)
    assert shelf.find("/") == shelf.files["/index.html"]
    assert shelf.find("/vendors") is None
    assert shelf.find("/photographers") == Moved("/photographers/")
    assert b"There is no page here" in shelf.missing()
