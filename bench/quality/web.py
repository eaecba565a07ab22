"""
What a page says, measured: extraction against trafilatura itself, robots.txt, addresses, publication dates, speed.

Extraction: F1 of trafilatura's own evaluation, over pages with segments that must be in the text and segments that
must not. Both extractors read the same bytes in the same run, in turn. Times are of the processor.
"""

import json
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import trafilatura

from bench.report import data_dir, write
from bowerbird.acquire.robots import Rules
from bowerbird.reading.extract import extract
from bowerbird.reading.refused import Refused
from bowerbird.reading.urls import Url, join, normalise, parse

SKLEARN_DOCS = Path("/usr/share/doc/python-sklearn-doc/html")  # Debian's python-sklearn-doc


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and (file := tar.extractfile(member)) is not None:
                yield member.name.removeprefix("./"), file.read()


def ours(body: bytes, url: str) -> str:
    try:
        return extract(body, url=url, content_type="text/html").text
    except Refused:
        return ""


def trafilaturas(body: bytes, url: str) -> str:
    return trafilatura.extract(body, url=url, include_comments=False) or ""


def trafilaturas_fast(body: bytes, url: str) -> str:
    return trafilatura.extract(body, url=url, include_comments=False, fast=True) or ""


class Tally:
    def __init__(self, read: Callable[[bytes, str], str]) -> None:
        self.read = read
        self.hit = self.missed = self.noise = self.kept_out = 0
        self.took_s = 0.0

    def take(self, body: bytes, url: str, wanted: list[str], unwanted: list[str]) -> None:
        begun = time.process_time()
        text = self.read(body, url)
        self.took_s += time.process_time() - begun
        self.hit += sum(segment in text for segment in wanted)
        self.missed += sum(segment not in text for segment in wanted)
        self.noise += sum(segment in text for segment in unwanted)
        self.kept_out += sum(segment not in text for segment in unwanted)

    def figures(self, pages: int) -> dict[str, float]:
        precision = self.hit / (self.hit + self.noise)
        recall = self.hit / (self.hit + self.missed)
        return {
            "f1": round(2 * precision * recall / (precision + recall), 4),
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "pages_per_s": round(pages / self.took_s, 1),
        }


def extraction(folder: Path) -> dict[str, Any]:
    wanted = json.loads((folder / "dev.json").read_text())
    pages = dict(members(folder / "dev.html.tar.xz"))
    tallies = {"ours": Tally(ours), "trafilatura": Tally(trafilaturas), "trafilatura_fast": Tally(trafilaturas_fast)}
    for tally in tallies.values():  # what is loaded once is not charged to the first page
        tally.read(b"<p>" + b"Nothing much is said here. " * 20, "https://example.org/")
    for url, case in wanted.items():
        for tally in tallies.values():
            tally.take(pages[case["path"]], url, case["with"], case["without"])
    return {"pages": len(wanted), **{name: tally.figures(len(wanted)) for name, tally in tallies.items()}}


def dates(folder: Path) -> dict[str, Any]:
    """Publication dates that pages state for machines, against gold dates."""
    gold: dict[str, dict[str, str]] = json.loads((folder / "publication_dates.json").read_text())
    pages = dict(members(folder / "dev.html.tar.xz"))
    cases = [(path, case) for path, case in gold.items() if path in pages]
    said = right = 0
    for path, case in cases:
        try:
            found = extract(pages[path], url=case["url"], content_type="text/html").published[:10]
        except Refused:
            found = ""
        said += bool(found)
        right += found == case["date"]
    return {"pages": len(cases), "stated": said, "right": right}


def robots(folder: Path) -> dict[str, Any]:
    cases = json.loads((folder / "google_robots_cases.json").read_text())
    right = {True: 0, False: 0}
    for case in cases:
        got = Rules.parse(case["robotstxt"].encode()).allowed(case["url"], case["agent"])
        right[case["google_only"]] += got == case["allowed"]
    files = crashed = 0
    begun = time.process_time()
    for _, body in members(folder / "protego_real_robots_txt.tar.xz"):
        files += 1
        try:
            rules = Rules.parse(body)
            rules.allowed("https://example.org/a/b?c=d", "bowerbird")
            rules.crawl_delay_s("bowerbird")
        except Exception as exc:  # noqa: BLE001  # whatever it is, it is counted
            print(f"crashed: {exc!r}")
            crashed += 1
    return {
        "rfc_cases": sum(not case["google_only"] for case in cases),
        "rfc_right": right[False],
        "google_only_cases": sum(case["google_only"] for case in cases),
        "google_only_right": right[True],
        "real_files": files,
        "real_files_crashed": crashed,
        "files_per_s": round(files / (time.process_time() - begun)),
    }


def addresses(folder: Path) -> dict[str, Any]:
    cases = [case for case in json.loads((folder / "urltestdata.json").read_text()) if isinstance(case, dict)]
    right = unstable = 0
    for case in cases:
        base = case.get("base")
        found = parse(case["input"], base=base)
        href = None if found is None else found.href
        assert base is None or join(base, case["input"]) == href
        right += href == (None if case.get("failure") else case["href"])
        once = normalise(case["input"], base=base)
        unstable += isinstance(once, Url) and normalise(once.href) != once
    return {"cases": len(cases), "right": right, "normalised_twice_differs": unstable}


def documentation() -> dict[str, Any]:
    """The whole extraction of one core on the documentation of scikit-learn: text, links, directives, fields."""
    files = [file.read_bytes() for file in sorted(SKLEARN_DOCS.rglob("*.html"))]
    refused = 0
    begun = time.process_time()
    for body in files:
        try:
            extract(body, url="https://example.org/docs/page.html", content_type="text/html")
        except Refused:
            refused += 1
    took_s = time.process_time() - begun
    return {"pages": len(files), "refused": refused, "pages_per_s": round(len(files) / took_s, 1)}


def main() -> None:
    web = data_dir("web")
    figures: dict[str, Any] = {
        "extraction": extraction(web / "trafilatura_eval"),
        "dates": dates(web / "trafilatura_eval"),
        "robots": robots(web / "robots"),
        "addresses": addresses(web / "wpt_url"),
    }
    if SKLEARN_DOCS.exists():
        figures["scikit_learn_docs"] = documentation()
    write("web", figures, notes="Times are of one core's processor time. Segments are trafilatura's dev set.")


if __name__ == "__main__":
    main()
