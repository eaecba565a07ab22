"""The JavaScript client in a browser: the same buckets as everywhere."""

import json
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
IN_PAGE: Final = """
(said) => {
  const units = (codes) => String.fromCharCode(...codes);
  const refuses = ({ salt, unit }) => {
    try { bucket(units(salt), units(unit)); return false; } catch { return true; }
  };
  return {
    buckets: said.vectors.map(({ salt, unit, times }) => String(bucket(salt, unit.repeat(times)))),
    refused: said.refused.map(refuses),
    variants: said.variants.map(({ phase, unit, attributes }) => variant(said.phases[phase], unit, attributes)),
  };
}
"""


def test_the_client_passes_the_vectors_in_a_browser(browser: Browser) -> None:
    """Every bucket to the last digit, and what is to be refused is."""
    published = json.loads((DOCS / "reference" / "buckets.json").read_text())
    client = (DOCS / "clients" / "bucket.mjs").read_text()
    page = browser.new_page()
    page.set_content("<!doctype html><title>Buckets</title>")
    page.add_script_tag(content=f"{client}\nObject.assign(globalThis, {{ bucket, variant }});", type="module")
    page.wait_for_function("() => typeof globalThis.bucket === 'function'")

    said = page.evaluate(IN_PAGE, published)

    assert said["buckets"] == [one["bucket"] for one in published["vectors"]]
    assert all(said["refused"])
    assert said["variants"] == [one["variant"] for one in published["variants"]]
    page.close()
