"""From a goal to a table: its values lead to the words that say them, and what changed is marked."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench.served import Server
from bowerbird.client import Client

from .conftest import Opened

GOAL = "photographers: name, city, price from, styles"
BEFORE = """# Photographers of the south

Name | City | Price from | Styles
--- | --- | --- | ---
Aroha Moana | Nelson | $900 | documentary
Bea Wild | Picton | $1,200 |
"""
AFTER = BEFORE.replace("$900", "$950").replace("Bea Wild | Picton", "Cid Rangi | Motueka")


def bring_in(server: Server, folder: Path, text: str) -> None:
    """Let a page say this, and no longer what it said."""
    path = folder / "photographers.md"
    path.write_text(text)
    with Client(server.url) as client:
        job = client.bring_in(path, name="photographers", kind="file", replace=True)["job"]
        assert [event.name for event in client.watch(job)][-1] == "end"
        assert client.job(job)["status"] == "completed"


def cell(page: Page, text: str) -> None:
    expect(page.get_by_role("link", name=text, exact=True)).to_be_visible(timeout=20_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_table_from_a_goal_to_its_changes(opened: Opened, server: Server, folder: Path) -> None:
    bring_in(server, folder, BEFORE)
    page = opened("/knowledge/tables")
    page.get_by_label("What to collect").fill(GOAL)
    page.get_by_role("button", name="Collect").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(GOAL)
    cell(page, "Aroha Moana")
    cell(page, "$900")
    expect(page.get_by_label("No page says it")).to_have_count(1)

    page.get_by_role("link", name="$900", exact=True).click()
    expect(page.locator("mark#cited")).to_have_text("$900")
    page.go_back()

    bring_in(server, folder, AFTER)  # the worker fills the table anew without being asked
    for _ in range(20):
        page.reload()
        if page.get_by_role("link", name="$950", exact=True).count():
            break
        page.wait_for_timeout(500)
    cell(page, "$950")
    expect(page.get_by_role("row").filter(has_text="Aroha Moana")).to_contain_text(
        re.compile("changed.*was.*\\$900", re.DOTALL)
    )
    expect(page.get_by_role("row").filter(has_text="Cid Rangi")).to_contain_text("new")
    expect(page.get_by_role("row").filter(has_text="Bea Wild")).to_contain_text("gone")

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "Aroha Moana,Nelson,$950,documentary," in download.value.path().read_text()


def test_fields_are_changed_and_the_table_removed_without_scripts(opened: Opened, server: Server, folder: Path) -> None:
    bring_in(server, folder, BEFORE)
    page = opened("/knowledge/tables", scripts=False, width=390, height=844)
    page.get_by_label("What to collect").fill("everything about photographers")
    page.get_by_role("button", name="Collect").click()
    again = page.get_by_role("link", name="Look again")
    for _ in range(40):
        if not again.count():
            break
        page.wait_for_timeout(500)
        again.click()
    cell(page, "Aroha Moana")
    page.get_by_label("Names, with commas between them").fill("name, city")
    page.get_by_role("button", name="Change the fields").click()
    expect(page.get_by_label("Names, with commas between them")).to_have_value("name, city")
    for _ in range(40):
        if not again.count():
            break
        page.wait_for_timeout(500)
        again.click()
    cell(page, "Nelson")
    expect(page.get_by_role("link", name="$900", exact=True)).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Remove the table").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tables")


def test_what_cannot_be_read_is_explained_at_the_field(opened: Opened, server: Server) -> None:
    page = opened("/knowledge/tables", refused=True)
    page.get_by_label("What to collect").evaluate("field => field.removeAttribute('maxlength')")
    page.get_by_label("What to collect").fill("x" * 600)
    page.get_by_role("button", name="Collect").click()
    expect(page.get_by_text("expected at most 500")).to_be_visible()
    expect(page.get_by_label("What to collect")).to_have_attribute("aria-invalid", "true")
