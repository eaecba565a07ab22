"""Files that eat whoever reads them: the process that reads is what is lost, and the next file is read."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from io import BytesIO

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, StreamObject

from bowerbird.reading.readers import Readers
from bowerbird.reading.refused import Refused
from tests.sites.paper import pdf

ASK = {
    "what": "page",
    "url": "https://example.org/a.pdf",
    "content_type": "application/pdf",
    "agent": "test",
    "cap_bytes": 20_000_000,
}
DEADLINE_S = 6.0


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    """One process."""
    made = Readers(1, deadline_s=DEADLINE_S)
    yield made
    await made.close()


def with_letters_told_by(told: StreamObject) -> bytes:
    """A PDF whose font says by `told` what its letters are."""
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/ToUnicode"): writer._add_object(told),
        }
    )
    drawing = DecodedStreamObject()
    drawing.set_data(b"BT /F1 10 Tf 10 100 Td (AB) Tj ET")
    page = writer.add_blank_page(200, 200)
    page[NameObject("/Contents")] = writer._add_object(drawing)
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def packed(unpacked_bytes: int) -> bytes:
    """Zeros, packed, that nobody ever held whole."""
    packer = zlib.compressobj(1)
    chunk = bytes(10_000_000)
    parts = [packer.compress(chunk) for _ in range(unpacked_bytes // len(chunk))]
    return b"".join([*parts, packer.flush()])


def a_font_of_gigabytes() -> bytes:
    """One and a half, in some megabytes; the process may have as much for all it needs."""
    told = StreamObject()
    told._data = packed(1_500_000_000)
    told[NameObject("/Filter")] = NameObject("/FlateDecode")
    return with_letters_told_by(told)


def a_font_of_four_thousand_million_letters() -> bytes:
    """In one line."""
    told = DecodedStreamObject()
    told.set_data(
        b"1 begincidrange <00000000> <ffffffff> 0 endcidrange 1 beginbfrange <00000000> <ffffffff> <0000> endbfrange"
    )
    return with_letters_told_by(told)


@pytest.mark.parametrize("made", [a_font_of_gigabytes, a_font_of_four_thousand_million_letters])
async def test_a_pdf_that_eats_memory_or_time_is_refused_and_the_next_is_read(
    readers: Readers, made: Callable[[], bytes]
) -> None:
    """Or read without what ate it; within the deadline either way."""
    body = made()
    began = asyncio.get_running_loop().time()
    try:
        said = await readers.read(ASK, body)
    except Refused as refused:
        assert refused.reason in ("error", "too large", "empty")  # noqa: PT017
    else:
        assert said["text"] == "AB"
    assert asyncio.get_running_loop().time() - began < DEADLINE_S + 5
    assert (await readers.read(ASK, pdf([["Words."]], title="t")))["text"] == "Words."
