"""Word documents: what they say, in order, and those that are no such thing."""

import io
import zipfile

import pytest

from bowerbird.reading.extract import extract
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.refused import Refused
from tests.importing import W, docx, paragraph

URL = "https://example.org/handbook.docx"


def read(body: bytes) -> Extracted:
    """What the document says."""
    return extract(body, url=URL)


def refusal(body: bytes) -> Refused:
    """Why it says nothing."""
    with pytest.raises(Refused) as refused:
        read(body)
    return refused.value


def test_headings_lists_and_tables_in_their_order() -> None:
    """Styles are known by their names, whatever language their ids are in; lists and tables are blocks."""
    styles = (
        f'<w:styles xmlns:w="{W}"><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style></w:styles>'
    )
    item = '<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr><w:r><w:t>blue shells</w:t></w:r></w:p>'
    cell = "<w:tc>{}</w:tc>"
    table = f"<w:tbl><w:tr>{cell.format(paragraph('bird'))}{cell.format(paragraph('colour'))}</w:tr></w:tbl>"
    body = paragraph("On bowers", style="berschrift1") + paragraph("They are built.") + item + table
    found = read(docx(body, parts={"word/styles.xml": styles}))

    assert (found.kind, found.title) == ("docx", "On bowers")
    assert found.text == "# On bowers\n\nThey are built.\n\n  - blue shells\n\nbird | colour"


def test_what_was_struck_out_is_not_read() -> None:
    """Tracked deletions and field codes are not what the document says; line ends are."""
    gone = "<w:del><w:r><w:delText>never</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText></w:r>"

    assert read(docx(paragraph("said", before=gone))).text == "said"
    assert read(docx("<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r></w:p>")).text == "one\ntwo"


def test_its_own_title_author_and_date_are_its_fields() -> None:
    """What Word keeps beside the text."""
    core = (
        '<c:coreProperties xmlns:c="c" xmlns:d="d"><d:title>Handbook</d:title><d:creator>Ada</d:creator>'
        "<d:created>2024-03-01T09:30:00Z</d:created></c:coreProperties>"
    )
    found = read(docx(paragraph("words"), parts={"docProps/core.xml": core}))

    assert (found.title, found.item.author, found.published) == ("Handbook", "Ada", "2024-03-01T09:30:00Z")


def test_a_bomb_is_not_unpacked() -> None:
    """Fifty megabytes of one letter are refused for what they are."""
    refused = refusal(docx(paragraph("a" * 50_000_000)))

    assert (refused.reason, "bomb" in refused.detail) == ("too large", True)


def test_macros_are_neither_read_nor_run() -> None:
    """A document with macros is its words; what would run in Word is bytes that nobody looks at."""
    macro = {"word/vbaProject.bin": "Sub AutoOpen() Shell harm End Sub", "word/vbaData.xml": "<wne:mcds/>"}

    assert read(docx(paragraph("said"), parts=macro)).text == "said"


def test_entities_are_not_expanded() -> None:
    """A document that defines entities is none of Word's."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(
            "word/document.xml",
            f'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document xmlns:w="{W}">&a;</w:document>',
        )
    refused = refusal(out.getvalue())

    assert (refused.reason, "entities" in refused.detail) == ("type", True)


@pytest.mark.parametrize(
    ("body", "reason", "says"),
    [
        (b"PK\x03\x04 cut off", "error", "broken"),
        (docx(paragraph("")), "empty", "letter"),
        (docx("<w:p>"), "error", "broken"),
    ],
    ids=["cut off", "empty", "not XML"],
)
def test_what_is_none_is_refused(body: bytes, reason: str, says: str) -> None:
    """With the word of the report, and what was seen."""
    refused = refusal(body)

    assert (refused.reason, says in refused.detail) == (reason, True)


def test_a_zip_of_something_else_is_no_document() -> None:
    """Its name promises a Word document; what it holds says otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("readme.txt", "hello")

    assert "word/document.xml" in refusal(out.getvalue()).detail
