"""What people do, from the first page to the proof of an answer."""

import re

import pytest
from playwright.sync_api import Page, expect

from bench.served import Server

from .conftest import Opened

QUESTION = "What are the main types of machine learning?"
ANSWERED = '[data-role="assistant"]:not([data-pending="true"])'


def ask(page: Page, question: str) -> None:
    """Type the question, send it with Enter, and wait until the answer is whole."""
    answers = page.locator(ANSWERED)
    before = answers.count()
    page.get_by_role("textbox", name="Your question").fill(question)
    page.keyboard.press("Enter")
    expect(answers).to_have_count(before + 1, timeout=30_000)


def test_from_live_progress_to_the_highlighted_span(opened: Opened, server: Server, demo_site: str) -> None:
    """Progress comes without a reload; what was found leads to a question, a citation to the words it rests on."""
    page = opened("/scraping/new")
    page.get_by_role("textbox", name="Where to start").fill(demo_site)
    expect(page.get_by_text("Its sitemap names")).to_be_visible(timeout=15_000)
    page.get_by_role("textbox", name="What you want to know").fill("understand decision trees and forests")
    page.get_by_role("button", name="Start gathering").click()

    page.wait_for_url("**/scraping/jobs/*")
    page.evaluate("window.stayed = true")
    expect(page.locator("[data-urls] li[data-list-item], [data-urls] li:has([data-slot])").first).to_be_visible(
        timeout=60_000
    )
    expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    assert page.evaluate("window.stayed") is True
    expect(page.get_by_role("heading", name="What was found")).to_be_visible()
    expect(page.get_by_role("heading", name="Map of the site")).to_be_visible()

    page.get_by_role("link", name="Explore everything from this source").click()
    page.get_by_role("searchbox", name="Search for").fill("random forest")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".entity-card").first).to_be_visible()
    expect(page.locator(".passage mark").first).to_be_visible()

    page.get_by_role("link", name="Ask", exact=True).click()
    ask(page, QUESTION)
    citation = page.locator("p .citation").first
    sentence = page.locator("p .claim").first.inner_text()
    citation.click()
    cited = page.locator("#evidence mark").first
    expect(cited).to_be_in_viewport()
    assert cited.inner_text().split()[:5] == sentence.split()[:5]
    page.get_by_role("link", name="Open the stored page").click()
    expect(page.locator("mark#cited")).to_be_in_viewport()
    assert page.locator("mark").first.inner_text().split()[:5] == sentence.split()[:5]
    live = page.get_by_role("link", name="Open the live page").get_attribute("href") or ""
    assert re.match(rf"{re.escape(demo_site)}.*#:~:text=", live)


def test_an_example_question_is_asked_with_one_click(opened: Opened, gathered: Server) -> None:
    """The start page's examples can be answered from what was gathered."""
    page = opened("/")
    examples = page.get_by_role("list", name="For example").get_by_role("link")
    expect(examples).to_have_count(3)
    question = examples.first.inner_text()
    examples.first.click()
    expect(page.locator(ANSWERED)).to_have_count(1, timeout=30_000)
    expect(page.get_by_role("heading", name=question, level=2)).to_be_visible()
    expect(page.locator(".citation").first).to_be_visible()


def test_a_conversation_is_kept_and_goes_on(opened: Opened, gathered: Server) -> None:
    """Reloaded, it is the same; a second question joins it; both are listed under the first."""
    page = opened("/chat")
    ask(page, QUESTION)
    first = _without_ages(page.locator(ANSWERED).inner_text())
    page.wait_for_url("**/chat/*")
    page.reload()
    assert _without_ages(page.locator(ANSWERED).inner_text()) == first
    ask(page, "What is a random forest?")
    page.reload()
    expect(page.locator(ANSWERED)).to_have_count(2)
    expect(
        page.get_by_role("complementary", name="Conversations").get_by_role("link", name=QUESTION).first
    ).to_be_visible()


def _without_ages(shown: str) -> str:
    """The text without "stored 45 s ago": a page that is opened later says something else there."""
    return re.sub(r"stored [^\n]*", "stored", shown)


def test_what_no_page_says_is_not_answered(opened: Opened, gathered: Server) -> None:
    """It says so, and one link leads to a form that is filled in."""
    page = opened("/chat")
    ask(page, "Who won the 1954 football world cup in Bern?")
    expect(page.locator(".claim")).to_have_count(0)
    page.get_by_role("link", name="Gather pages about it").click()
    assert page.get_by_role("textbox", name="What you want to know").input_value()


@pytest.mark.parametrize(
    "url", ["not a url", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "ftp://x.org/"]
)
def test_what_cannot_be_gathered_is_refused_beside_its_field(opened: Opened, server: Server, url: str) -> None:
    """What was typed is still there, the message says what was seen, and the field is marked as wrong."""
    page = opened("/scraping/new", scripts=False, refused=True)
    field = page.get_by_role("textbox", name="Where to start")
    field.fill(url)
    page.get_by_role("textbox", name="What you want to know").fill("learn something")
    page.get_by_role("button", name="Start gathering").click()
    expect(field).to_have_value(url)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was started")
    expect(page.locator("#base-url-error")).to_be_visible()


def test_a_source_is_kept_fresh(opened: Opened, gathered: Server) -> None:
    """The dashboard has it, with its coverage; a schedule is chosen in one move and stays."""
    page = opened("/scraping/dashboard")
    # Others may have brought in files, which are on no schedule.
    row = page.get_by_role("row").filter(has=page.get_by_role("combobox")).first
    expect(row).to_contain_text("Completed")
    expect(row).to_contain_text("pages seen")
    with page.expect_navigation():
        row.get_by_role("combobox").select_option("every week")
    expect(row.get_by_role("combobox")).to_have_value("week")
    expect(row).to_contain_text("in 7 days")
    with page.expect_navigation():
        page.get_by_role("region", name="Notices").get_by_role("button", name="Undo").click()
    expect(row.get_by_role("combobox")).to_have_value("never")
    row.get_by_role("button", name="Again").click()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)


def test_an_operator_looks_at_a_run_and_replays_it(opened: Opened, gathered: Server) -> None:
    """From the rail to what the agents said about a question, and that they would say it again."""
    page = opened("/chat")
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(ANSWERED)).to_have_count(1, timeout=30_000)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Agents").click()
    page.wait_for_url("**/agents")
    team = page.get_by_role("region", name="Agents", exact=True)
    for name in ("planner", "retriever", "writer", "verifier"):
        expect(team.locator("tbody tr", has_text=name).first).to_be_visible()
    page.get_by_role("region", name="Runs, the newest first").locator("tbody tr", has_text=QUESTION).first.get_by_role(
        "link"
    ).click()
    page.wait_for_url("**/agents/runs/*")
    page.get_by_text("Message", exact=True).first.click()
    expect(page.locator("pre").first).to_contain_text(QUESTION)
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("The replay gave the same answer, to the byte.")).to_be_visible()
