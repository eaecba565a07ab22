"""
What Lighthouse says of the pages, phone and desktop, over the demonstration site: target 95 or more of each score.

Lighthouse comes from npm into a temporary folder (or from `LIGHTHOUSE_FOLDER`, a folder with its `node_modules`);
the browser is Debian's Chromium. Each page is measured three times and the median run counts, because other processes
take turns with the browser. Page weight is what is sent over the wire for a first visit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from bench.report import write
from bench.served import CHROMIUM, CHROMIUM_ARGS, serving_demo

VERSION: Final = "13"
PAGES: Final = ("/", "/chat", "/knowledge/explorer", "/scraping/dashboard", "/scraping/new")
FORMS: Final = ("phone", "desktop")
CATEGORIES: Final = ("performance", "accessibility", "best-practices", "seo")
RUNS: Final = 3
TRIES: Final = 3  # of a run: now and then the browser keeps no trace, and Lighthouse asks to be run again
LEAST: Final = 95
MOST_KB: Final = 150


def installed(folder: Path) -> Path:
    """The program, in a folder of its own."""
    given = os.environ.get("LIGHTHOUSE_FOLDER")
    if given is None:
        subprocess.run(["npm", "install", "--silent", "--no-save", f"lighthouse@{VERSION}"], cwd=folder, check=True)
    return Path(given or folder) / "node_modules" / ".bin" / "lighthouse"


def measured(program: Path, url: str, form: str, report: Path) -> dict[str, Any]:
    """One run: the four scores, the weight, and what lost points."""
    command = [str(program), url, "--quiet", "--output=json", f"--output-path={report}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--chrome-flags={' '.join(['--headless=new', *CHROMIUM_ARGS])}"]
    command += ["--preset=desktop"] if form == "desktop" else []
    for _ in range(TRIES):
        done = subprocess.run(command, check=False, env=os.environ | {"CHROME_PATH": CHROMIUM}, timeout=180)
        if done.returncode == 0:
            break
    done.check_returncode()
    said = json.loads(report.read_text())
    audits = said["audits"]
    return {
        **{name: round(100 * said["categories"][name]["score"]) for name in CATEGORIES},
        "kB": round(audits["total-byte-weight"]["numericValue"] / 1000, 1),
        "first contentful paint ms": round(audits["first-contentful-paint"]["numericValue"]),
        "lost": sorted(
            reference["id"]
            for name in CATEGORIES
            for reference in said["categories"][name]["auditRefs"]
            if reference["weight"] and (audits[reference["id"]]["score"] or 0) < 0.9
            if audits[reference["id"]]["scoreDisplayMode"] not in ("notApplicable", "manual", "informative")
        ),
    }


def main() -> None:
    """Measure every page in both forms; leaves with an error when a score or a weight misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="of each page, the median counts (default: %(default)s)")
    count = parser.parse_args().runs
    pages: dict[str, dict[str, dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(prefix="lighthouse-") as name, serving_demo() as (server, _):
        folder = Path(name)
        program = installed(folder)
        for path in PAGES:
            pages[path] = {}
            for form in FORMS:
                runs = [measured(program, server.url + path, form, folder / "report.json") for _ in range(count)]
                runs.sort(key=lambda run: int(run["performance"]))
                pages[path][form] = runs[count // 2]
                print(path, form, pages[path][form], flush=True)
    every = [page for forms in pages.values() for page in forms.values()]
    lowest = {name: min(page[name] for page in every) for name in CATEGORIES}
    heaviest = max(page["kB"] for page in every)
    write(
        "lighthouse",
        {"pages": pages, "lowest": lowest, "heaviest_kB": heaviest},
        headline={
            "Lighthouse, lowest of 5 pages on phone and desktop (≥ 95): "
            "performance / accessibility / best practices / SEO": " / ".join(str(lowest[name]) for name in CATEGORIES),
            "heaviest of these pages, kB sent (≤ 150)": heaviest,
        },
        notes=f"Lighthouse {VERSION}, its own throttling, median of {count}; the demonstration site is gathered.",
    )
    if min(lowest.values()) < LEAST or heaviest > MOST_KB:
        sys.exit("a page misses its target: see `lost` of each page")


if __name__ == "__main__":
    main()
