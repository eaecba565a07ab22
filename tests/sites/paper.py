"""Writes small PDFs with text in them, without a library, so that every byte is known."""

from collections.abc import Sequence

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
FONTS = (b"Helvetica", b"Helvetica-Bold", b"Courier")
HEAD = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"


Placed = tuple[float, float, str]
"""A line and where it begins: points from the left, points from the bottom."""


def pdf(pages: Sequence[Sequence[str]], *, title: str) -> bytes:
    """
    A PDF of A4 pages in Helvetica, line by line.

    A line that begins with `# ` is a heading; an empty one holds a space, as word processors write it.
    """
    return _document([_drawing(lines) for lines in pages], FONTS[:2], title=title)


def placed(pages: Sequence[Sequence[Placed]], *, title: str = "") -> bytes:
    """The same, each line at its place; they are drawn in the order given, whatever that is on the page."""
    return _document([_drawing_of(lines) for lines in pages], FONTS, title=title)


def _document(texts: Sequence[bytes], fonts: Sequence[bytes], *, title: str) -> bytes:
    named = b" ".join(b"/F%d %s" % (number, FONT % font) for number, font in enumerate(fonts, 1))
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(texts)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(texts)} >>".encode(),
        b"<< %s >>" % named,
    ]
    for n, text in enumerate(texts):
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * n} 0 R "
            f"/Resources << /Font 3 0 R >> >>".encode()
        )
        bodies.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
    bodies.append(b"<< /Title (%s) >>" % _escaped(title))
    return _file(bodies)


def _file(bodies: Sequence[bytes]) -> bytes:
    out, places = bytearray(HEAD), list[int]()
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(bodies) + 1, len(bodies))
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def _drawing(lines: Sequence[str]) -> bytes:
    """The operators that put the lines on a page, from the top downwards."""
    parts = [b"BT", b"64 770 Td"]
    for line in lines:
        font, leading = (b"/F2 15 Tf", 26) if line.startswith("# ") else (b"/F1 11 Tf", 16)
        parts += [font, b"(%s) Tj" % _escaped(line.removeprefix("# ") or " "), b"0 -%d Td" % leading]
    return b"\n".join([*parts, b"ET"])


def _drawing_of(lines: Sequence[Placed]) -> bytes:
    """`# ` makes a line a heading, `> ` code."""
    parts: list[bytes] = []
    for x, y, line in lines:
        font = {"# ": b"/F2 15 Tf", "> ": b"/F3 9 Tf"}.get(line[:2], b"/F1 10 Tf")
        text = line[2:] if line[:2] in ("# ", "> ") else line
        parts.append(b"BT %s %.1f %.1f Td (%s) Tj ET" % (font, x, y, _escaped(text)))
    return b"\n".join(parts)


def _escaped(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
