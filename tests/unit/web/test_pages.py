"""Each page over a real database, asked for as a browser does."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from bowerbird.kernel.nouns import Hit
from bowerbird.records.tables import jobs

from .conftest import Site

TEXT = (
    "# Forests\n\nA random forest averages many trees. A random forest is an ensemble method. "
    "Every decision tree of a random forest is grown on a sample; a decision tree alone is nervous.\n\n"
    "- Bagging\n- Boosting"
)
EMPTY_PAGES = ("/", "/chat", "/scraping/new", "/scraping/dashboard", "/knowledge/explorer", "/activity", "/styleguide")


def submit_buttons(html: str) -> list[str]:
    """The words on the buttons that say they submit, in document order."""
    return re.findall(r'<button[^>]*type="submit"[^>]*>(.*?)</button>', html, re.DOTALL)


@pytest.mark.parametrize("path", EMPTY_PAGES)
async def test_pages_of_an_empty_installation_say_what_to_do(site: Site, path: str) -> None:
    """Nothing gathered is no error, and one link leads to the first thing to do."""
    response = await site.get(path)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-cache"
    assert 'href="/scraping/new"' in response.text


@pytest.mark.parametrize("path", EMPTY_PAGES)
async def test_no_page_holds_script_or_style_of_its_own(site: Site, path: str) -> None:
    """The content security policy would not run it; all of it is in files of this host."""
    html = (await site.get(path)).text
    assert re.findall(r"<script(?![^>]*\bsrc=\"/static/)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", html) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", html) == []


@pytest.mark.parametrize("path", EMPTY_PAGES)
async def test_no_page_is_heavy(site: Site, path: str) -> None:
    """A page with all its files is at most 150 kB before it is packed."""
    html = (await site.get(path)).text
    files = set(re.findall(r"/static/[\w.-]+", html))
    imported: set[str] = set()
    size = len(html.encode())
    while files - imported:
        name = (files - imported).pop()
        imported.add(name)
        body = (await site.client.get(name)).text
        size += len(body.encode())
        files |= {f"/static/{module}" for module in re.findall(r'"\./([\w.-]+\.js)"', body)}
    assert size <= 150_000


async def test_the_start_page_shows_what_was_and_is_gathered(site: Site) -> None:
    """Questions made from the pages, the running job with its numbers, the source with its pages."""
    source = site.library.source("https://docs.example.org/", "learn about forests")
    site.library.page(source, "https://docs.example.org/forests", TEXT)
    job = site.library.job(source, "running")
    site.library.url(job, "https://docs.example.org/forests")
    site.library.arrange()
    html = (await site.get("/")).text
    assert "learn about forests" in html
    assert "1 page kept and 0 skipped of 1 seen so far" in html
    assert f'href="/scraping/jobs/{job}"' in html
    assert 'href="/chat?query=' in html


async def test_the_first_submit_button_of_the_form_starts_the_job(site: Site) -> None:
    """Whoever presses the first submit button of the page starts it; the frame has none before it."""
    html = (await site.get("/scraping/new")).text
    assert submit_buttons(html)[0] == "Start gathering"
    assert len(re.findall('name="base-url"', html)) == len(re.findall('name="scraping-goal"', html)) == 1


async def test_a_filled_form_starts_a_job_and_shows_it(site: Site) -> None:
    """The job's page has exactly one element with its status."""
    response = await site.post("/scraping/new", {"base-url": "http://127.0.0.1:9/", "scraping-goal": "learn it"})
    assert response.status_code == 303
    page = await site.get(response.headers["location"])
    assert re.findall(r'data-status="(\w+)"', page.text) == ["queued"]
    assert "learn it" in page.text


async def test_where_javascript_is_run_is_chosen_in_the_form(site: Site) -> None:
    """What the setting says is chosen; what the form says is what the job does."""
    assert '<option value="auto" selected>' in (await site.get("/scraping/new")).text
    form = {"base-url": "http://127.0.0.1:9/", "scraping-goal": "learn it", "render": "never"}
    job = (await site.post("/scraping/new", form)).headers["location"].rsplit("/", 1)[-1]
    stored = sa.select(jobs.c.args).where(jobs.c.id == job)
    told = site.library.records.read(lambda conn: conn.execute(stored).scalar_one())
    assert told["render"] == "never"


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"base-url": "", "scraping-goal": "g"}, "base-url", ""),
        ({"base-url": "ftp://x/", "scraping-goal": "g"}, "base-url", "ftp"),
        ({"base-url": "http://192.168.1.1/", "scraping-goal": "g"}, "base-url", "192.168.1.1"),
        ({"base-url": "http://127.0.0.1/", "scraping-goal": " "}, "scraping-goal", "goal is empty"),
        ({"base-url": "http://127.0.0.1/", "scraping-goal": "a\u0000b"}, "scraping-goal", "control characters"),
        ({"base-url": "http://127.0.0.1/", "scraping-goal": "g", "max-pages": "many"}, "max-pages", "many"),
        ({"base-url": "http://127.0.0.1/", "scraping-goal": "g", "max-depth": "-1"}, "max-depth", "-1"),
        ({"base-url": "http://127.0.0.1/", "scraping-goal": "g", "render": "mostly"}, "render", "mostly"),
    ],
)
async def test_a_wrong_field_is_shown_again_with_its_message(
    site: Site, data: dict[str, str], field: str, words: str
) -> None:
    """422; the message stands beside its field, what was typed is still there, nothing was started."""
    response = await site.post("/scraping/new", data)
    assert response.status_code == 422
    message = re.search(rf'id="{field}-error">(.*?)</p>', response.text, re.DOTALL)
    assert message is not None
    assert words in message[1]
    assert f'aria-describedby="{field}-error' in response.text
    assert (await site.client.get("/v1/jobs")).json() == {"jobs": []}


async def test_what_was_typed_is_escaped(site: Site) -> None:
    """Markup in a field is text when it comes back."""
    response = await site.post("/scraping/new", {"base-url": '"><script>x</script>', "scraping-goal": "</textarea><b>"})
    assert "<script>x" not in response.text
    assert "</textarea><b>" not in response.text


async def test_a_job_that_has_ended_tells_all_of_it(site: Site) -> None:
    """Reasons with their sentences, what was found, questions, the map, and how to do it again."""
    library = site.library
    source = library.source()
    job = library.job(source, error=None)
    library.page(source, "https://docs.example.org/guide/forests", TEXT)
    library.url(job, "https://docs.example.org/guide/forests")
    library.url(job, "https://docs.example.org/guide/x.png", "skipped", reason="type", detail="image/png")
    library.arrange()
    html = (await site.get(f"/scraping/jobs/{job}")).text
    assert re.findall(r'data-status="(\w+)"', html) == ["completed"]
    assert "1 page kept and 1 skipped of 2 seen." in html
    assert "It is not a kind of page that is read" in html
    assert "/guide/: 1 kept, 1 skipped" in html
    assert 'class="card entity-card"' in html
    assert "Questions to begin with" in html
    assert 'data-events=""' in html


@pytest.mark.parametrize(
    ("status", "fields", "words"),
    [
        ("queued", {}, "Waiting for its turn"),
        ("running", {"cancel_requested": True}, "Stopping after the pages in flight"),
        ("running", {"step": "arrange"}, "Arranging what the pages say"),
        ("failed", {"error": "the site is <gone>"}, "the site is &lt;gone&gt;"),
        ("cancelled", {}, "Stopped on request"),
    ],
)
async def test_each_state_has_its_words(site: Site, status: str, fields: dict[str, object], words: str) -> None:
    """A person reads what happens, why, and what can be done."""
    job = site.library.job(site.library.source(), status, **fields)
    html = (await site.get(f"/scraping/jobs/{job}")).text
    assert words in html
    assert re.findall(r'data-status="(\w+)"', html) == [status]
    assert ("/retry" in html, "/cancel" in html) == (
        status in ("failed", "cancelled"),
        status in ("queued", "running") and "cancel_requested" not in fields,
    )


async def test_a_job_can_be_cancelled_and_tried_again(site: Site) -> None:
    """Both lead to a job's page; the second to a new one."""
    job = site.library.job(site.library.source(), "queued")
    cancelled = await site.post(f"/scraping/jobs/{job}/cancel", {})
    assert (cancelled.status_code, cancelled.headers["location"]) == (303, f"/scraping/jobs/{job}?done=stopped")
    assert (await site.client.get(f"/v1/jobs/{job}")).json()["status"] == "cancelled"
    again = await site.post(f"/scraping/jobs/{job}/retry", {})
    assert again.headers["location"] != f"/scraping/jobs/{job}"
    assert (await site.client.get(f"/v1{again.headers['location'].removeprefix('/scraping')}")).json()[
        "status"
    ] == "queued"


async def test_sources_can_be_scheduled_and_gathered_again(site: Site) -> None:
    """The dashboard shows what was chosen and when the next run is."""
    source = site.library.source("https://docs.example.org/")
    chosen = await site.post(f"/scraping/sources/{source}/schedule", {"every": "week"})
    assert chosen.headers["location"] == f"/scraping/dashboard?done={source}&done_was=never#source-{source}"
    html = (await site.get("/scraping/dashboard")).text
    assert '<option value="week" selected>every week</option>' in html
    assert "in 7 days" in html
    job = await site.post(f"/scraping/sources/{source}/gather", {})
    assert (await site.get(job.headers["location"])).status_code == 200
    assert (await site.post(f"/scraping/sources/{source}/schedule", {"every": "minute"})).status_code == 422


async def test_what_is_anothers_is_not_there(site: Site) -> None:
    """A private source's job, pages and row do not exist for somebody else."""
    library = site.library
    other = library.person("other")
    source = library.source("https://secret.example.org/", person=other)
    job = library.job(source)
    stored = library.page(source, "https://secret.example.org/a", TEXT)
    for path in (
        f"/scraping/jobs/{job}",
        f"/knowledge/pages/{stored.page}",
        f"/v1/jobs/{job}",
        f"/v1/pages/{stored.page}",
    ):
        assert (await site.get(path)).status_code == 404, path
    for path in (f"/scraping/jobs/{job}/cancel", f"/scraping/jobs/{job}/retry", f"/scraping/sources/{source}/gather"):
        assert (await site.post(path, {})).status_code == 404, path
    for path in ("/", "/scraping/dashboard", "/knowledge/explorer", "/v1/jobs", "/v1/entities"):
        assert "secret.example.org" not in (await site.get(path)).text, path


async def test_the_explorer_finds_entities_and_passages(site: Site, make_hit: Callable[..., Hit]) -> None:
    """The result arrives with its cards and passages in it, the words marked, each leading to its span."""
    library = site.library
    stored = library.page(library.source(), "https://docs.example.org/forests", TEXT, title="Forests")
    library.arrange()
    site.searcher.hits = [make_hit("A <b> random forest", page=stored.page, version=stored.version, start=11, end=30)]
    html = (await site.get("/knowledge/explorer?search=random+forest")).text
    assert 'class="card entity-card"' in html
    assert "A &lt;b&gt; <mark>random</mark> <mark>forest</mark>" in html
    assert f"/knowledge/pages/{stored.page}?version={stored.version}&amp;start=11&amp;end=30#cited" in html
    assert len(re.findall('name="search"', html)) == len(re.findall('aria-label="Search"', html)) == 1
    assert submit_buttons(html) == ["Search"]


async def test_filters_confine_the_search_and_can_be_taken_off(site: Site) -> None:
    """The source confines the scope, the date the time; choosing again takes it off."""
    source = site.library.source()
    site.library.page(source, "https://docs.example.org/forests", TEXT)
    html = (await site.get(f"/knowledge/explorer?search=tree&source={source}&date=week")).text
    (asked,) = site.searcher.asked
    assert asked["scope"].sources == (source,)
    assert asked["since"] == site.library.clock.now_s() - 7 * 86_400
    assert 'href="/knowledge/explorer?search=tree&amp;date=week" aria-current="true"' in html
    assert f'href="/knowledge/explorer?search=tree&amp;source={source}" aria-current="true"' in html


async def test_results_of_one_kind_are_a_tab(site: Site, make_hit: Callable[..., Hit]) -> None:
    """Pages are listed once each with their best passage; the search and its filters stay."""
    source = site.library.source()
    site.library.page(source, "https://docs.example.org/forests", TEXT)
    site.library.arrange()
    site.searcher.hits = [make_hit("first forest", page=1), make_hit("second", page=1), make_hit("third", page=2)]
    html = (await site.get(f"/knowledge/explorer?search=forest&source={source}&kind=pages")).text
    assert re.findall(r"<span>(\d passages?)</span>", html) == ["2 passages", "1 passage"]
    assert "first <mark>forest</mark>" in html
    assert "second" not in html
    assert "entity-card" not in html
    assert f'href="/knowledge/explorer?search=forest&amp;source={source}&amp;kind=things"' in html
    things = (await site.get("/knowledge/explorer?search=forest&kind=things")).text
    assert 'class="card entity-card"' in things
    assert "<mark>forest</mark></p>" not in things


async def test_a_search_that_finds_nothing_proposes_to_gather(site: Site) -> None:
    """With a form that is filled in."""
    site.library.page(site.library.source(), "https://docs.example.org/forests", TEXT)
    html = (await site.get("/knowledge/explorer?search=whale+song")).text
    assert "Nothing found" in html
    assert "/scraping/new?scraping-goal=Learn+about+whale+song" in html


@pytest.mark.parametrize("search", ["x" * 501, "a%07b"])
async def test_a_wrong_search_is_told_beside_its_field(site: Site, search: str) -> None:
    """422, and nothing is searched."""
    response = await site.get(f"/knowledge/explorer?search={search}")
    assert response.status_code == 422
    assert 'id="search-error"' in response.text
    assert site.searcher.asked == []


async def test_a_stored_page_marks_the_cited_span(site: Site) -> None:
    """The span is marked once, the live page opens at the same words, versions are dated."""
    library = site.library
    source = library.source()
    old = library.page(source, "https://docs.example.org/forests", TEXT, title="Forests")
    new = library.page(source, "https://docs.example.org/forests", TEXT + "\n\nMore.", title="Forests")
    start = TEXT.index("A random")
    html = (await site.get(f"/knowledge/pages/{old.page}?version={old.version}&start={start}&end={start + 36}")).text
    assert re.findall(r'<mark id="cited">(.*?)</mark>', html) == [TEXT[start : start + 36]]
    assert "https://docs.example.org/forests#:~:text=A%20random%20forest%20averages%20many%20trees." in html
    assert "This is not what the page says now." in html
    assert f"/knowledge/pages/{old.page}?version={new.version}" in html
    assert "More." not in html


async def test_a_stored_pdf_opens_at_the_page_and_offers_the_original_there(site: Site) -> None:
    """The page is named where the citation is; before one is cited, there is their number."""
    first = "Words of the first page.\n\n"
    url = "https://docs.example.org/book.pdf"
    stored = site.library.page(site.library.source(), url, f"{first}A quote.", page_starts=[0, len(first)])
    path = f"/knowledge/pages/{stored.page}?version={stored.version}"
    html = (await site.get(f"{path}&start={len(first)}&end={len(first) + 8}")).text
    assert re.findall(r'<mark id="cited">(.*?)</mark>', html) == ["A quote."]
    assert f'href="{url}#page=2"' in html
    assert "docs.example.org/book.pdf, page 2" in html
    assert "<dt>Page</dt><dd>2 of 2</dd>" in html
    assert "<dt>Pages</dt><dd>2</dd>" in (await site.get(path)).text
    assert (await site.client.get(f"/v1/versions/{stored.version}")).json()["page_starts"] == [0, len(first)]


async def test_a_title_is_shown_once(site: Site) -> None:
    """A first heading that repeats it is left out, but not when it is what was cited."""
    stored = site.library.page(site.library.source(), "https://docs.example.org/forests", TEXT, title="Forests")
    path = f"/knowledge/pages/{stored.page}?version={stored.version}"
    assert "<h2>Forests</h2>" not in (await site.get(path)).text
    assert '<h2><mark id="cited">Forests</mark></h2>' in (await site.get(f"{path}&start=2&end=9")).text


async def test_a_stored_table_has_its_head_above_its_columns(site: Site) -> None:
    """An empty corner is a cell too."""
    text = " | Precision | Recall\nspam | high | low"
    stored = site.library.page(site.library.source(), "https://docs.example.org/t", f"Words.\n\n{text}")
    html = (await site.get(f"/knowledge/pages/{stored.page}")).text
    assert '<tr><td></td><th scope="col">Precision</th><th scope="col">Recall</th></tr>' in html
    assert "<tr><td>spam</td><td>high</td><td>low</td></tr>" in html


async def test_a_stored_page_is_text_whatever_it_holds(site: Site) -> None:
    """Markup that a site put into its text is shown, never run."""
    stored = site.library.page(
        site.library.source(), "https://docs.example.org/x", "<script>alert(1)</script>", title="<img src=x>"
    )
    html = (await site.get(f"/knowledge/pages/{stored.page}")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<img" not in html


async def test_the_evidence_is_a_part_of_the_page(site: Site) -> None:
    """Without the frame, for the panel beside an answer."""
    stored = site.library.page(site.library.source(), "https://docs.example.org/x", TEXT)
    html = (await site.get(f"/knowledge/pages/{stored.page}?version={stored.version}&start=11&end=20&fragment=1")).text
    assert "<html" not in html
    assert '<mark id="cited">' in html


@pytest.mark.parametrize("query", ["version=99", "start=1", "start=5&end=4", "start=0&end=100000", "start=-1&end=4"])
async def test_a_span_or_version_that_is_not_there_is_refused(site: Site, query: str) -> None:
    """With what was seen and what was expected."""
    stored = site.library.page(site.library.source(), "https://docs.example.org/x", TEXT)
    assert (await site.get(f"/knowledge/pages/{stored.page}?{query}")).status_code in (404, 422)


async def test_an_entity_page_shows_every_statement_with_its_page(site: Site) -> None:
    """Each sentence leads to its span."""
    stored = site.library.page(site.library.source(), "https://docs.example.org/forests", TEXT)
    site.library.arrange()
    entities = (await site.client.get("/v1/entities")).json()["entities"]
    html = (await site.get(f"/knowledge/entities/{entities[0]['id']}")).text
    assert f"/knowledge/pages/{stored.page}?version={stored.version}&amp;start=" in html
    assert f"<h1>{entities[0]['name']}</h1>" in html
    assert f'<a href="/knowledge/pages/{stored.page}"><strong>' in html


async def test_the_theme_is_kept_and_leads_back(site: Site) -> None:
    """The next page is drawn in it; only our own paths are led back to."""
    chosen = await site.post("/preferences/theme", {"theme": "dark", "back": "/chat?query=a"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/chat?query=a")
    assert 'data-theme="dark"' in (await site.get("/")).text
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/a\r\nb"):
        away = await site.post("/preferences/theme", {"theme": "dark", "back": back})
        assert away.headers["location"] == "/", back
    assert (await site.post("/preferences/theme", {"theme": "pink"})).status_code == 422


GERMAN = "Der Eiffelturm wurde von Gustave Eiffel in Paris gebaut, und er ist der bekannteste Turm von Frankreich."
ENGLISH = "The tower was built by Gustave Eiffel in Paris, and it is the best known tower of all of France."


async def test_quoted_text_says_its_language(site: Site, make_hit: Callable[..., Hit]) -> None:
    """On the stored page each part, in a list of passages each of them; English says nothing: the page is in it."""
    stored = site.library.page(site.library.source(), "https://a.example/tower", f"{GERMAN}\n\n{ENGLISH}", title="Turm")
    site.library.arrange()
    html = (await site.get(f"/knowledge/pages/{stored.page}")).text
    assert f'<p lang="de" dir="auto">{GERMAN}</p>' in html
    assert f"<p>{ENGLISH}</p>" in html
    assert "<dt>Languages</dt><dd>German, English</dd>" in html
    site.searcher.hits = [make_hit(GERMAN, language="de")]
    assert '<p class="said" lang="de" dir="auto">' in (await site.get("/knowledge/explorer?search=Turm")).text


async def test_the_explorer_narrows_by_language(site: Site) -> None:
    """A choice for each that there is, with its pages; one that is none is not asked for."""
    source = site.library.source()
    for name, text in (("de", GERMAN), ("en", ENGLISH)):
        site.library.page(source, f"https://a.example/{name}", text)
    site.library.arrange()
    html = (await site.get("/knowledge/explorer?search=tower&language=de")).text
    assert '<span class="clip">German</span><span class="quiet">1</span>' in html
    assert 'name="language" value="de"' in html
    assert site.searcher.asked[-1]["languages"] == ["de"]
    await site.get("/knowledge/explorer?search=tower&language=xx")
    assert site.searcher.asked[-1]["languages"] is None
