"""What is written about the product is true of it."""

import re
from pathlib import Path

import pytest

from bench.readme import BEGIN, END, table
from bowerbird.cli.settings import reference
from bowerbird.web import openapi

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#]+)")


def test_the_reference_of_settings_is_generated() -> None:
    """`docs/reference/settings.md` is what `bowerbird settings --markdown` prints."""
    assert (ROOT / "docs" / "reference" / "settings.md").read_text() == reference()


def test_the_reference_of_the_api_is_generated() -> None:
    """`docs/reference/openapi.json` is what `python -m bowerbird.web.openapi` prints."""
    assert (ROOT / "docs" / "reference" / "openapi.json").read_text() == openapi.reference()


def test_the_figures_of_the_readme_are_those_that_were_measured() -> None:
    """Between the marks stands the table of `bench/results`, and nothing else."""
    inside = (ROOT / "README.md").read_text().partition(BEGIN)[2].partition(END)[0]

    assert inside.strip() == table(ROOT / "bench" / "results").strip()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    missing = [target for target in LINK.findall(page.read_text()) if not (page.parent / target).exists()]

    assert missing == []


def test_decisions_have_the_four_parts() -> None:
    """Context, decision, what was rejected, what would change our mind; each in a file with its number."""
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = page.read_text()
        number = page.name[:4]

        assert text.startswith(f"# {number}: ")
        assert re.findall(r"\*\*(Context|Decision|Rejected|What would change our mind)\.\*\*", text) == [
            "Context",
            "Decision",
            "Rejected",
            "What would change our mind",
        ], page.name
