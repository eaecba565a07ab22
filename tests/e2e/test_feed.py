"""A reader's way through their feed: from the first topics to taking all of it back."""

import json
import re
import urllib.request
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from bench.served import Server

from .conftest import Opened

CARDS = ".feed-cards > [data-card]"


@pytest.fixture
def anew(gathered: Server) -> Iterator[Server]:
    """The server, of whose person the feed knows nothing."""
    forget(gathered)
    yield gathered
    forget(gathered)


def forget(server: Server) -> None:
    """Delete what the feed has of the person."""
    request = urllib.request.Request(f"{server.url}/v1/feed/data", method="DELETE")
    urllib.request.urlopen(request, timeout=30).close()


def titles(page: Page) -> list[str]:
    """The titles of the cards."""
    return [text.strip() for text in page.locator(f"{CARDS} h2").all_inner_texts()]


def undo(page: Page) -> None:
    """Take back what the notice tells."""
    page.locator(".toast").get_by_role("button", name="Undo").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_first_topics_to_deleting_it_all(opened: Opened, anew: Server, scripts: bool) -> None:
    """With a script and without: pick, save, see why, hide a source and take it back, read what is known, delete it."""
    page = opened("/feed", scripts=scripts)
    expect(page.get_by_role("heading", name="What are you interested in?")).to_be_visible()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("textbox", name="Something else").fill("reinforcement learning")
    page.get_by_role("button", name="Use these").click()
    expect(page.get_by_text("Your topics are kept.")).to_be_visible()
    expect(page.get_by_role("heading", name="What are you interested in?")).to_have_count(0)

    expect(page.locator(CARDS).first).to_be_visible()
    title = titles(page)[0]
    page.get_by_role("button", name=f"Save {title}", exact=True).click()
    expect(page.get_by_text(f"“{title}” is saved.")).to_be_visible()
    expect(page.get_by_role("button", name=f"Saved {title}", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Show others").first.click()
    page.wait_for_load_state()
    because = page.locator(".why summary", has_text=f"Because you saved {title}").first
    expect(because).to_be_visible()
    because.click()
    expect(page.get_by_text("of 100 points").first).to_be_visible()

    page.locator(".acts .menu > summary").first.click()
    hide = page.get_by_role("button", name="Hide all of").first
    of_it = page.locator(CARDS).filter(has=page.locator("button", has_text=hide.inner_text()))  # others may have more
    hide.click()
    expect(page.get_by_text("is shown any more")).to_be_visible()
    expect(of_it).to_have_count(0)
    undo(page)
    expect(of_it.first).to_be_visible()

    page.get_by_role("link", name="Saved", exact=True).click()
    expect(page.get_by_role("link", name=title)).to_be_visible()
    page.get_by_role("link", name="My data").click()
    expect(page.get_by_role("heading", name="What do you know about me?")).to_be_visible()
    expect(page.get_by_text("You saved").first).to_be_visible()
    page.get_by_role("link", name="Delete …").click()
    expect(page.get_by_text("What stays:")).to_be_visible()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("What the feed had of you is deleted.")).to_be_visible()
    assert anew.api("/v1/feed/data")["events"] == []


def test_judging_a_card_does_not_leave_the_page(opened: Opened, anew: Server) -> None:
    """The card alone changes, focus stays, and a hidden one makes room; the notice brings it back."""
    page = opened("/feed")
    page.wait_for_load_state("networkidle")
    page.evaluate("window.stayed = true")
    before = titles(page)
    page.get_by_role("button", name=f"More like {before[1]}", exact=True).click()
    button = page.get_by_role("button", name=f"More like {before[1]}", exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    page.get_by_role("button", name=f"Hide {before[2]}", exact=True).click()
    expect(page.locator(CARDS)).to_have_count(len(before) - 1)
    assert page.evaluate("window.stayed") is True
    undo(page)
    expect(page.locator(CARDS)).to_have_count(len(before))
    assert titles(page) == before


def test_what_was_seen_is_told_by_the_script(opened: Opened, anew: Server) -> None:
    """Cards that came into the window, in their places; and reading the item's page, for how long."""
    page = opened("/feed", height=700)
    page.wait_for_load_state("networkidle")
    first = titles(page)[0]
    page.wait_for_timeout(1500)
    page.get_by_role("link", name=first, exact=True).click()
    expect(page.get_by_role("heading", name=first, level=1)).to_be_visible()
    page.wait_for_timeout(3500)
    page.goto("/chat")
    page.wait_for_timeout(500)
    kept = anew.api("/v1/feed/data")["events"]
    seen = [one for one in kept if one["kind"] == "shown"]
    assert 1 <= len(seen) < len(anew.api("/v1/feed")["items"]), json.dumps(kept, indent=1)
    assert sorted(one["position"] for one in seen) == list(range(len(seen)))
    assert [one["title"] for one in kept if one["kind"] == "opened"] == [first]
    (read,) = [one for one in kept if one["kind"] == "dwelt"]
    assert read["value"] >= 3


def test_the_slider_is_sent_when_it_is_moved(opened: Opened, anew: Server) -> None:
    """By keyboard too; what was chosen stays."""
    page = opened("/feed")
    page.wait_for_load_state("networkidle")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_url("**/feed")
    expect(page.get_by_text("Your feed is made anew.")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_value("100")
    assert anew.api("/v1/feed/choices")["surprise"] == 1.0


def test_the_feed_by_keyboard_alone(opened: Opened, anew: Server) -> None:
    """`g f` goes there, `j` and `k` from card to card, Enter opens one, and its question is a menu away."""
    page = opened("/scraping/dashboard")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/feed")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    links = page.locator(f"{CARDS} h2 a")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    title = titles(page)[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    page.locator(".acts .menu > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ask about this")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat**")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_of_the_feed_can_be_read_aloud(opened: Opened, anew: Server, *, width: int, dark: bool) -> None:
    """An audit by axe finds no violation, and nothing is wider than the window: cold, in use, and unfolded."""
    page = opened("/feed", width=width, dark=dark)
    page.wait_for_load_state("networkidle")
    audited(page)
    page.locator(".why summary").first.click()
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".toast")).to_be_visible()
    page.locator(".acts .menu > summary").nth(1).click()
    audited(page)
    page.locator(f"{CARDS} h2 a").first.click()
    for path in ("", "/feed/saved", "/feed/data", "/feed/data/delete", "/"):
        if path:
            page.goto(path)
        page.wait_for_load_state("networkidle")
        audited(page)


def audited(page: Page) -> None:
    """No violation, and no scrolling to the side."""
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize(("scripts", "width"), [(True, 1440), (False, 390)])
def test_what_is_followed_comes_into_the_feed(opened: Opened, anew: Server, scripts: bool, width: int) -> None:
    """From the page of a thing to the card that says so, and out of the feed again; on a phone without scripts too."""
    thing = anew.api("/v1/entities?q=random+forest")["entities"][0]
    page = opened(f"/knowledge/entities/{thing['id']}", scripts=scripts, width=width)
    page.get_by_role("button", name=f"Follow {thing['name']}").click()
    expect(page.get_by_role("button", name=f"Following {thing['name']}: stop")).to_be_visible()

    page.goto(f"{anew.url}/feed")
    reason = page.locator(".why summary", has_text=f"You follow {thing['name']}").first
    expect(reason).to_be_visible()
    assert any(item["follow"] for item in anew.api("/v1/feed")["items"])

    page.goto(f"{anew.url}/following")
    page.get_by_role("textbox", name="A topic to follow").fill("decision trees")
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_text("decision trees").first).to_be_visible()
    if scripts:  # the checker is one
        assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name=re.compile(rf"^Stop ?: {thing['name']}$")).click()
    expect(page.get_by_text(f"“{thing['name']}” is not followed any more.")).to_be_visible()
    page.goto(f"{anew.url}/feed")
    expect(page.locator(CARDS).first).to_be_visible()
    expect(page.locator(".why summary", has_text=f"You follow {thing['name']}")).to_have_count(0)


def test_a_source_is_followed_from_a_card(opened: Opened, anew: Server) -> None:
    """The notice says so and takes it back; the menu shows which of the two it would be."""
    page = opened("/feed")
    page.locator(".acts .menu > summary").first.click()
    page.get_by_role("button", name="Follow 127").first.click()
    expect(page.get_by_text("what is new of it comes into your feed")).to_be_visible()
    expect(page.locator(".why summary", has_text="You follow 127").first).to_be_visible()
    undo(page)
    expect(page.locator(CARDS).first).to_be_visible()
    page.locator(".acts .menu > summary").first.click()
    expect(page.get_by_role("button", name="Follow 127").first).to_be_visible()
