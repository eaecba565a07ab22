"""The demonstration site as a text: complete, consistent, and with the flaws that it was given on purpose."""

import json
import re
from datetime import datetime
from functools import cache
from importlib import resources
from io import BytesIO
from itertools import chain, pairwise
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from lxml import etree, html
from pypdf import PdfReader

from bowerbird.demo import DEMO_QUESTION
from bowerbird.demo.server import DemoPages

ORIGIN = "http://demo.example"
FILES = DemoPages(ORIGIN).files
PAGES = sorted(path for path in FILES if path.endswith(".html") and path != "/404.html")
ARTICLES = [path for path in PAGES if b'property="og:type" content="article"' in FILES[path].body]


@cache
def tree(path: str) -> html.HtmlElement:
    """The page as a tree."""
    return html.document_fromstring(FILES[path].body.decode())


def words(path: str) -> list[str]:
    """The words of what the page says, without its frame."""
    (text,) = tree(path).xpath("//main/article | //main/div")
    return re.findall(r"\w+", " ".join(text.itertext()))


def sentences(path: str) -> list[str]:
    """The sentences of a page's paragraphs."""
    paragraphs = (" ".join("".join(p.itertext()).split()) for p in tree(path).xpath("//main//p"))
    return list(chain.from_iterable(re.split(r"(?<=[.?!]) (?=[A-Z])", text) for text in paragraphs))


def published(path: str) -> str:
    """The address of a page as the site itself writes it."""
    return ORIGIN + path.removesuffix("index.html")


def data_of(path: str) -> list[dict[str, object]]:
    """The page's JSON-LD."""
    (text,) = tree(path).xpath("//script[@type='application/ld+json']/text()")
    data = json.loads(str(text))
    return data if isinstance(data, list) else [data]


def test_size() -> None:
    """There are enough pages to crawl and two that are long."""
    assert 30 <= len(PAGES) <= 60
    long = [path for path in PAGES if len(words(path)) >= 1500]
    assert long == ["/topics/decision-trees.html", "/topics/neural-networks.html"]


@pytest.mark.parametrize("path", [*PAGES, "/404.html"])
def test_links_resolve(path: str) -> None:
    """Every address that a page mentions is a file of the site, and every fragment an element."""
    for element, _, link, _ in tree(path).iterlinks():
        target = urlsplit(urljoin(published(path), link))
        if target.scheme not in {"http", "https"} or f"{target.scheme}://{target.netloc}" != ORIGIN:
            pytest.fail(f"{path} leads out of the site by {link!r} in <{element.tag}>")
        place = target.path + "index.html" if target.path.endswith("/") else target.path
        assert place in FILES, f"{path} links to {link!r}"
        if target.fragment:
            assert tree(place).xpath("//*[@id=$id]", id=target.fragment), f"{path} links to {link!r}"


def test_every_page_is_linked() -> None:
    """Each page but the front page can be reached by following links."""
    linked = {
        urlsplit(urljoin(published(path), str(link))).path for path in PAGES for link in tree(path).xpath("//a/@href")
    }
    assert {path.removesuffix("index.html") for path in PAGES} - linked - {"/"} == set()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound_html(path: str) -> None:
    """A page has one title, one heading, a language, a description and headings that do not skip a level."""
    page = tree(path)
    assert page.get("lang") == "en-GB"
    assert len(page.xpath("//title")) == len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
    assert len(str(page.xpath("string(//meta[@name='description']/@content)"))) >= 15
    assert page.xpath("//script[not(@type='application/ld+json')]") == []
    levels = [int(str(heading.tag)[1]) for heading in page.xpath("//h1|//h2|//h3")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_dates_agree(path: str) -> None:
    """JSON-LD, OpenGraph, the byline and the server say the same dates, and no page was changed before it was made."""
    page, data = tree(path), data_of(path)[0]
    modified = datetime.fromisoformat(str(page.xpath("string(//meta[@property='article:modified_time']/@content)")))
    created = datetime.fromisoformat(str(page.xpath("string(//meta[@property='article:published_time']/@content)")))
    assert created <= modified == FILES[path].modified
    assert (data["datePublished"], data["dateModified"]) == (created.isoformat(), modified.isoformat())
    shown = [str(day) for day in page.xpath("//p[@class='byline']/time/@datetime")]
    if path in ARTICLES:
        assert shown == sorted({str(created.date()), str(modified.date())})


@pytest.mark.parametrize("path", ARTICLES)
def test_article_data(path: str) -> None:
    """An article's JSON-LD has its headline, author, keywords and address as the page shows them."""
    page, data = tree(path), data_of(path)[0]
    assert data["@type"] == "Article"
    assert (
        data["headline"]
        == str(page.xpath("string(//h1)"))
        == page.xpath("string(//meta[@property='og:title']/@content)")
    )
    assert data["author"] == {"@type": "Person", "name": str(page.xpath("string(//*[@class='author'])"))}
    assert data["keywords"] == [str(tag) for tag in page.xpath("//meta[@property='article:tag']/@content")]
    assert data["url"] == published(path)


def test_canonical() -> None:
    """Every page names its own address as the canonical one, except the print version, which is silent."""
    named = {path: [str(link) for link in tree(path).xpath("//link[@rel='canonical']/@href")] for path in PAGES}
    assert named == {path: [published(path)] if path != "/print/overfitting.html" else [] for path in PAGES}


def test_sitemap() -> None:
    """The sitemap lists every page to be found, with the date of its last change, and no other."""
    root = etree.fromstring(FILES["/sitemap.xml"].body)
    space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    listed = {
        url.findtext("s:loc", namespaces=space): url.findtext("s:lastmod", namespaces=space)
        for url in root.iterfind("s:url", namespaces=space)
    }
    hidden = {
        "/about/partners.html",
        "/drafts/causal-inference.html",
        "/print/overfitting.html",
        "/reference/tags.html",
    }
    pages = {published(path): str(FILES[path].modified.date()) for path in PAGES if path not in hidden}
    others = {f"{ORIGIN}/files/learning-curves.pdf": "2025-04-11", f"{ORIGIN}/notes/confusion-matrix.md": "2025-03-19"}
    assert listed == pages | others


def test_feed() -> None:
    """The feed's items are pages of the site with their titles."""
    root = etree.fromstring(FILES["/feed.xml"].body)
    items = {str(item.findtext("link")): str(item.findtext("title")) for item in root.iterfind("channel/item")}
    assert len(items) == 8
    assert items == {published(p): str(tree(p).xpath("string(//h1)")) for p in PAGES if published(p) in items}


def test_robots_forbid_one_folder() -> None:
    """One folder is closed, there is a page in it, and the way to the sitemap is given."""
    lines = FILES["/robots.txt"].body.decode().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [
        "User-agent: *",
        "Disallow: /drafts/",
        f"Sitemap: {ORIGIN}/sitemap.xml",
    ]
    assert [path for path in PAGES if path.startswith("/drafts/")] == ["/drafts/causal-inference.html"]


def test_noindex_and_nofollow() -> None:
    """One page asks not to be indexed, and one link not to be followed."""
    assert [p for p in PAGES if tree(p).xpath("//meta[@name='robots'][contains(@content, 'noindex')]")] == [
        "/reference/tags.html"
    ]
    links = [(p, str(h)) for p in PAGES for h in tree(p).xpath("//a[@rel='nofollow']/@href")]
    assert links == [("/reference/tools.html", "/about/partners.html")]
    others = [p for p in PAGES for h in tree(p).xpath("//a[not(@rel)]/@href") if str(h) == "/about/partners.html"]
    assert others == []


def test_near_duplicate() -> None:
    """The print version shares more than nine tenths of its word triples with the article, yet is not the same."""

    def triples(path: str) -> set[tuple[str, ...]]:
        found = words(path)
        return set(zip(found, found[1:], found[2:], strict=False))

    one, other = triples("/topics/overfitting.html"), triples("/print/overfitting.html")
    assert 0.9 < len(one & other) / len(one | other) < 1
    rest = (triples(path) for path in PAGES if "overfitting" not in path)
    assert all(len(one & page) / len(one | page) < 0.2 for page in rest)


def test_conflict() -> None:
    """Two dated pages give different sizes for the same data set, each in a plain sentence."""
    told = {
        path: [s for s in sentences(path) if s.startswith("The Riverbank data set holds")]
        for path in ("/data/riverbank-announcement.html", "/data/riverbank.html")
    }
    assert told == {
        "/data/riverbank-announcement.html": [
            (
                "The Riverbank data set holds 12,400 images of 24 species of birds, "
                "taken by six fixed cameras along the river between March 2022 and April 2023."
            )
        ],
        "/data/riverbank.html": [
            (
                "The Riverbank data set holds 15,900 images of 24 species of birds, "
                "taken by nine fixed cameras along eleven kilometres of river."
            )
        ],
    }
    assert [FILES[path].modified.year for path in told] == [2023, 2025]


@pytest.mark.parametrize(
    ("question", "path", "beginning", "needed"),
    [
        (
            DEMO_QUESTION,
            "/topics/kinds-of-learning.html",
            "The main types of machine learning are",
            ("supervised", "unsupervised", "reinforcement"),
        ),
        (
            "What is machine learning?",
            "/topics/what-is-machine-learning.html",
            "Machine learning is the study",
            ("data",),
        ),
        ("What is a decision tree?", "/topics/decision-trees.html", "A decision tree is", ("questions", "leaf")),
        (
            "How does reinforcement learning work?",
            "/topics/reinforcement-learning.html",
            "Reinforcement learning works by",
            ("agent", "rewards", "policy"),
        ),
        ("Explain neural networks", "/topics/neural-networks.html", "A neural network is", ("layers", "units")),
        (
            "Explain support vector machines",
            "/topics/support-vector-machines.html",
            "A support vector machine is",
            ("margin", "classes"),
        ),
    ],
)
def test_questions_have_an_answer(question: str, path: str, beginning: str, needed: tuple[str, ...]) -> None:
    """Each question that the product is shown with has one sentence that answers it."""
    (answer,) = [sentence for sentence in sentences(path) if sentence.startswith(beginning)]
    assert all(word in answer for word in needed), question


def test_pdf(client: httpx.Client) -> None:
    """The PDF opens, has two pages of text and is what its program writes."""
    from tests.sites.learning_curves import PAGES as TEXT
    from tests.sites.learning_curves import TITLE
    from tests.sites.paper import pdf

    answer = client.get("/files/learning-curves.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content == pdf(TEXT, title=TITLE)
    pages = PdfReader(BytesIO(answer.content), strict=True).pages
    assert [len(page.extract_text().split()) > 120 for page in pages] == [True, True]


def test_every_file_is_in_the_package() -> None:
    """What is served is what lies in the package, nothing more."""
    root = resources.files("bowerbird.demo") / "site"
    assert {name.split("/")[1] for name in FILES} == {entry.name for entry in root.iterdir()}


def test_nothing_names_another_origin() -> None:
    """Apart from vocabularies and licences no address of the wide web is in the pages."""
    known = ("http://demo.example", "https://schema.org", "https://creativecommons.org", "http://www.w3.org")
    found = set(re.findall(rb"https?://[\w.-]+", b" ".join(FILES[path].body for path in PAGES)))
    assert {url.decode() for url in found} <= set(known)
