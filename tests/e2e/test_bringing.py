"""Bringing files in, as a person does: on a phone, without scripts."""

import json
import time
from pathlib import Path

from playwright.sync_api import expect

from bench.served import GATHER_S, Server

from .conftest import Opened


def test_files_are_brought_in_on_a_phone_without_scripts(opened: Opened, server: Server, tmp_path: Path) -> None:
    """Choose two files, name them, see what was kept and why a row was not, and find what they say."""
    (tmp_path / "note.md").write_text("# Cassowaries\n\nThe cassowary swallows quandong fruit whole.")
    (tmp_path / "items.jsonl").write_text(
        json.dumps({"id": "1", "title": "Emu", "text": "The emu drinks once a day.", "kind": "bird"}) + "\nbroken\n"
    )
    page = opened("/scraping/new", width=390, height=844, scripts=False)
    page.get_by_role("link", name="Bring in files").click()
    page.get_by_label("Files", exact=True).set_input_files([tmp_path / "note.md", tmp_path / "items.jsonl"])
    page.get_by_role("textbox", name="What to call it").fill("ratites")
    page.get_by_role("button", name="Bring in").click()
    page.wait_for_url("**/scraping/jobs/*")
    until = time.monotonic() + GATHER_S
    while page.locator("[data-status=completed]").count() == 0:
        assert time.monotonic() < until, page.locator("#main").inner_text()
        time.sleep(0.5)
        page.reload()

    expect(page.get_by_role("heading", name="ratites", level=1)).to_be_visible()
    expect(page.locator("[data-refused]")).to_contain_text("items.jsonl, line 2")
    expect(page.locator("[data-refused]")).to_contain_text("column 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto("/knowledge/explorer?search=quandong+fruit")
    expect(page.locator(".passage").first).to_contain_text("quandong")
    assert page.locator('a[href^="import:"]').count() == 0


def test_nothing_chosen_is_said_beside_the_field(opened: Opened, server: Server) -> None:
    """The form comes back with what was typed."""
    page = opened("/scraping/import", scripts=False, refused=True)
    page.get_by_role("textbox", name="What to call it").fill("empty hands")
    page.get_by_role("button", name="Bring in").click()

    expect(page.locator("#files-error")).to_contain_text("at least one file")
    expect(page.get_by_role("textbox", name="What to call it")).to_have_value("empty hands")
