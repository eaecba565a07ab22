"""
Draws a linked site over the WildGraphBench pages: ids and links only, from a seed.

How: each page has 1 + Poisson(5) links in its text; a link stays within the page's topic with probability .75, else it
goes to any page; popular pages are linked more (Pareto weights of shape 1.5). Two pages in five also stand in an
index: lists of 25 in random order, whatever their topic, linked from the home page. A page that nothing leads to gets
a link from a page that can be reached, by the same odds. Links are called by the titles of their pages (some titles
are just "69" or "Archived"; an index is called "Index 7"), and addresses say nothing. So links within a topic are
likelier, two thirds of all pages are another topic's, and some pages of a goal can only be reached through pages that
have nothing to do with it.
"""

import json
import sys
from pathlib import Path
from typing import TypedDict

import numpy as np

HOME = "home"
GRAPH = Path(__file__).parent / "goal_graph.json"
SEED = 20_260_214
WITHIN = 0.75
MEAN_LINKS = 5
INDEXED = 0.4
INDEX_SIZE = 25


class Graph(TypedDict):
    seed: int
    links: dict[str, list[str]]


def draw(topics: dict[str, str], *, seed: int) -> Graph:
    """The links of each page, by id; `topics` says which topic a page's id belongs to."""
    rng = np.random.default_rng(seed)
    ids = sorted(topics)
    weight = dict(zip(ids, rng.pareto(1.5, len(ids)) + 0.3, strict=True))
    of_topic = {topic: [page for page in ids if topics[page] == topic] for topic in sorted(set(topics.values()))}
    links: dict[str, list[str]] = {}
    for page in ids:
        chosen: list[str] = []
        for _ in range(1 + rng.poisson(MEAN_LINKS)):
            pool = of_topic[topics[page]] if rng.random() < WITHIN else ids
            chosen.append(_weighted(pool, weight, rng))
        links[page] = [each for each in dict.fromkeys(chosen) if each != page]
    listed = [ids[int(at)] for at in rng.permutation(len(ids))[: int(INDEXED * len(ids))]]
    lists = [listed[at : at + INDEX_SIZE] for at in range(0, len(listed), INDEX_SIZE)]
    links |= {f"index{number}": sorted(each) for number, each in enumerate(lists)}
    links[HOME] = [f"index{number}" for number in range(len(lists))]
    _connect(links, topics, rng)
    return {"seed": seed, "links": links}


def _weighted(pool: list[str], weight: dict[str, float], rng: np.random.Generator) -> str:
    weights = np.array([weight[page] for page in pool])
    return pool[int(rng.choice(len(pool), p=weights / weights.sum()))]


def _connect(links: dict[str, list[str]], topics: dict[str, str], rng: np.random.Generator) -> None:
    reached = _reach(links, HOME, set())
    for page in sorted(topics):
        if page not in reached:
            within = rng.random() < WITHIN
            able = sorted(each for each in reached & topics.keys() if not within or topics[each] == topics[page])
            links[able[int(rng.integers(len(able)))]].append(page)
            _reach(links, page, reached)


def _reach(links: dict[str, list[str]], start: str, reached: set[str]) -> set[str]:
    waiting = [start]
    reached.add(start)
    while waiting:
        for page in links[waiting.pop()]:
            if page not in reached:
                reached.add(page)
                waiting.append(page)
    return reached


def load() -> Graph:
    """The graph that is checked in."""
    graph: Graph = json.loads(GRAPH.read_text())
    return graph


if __name__ == "__main__":
    from bench.quality.goal_pages import topics_of

    GRAPH.write_text(json.dumps(draw(topics_of(), seed=SEED), separators=(",", ":")) + "\n")
    print(f"wrote {GRAPH}", file=sys.stderr)
