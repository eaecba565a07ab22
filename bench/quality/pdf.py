"""
PDFs: text in reading order, and the page on which each sentence stands, on ten of Debian's documentation packages.

The key (`pdf_key.json`) was written by looking at pages as pictures, before their text was compared: runs of sentences
that follow each other (over columns, lists, tables, headings and the break of a page), headings, rows, and lines that
run along the edges. Which page further lines stand on is told by poppler's pdftotext, a page at a time. Beside it: the
plain text of pypdf.

Needs: apt-get install texlive-publishers-doc bash-doc developers-reference r-cran-lme4 python-reportlab-doc
debian-policy why3-doc-pdf gnuplot-doc
"""

import gzip
import json
import logging
import time
import unicodedata
from collections import Counter
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from bench.report import write
from bowerbird.kernel.paging import page_number
from bowerbird.reading.extract import extract

KEY = Path(__file__).with_name("pdf_key.json")


def flat(text: str) -> str:
    """Letters and digits only: what is compared is order, not how a list or a heading is marked."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


class Flat:
    """A text as `flat` has it, and where each of its letters stood before."""

    def __init__(self, text: str) -> None:
        spelled = [(flat(char), offset) for offset, char in enumerate(text) if not char.isspace()]
        self.text = "".join(letters for letters, _ in spelled)
        self._offsets = [offset for letters, offset in spelled for _ in letters]

    def once(self, words: str) -> int | None:
        """Where the words begin in the text; None when they are not found, or stand more than once."""
        wanted = flat(words)
        at = self.text.find(wanted)
        return None if at < 0 or self.text.find(wanted, at + 1) >= 0 else self._offsets[at]

    def in_order(self, run: list[str]) -> list[bool]:
        """For each two parts of a run that follow each other: whether they do in the text."""
        return [flat(one) + flat(other) in self.text for one, other in pairwise(run)]


def read(path: Path) -> bytes:
    body = path.read_bytes()
    return gzip.decompress(body) if path.suffix == ".gz" else body


def plain(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)


def measure(document: dict[str, Any], counts: Counter[str]) -> None:
    body = read(Path(document["path"]))
    begun = time.process_time()
    found = extract(body, url="https://example.org/a.pdf", content_type="application/pdf")
    counts["ms of the processor"] += round(1000 * (time.process_time() - begun))
    counts["pages"] += len(found.page_starts)
    ours, beside = Flat(found.text), Flat(plain(body))
    missed: list[str] = []
    for run in document["runs"]:
        told = ours.in_order(run)
        counts["pairs"] += len(told)
        counts["pairs in order"] += sum(told)
        counts["pairs in order, pypdf"] += sum(beside.in_order(run))
        pairs = zip(pairwise(run), told, strict=True)
        missed += [f"{one[-40:]} → {other[:40]}" for (one, other), is_right in pairs if not is_right]
    for page, words in [*((document["page"], run[0]) for run in document["runs"]), *document["on_pages"]]:
        offset = ours.once(words)
        if offset is None:
            counts["not found, or more than once"] += 1
            continue
        number = page_number(found.page_starts, offset)
        counts["on pages"] += 1
        counts["on the right page"] += number == page
        if number != page:
            missed.append(f"on page {number}, not {page}: {words[:60]}")
    missed += [f"not left out: {words}" for words in document["absent"] if flat(words) in ours.text]
    lines = [flat(line) for line in found.text.split("\n") if line.startswith("#")]
    counts["headings"] += len(document["headings"])
    counts["headings found"] += sum(
        any(flat(wanted) in flat(line) for line in lines) for wanted in document["headings"]
    )
    counts["rows"] += len(document["rows"])
    counts["rows found"] += sum(row in found.text.split("\n") for row in document["rows"])
    counts["running lines"] += len(document["absent"])
    counts["running lines left out"] += sum(flat(words) not in ours.text for words in document["absent"])
    for words in missed:
        print(f"   {Path(document['path']).name}: {words}")


def main() -> None:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    documents = json.loads(KEY.read_text())
    absent = sorted({each["package"] for each in documents if not Path(each["path"]).exists()})
    if absent:
        print(f"no PDFs of {', '.join(absent)}: apt-get install {' '.join(absent)}; nothing was measured")
        return
    counts: Counter[str] = Counter()
    for document in documents:
        measure(document, counts)
    share = {
        "PDFs: sentences in reading order, of the pairs labelled": round(counts["pairs in order"] / counts["pairs"], 3),
        "the same by pypdf's plain text": round(counts["pairs in order, pypdf"] / counts["pairs"], 3),
        "PDFs: sentences on the page that their citation says": round(
            counts["on the right page"] / counts["on pages"], 3
        ),
        "PDFs: pages read a second of the processor": round(1000 * counts["pages"] / counts["ms of the processor"], 1),
    }
    write("pdf", {"documents": len(documents), **dict(counts)}, headline=share)


if __name__ == "__main__":
    main()
