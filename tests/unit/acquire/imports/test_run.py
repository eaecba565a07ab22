"""Imports from files to records: what is kept, what is brought up to date, and what is refused and why."""

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from pypdf import PdfReader, PdfWriter

from bowerbird.kernel.errors import Fenced, InputWrong
from bowerbird.records import jobs, local_scope
from bowerbird.records.tables import jobs as job_rows
from bowerbird.records.tables import sources, versions
from tests.crawling import adds_up
from tests.importing import CLOCK, Importer, bird, docx, importer, json_lines, paragraph
from tests.sites.paper import pdf


@pytest.fixture
def birds(records_url: str) -> Iterator[Importer]:
    """Fresh records."""
    with importer(records_url) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    made = tmp_path / "in"
    made.mkdir()
    return made


def test_items_become_pages(birds: Importer, folder: Path) -> None:
    """Fields, kind and address are kept; what has an address on the web is shown under it."""
    file = json_lines(folder / "b.jsonl", bird(1, price="5", tags=["blue"]), bird(2, url="https://example.org/2"))
    seen = birds.bring(file)
    pages = birds.pages()

    assert (seen.seen, seen.kept, adds_up(seen)) == (2, 2, True)
    assert set(pages) == {"birds/b1", "https://example.org/2"}
    assert (pages["birds/b1"].kind, pages["birds/b1"].fields) == ("bird", {"price": "5", "tags": ["blue"]})
    assert pages["https://example.org/2"].text == "Bird 2 builds a bower."


def test_importing_again_brings_up_to_date(birds: Importer, folder: Path) -> None:
    """What has not changed stays as it is, what has gets a version, what is missing stays unless told otherwise."""
    file = json_lines(folder / "b.jsonl", *(bird(n) for n in range(5)))
    birds.bring(file)
    json_lines(file, bird(0), bird(1, text="It moved."), bird(2), bird(7))
    again = birds.bring(file)
    texts = {url: page.text for url, page in birds.pages().items()}
    replaced = birds.bring(file, replace=True)

    assert (again.kept, again.unchanged, again.deleted) == (2, 2, 0)
    assert (len(texts), texts["birds/b1"], birds.count(versions)) == (6, "It moved.", 7)
    assert (replaced.unchanged, replaced.deleted, set(birds.pages())) == (
        4, 2, {"birds/b0", "birds/b1", "birds/b2", "birds/b7"},
    )  # fmt: skip
    assert birds.count(sources) == 1


def test_what_could_not_be_read_is_not_taken_for_missing(birds: Importer, folder: Path) -> None:
    """With --replace, one broken row keeps everything that was there: it may be the one that is missing."""
    file = json_lines(folder / "b.jsonl", bird(1), bird(2))
    birds.bring(file)
    json_lines(file, bird(1), "not an object")
    seen = birds.bring(file, replace=True)
    progress = birds.records.read(
        lambda conn: conn.execute(sa.select(job_rows.c.progress).where(job_rows.c.id == birds.job)).scalar_one()
    )

    assert (seen.deleted, len(birds.pages())) == (0, 2)
    assert "Nothing was taken out" in progress["note"]


def test_an_item_that_moves_keeps_its_page(birds: Importer, folder: Path) -> None:
    """Its id says that it is the same one, whatever address it is given."""
    for url in (None, "https://example.org/a", "https://example.org/b", None):
        birds.bring(json_lines(folder / "b.jsonl", bird(1, url=url)))
        assert list(birds.pages()) == [url or "birds/b1"]


def test_an_id_or_an_address_is_given_once(birds: Importer, folder: Path) -> None:
    """The first row is kept; the others say which one that was, in one batch and across files."""
    a = json_lines(folder / "a.jsonl", bird(1), bird(1, title="again"), bird(2, url="https://example.org/x"))
    b = json_lines(folder / "b.jsonl", bird(1), bird(3, url="https://example.org/x"))
    seen = birds.bring(a, b)
    refused = birds.refused()

    assert (seen.kept, dict(seen.skipped)) == (2, {"duplicate": 3})
    assert "is that of a.jsonl, line 1" in refused["a.jsonl, line 2"][1]
    assert "is that of a.jsonl, line 1" in refused["b.jsonl, line 1"][1]
    assert "https://example.org/x is that of a.jsonl, line 3" in refused["b.jsonl, line 2"][1]


def test_a_folder_of_documents(birds: Importer, folder: Path) -> None:
    """Every kind that is read is a page; what is hidden is left alone; the same once more reads none of them."""
    (folder / "sub").mkdir()
    (folder / ".git").mkdir()
    (folder / ".git" / "config.txt").write_text("never")
    (folder / "sub" / "note.md").write_text("# Note\n\nWords of a note.")
    (folder / "page.html").write_text("<title>T</title><meta name=robots content=noindex><p>Words of a page.")
    (folder / "plain.txt").write_text("Plain words.")
    (folder / "paper.pdf").write_bytes(pdf([["Words of a paper."]], title="Paper"))
    (folder / "hand book.docx").write_bytes(docx(paragraph("Words of a book.")))
    (folder / "README").write_text("Read me.")
    first = birds.bring(folder)
    kinds = {url: page.kind for url, page in birds.pages().items()}
    again = birds.bring(folder)

    assert kinds == {
        "birds/sub/note.md": "markdown",
        "birds/page.html": "html",
        "birds/plain.txt": "text",
        "birds/paper.pdf": "pdf",
        "birds/hand%20book.docx": "docx",
        "birds/README": "text",
    }
    assert (first.kept, again.unchanged, birds.count(versions)) == (6, 6, 6)


def test_a_document_is_kept_with_where_its_pages_begin(birds: Importer, folder: Path) -> None:
    """And a file that has no pages without."""
    (folder / "paper.pdf").write_bytes(pdf([["Words of the first."], ["# The second"]], title="Paper"))
    (folder / "plain.txt").write_text("Plain words.")
    birds.bring(folder)
    wanted = sa.select(versions.c.text, versions.c.page_starts)
    rows = birds.records.read(lambda conn: conn.execute(wanted).all())
    kept = {row.text: row.page_starts for row in rows}

    assert kept == {"Words of the first.\n\n# The second": [0, 21], "Plain words.": None}


def test_a_table_and_a_feed(birds: Importer, folder: Path) -> None:
    """CSV with another separator and a mark at its beginning; RSS."""
    table = folder / "t.csv"
    table.write_text('﻿id;title;text;more\n1;"A\n""b""";=SUM(1);x\n2;T;Words;\n', encoding="utf-8")
    feed = folder / "f.rss"
    feed.write_text("<rss><channel><item><guid>n1</guid><title>News</title></item></channel></rss>")
    seen = birds.bring(table, feed)
    pages = birds.pages()

    assert (seen.kept, dict(seen.skipped)) == (3, {})
    assert (pages["birds/1"].title, pages["birds/1"].text) == ('A "b"', "=SUM(1)")
    assert (pages["birds/2"].kind, pages["birds/n1"].kind) == ("item", "feed")


def locked(path: Path) -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf([["Secret."]], title="t"))))
    writer.encrypt("open sesame", "x", algorithm="RC4-128")
    with path.open("wb") as out:
        writer.write(out)


HOSTILE: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a.png": (lambda path: path.write_bytes(b"\x89PNG"), "type", "'.png'"),
    "a.xlsx": (lambda path: path.write_bytes(b"PK\x03\x04"), "type", "save the sheet as CSV"),
    "a.json": (lambda path: path.write_text("[]"), "type", "one object a line"),
    "lie.pdf": (lambda path: path.write_text("<html><p>hello"), "type", "called a PDF"),
    "lie.docx": (lambda path: path.write_text("<html><p>hello"), "type", "called a DOCX"),
    "old.docx": (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0"), "type", "locked with a password, or an old .doc"),
    "lie.txt": (lambda path: path.write_bytes(pdf([["x"]], title="t")), "type", "holds a PDF"),
    "lie.html": (lambda path: path.write_bytes(docx(paragraph("x"))), "type", "binary"),
    "lie.md": (lambda path: path.write_bytes(bytes(range(256)) * 8), "type", "binary"),
    "lie.csv": (lambda path: path.write_bytes(docx(paragraph("x"))), "type", "not text"),
    "lie.jsonl": (lambda path: path.write_bytes(b"\0" * 99), "type", "not text"),
    "array.jsonl": (lambda path: path.write_text('[{"id": 1}]'), "invalid", "JSON array"),
    "utf16.jsonl": (lambda path: path.write_text('{"id": 1}', encoding="utf-16"), "invalid", "UTF-16"),
    "columns.csv": (lambda path: path.write_text("a,b\n1,2\n"), "invalid", "'a, b'"),
    "twice.csv": (lambda path: path.write_text("id,title,title\n1,2,3\n"), "invalid", "no two called alike"),
    "feed.rss": (lambda path: path.write_text("<html><p>none"), "empty", "a feed without an entry"),
    "empty.txt": (lambda path: path.write_bytes(b""), "empty", "without a byte"),
    "empty.jsonl": (lambda path: path.write_bytes(b"\n\n"), "empty", "no row"),
    "bomb.docx": (lambda path: path.write_bytes(docx(paragraph("a" * 50_000_000))), "too large", "bomb"),
    "locked.pdf": (locked, "type", "locked with a password"),
    "broken.pdf": (lambda path: path.write_bytes(b"%PDF-1.7\nnothing"), "error", "PDF"),
    "gone.txt": (lambda path: path.symlink_to("/nowhere/at/all"), "refused", "a link"),
    "out.txt": (lambda path: path.symlink_to("/etc/passwd"), "refused", "a link"),
    "pipe.txt": (os.mkfifo, "type", "not a file"),
}  # fmt: skip


def test_hostile_files_are_each_refused_in_words(birds: Importer, folder: Path) -> None:
    """And what is good beside them is kept."""
    for name, (make, _, _) in HOSTILE.items():
        make(folder / name)
    (folder / "good.txt").write_text("Good words.")
    seen = birds.bring(folder)
    refused = birds.refused()

    assert (list(birds.pages()), adds_up(seen), set(refused)) == (["birds/good.txt"], True, set(HOSTILE))
    for name, (_, reason, says) in HOSTILE.items():
        assert (refused[name][0], says in refused[name][1]) == (reason, True), (name, refused[name])


def test_a_file_that_cannot_be_read_when_its_turn_comes(birds: Importer, folder: Path) -> None:
    """Between the question and the import, a file went away and a folder took the place of another."""
    for name in ("a.txt", "b.txt", "c.txt"):
        (folder / name).write_text(f"Words of {name}.")
    lease = birds.lease(*(folder / name for name in ("a.txt", "b.txt", "c.txt")))
    (folder / "a.txt").unlink()
    (folder / "b.txt").unlink()
    (folder / "b.txt").symlink_to("/nowhere/at/all")
    birds.run(lease)
    refused = birds.refused()

    assert list(birds.pages()) == ["birds/c.txt"]
    assert [reason for reason, _ in refused.values()] == ["error", "error"]
    assert all("cannot be read" in detail for _, detail in refused.values())


def test_a_line_of_a_hundred_megabytes(birds: Importer, folder: Path) -> None:
    """It is passed over, and those behind it are read."""
    file = folder / "b.jsonl"
    with file.open("wb") as out:
        out.write(b'{"id": "1", "title": "A"}\n')
        for _ in range(100):
            out.write(b"x" * 1_000_000)
        out.write(b'\n{"id": "2", "title": "B"}\n')
    seen = birds.bring(file)

    assert (seen.kept, birds.refused()["b.jsonl, line 2"][0]) == (2, "too large")
    assert "100,000,001 bytes" in birds.refused()["b.jsonl, line 2"][1]


def test_a_quote_that_is_never_closed(birds: Importer, folder: Path) -> None:
    """The table ends there, and says in which line."""
    file = folder / "t.csv"
    file.write_text('id,title\n1,A\n2,"open\n3,B\n')
    seen = birds.bring(file)

    assert (seen.kept, "not closed within" in birds.refused()["t.csv, line 3"][1]) == (1, True)


def test_caps_are_told_with_the_setting_to_change(birds: Importer, folder: Path) -> None:
    """Rows, files, bytes of a file and of a row: each ends in the report, and nothing is read beyond it."""
    rows = json_lines(folder / "b.jsonl", *(bird(n) for n in range(9)))
    birds.bring(rows, caps={"max_rows": 4})
    assert (len(birds.pages()), birds.refused()["b.jsonl"][1]) == (
        4, "4 items were read, the most allowed (imports.max_rows)",
    )  # fmt: skip
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"Words {number} " * 200)
    seen = birds.bring(folder, name="many", caps={"max_files": 3})
    assert (seen.kept, seen.skipped["budget"], "(more files)" in birds.refused()) == (3, 1, True)
    birds.bring(folder / "1.txt", name="large", caps={"max_file_bytes": 100})
    assert birds.refused()["1.txt"] == ("too large", "more than 100 bytes: divide it, or raise imports.max_file_bytes")


def test_one_import_of_a_name_at_a_time(birds: Importer, folder: Path) -> None:
    """Another is refused with the job to wait for; it does not vanish in the one that runs."""
    file = json_lines(folder / "b.jsonl", bird(1))
    lease = birds.lease(file)

    with pytest.raises(InputWrong, match=lease.job):
        birds.lease(file)


def test_an_import_that_lost_its_lease_writes_nothing(birds: Importer, folder: Path) -> None:
    """Its first transaction finds another epoch."""
    file = json_lines(folder / "b.jsonl", bird(1))
    lease = birds.lease(file)
    birds.records.write(lambda conn: conn.execute(sa.update(job_rows).values(lease_until=0.0)))
    birds.records.write(lambda conn: birds.claim(conn, lease.job))

    assert (birds.run(lease).status, birds.pages()) == ("fenced", {})
    with pytest.raises(Fenced):
        birds.records.write(lambda conn: jobs.guard(conn, lease.job, lease.epoch))


def test_a_cancelled_import_says_what_was_left(birds: Importer, folder: Path) -> None:
    """What waits is skipped for that reason."""
    (folder / "a.txt").write_text("Words.")
    lease = birds.lease(folder)
    birds.records.write(lambda conn: jobs.request_cancel(conn, lease.job, clock=CLOCK))
    outcome = birds.run(lease)

    assert (outcome.status, birds.refused()) == ("cancelled", {"a.txt": ("budget", "the job was cancelled")})


@pytest.mark.parametrize("name", ["", "a/b", "x" * 10_000, "a\x07b", "a\u202eb"])
def test_a_name_is_a_word_or_two(birds: Importer, folder: Path, name: str) -> None:
    """Others are refused at the door, and nothing is written."""
    with pytest.raises(InputWrong) as wrong:
        birds.lease(json_lines(folder / "b.jsonl", bird(1)), name=name)

    assert wrong.value.field == "name"
    assert birds.count(sources) == 0


def test_what_was_imported_is_not_asked_of_a_site(birds: Importer, folder: Path) -> None:
    """Neither again nor by a schedule."""
    from bowerbird.acquire import recrawl_source, set_schedule

    lease = birds.lease(json_lines(folder / "b.jsonl", bird(1)))
    scope = birds.records.write(lambda conn: local_scope(conn, CLOCK))
    assert lease.source is not None
    source = lease.source

    with pytest.raises(InputWrong, match="import them again"):
        birds.records.write(lambda conn: recrawl_source(conn, source, scope, CLOCK))
    with pytest.raises(InputWrong, match="import them again"):
        birds.records.write(lambda conn: set_schedule(conn, source, scope, 3600.0, CLOCK))


def test_file_names_of_any_bytes(birds: Importer, folder: Path) -> None:
    """A name that is no UTF-8, one with signs that addresses give a meaning, and two folders with the same file."""
    for sub in ("one", "two"):
        (folder / sub).mkdir()
        (folder / sub / "a#b?c%20.txt").write_text(f"Words of {sub}.")
    Path(os.fsdecode(bytes(folder / "one") + b"/caf\xe9.txt")).write_text("Words of a café.")
    seen = birds.bring(folder / "one", folder / "two")

    assert (seen.kept, dict(seen.skipped)) == (3, {})
    assert set(birds.pages()) == {
        "birds/one/a%23b%3Fc%2520.txt", "birds/two/a%23b%3Fc%2520.txt", "birds/one/caf%E9.txt",
    }  # fmt: skip
