"""`bowerbird import` and `bowerbird items import`: JSON, exit codes, what is found afterwards."""

import json
from pathlib import Path

import pytest

from tests.importing import bird, docx, json_lines, paragraph
from tests.integration.test_command_line import bowerbird

pytestmark = pytest.mark.timeout(300)


def test_what_was_imported_is_found_and_cited(tmp_path: Path) -> None:
    """Documents and items in one command; search finds them, the page is what was in the file."""
    data = str(tmp_path / "data")
    (tmp_path / "book.docx").write_bytes(docx(paragraph("The satin bowerbird paints its bower with saliva.")))
    items = json_lines(tmp_path / "items.jsonl", bird(1, text="It prefers cobalt bottle tops."), b"broken")
    done = bowerbird("import", str(tmp_path / "book.docx"), str(items), "--name", "birds", "--json", "--data", data)
    report = done.json
    hits = bowerbird("search", "cobalt bottle", "--json", "--data", data).json["hits"]
    text = bowerbird("page", str(hits[0]["version"]), "--text", "--data", data).out

    assert (done.code, report["status"]) == (0, "completed")
    assert (report["pages"]["kept"], report["pages"]["skipped"]) == (2, {"invalid": 1})
    assert (report["passages"], report["embedded"]) == (2, 2)
    assert [(each["where"], each["reason"]) for each in report["refused"]] == [("items.jsonl, line 2", "invalid")]
    assert hits[0]["url"] == "import:birds/b1"
    assert text[hits[0]["start"] : hits[0]["end"]] == hits[0]["text"] == "It prefers cobalt bottle tops."


def test_items_import_is_the_same_for_lines_of_items(tmp_path: Path) -> None:
    """The contract's word, whatever the file is called; again: unchanged, nothing embedded."""
    data = str(tmp_path / "data")
    file = json_lines(tmp_path / "photographers.txt", bird(1), bird(2))
    first = bowerbird("items", "import", str(file), "--json", "--data", data)
    again = bowerbird("items", "import", str(file), "--json", "--data", data)

    assert (first.code, first.json["pages"]["kept"]) == (0, 2)
    assert (again.code, again.json["pages"]["unchanged"], again.json["embedded"]) == (0, 2, 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("/nowhere/at/all.jsonl",), "No such file"),
        (("dangling",), "No such file"),
        (("https://example.org/feed.xml",), "bowerbird crawl"),
        (("x" * 10_000,), "File name too long"),
        ((".", "--name", "n" * 10_000), "10,000 characters"),
        ((".", "--kind", "spreadsheet"), "auto, jsonl, csv, feed, file"),
    ],
    ids=["missing", "dangling", "address", "long path", "long name", "kind"],
)
def test_what_cannot_be_imported_is_refused_with_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    """Exit code 2, and what to do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dangling").symlink_to("/nowhere/at/all")
    done = bowerbird("import", *arguments, "--json", "--data", str(tmp_path / "data"))

    assert done.code == 2
    assert says in json.loads(done.err.strip().splitlines()[-1])["error"]["message"]


def test_an_import_is_not_gathered_again(tmp_path: Path) -> None:
    """`recrawl --all` passes it over, and says that there is no site."""
    data = str(tmp_path / "data")
    bowerbird("items", "import", str(json_lines(tmp_path / "b.jsonl", bird(1))), "--data", data)
    done = bowerbird("recrawl", "--all", "--json", "--data", data)

    assert (done.code, "no source" in done.err) == (2, True)
