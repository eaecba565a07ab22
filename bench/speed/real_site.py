"""
A real site from beginning to end: the HTML pages of Debian's python-sklearn-doc, served from loopback.

Runs the product as a person would (`bowerbird crawl … --all`, `ask`, `recrawl`), and checks what it says: the coverage
adds up, the answer names `supervised`, every quote equals its span, and a second run asks only what changed.
"Searchable" is the moment when everything that was gathered can be found by its words; reading for meaning goes on.

With `--postgresql` the records are on a real PostgreSQL, behind PgBouncer in transaction mode, and the figures are
laid beside those of the last run on SQLite: the same pages must have come to the same end, with the same answer.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.report import RESULTS, write
from bench.speed.first_answer import peak_memory
from bowerbird.demo import FolderSite
from bowerbird.records import open_records
from bowerbird.records.tables import jobs
from bowerbird.settings import load_settings
from tests.servers import postgresql

SITE = Path(os.environ.get("BOWERBIRD_BENCH_SITE", "/usr/share/doc/python-sklearn-doc/html"))
GOAL = "learn about machine learning techniques"
QUESTION = "What are the main types of machine learning?"


def bowerbird(*arguments: str) -> Any:
    """What a command prints as JSON."""
    done = subprocess.run([sys.executable, "-m", "bowerbird", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bowerbird {' '.join(arguments)}: exit {done.returncode}\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def searchable_after(data: Path, *, began: float, is_over: Callable[[], bool]) -> float:
    """Seconds until the job had arranged all it gathered."""
    settings = load_settings(data_dir=data)
    while not data.exists() or not any(data.iterdir()):
        time.sleep(0.1)
    with closing(open_records(settings.records_url)) as records:
        while not is_over():
            rows = records.read(lambda conn: conn.execute(sa.select(jobs.c.step, jobs.c.status)).all())
            if any(row.step == "embed" or row.status == "completed" for row in rows):
                break
            time.sleep(0.2)
    return time.perf_counter() - began


def crawl(data: Path, *arguments: str) -> tuple[dict[str, Any], float, float, int]:
    """The report of a crawl, seconds to searchable, seconds in all, and the peak of resident bytes."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bowerbird", *arguments, "--data", str(data), "--json"],
        text=True,
        stdout=subprocess.PIPE,
    )
    peaks: list[int] = []
    watcher = threading.Thread(target=peak_memory, args=(process, peaks))
    watcher.start()
    searchable_s = searchable_after(data, began=began, is_over=lambda: process.poll() is not None)
    output = process.communicate()[0]
    took_s = time.perf_counter() - began
    watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(arguments)}: exit {process.returncode}\n{output}")
    return json.loads(output), searchable_s, took_s, peaks[0]


def exact(data: Path, answer: dict[str, Any]) -> bool:
    """Whether every quote is what the stored version says between its offsets."""
    for claim in answer["claims"]:
        for citation in claim["citations"]:
            shown = subprocess.run(
                [sys.executable, "-m", "bowerbird", "page", str(citation["version"]), "--text", "--data", str(data)],
                capture_output=True,
                check=True,
            ).stdout.decode()
            if shown[citation["start"] : citation["end"]] != citation["quote"]:
                return False
    return bool(answer["claims"])


def adds_up(pages: dict[str, Any]) -> bool:
    """Whether every URL seen has exactly one end."""
    return bool(pages["seen"] == pages["kept"] + pages["unchanged"] + pages["deleted"] + sum(pages["skipped"].values()))


def main() -> None:
    """Gather, ask, gather again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgresql", action="store_true", help="keep the records on PostgreSQL")
    chosen = parser.parse_args()
    if not SITE.exists():
        print(f"no site at {SITE}: apt-get install python-sklearn-doc; nothing was measured")
        return
    with ExitStack() as stack:
        if chosen.postgresql:
            server = stack.enter_context(postgresql(with_pooler=True))
            database = stack.enter_context(server.database("real_site"))
            os.environ["BOWERBIRD_DATABASE_URL"] = server.url(database, pooled=True)
        measure(name="real_site_postgresql" if chosen.postgresql else "real_site")


def measure(*, name: str) -> None:
    """The whole run, with the records wherever the environment says."""
    data = Path(tempfile.mkdtemp(prefix="bowerbird-site-"))
    with FolderSite(SITE) as site:
        first, searchable_s, first_s, peak = crawl(
            data, "crawl", f"{site.url}/index.html", "--goal", GOAL, "--all", "--allow-private"
        )
        answer = bowerbird("ask", QUESTION, "--data", str(data), "--json")
        second, _, second_s, _ = crawl(data, "recrawl", "--all")
        kept = first["pages"]["kept"]
        figures = {
            "first": first,
            "second": second,
            "answer": answer["answer"],
            "quotes exact": exact(data, answer),
            "coverage adds up": adds_up(first["pages"]) and adds_up(second["pages"]),
            "searchable_s": round(searchable_s, 1),
            "first_s": round(first_s, 1),
            "second_s": round(second_s, 1),
            "peak_bytes": peak,
        }
    shutil.rmtree(data)
    write(
        name,
        figures,
        headline={
            "sklearn documentation: pages kept": kept,
            "pages/s to searchable text (≥ 20)": round(kept / searchable_s, 1),
            "peak memory MB of all processes (≤ 1000)": round(peak / 1e6),
            "coverage adds up": figures["coverage adds up"],
            "answer says `supervised`, quotes equal their spans": "supervised" in answer["answer"]
            and figures["quotes exact"],
            "second run: passages embedded again (0)": second["embedded"],
            "second run: share of the first run's bytes (≤ 5 %)": f"{second['bytes'] / first['bytes']:.2%}",
            "second run: share of the first run's time (≤ 10 %)": f"{second_s / first_s:.1%}",
            "second run: pages/s (≥ 100)": round(second["pages"]["unchanged"] / second["took_s"], 1),
        }
        | ({} if name == "real_site" else as_on_sqlite(first, answer)),
    )


def as_on_sqlite(first: dict[str, Any], answer: dict[str, Any]) -> dict[str, bool]:
    """Whether the last run on SQLite came to the same."""
    there = json.loads((RESULTS / "real_site.json").read_text())["figures"]
    return {
        "pages: the same numbers as on SQLite": first["pages"] == there["first"]["pages"],
        "passages and entities: the same numbers as on SQLite": [first["passages"], first["entities"]]
        == [there["first"]["passages"], there["first"]["entities"]],
        "the same answer as on SQLite": answer["answer"] == there["answer"],
    }


if __name__ == "__main__":
    main()
