"""What happened, and where one can go: the bell and the palette."""

from typing import Any

from bowerbird.answer import begin_question, save_answer

from .conftest import Site

TEXT = "# Forests\n\nA random forest averages many trees. A random forest is an ensemble method."


def answered(site: Site, question: str, version: int) -> str:
    """A conversation with an answer that cites the version."""
    citation = {"n": 1, "quote": "A", "url": "https://e.org/", "title": "T", "version": version, "start": 0, "end": 1}
    claims = [{"text": "A.", "verdict": "supported", "citations": [citation]}]
    answer: dict[str, Any] = {"question": question, "answer": "A.", "abstained": False, "claims": claims}
    answer |= {"conflicts": [], "suggestions": [], "steps": [], "took_ms": 1.0}
    library = site.library

    def keep(conn: Any) -> str:
        row = begin_question(conn, library.scope, question, conversation=None, clock=library.clock)
        save_answer(conn, row.id, answer, clock=library.clock)
        return row.conversation

    return library.records.write(keep)


async def test_jobs_that_ended_are_told_newest_first(site: Site) -> None:
    """With how they ended; those under way are not there."""
    done = site.library.job(site.library.source("https://a.example.org/"))
    site.library.clock.advance(60)
    failed = site.library.job(site.library.source("https://b.example.org/"), "failed", error="the site is <gone>")
    running = site.library.job(site.library.source("https://c.example.org/"), "running")
    html = (await site.get("/activity")).text
    assert html.index("b.example.org could not be gathered") < html.index("a.example.org is gathered")
    assert "the site is &lt;gone&gt;" in html
    assert all(f'href="/scraping/jobs/{job}"' in html for job in (done, failed))
    assert running not in html


async def test_an_answer_whose_page_changed_is_told(site: Site) -> None:
    """It leads to the question; an answer whose page still says it is left in peace."""
    library = site.library
    source = library.source()
    changing = library.page(source, "https://docs.example.org/a", TEXT)
    staying = library.page(source, "https://docs.example.org/b", TEXT + " B.")
    stale = answered(site, "What changed?", changing.version)
    answered(site, "What stayed?", staying.version)
    library.page(source, "https://docs.example.org/a", "Something else.")
    html = (await site.get("/activity")).text
    assert "An answer went stale" in html
    assert f'href="/chat/{stale}#question-' in html
    assert "What stayed?" not in html
    home = (await site.get("/")).text
    assert home.index("Went stale") < home.index("What changed?")
    assert "What stayed?" not in home


async def test_the_bell_gets_a_part_of_the_page(site: Site) -> None:
    """Without the frame, each with when it happened."""
    site.library.job(site.library.source())
    html = (await site.get("/activity?fragment=1")).text
    assert "<html" not in html
    assert f'data-at="{site.library.clock.now_s() + 10}"' in html


async def palette(site: Site, q: str) -> dict[str, list[dict[str, str]]]:
    """The palette's items by the title of their group."""
    groups = (await site.client.get(f"/palette?q={q}")).json()["groups"]
    return {group["title"]: group["items"] for group in groups}


async def test_the_palette_begins_with_the_places_and_what_is_recent(site: Site) -> None:
    """Pages, jobs, conversations; nothing to search for yet."""
    stored = site.library.page(site.library.source(), "https://docs.example.org/a", TEXT)
    conversation = answered(site, "What is a forest?", stored.version)
    job = site.library.job(site.library.source("https://b.example.org/"))
    found = await palette(site, "")
    assert [item["title"] for item in found["Places"]] == [
        "Home",
        "Ask",
        "Explore",
        "Feed",
        "Gather",
        "Sources",
        "Tables",
        "Experiments",
        "Agents",
        "Settings",
    ]
    assert [item["href"] for item in found["Jobs"]] == [f"/scraping/jobs/{job}"]
    assert [item["href"] for item in found["Conversations"]] == [f"/chat/{conversation}"]
    assert "Find out" not in found


async def test_what_is_typed_narrows_the_palette(site: Site) -> None:
    """Things come with it, and so do searching and asking for it."""
    site.library.page(site.library.source(), "https://docs.example.org/a", TEXT)
    site.library.job(site.library.source("https://b.example.org/"))
    site.library.arrange()
    found = await palette(site, "random+forest")
    assert [item["href"] for item in found["Find out"]] == [
        "/knowledge/explorer?search=random+forest",
        "/chat?query=random+forest",
    ]
    assert any(item["title"] == "random forest" for item in found["Things"])
    assert "Jobs" not in found


async def test_a_place_comes_before_the_search_for_its_name(site: Site) -> None:
    """Who types `sou` goes to the sources."""
    assert next(iter(await palette(site, "sou"))) == "Go to"


async def test_the_palette_holds_nothing_of_others(site: Site) -> None:
    """A private source's job does not exist for somebody else."""
    other = site.library.person("other")
    site.library.job(site.library.source("https://secret.example.org/", person=other))
    for path in ("/palette", "/palette?q=secret", "/activity", "/scraping/dashboard.csv"):
        assert "secret.example" not in (await site.client.get(path)).text, path
