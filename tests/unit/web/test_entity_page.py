"""The page of a thing: what lies around it, how it changed, where pages differ, and what links it with another."""

import re
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from bowerbird.knowledge.relations import KINDS
from bowerbird.knowledge.resolve import hide
from bowerbird.records.tables import relations
from bowerbird.web import stated
from tests.naming import ids_of, name_page

from .conftest import Site

SAID = "The random forest was proposed by the learned council of the town in {}."


def entity_href(site: Site, name: str) -> str:
    return f"/knowledge/entities/{ids_of(site.library)[name]}"


async def test_what_lies_around_it_is_drawn_and_listed(site: Site) -> None:
    """Each neighbour is a link in both; with one neighbour only there is nothing to draw."""
    source = site.library.source()
    sentences = [["oak", "elm"], ["oak", "ash"], ["oak", "elm"]]
    name_page(site.library, source, "https://e.org/a", sentences, is_a=("oak", "ash"))
    html = (await site.get(entity_href(site, "oak"))).text
    drawn = re.search(r'<svg class="graph".*?</svg>\n', html, re.DOTALL)
    assert drawn is not None
    for name in ("elm", "ash"):
        assert f'<a href="{entity_href(site, name)}" aria-label="{name}: ' in drawn[0]
        assert f'<a href="{entity_href(site, name)}">{name}</a>' in html
    assert 'class="kind"' in drawn[0]
    assert "is a, together 1 time" in html
    assert re.findall(r'class="fill-(\w+)" x="0.0%" width="([\d.]+)%"', html) == [
        ("beside", "50.0"),
        ("beside", "100.0"),
    ]
    assert '<svg class="graph"' not in (await site.get(entity_href(site, "elm"))).text


async def test_what_is_stated_unfolds_into_the_words_that_state_it(site: Site) -> None:
    """By kind, from either end."""
    name_page(site.library, site.library.source(), "https://e.org/a", [["oak", "tree"]], is_a=("oak", "tree"))
    html = (await site.get(entity_href(site, "oak"))).text
    stated = r"<dt>is a</dt>\s*<dd data-list-item>.*?<bdi>tree</bdi>.*?Here are oak and <mark>tree</mark>"
    assert re.search(stated, html, re.DOTALL)
    assert "<dt>kinds of it</dt>" in (await site.get(entity_href(site, "tree"))).text


async def test_sizes_are_stated_and_so_is_what_an_earlier_release_read(site: Site) -> None:
    """As the page writes it; a kind that is read no more is told in its own words."""
    site.library.page(site.library.source(), "https://e.org/a", "Mount Everest is 8,849 metres high.\n", title="Peaks")
    site.library.arrange()
    href = entity_href(site, "Mount Everest")
    assert re.search(r"<dt>height</dt>.*?8,849 metres", (await site.get(href)).text, re.DOTALL)
    older = sa.update(relations).values(kind="wing_span")
    site.library.records.write(lambda conn: conn.execute(older))
    assert re.search(r"<dt>wing span</dt>.*?8,849 metres", (await site.get(href)).text, re.DOTALL)


def test_every_kind_has_its_words() -> None:
    """From both ends; nothing else is told."""
    assert set(stated._KINDS) == set(KINDS)  # pyright: ignore[reportPrivateUsage]


async def test_how_it_changed_links_the_versions(site: Site) -> None:
    """As it was and as it is, each with the stored version that shows it."""
    source = site.library.source()
    first = name_page(site.library, source, "https://e.org/a", [["oak", "elm"]])
    second = name_page(site.library, source, "https://e.org/a", [["oak", "elms"]])
    html = (await site.get(entity_href(site, "oak"))).text
    told = re.findall(r'<a href="/knowledge/pages/\d+\?version=(\d+)[^"]*">(Before|Now)</a> <(del|ins)>([^<]+)<', html)
    assert told == [
        (str(first.version), "Before", "del", "Here are oak and elm."),
        (str(second.version), "Now", "ins", "Here are oak and elms."),
    ]


async def test_where_pages_differ_both_are_shown(site: Site) -> None:
    """Dated, and without a word on which of them is right."""
    source = site.library.source()
    for year in (1901, 1911):
        text = f"A random forest holds many trees. Every random forest votes. {SAID.format(year)}\n"
        site.library.page(source, f"https://e.org/{year}", text, title=f"Of {year}")
    site.library.arrange()
    html = (await site.get(entity_href(site, "random forest"))).text
    card = html[html.index('id="conflicts"') :]
    assert all(SAID.format(year) in card and f">Of {year}</a> · stored" in card for year in (1901, 1911))


async def test_a_name_leads_to_what_links_two(site: Site) -> None:
    """A name that one thing has leads straight on; each step shows its sentence and its stored page."""
    source = site.library.source()
    name_page(site.library, source, "https://e.org/a", [["oak", "elm"]])
    name_page(site.library, source, "https://e.org/b", [["elm", "ash"]])
    asked = await site.get(f"{entity_href(site, 'oak')}/links?to=Ash")
    assert asked.status_code == 303
    assert urlsplit(asked.headers["location"]).path == f"{entity_href(site, 'oak')}/links/{ids_of(site.library)['ash']}"
    html = (await site.get(asked.headers["location"])).text
    assert "No page names both; one other thing lies between them." in html
    assert "Here are <mark>oak</mark> and <mark>elm</mark>." in html
    assert html.index("<mark>oak</mark>") < html.index("<mark>ash</mark>")


async def test_a_name_of_several_is_asked_back(site: Site) -> None:
    """Only what is called so is offered; of nothing that is, the page says that."""
    name_page(site.library, site.library.source(), "https://e.org/a", [["oak", "red elm"], ["oak", "white elm"]])
    href = entity_href(site, "oak")
    html = (await site.get(f"{href}/links?to=elm")).text
    assert len(re.findall(rf'href="{href}/links/\d+"', html)) == 2
    assert "Nothing that was gathered is called like that." in (await site.get(f"{href}/links?to=fig")).text
    assert (await site.get("/knowledge/entities/999/links?to=elm")).status_code == 404


async def test_where_nothing_links_two_it_says_so(site: Site) -> None:
    """So it does where one of them is hidden, and where both are one."""
    name_page(site.library, site.library.source(), "https://e.org/a", [["oak", "elm"]])
    name_page(site.library, site.library.source("https://f.org/"), "https://f.org/a", [["ash"]])
    ids, href = ids_of(site.library), entity_href(site, "oak")
    assert "Nothing was found that links them" in (await site.get(f"{href}/links/{ids['ash']}")).text
    assert "Both names are of one thing." in (await site.get(f"{href}/links/{ids['oak']}")).text
    library = site.library
    library.records.write(lambda conn: hide(conn, library.scope, ids["elm"], clock=library.clock))
    assert "Nothing was found that links them" in (await site.get(f"{href}/links/{ids['elm']}")).text


async def test_the_api_tells_the_same_ways(site: Site) -> None:
    """Each step with what joins its ends."""
    name_page(site.library, site.library.source(), "https://e.org/a", [["oak", "tree"]], is_a=("oak", "tree"))
    ids = ids_of(site.library)
    told = (await site.client.get(f"/v1/entities/{ids['tree']}/links/{ids['oak']}")).json()
    assert (told["one"]["name"], told["other"]["name"], told["same"]) == ("tree", "oak", False)
    step = told["paths"][0][0]
    assert (step["by"], step["relation"], step["subject"]) == ("relation", "is_a", ids["oak"])
    assert step["evidence"][0]["quote"] == "Here are oak and tree."


@pytest.mark.parametrize("path", ["{}", "{}/links", "{}/links/1", "1/links/{}"])
async def test_a_number_that_no_row_can_have_is_of_nothing(site: Site, path: str) -> None:
    assert (await site.get(f"/knowledge/entities/{path.format(10**20)}")).status_code == 404


async def test_a_number_that_no_row_can_have_decides_nothing(site: Site) -> None:
    """Whether it stands in the address or in the form; and no stored page has it."""
    name_page(site.library, site.library.source(), "https://e.org/a", [["oak"]])
    oak, none = ids_of(site.library)["oak"], 10**20
    for path, form in (
        (f"{none}/hide", {}),
        (f"{oak}/merge", {"into": none}),
        (f"{oak}/part", {"member": none}),
        (f"{oak}/split", {"on": none, "name": "ash"}),
        (f"{oak}/undo", {"decision": none}),
    ):
        assert (await site.client.post(f"/knowledge/entities/{path}", data=form)).status_code in {404, 422}, path
    assert (await site.get(f"/knowledge/pages/{none}")).status_code == 404
    assert (await site.get(f"/knowledge/pages/1?version={none}")).status_code in {404, 422}
