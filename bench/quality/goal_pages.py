"""The WildGraphBench pages with their topics."""

import json
import lzma
import re
from dataclasses import dataclass

from bench.report import data_dir

TOPICS = ("history", "mathematics", "nature", "technology")


@dataclass(frozen=True, slots=True)
class Page:
    id: str
    topic: str
    title: str
    text: str


def pages() -> list[Page]:
    """All pages, in the order of the files."""
    folder = data_dir("evidence/wildgraphbench/dev")
    found: list[Page] = []
    for topic in TOPICS:
        with lzma.open(folder / f"{topic}.pages.jsonl.xz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        found += [Page(row["_id"], topic, row["title"], row["text"]) for row in rows]
    return found


def topics_of() -> dict[str, str]:
    """The topic of each page's id."""
    return {page.id: page.topic for page in pages()}


def plain(markdown: str) -> str:
    """The text without images, link targets and markup, roughly as an extractor would give it."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", markdown)
    text = re.sub(r"\]\([^)]*\)", " ", text)
    return re.sub(r"\s+", " ", re.sub(r"[#*_=\[\]>|]+", " ", text)).strip()
