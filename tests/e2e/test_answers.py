"""What a person does with an answer: says whether it helped, shares it, takes it along, asks of another day."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Download, Page, expect

from bench.served import Server

from .conftest import Opened
from .test_journeys import ANSWERED, QUESTION, ask


def audited(page: Page) -> None:
    """An audit by axe finds no violation, and nothing has to be moved sideways."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def text_of(download: Download) -> str:
    return Path(download.path()).read_text("utf-8")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)], ids=["desktop", "phone"])
def test_an_answer_is_judged_and_that_is_taken_back(
    opened: Opened, gathered: Server, width: int, *, dark: bool
) -> None:
    """Right below a streamed answer; the reason is asked for once it did not help."""
    page = opened("/chat", width=width, height=900, dark=dark)
    ask(page, QUESTION)
    thumbs = page.get_by_role("group", name="Did this help?")
    audited(page)
    thumbs.get_by_role("button", name="This did not help").click()
    page.wait_for_url("**/chat/*#question-*")
    expect(page.get_by_text("You said that this did not help.")).to_be_visible()
    page.get_by_label("What is wrong with it?").select_option("Something is missing")
    page.get_by_label("In your own words").fill("Semi-supervised learning")
    audited(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("did not help: Something is missing. Semi-supervised learning.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    thumbs.get_by_role("button", name="This helped").click()
    expect(page.get_by_text("You said that this helped.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(thumbs).to_be_visible()


def test_without_scripts_it_is_judged_too(opened: Opened, gathered: Server) -> None:
    page = opened("/chat", scripts=False)
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url("**/chat/*")
    page.get_by_role("button", name="This did not help").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("You said that this did not help: It is wrong.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("button", name="This helped")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (390, False)], ids=["desktop", "phone"])
def test_an_answer_is_shared_read_and_shared_no_more(
    opened: Opened, gathered: Server, width: int, *, dark: bool
) -> None:
    """The link that is copied leads to a page with the same words, whose citations open."""
    page = opened("/chat", width=width, height=900, dark=dark)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    said = page.locator("p .claim").all_inner_texts()
    page.get_by_role("button", name="Share with the workspace").click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    audited(page)
    page.goto(link)
    assert page.locator("p .claim").all_inner_texts() == said
    audited(page)
    page.locator("p .citation").first.click()
    expect(page.locator("#evidence mark").first).to_be_in_viewport()
    audited(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Share with the workspace")).to_be_visible()
    page.get_by_role("link", name="The whole conversation").click()
    page.wait_for_url("**/chat/*#question-*")


def test_an_answer_is_taken_along_with_its_citations(opened: Opened, gathered: Server) -> None:
    """Copied, as Markdown and as JSON: each has the words and where they stand."""
    page = opened("/chat")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    address = page.locator(".answer-sources li").first.inner_text()
    page.get_by_role("button", name="Copy with citations").click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as got:
        page.get_by_role("link", name="This answer as Markdown").click()
    document = text_of(got.value)
    with page.expect_download() as got:
        page.get_by_role("link", name="This answer as JSON").click()
    kept = json.loads(text_of(got.value))
    citation = kept["claims"][0]["citations"][0]
    assert citation["url"].partition("//")[2] in address
    assert citation["url"] in copied
    assert f"[1] [{citation['title']}](<{citation['url']}>)" in document
    assert f"characters {citation['start']} to {citation['end']}" in document


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)], ids=["desktop", "phone"])
def test_a_question_is_asked_as_of_a_day(opened: Opened, gathered: Server, width: int, *, dark: bool) -> None:
    """Of today there is an answer that says so, of a day before anything was gathered there is none."""
    page = opened("/chat", width=width, height=900, dark=dark)
    page.locator("summary", has_text="As of another day").click()
    audited(page)
    day = page.get_by_label("What did the pages say at the end of")
    day.fill("2020-01-31")
    ask(page, QUESTION)
    expect(page.locator(ANSWERED)).to_contain_text("This is what was stored on 31 January 2020.")
    expect(page.locator(".claim.supported")).to_have_count(0)
    page.goto("/chat")
    page.locator("summary", has_text="As of another day").click()
    today = datetime.now(UTC)
    day.fill(f"{today:%Y-%m-%d}")
    ask(page, QUESTION)
    expect(page.locator(ANSWERED)).to_contain_text(f"This is what was stored on {today.day} {today:%B %Y}.")
    expect(page.locator(".claim.supported").first).to_be_visible()


def test_what_is_proposed_next_is_asked_here_and_answered(opened: Opened, gathered: Server) -> None:
    """One click, with a script and without: below the answer it came from, in the same conversation."""
    for scripts in (True, False):
        page = opened("/chat", scripts=scripts)
        page.get_by_role("textbox", name="Your question").fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator(ANSWERED)).to_have_count(1, timeout=30_000)
        first = page.get_by_role("form", name="Ask next").get_by_role("button").first
        question = first.inner_text()
        first.click()
        expect(page.locator(ANSWERED)).to_have_count(2, timeout=30_000)
        expect(page.get_by_role("heading", name=question, level=2)).to_be_visible()
        expect(page.locator(ANSWERED).nth(1).locator("p .citation").first).to_be_visible()
        if scripts:
            audited(page)
