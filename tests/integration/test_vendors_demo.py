"""`bowerbird demo --pack vendors --exit`: a directory, a table of it that answers, and a feed."""

import re
from pathlib import Path

import pytest

from bowerbird.demo import PACKS
from tests.integration.test_command_line import bowerbird
from tests.servers import Databases

pytestmark = pytest.mark.timeout(300)


def test_the_question_gets_its_rows_with_their_places_and_then_a_feed(tmp_path: Path, databases: Databases) -> None:
    """The two film photographers in Melbourne under $3,000 are told, each value with a page, then vendors as cards."""
    data = tmp_path / "data"
    with databases.environment(data) as environment:
        done = bowerbird("demo", "--pack", "vendors", "--exit", "--data", str(data), environment=environment)
        shown = bowerbird("tables", "list", "--json", "--data", str(data), environment=environment).json
        table = shown["tables"][0]
        dear = bowerbird(
            *("tables", "show", table["table"], "--only", "film in Melbourne over $3,000"),
            *("--json", "--data", str(data)),
            environment=environment,
        ).json

    assert done.code == 0, done.err
    assert f"Asked: {PACKS['vendors'].question}" in done.out
    assert "2 of the 20 rows" in done.out
    row = re.search(
        r"The Blue Bottle-Top Studio \[(\d)\] +Melbourne \[\d\] +film, documentary \[\d\] +\$2,400 \[\d\]", done.out
    )
    assert row
    assert re.search(rf"^  \[{row[1]}\] http://127\.0\.0\.1:\d+/", done.out, re.MULTILINE)
    assert "Wombat & Daughter Photographs" in done.out.split("The feed begins")[0]
    assert "Gantry" not in done.out.split("The feed begins")[0]
    assert re.search(r"/knowledge/tables/\w{26}", done.out)
    cards = done.out.split("The feed begins with:")[1]
    assert (
        len(re.findall(r"^  \d\. .* \(vendor\)\n     \w+ · [\w ]+, [\w ,]+ · \d+ (?:AUD|NZD)$", cards, re.MULTILINE))
        >= 3
    )
    assert (table["rows"], [field["kind"] for field in table["fields"]]) == (20, ["text", "place", "text", "amount"])
    assert [each["cells"]["name"]["quote"] for each in dear["found"]] == ["Gantry & Gumnut Film Co."]
