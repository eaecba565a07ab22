"""Tables: they sort without a script, and their files are harmless."""

import csv
import io

import pytest

from bowerbird.web.tables import Column, columns_of, csv_file

from .conftest import Site

COLUMNS = (Column("Name", "name"), Column("Actions"))


@pytest.mark.parametrize(
    ("sort", "order", "now", "link"),
    [
        ("", "", "none", "ascending"),
        ("name", "ascending", "ascending", "descending"),
        ("name", "descending", "descending", "ascending"),
        ("other", "descending", "none", "ascending"),
    ],
)
def test_a_head_says_how_it_is_sorted_and_turns_it(sort: str, order: str, now: str, link: str) -> None:
    """A column that does not sort stays as it was."""
    name, actions = columns_of("/t", COLUMNS, sort=sort, order=order)
    assert (name.order, name.href) == (now, f"/t?sort=name&order={link}")
    assert actions == COLUMNS[1]


@pytest.mark.parametrize("words", ["=1+1", "+1+1", "-1+1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(words: str) -> None:
    """What a site calls itself never runs in a spreadsheet; numbers stay numbers."""
    body = bytes(csv_file("a.csv", ("title", "number"), [(words, -1.5)]).body).decode()
    assert list(csv.reader(io.StringIO(body, newline="")))[1] == [f"'{words}", "-1.5"]


async def test_the_dashboard_sorts_by_its_heads(site: Site) -> None:
    """In both directions, and its head says so."""
    for host, pages in (("b.example.org", 1), ("a.example.org", 2)):
        source = site.library.source(f"https://{host}/")
        for number in range(pages):
            site.library.page(source, f"https://{host}/{number}", "Some words.")
    for sort, order, first in (
        ("source", "ascending", "a"),
        ("source", "descending", "b"),
        ("pages", "ascending", "b"),
    ):
        html = (await site.get(f"/scraping/dashboard?sort={sort}&order={order}")).text
        assert html.index(f"<strong>{first}.example.org") < html.index(f"<strong>{'ab'.replace(first, '')}.example.org")
        assert f'aria-sort="{order}"' in html


async def test_the_sources_are_a_file_too(site: Site) -> None:
    """One line a source, to be downloaded."""
    source = site.library.source("https://docs.example.org/", "=cmd()")
    site.library.page(source, "https://docs.example.org/a", "Some words.")
    response = await site.get("/scraping/dashboard.csv")
    assert response.headers["content-disposition"] == 'attachment; filename="sources.csv"'
    (line,) = csv.DictReader(io.StringIO(response.text))
    assert (line["url"], line["goal"], line["pages"]) == ("https://docs.example.org/", "'=cmd()", "1")


async def test_the_map_of_a_site_has_its_numbers_as_a_file(site: Site) -> None:
    """A line a folder, the whole site first."""
    job = site.library.job(site.library.source())
    site.library.url(job, "https://docs.example.org/guide/a")
    site.library.url(job, "https://docs.example.org/guide/b", "skipped", reason="type")
    lines = list(csv.DictReader(io.StringIO((await site.get(f"/scraping/jobs/{job}/map.csv")).text)))
    assert [(line["folder"], line["kept"], line["skipped"]) for line in lines] == [
        ("/", "1", "1"),
        ("/guide/", "1", "1"),
    ]
