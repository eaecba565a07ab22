"""
Goal-directed gathering against breadth-first (A3): pages fetched until 90 % of a topic's pages are found.

The site is the graph in `goal_graph.json` over the WildGraphBench pages (see `goal_graph.py` for how it was drawn). The
frontier and the embedder are the product's; fetching is a look-up, with as many requests in flight as a crawl has.
`--seeds N` draws N other graphs instead, for development.
"""

import argparse
import hashlib
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality import goal_graph
from bench.quality.goal_curves import draw_curves
from bench.quality.goal_pages import Page, pages, plain
from bench.report import ROOT, write
from bowerbird.acquire.frontier import Frontier
from bowerbird.acquire.lead import page_words
from bowerbird.acquire.outcomes import Row
from bowerbird.acquire.relevance import Topic, goal_words
from bowerbird.models import Embedder, MiniLM

GOALS = ("mathematics", "nature", "history")
IN_FLIGHT = 8
WANTED = 0.9
Vectors = NDArray[np.float32]


class Remembering:
    """The embedder, asked once for each text; several goals and graphs share the pages."""

    def __init__(self, embedder: Embedder, folder: Path | None) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        self._file = folder / "goal_vectors.npz" if folder is not None else None
        if self._file is not None and self._file.exists():
            with np.load(self._file) as stored:
                self._known = {name: stored[name] for name in stored.files}

    def embed(self, texts: list[str]) -> Vectors:
        keys = [hashlib.sha1(text.encode()).hexdigest() for text in texts]
        new = [at for at, key in enumerate(keys) if key not in self._known]
        for at, vector in zip(new, self._embedder.embed([texts[at] for at in new]), strict=True):
            self._known[keys[at]] = vector
        return np.stack([self._known[key] for key in keys])

    def save(self) -> None:
        if self._file is not None:
            stored: dict[str, Any] = dict(self._known)
            np.savez(self._file, **stored)


def breadth_first(links: dict[str, list[str]]) -> list[str]:
    """The pages in the order of a breadth-first crawl."""
    order: list[str] = []
    seen, waiting = {goal_graph.HOME}, deque([goal_graph.HOME])
    while waiting:
        page = waiting.popleft()
        order.append(page)
        for linked in links[page]:
            if linked not in seen:
                seen.add(linked)
                waiting.append(linked)
    return order


def best_first(
    links: dict[str, list[str]], content: dict[str, Page], goal: str, embedder: Remembering
) -> tuple[list[str], int]:
    """The pages in the order of the product's frontier, and after how many it would have stopped."""
    topic = Topic(embedder.embed([goal_words(goal)])[0])
    frontier = Frontier(topic)
    names = [goal_graph.HOME]
    ids = {goal_graph.HOME: 0}
    frontier.offer(Row(0, "http://site.test/", "", 0, None, 0.0, ""))
    order: list[str] = []
    stopped = 0
    while len(frontier):
        asked = [row for _ in range(IN_FLIGHT) if (row := frontier.pop()) is not None]
        if not stopped and frontier.is_spent():
            stopped = len(order)
        for row in asked:
            name = names[row.id]
            order.append(name)
            page = content.get(name)
            words = page_words(page.title, plain(page.text)) if page is not None else page_words(name, "")
            relevance = frontier.learn(row, embedder.embed([words])[0])
            new: list[int] = []
            for linked in links[name]:
                if linked in ids:
                    frontier.linked_again(ids[linked], parent=relevance)
                    continue
                ids[linked] = len(names)
                names.append(linked)
                anchor = content[linked].title if linked in content else linked.replace("index", "Index ")
                place = "pages" if linked in content else "lists"
                at = Row(ids[linked], f"http://site.test/{place}/{ids[linked]}", anchor, row.depth + 1, row.id, 0.0, "")
                frontier.offer(at, parent=relevance)
                new.append(at.id)
            unread = frontier.unread(1000)
            if unread:
                frontier.read([row_id for row_id, _ in unread], embedder.embed([text for _, text in unread]))
            frontier.credit_links(row, relevance=relevance, leads_to=new)
    return order, stopped or len(order)


def fetches(order: list[str], wanted: set[str]) -> int:
    """After how many fetches `WANTED` of the wanted pages are found."""
    found = 0
    for number, page in enumerate(order, 1):
        found += page in wanted
        if found >= WANTED * len(wanted):
            return number
    return len(order)


def curve(order: list[str], wanted: set[str]) -> list[float]:
    """The share of the wanted pages found after each fetch."""
    found = np.cumsum([page in wanted for page in order])
    return [float(share) for share in found / len(wanted)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="draw so many other graphs and print only")
    parser.add_argument("--vectors", type=Path, help="a folder to keep vectors in between runs")
    given = parser.parse_args()
    content = {page.id: page for page in pages()}
    topics = {page.id: page.topic for page in content.values()}
    embedder = Remembering(MiniLM(threads=2), given.vectors)
    if given.seeds:
        graphs = [goal_graph.draw(topics, seed=seed) for seed in range(1, given.seeds + 1)]
    else:
        graphs = [goal_graph.load()]
    figures: dict[str, dict[str, float]] = {}
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for goal in GOALS:
        wanted = {page for page, topic in topics.items() if topic == goal}
        rows: list[tuple[int, int, int, float]] = []
        for graph in graphs:
            broad = breadth_first(graph["links"])
            best, stop = best_first(graph["links"], content, goal, embedder)
            curves[goal] = (curve(broad, wanted), curve(best, wanted))
            recall = len(wanted & set(best[:stop])) / len(wanted)
            rows.append((fetches(best, wanted), fetches(broad, wanted), stop, recall))
        shares = [best / broad for best, broad, _, _ in rows]
        figures[goal] = {
            "pages_wanted": len(wanted),
            "fetches_best_first": float(np.mean([row[0] for row in rows])),
            "fetches_breadth_first": float(np.mean([row[1] for row in rows])),
            "share": round(float(np.mean(shares)), 3),
            "largest_share": round(max(shares), 3),
            "stops_after": float(np.mean([row[2] for row in rows])),
            "found_when_it_stops": round(float(np.mean([row[3] for row in rows])), 3),
        }
        if given.seeds:
            print(goal, figures[goal], [f"{share:.2f}" for share in shares], [f"{row[2]}:{row[3]:.2f}" for row in rows])
    embedder.save()
    if not given.seeds:
        picture = ROOT / "docs" / "pictures" / "goal-directed.svg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_text(draw_curves(curves))
        write("goal_crawl", figures, notes="pages fetched until 90 % of a topic's pages are found; curves in the docs")


if __name__ == "__main__":
    main()
