"""PDFs: their pages, and those that cannot be read."""

import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, NameObject, StreamObject

from bowerbird.reading.extract import extract
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.refused import Refused
from tests.sites.paper import pdf

URL = "https://example.org/paper.pdf"


def read(body: bytes) -> Extracted:
    """What the PDF says."""
    return extract(body, url=URL, content_type="application/pdf")


def with_contents(contents: StreamObject) -> bytes:
    """A PDF whose one page is drawn by `contents`."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    page[NameObject("/Contents")] = writer._add_object(contents)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pages_are_headings_and_lines_are_paragraphs() -> None:
    """A citation can name its page; wrapped lines are joined, divided words made whole, running titles left out."""
    sheets = [
        [
            "A paper about birds",
            f"# Part {n}",
            "Bower birds gather blue things and arrange them with great care in the cleared",
            "space before the bower that they have built, which takes them a remarkably dili-",
            "gent month.",
            "",
            "- an item",
            str(n),
        ]
        for n in (1, 2, 3)
    ]
    sentence = (
        "Bower birds gather blue things and arrange them with great care in the cleared space before the bower that"
        " they have built, which takes them a remarkably diligent month."
    )
    found = read(pdf(sheets, title="On bowers"))
    pages = [f"## Page {n}\n\nPart {n}\n\n{sentence}\n\n- an item" for n in (1, 2, 3)]
    assert (found.kind, found.title, found.text) == ("pdf", "On bowers", "\n\n".join(pages))


def test_a_single_page_needs_no_heading() -> None:
    """One page is not numbered."""
    assert read(pdf([["Just these words."]], title="")).text == "Just these words."


def test_a_file_name_is_no_title() -> None:
    """What a word processor left there is not shown as a title."""
    assert (
        read(pdf([["Yearly report of the society", "words"]], title="report.docx")).title
        == "Yearly report of the society"
    )


def test_a_locked_pdf_is_refused() -> None:
    """A password is nothing we have; a file that only forbids printing opens."""
    body = pdf([["Secret words."]], title="t")
    for password, owner in (("open sesame", "x"), ("", "owner")):
        writer = PdfWriter(clone_from=PdfReader(BytesIO(body)))
        writer.encrypt(password, owner, algorithm="RC4-128")
        out = BytesIO()
        writer.write(out)
        if password:
            with pytest.raises(Refused, match="locked with a password") as refused:
                read(out.getvalue())
            assert refused.value.reason == "type"
        else:
            assert read(out.getvalue()).text == "Secret words."


def test_a_bomb_in_a_stream_is_not_unpacked() -> None:
    """A page that unpacks to 200 MB is a page without words, and takes no memory."""
    bomb = StreamObject()
    bomb._data = zlib.compress(b"(hello) Tj " * 18_000_000, 9)
    bomb[NameObject("/Filter")] = NameObject("/FlateDecode")
    with pytest.raises(Refused) as refused:
        read(with_contents(bomb))
    assert refused.value.reason in ("empty", "error")


def test_a_page_of_endless_drawing_is_not_read() -> None:
    """The cap on one page's operators keeps a document to seconds."""
    drawing = DecodedStreamObject()
    drawing.set_data(b"BT 1 0 0 1 5 5 Tm ET " * 120_000)
    with pytest.raises(Refused) as refused:
        read(with_contents(drawing))
    assert refused.value.reason == "empty"


@pytest.mark.parametrize("cut", [20, 200, 600])
def test_a_cut_off_pdf_is_refused_or_read(cut: int) -> None:
    """Whatever is left of a file, nothing but a refusal comes out of it."""
    try:
        found = read(pdf([["Words."]], title="t")[:cut])
    except Refused as refused:
        assert refused.reason in ("error", "empty")  # noqa: PT017  # either is right, by where it was cut
    else:
        assert found.text == "Words."
