"""From an idea to what was learnt from it, in the browser, while people come by the API."""

import re

from playwright.sync_api import expect

from bench.served import Server
from bench.tried import meet, tell

from .conftest import Opened


def test_from_a_plan_to_a_learning_that_is_found(opened: Opened, gathered: Server) -> None:
    """Planned, started, met, seen to be better, shipped with reasons, written down, found by search."""
    page = opened("/experiments", refused=True)
    page.get_by_role("link", name="Plan an experiment").click()
    page.get_by_label("Name", exact=True).fill("blue-things")
    page.get_by_label("What you expect").fill("Blue things are saved more often.")
    page.get_by_role("checkbox", name="saved", exact=True).check()
    # What others did on this server before is known of the metric, if they did.
    expect(page.locator("[data-power]")).to_contain_text(re.compile("plan all the same|To find a change"))
    page.get_by_label("Smallest change").fill("0")
    page.get_by_role("button", name="Keep the plan").click()
    expect(page.get_by_label("Smallest change")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Smallest change").fill("50")
    page.get_by_text("More: what must not get worse").click()
    page.get_by_label("People to decide by").fill("300")
    page.get_by_role("button", name="Keep the plan").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("blue-things")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_text("as it was sealed")).to_be_visible()
    variants = meet(gathered, "blue-things", 300)
    item = str(gathered.api("/v1/items")["items"][0]["id"])
    tell(
        gathered,
        item,
        variants,
        lambda variant, number: ["saved"] * (number % 5 in ((0, 1, 2, 3) if variant == "treatment" else (0,))),
    )

    page.reload()
    expect(page.get_by_role("row").filter(has_text="saved")).to_contain_text("surely better")
    expect(page.get_by_role("img", name="Effect over time")).to_be_visible()
    expect(page.get_by_role("note", name="Advice")).to_contain_text("surely better")
    page.get_by_label("What is done").select_option("ship")
    page.get_by_label("The variant to ship").select_option("treatment")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_label("Why")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Why").fill("Most people save it.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Shipped: treatment")).to_be_visible()
    page.get_by_label("Write down what it taught").fill("Blue is worth gathering.")
    page.get_by_role("button", name="Keep it").click()

    page.goto("/experiments")
    page.get_by_role("searchbox", name="Search what was learnt").fill("GATHERING blue")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Blue is worth gathering.")).to_be_visible()
    expect(page.locator(".learning")).to_contain_text(re.compile(r"saved: \+.*likely between"))


def test_a_plan_without_scripts_on_a_phone(opened: Opened, gathered: Server) -> None:
    """A button draws the curve, errors stand at their fields, and nothing is wider than the screen."""
    variants = {f"visitor-{number}": "" for number in range(60)}
    item = str(gathered.api("/v1/items")["items"][0]["id"])
    tell(gathered, item, variants, lambda _, number: ["viewed", *(["shared"] if number % 3 == 0 else [])])
    page = opened("/experiments/new", scripts=False, width=390, height=844, refused=True)
    page.get_by_label("Name", exact=True).fill("Not A Name")
    page.get_by_role("checkbox", name="shared", exact=True).check()
    page.get_by_role("button", name="Compute").click()
    expect(page.get_by_role("img", name="Smallest change that is found")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Not A Name")
    page.get_by_role("button", name="Keep the plan").click()
    expect(page.get_by_text("Expected 1 to 64 small letters")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
