"""The same pages by other ways: without a mouse, without scripts, on a phone, in the dark, read aloud."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from bench.served import Server
from bench.tried import plan_and_start

from .conftest import Opened
from .test_journeys import ANSWERED, QUESTION

PATHS = {
    "home": "/",
    "gather": "/scraping/new",
    "import": "/scraping/import",
    "dashboard": "/scraping/dashboard",
    "explorer": "/knowledge/explorer",
    "results": "/knowledge/explorer?search=random+forest",
    "entity": "/knowledge/entities/{entity}",
    "links": "/knowledge/entities/{entity}/links/{other}",
    "page": "/knowledge/pages/{page}?version={version}&start={start}&end={end}#cited",
    "feed": "/feed",
    "saved": "/feed/saved",
    "my data": "/feed/data",
    "tables": "/knowledge/tables",
    "table": "/knowledge/tables/{table}",
    "experiments": "/experiments",
    "plan": "/experiments/new",
    "experiment": "/experiments/{experiment}",
    "change of it": "/experiments/{experiment}/change",
    "learnings": "/experiments/learnings",
    "chat": "/chat",
    "answer": "/answers/{run}",
    "job": "/scraping/jobs/{job}",
    "activity": "/activity",
    "agents": "/agents",
    "run": "/agents/runs/{run}",
    "settings": "/settings",
    "keys": "/settings/keys",
    "people": "/settings/people",
    "audit": "/settings/audit",
    "styleguide": "/styleguide",
}


@pytest.fixture(scope="session")
def names(gathered: Server) -> dict[str, Any]:
    """Something of each kind to look at."""
    hit = gathered.api("/v1/search?q=random+forest")["hits"][0]
    entities = gathered.api("/v1/entities?q=random+forest")["entities"]
    job = gathered.api("/v1/jobs?status=completed")["jobs"][-1]["job"]
    run = gathered.api("/v1/ask", {"question": QUESTION})["id"]
    table = gathered.api("/v1/tables", {"goal": "algorithms: name, description"})["table"]
    plan_and_start(gathered, "seen-by-all")
    return {
        "run": run,
        "experiment": "seen-by-all",
        "table": table,
        "entity": entities[0]["id"],
        "other": entities[1]["id"],
        "page": gathered.api(f"/v1/versions/{hit['version']}")["page"],
        "version": hit["version"],
        "start": hit["start"],
        "end": hit["end"],
        "job": job,
    }


def test_everything_by_keyboard_alone(opened: Opened, gathered: Server) -> None:
    """Skip link, search, list, go, ask, evidence and back, without a mouse."""
    page = opened("/")
    page.locator("body").press("Tab")
    page.goto("/scraping/dashboard")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("random forest")
    page.keyboard.press("Enter")
    page.wait_for_url("**/knowledge/explorer?*")
    page.keyboard.press("j")
    first = page.locator("[data-list-item] a").first
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(first).not_to_be_focused()
    page.keyboard.press("k")
    expect(first).to_be_focused()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()

    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/chat")
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(ANSWERED)).to_have_count(1, timeout=30_000)
    page.locator(".citation").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#evidence header h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#evidence")).to_be_hidden()
    expect(page.locator(".citation").first).to_be_focused()


def test_the_graph_is_walked_without_a_mouse_or_a_script(opened: Opened, gathered: Server) -> None:
    """From one thing to the next by its links; then what links the two, by name."""
    found = gathered.api("/v1/entities?q=supervised+learning")["entities"][0]
    page = opened(f"/knowledge/entities/{found['id']}", scripts=False)
    first = page.locator(".graph a").first
    name = " ".join(first.locator("tspan:not(.kind)").all_text_contents())
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith(f"/{found['id']}"))
    expect(page.locator("h1")).to_contain_text(name.split()[0].rstrip("…"))
    page.get_by_role("textbox", name="What links").fill(found["name"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/links/{found['id']}")
    expect(page.locator(".way").first.locator("mark").first).to_be_visible()


def test_the_palette_leads_to_anything(opened: Opened, gathered: Server) -> None:
    """Ctrl-K, a few letters, the arrows and Enter; Escape leaves it."""
    page = opened("/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to anything")
    expect(palette.get_by_role("option", name="Explore")).to_be_visible()
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("random forest")
    expect(palette.get_by_role("option", name="Search for")).to_have_attribute("aria-selected", "true")
    expect(palette.get_by_role("group", name="Things").get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/knowledge/entities/*")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_list_that_comes_late_leaves_the_choice_in_the_palette(opened: Opened, gathered: Server) -> None:
    """What was chosen by the arrows while the next list was on its way stays chosen, and Enter leads there."""
    page = opened("/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("random fores")
    listed = page.locator("#palette-list")
    expect(listed).to_have_attribute("data-for", "random fores")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/palette?q=random%20forest", hold)
    with page.expect_request("**/palette?q=random%20forest"):
        page.keyboard.type("t")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
    choice = page.locator("#palette [role='option'][aria-selected='true']")
    chosen = choice.get_attribute("href")
    held.pop().continue_()
    expect(listed).to_have_attribute("data-for", "random forest")
    expect(choice).to_have_attribute("href", chosen or "")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{chosen}")


def test_what_is_open_can_be_read_aloud(opened: Opened, gathered: Server) -> None:
    """An audit by axe finds no violation in the palette, the bell's list, the person's menu and a dialog."""
    page = opened("/styleguide")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role='option']").first).to_be_visible()
    assert (found := Axe().run(page)).violations_count == 0, found.generate_report()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="What happened").first.click()
    expect(page.get_by_role("dialog", name="What happened")).to_be_visible()
    assert (found := Axe().run(page)).violations_count == 0, found.generate_report()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete the source").click()
    expect(page.get_by_role("dialog", name="Delete docs.example.org?")).to_be_visible()
    assert (found := Axe().run(page)).violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Keep it").click()
    page.locator("summary", has_text="menu and theme").click()
    expect(page.get_by_role("group", name="Theme")).to_be_visible()
    assert (found := Axe().run(page)).violations_count == 0, found.generate_report()


def test_a_table_sorts_in_place_and_by_its_links(opened: Opened, gathered: Server) -> None:
    """The same heads do it with a script, and without one."""
    for scripts in (True, False):
        page = opened("/styleguide", scripts=scripts)
        page.wait_for_load_state("networkidle")
        rows = page.get_by_role("region", name="Sites").locator("tbody tr")
        page.get_by_role("region", name="Sites").get_by_role("link", name="Source").click()
        expect(rows.first).to_contain_text("blog.example.net")
        expect(page.get_by_role("columnheader", name="Source")).to_have_attribute("aria-sort", "ascending")
        assert ("sort=" in page.url) is not scripts


def test_a_number_shows_its_words_to_who_points_at_it(opened: Opened, gathered: Server) -> None:
    """By mouse and by keyboard; Escape takes them away."""
    page = opened("/chat")
    page.wait_for_load_state("networkidle")
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(ANSWERED)).to_have_count(1, timeout=30_000)
    page.locator("p .citation").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("supervised")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_hidden()


def test_focus_can_be_seen(opened: Opened, gathered: Server) -> None:
    """Whatever the Tab key reaches has a ring, an outline or a border that it has not otherwise."""
    page = opened("/scraping/new")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 }"
        ), page.evaluate("document.activeElement.outerHTML.slice(0, 120)")


def test_without_scripts_everything_is_there(opened: Opened, gathered: Server, demo_site: str) -> None:
    """Gathering, searching, asking and its proof are forms and links."""
    page = opened("/scraping/new", scripts=False)
    page.get_by_role("textbox", name="Where to start").fill(demo_site)
    page.get_by_role("textbox", name="What you want to know").fill("know it without scripts")
    page.get_by_role("button", name="Start gathering").click()
    page.wait_for_url("**/scraping/jobs/*")
    assert page.locator("[data-status]").count() == 1
    page.get_by_role("searchbox", name="Search what was gathered").fill("random forest")
    page.keyboard.press("Enter")
    expect(page.locator(".entity-card").first).to_be_visible()
    page.goto("/chat")
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**/chat/*")
    assert "supervised" in page.locator('[data-role="assistant"]').inner_text()
    page.locator(".citation").first.click()
    expect(page.locator("mark#cited")).to_be_in_viewport()


@pytest.mark.parametrize("name", PATHS)
def test_no_page_is_wider_than_a_phone(opened: Opened, names: dict[str, Any], name: str) -> None:
    """At 390 pixels nothing has to be moved sideways, and what is touched is large enough."""
    page = opened(PATHS[name].format(**names), width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_the_bar_leads_everywhere(opened: Opened, gathered: Server) -> None:
    """The bar stays at the bottom of the window, under the thumb."""
    page = opened("/", width=390, height=844)
    bar = page.get_by_role("navigation", name="Main")
    for name, path in (
        ("Ask", "/chat"),
        ("Explore", "/knowledge/explorer"),
        ("Gather", "/scraping/new"),
        ("Feed", "/feed"),
    ):
        link = bar.get_by_role("link", name=name, exact=True)
        box = link.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] == pytest.approx(844, abs=2)
        assert box["height"] >= 44
        link.click()
        page.wait_for_url(f"**{path}")
    bar.get_by_text("More", exact=True).click()
    expect(bar.get_by_text("Local operator")).to_be_in_viewport()
    bar.get_by_role("link", name="What happened").click()
    page.wait_for_url("**/activity")


def test_on_a_phone_evidence_rises_from_below(opened: Opened, gathered: Server) -> None:
    """It covers part of the window, can be closed, and the answer is where it was."""
    page = opened("/chat", width=390, height=844)
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(ANSWERED)).to_have_count(1, timeout=30_000)
    page.locator(".citation").first.click()
    expect(page.locator("#evidence mark").first).to_be_in_viewport()
    page.get_by_role("button", name="Close the evidence").click()
    expect(page.locator("#evidence")).to_be_hidden()


def test_the_theme_follows_the_system_until_somebody_chooses(opened: Opened, gathered: Server) -> None:
    """The choice is kept by the server, so that the next page is drawn in it at once."""
    page = opened("/", dark=True)
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.locator("summary", has_text="menu and theme").click()
    with page.expect_response("**/preferences/theme"):
        page.get_by_role("button", name="Light").click()
    light = page.evaluate(paper)
    assert light != dark
    page.goto("/chat")
    assert page.evaluate(paper) == light
    assert page.locator("html").get_attribute("data-theme") == "light"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PATHS)
def test_nothing_stands_in_the_way_of_assistive_technology(
    opened: Opened, names: dict[str, Any], name: str, *, dark: bool
) -> None:
    """An audit by axe finds no violation, in either theme."""
    page = opened(PATHS[name].format(**names), dark=dark)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_an_answer_with_its_evidence_can_be_read_aloud(opened: Opened, gathered: Server, *, dark: bool) -> None:
    """An audit by axe finds no violation beside an open panel either."""
    page = opened("/chat", dark=dark)
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(ANSWERED)).to_have_count(1, timeout=30_000)
    page.locator(".citation").first.click()
    expect(page.locator("#evidence mark").first).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
