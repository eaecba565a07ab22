"""The real pages on which relations are measured, read as the product reads them."""

import bz2
import csv
import gzip
import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.quality.duplicates import SKLEARN_DOCS
from bench.quality.goal_pages import pages as wild_pages
from bench.report import data_dir
from bowerbird.reading.extract import extract
from bowerbird.reading.refused import Refused

__all__ = ["Page", "pages"]

LONGEST = 200_000  # characters of a page that are read
SITES = {"scikit-learn": SKLEARN_DOCS, "python": Path("/usr/share/doc/python3.11/html")}  # Debian's packages
TOGETHER = 10  # passages of Wikipedia that make a page


@dataclass(frozen=True, slots=True)
class Page:
    """A page's text; `site` is the collection that it is from."""

    site: str
    name: str
    title: str
    text: str

    @property
    def is_reported(self) -> bool:
        """Whether it is in the half that nothing was written, mended or fitted on."""
        return hashlib.sha256(f"{self.site}/{self.name}".encode()).digest()[0] % 2 == 1


def pages() -> Iterator[Page]:
    """All of them, in a stable order; those with next to no text are left out."""
    for site, name, body, kind in _bodies():
        try:
            said = extract(body, url=f"https://{site}.example/{name}", content_type=kind)
        except Refused:
            continue
        if len(said.text) >= 300:
            yield Page(site, name, said.title, said.text[:LONGEST])


def _bodies() -> Iterator[tuple[str, str, bytes, str]]:
    for page in wild_pages():
        yield "wildgraphbench", page.id, f"# {page.title}\n\n{page.text}".encode(), "text/markdown"
    for article in json.loads((data_dir("evidence/xquad_en") / "xquad.en.json").read_text())["data"]:
        text = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
        title = article["title"].replace("_", " ")
        yield "xquad", article["title"], f"# {title}\n\n{text}".encode(), "text/markdown"
    with gzip.open(data_dir("evidence/rag_mini_wikipedia") / "passages.csv.gz", "rt", encoding="utf-8") as lines:
        passages = [row["text"] for row in csv.DictReader(lines)]
    for first in range(0, len(passages), TOGETHER):
        text = "\n\n".join(passages[first : first + TOGETHER])
        yield "wikipedia", str(first), text.encode(), "text/markdown"
    for site, root in SITES.items():
        for file in sorted(root.rglob("*.html")):
            if file.is_file() and "genindex" not in file.name:
                yield site, str(file.relative_to(root)), file.read_bytes(), "text/html"
    with bz2.open(data_dir("evidence/crag_example") / "dev_data.jsonl.bz2", "rt") as lines:
        for number, line in enumerate(lines):
            for place, result in enumerate(json.loads(line)["search_results"]):
                yield "crag", f"{number}-{place}", result["page_result"].encode(), "text/html"
    with tarfile.open(data_dir("web") / "trafilatura_eval" / "dev.html.tar.xz") as archive:
        for member in archive:
            if (body := archive.extractfile(member)) is not None:
                yield "trafilatura", member.name.removeprefix("./"), body.read(), "text/html"
