"""PDFs: their pages, and those that cannot be read."""

import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, FloatObject, NameObject, StreamObject

from bowerbird.reading.extract import extract
from bowerbird.reading.extracted import Extracted
from bowerbird.reading.refused import Refused
from tests.sites.paper import pdf, placed

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


def on_page(found: Extracted, number: int) -> str:
    """What stands on a page."""
    starts = [*found.page_starts, len(found.text)]
    return found.text[starts[number - 1] : starts[number]].strip()


def test_lines_are_paragraphs_and_pages_are_known() -> None:
    """Wrapped lines are joined, divided words made whole, running titles left out; a citation can name its page."""
    sheets = [
        [
            "A paper about birds",
            f"# Part {n}",
            "Bower birds gather blue things and arrange them with great care in the cleared",
            "space before the bower that they have built, which takes them a remarkably dili-",
            "gent month.",
            "",
            f"- {item}",
            str(n),
        ]
        for n, item in enumerate(("a shell", "a feather and a cap", "one glass bead"), start=1)
    ]
    sentence = (
        "Bower birds gather blue things and arrange them with great care in the cleared space before the bower that"
        " they have built, which takes them a remarkably diligent month."
    )
    found = read(pdf(sheets, title="On bowers"))

    assert (found.kind, found.title, found.lang) == ("pdf", "On bowers", "en")
    assert [on_page(found, n) for n in (1, 2, 3)] == [
        f"# Part {n}\n\n{sentence}\n\n- {item}"
        for n, item in enumerate(("a shell", "a feather and a cap", "one glass bead"), start=1)
    ]


LEFT = (
    "The left column is read from its top to",
    "its bottom before anything of the right",
    "one, although the lines of both stand",
    "side by side, and although they were",
    "drawn line by line across the page. It",
    "ends in the midst of a sentence that the",
)
RIGHT = (
    "right column brings to its end. Whoever",
    "reads across the gutter joins halves of",
    "sentences that have nothing to do with",
    "each other, and no quote of such a text",
    "is a sentence that somebody wrote, nor",
    "does a question find what it looks for.",
)


def two_columns() -> list[tuple[float, float, str]]:
    """A title across both columns, then their lines from left to right, and a note below."""
    lines: list[tuple[float, float, str]] = [(180, 760, "# A title across both of the columns of a page")]
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        lines += [(60, 700 - 12 * number, left), (310, 700 - 12 * number, right)]
    return lines


def test_columns_are_read_one_after_the_other() -> None:
    """Also when the file draws them line by line; a sentence goes on from one to the other."""
    found = read(placed([two_columns()]))

    title = "# A title across both of the columns of a page"
    assert found.text == f"{title}\n\n{' '.join([*LEFT, *RIGHT])}"


def test_a_sentence_over_two_pages_is_whole_and_its_words_have_their_pages() -> None:
    """The break of a page is no end of a paragraph; offsets tell the pages apart."""
    first = [(60, 700, "This line ends the first page in the midst of a sentence, which goes on where the")]
    second = [(60, 780, "second page begins, and is found and cited as a whole.")]
    found = read(placed([first, second]))

    assert (found.text.count("\n"), found.text.index("second page begins")) == (0, found.page_starts[1])


def test_a_page_without_words_counts() -> None:
    """A picture between two pages does not shift the numbers of those behind it."""
    found = read(placed([[(60, 700, "Words of the first.")], [], [(60, 700, "# Third")]]))

    assert [on_page(found, n) for n in (1, 2, 3)] == ["Words of the first.", "", "# Third"]


def test_a_heading_at_the_top_of_a_page_is_no_header() -> None:
    """However often one stands there: below a header, apart from the text, with the number of its section."""
    birds = ("wren", "owl", "kiwi", "tui", "moa")
    pages = [
        [
            (60, 800, f"The handbook of birds {number}"),
            (60, 760, f"{number}.1 Of the {bird}"),
            *((60, 735 - 12 * line, f"The {bird} is told of in this line of the {bird}'s page.") for line in range(6)),
        ]
        for number, bird in enumerate(birds, start=1)
    ]
    found = read(placed(pages))

    assert ("handbook" in found.text, [f"{n}.1 Of the {bird}" in found.text for n, bird in enumerate(birds, 1)]) == (
        False,
        [True] * 5,
    )


def test_parts_that_stand_below_each_other_are_rows() -> None:
    """A cell of two lines is one cell, an empty one keeps its place."""
    rows = [
        (60, 700, "Bird"), (200, 700, "Colour"), (340, 700, "What it is known for"),
        (60, 686, "Satin bowerbird"), (200, 686, "blue"), (340, 686, "its avenue and the things it"),
        (340, 674, "gathers around it"),
        (60, 660, "Regent bowerbird"), (340, 660, "yellow and black feathers"),
    ]  # fmt: skip

    assert read(placed([rows])).text == (
        "Bird | Colour | What it is known for\n"
        "Satin bowerbird | blue | its avenue and the things it gathers around it\n"
        "Regent bowerbird |  | yellow and black feathers"
    )


def test_code_keeps_its_lines() -> None:
    """A fixed pitch is code, with its indentation."""
    drawn = [
        (60, 700, "Run this before anything else is done:"),
        (80, 680, "> for x in y:"),
        (101.6, 669, "> print(x)"),
    ]

    assert read(placed([drawn])).text.endswith("\n\n```\nfor x in y:\n    print(x)\n```")


def test_what_is_meant_to_mark_pages_cannot_be_written_by_a_file() -> None:
    """The sign that marks where a page begins is let through by nobody."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    stream = DecodedStreamObject()
    stream.set_data(b"BT /F1 10 Tf 10 100 Td (AB) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(stream)
    cmap = DecodedStreamObject()
    cmap.set_data(b"1 beginbfchar <41> <E000> endbfchar 1 beginbfchar <42> <0042> endbfchar")
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/ToUnicode"): writer._add_object(cmap),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    out = BytesIO()
    writer.write(out)

    assert (read(out.getvalue()).text, read(out.getvalue()).page_starts) == ("B", (0,))


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


def test_forms_that_draw_forms_end() -> None:
    """Ten levels of ten are ten thousand million drawings; a page shows some hundred."""
    writer = PdfWriter()
    resources = DictionaryObject()
    for level in range(10):
        form = DecodedStreamObject()
        form.set_data(b"/X Do " * 10 if level else b"BT 5 5 Td ET")
        form[NameObject("/Type")] = NameObject("/XObject")
        form[NameObject("/Subtype")] = NameObject("/Form")
        form[NameObject("/BBox")] = ArrayObject([FloatObject(n) for n in (0, 0, 9, 9)])
        form[NameObject("/Resources")] = resources
        named = DictionaryObject({NameObject("/X"): writer._add_object(form)})
        resources = DictionaryObject({NameObject("/XObject"): named})
    page = writer.add_blank_page(200, 200)
    page[NameObject("/Resources")] = resources
    stream = DecodedStreamObject()
    stream.set_data(b"/X Do")
    page[NameObject("/Contents")] = writer._add_object(stream)
    out = BytesIO()
    writer.write(out)
    with pytest.raises(Refused) as refused:
        read(out.getvalue())
    assert refused.value.reason == "empty"


def test_a_thousand_million_pages_are_as_many_as_there_are() -> None:
    """What a file says of itself is not believed."""
    body = pdf([["Words."]], title="t").replace(b"/Count 1", b"/Count 1000000000")
    assert read(body).page_starts == (0,)


def test_pages_before_a_broken_one_are_read() -> None:
    """A page that is no page ends the document; what stood before it is what it says."""
    body = pdf([["First."], ["Second."]], title="t").replace(b"/Kids [4 0 R 6 0 R]", b"/Kids [4 0 R (xx) ]")
    assert read(body).text == "First."


def test_a_tree_of_pages_in_itself_ends() -> None:
    """It has no pages, and says so."""
    body = pdf([["Words."]], title="t").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")
    try:
        found = read(body)
    except Refused as refused:
        assert refused.reason in ("error", "empty")  # noqa: PT017
    else:
        assert found.text == "Words."


def test_a_huge_sheet_with_letters_far_apart_takes_no_memory() -> None:
    """Where letters stand is the file's word; nothing is laid out by it."""
    far = [(n * 1e7, n * 1e7, "Words that stand far from all others.") for n in range(20)]
    assert read(placed([far])).text.count("Words") == 20
