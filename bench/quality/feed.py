"""
The feed in a world whose truth is known: how relevant, how varied, how well matched to what people like its slates are.

The world of `feed_world` is written into the records (`feed_records`); then the product makes a slate of ten for each
person as it would for a visitor: records, catalogue, profile, what everybody's events teach, candidates, agents, draws.
Each figure is the mean over people and over `SEEDS` slates of each.

*Relevance*: nDCG@10 of the slate with the true relevance at `NOW` as its gain, of all items; "known" are people with
at least ten acts, "new" the others. Beside it, from `feed_world`: ceilings, what is learnable, popularity, chance.

*Diversity*, at the same candidates and scores: ILD@10 (mean cosine distance of the items' embeddings within a slate),
coverage (of all items, those in at least one slate of anybody; of one seed), calibration (Steck's divergence
between the categories of what the person opened, saved or liked and those of the slate, in nats). *Top-k* takes the ten
of highest expected score: the agents' scores by the probability of each to win. *MMR* trades the same score against the
greatest cosine with what was taken. *The truth's own ten* are the most relevant ones, whatever they are like.

    python -m bench.quality.feed [SEED …]      # the frozen world; with seeds, other worlds, and writes nothing
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import sqlalchemy as sa

from bench.quality.feed_frontier import PICTURE, draw_frontier
from bench.quality.feed_metrics import Floats, Ints, calibration, coverage, ild, ndcg, top
from bench.quality.feed_records import Written, write_world
from bench.quality.feed_world import (
    GROUPS,
    NOW,
    OPENED,
    PLACES,
    SEED,
    History,
    World,
    history,
    references,
    truth,
    world,
)
from bench.report import write
from bowerbird.feed.agents import default_agents
from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.compose import Inputs, Weights, compose, similarities
from bowerbird.feed.forecast import FeedForecast, learn, read_tries
from bowerbird.feed.panel import Panel
from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.ranker import Ranker, prior_rates
from bowerbird.feed.slate import unpack
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.index.nearest import Floats as Vector
from bowerbird.learn import win_probabilities
from bowerbird.records import open_records

__all__ = ["Library", "Slates", "by_product", "figures_of", "open_library", "told"]

SEEDS: Final = 3
KNOWN_ACTS: Final = 10
TARGET: Final = 0.85
TOP_K: Final = Weights(own=0.0, relevance=1.0, calibration=0.0, most_of_source=1.0)

Chooser = Callable[[Inputs, Floats], Sequence[int]]  # of n candidates with their cosines, the numbers of those taken


@dataclass(frozen=True, slots=True)
class Library:
    """A world as the product has it in memory, and what is true of it."""

    w: World
    past: History
    gains: Floats
    catalogue: Catalogue
    profiles: Sequence[Profile]
    written: Written
    forecast: FeedForecast | None
    clock: ManualClock


@dataclass(frozen=True, slots=True)
class Slates:
    """For each seed and person what was shown, and what it was made from."""

    rankings: Sequence[Ints]  # (people, places) of each seed; -1: an empty place
    inputs: Sequence[Sequence[Inputs]]
    took_ms: Floats


def open_library(w: World, folder: Path) -> Library:
    """The world, written into records in `folder` and read by the product."""
    past, clock = history(w), ManualClock(NOW)
    records = open_records(f"sqlite:///{folder / 'bench.db'}")
    try:
        written = write_world(records, clock, w, past)
        catalogue = Catalogue(written.scope.workspace, clock)
        records.read(catalogue.catch_up)

        def profiled(conn: sa.Connection) -> list[Profile]:
            return [read_profile(conn, scope, clock=clock) for scope in written.scopes]

        profiles = records.read(profiled)
        tries = records.read(lambda conn: read_tries(conn, written.scope.workspace))
    finally:
        records.close()
    forecast = learn(tries, catalogue, now_s=NOW)
    return Library(w, past, truth(w, past), catalogue, profiles, written, forecast, clock)


def _no_topics(_: str) -> Vector:
    raise AssertionError("nobody of this world picked a topic")


def by_product(library: Library, *, seeds: int = SEEDS) -> Slates:
    """What the product shows everybody."""
    agents = default_agents()
    panel = Panel(agents, library.clock, deadline_s=5.0)  # a busy machine must not silence anybody
    ranker, rates = Ranker(panel, _no_topics, library.clock), prior_rates(agents, {}, {})
    catalogue = library.catalogue
    visible = catalogue.visible(library.written.sources)
    rankings, inputs, took = [], [], []
    for seed in range(seeds):
        ranking = np.full((library.w.people, PLACES), -1, np.int64)
        made: list[Inputs] = []
        for person, profile in enumerate(library.profiles):
            began = time.perf_counter()
            slate = ranker.make(
                profile,
                catalogue,
                visible,
                rates,
                length=PLACES,
                seed=seed * 1_000_003 + person,
                forecast=library.forecast,
            )
            took.append(1000 * (time.perf_counter() - began))
            ranking[person, : len(slate.entries)] = [entry.item - 1 for entry in slate.entries]
            made.append(unpack(slate.inputs)[0])
        rankings.append(ranking)
        inputs.append(made)
    panel.close()
    return Slates(rankings, inputs, np.array(took))


def chosen_by(library: Library, slates: Slates, chooser: Chooser) -> list[Ints]:
    """What somebody else would have taken of the same candidates, by the same scores."""
    rankings: list[Ints] = []
    vectors = library.catalogue.vectors
    for made in slates.inputs:
        ranking = np.full((library.w.people, PLACES), -1, np.int64)
        for person, given in enumerate(made):
            taken = chooser(given, similarities(vectors[library.catalogue.rows_of(given.items.tolist())]))
            ranking[person, : len(taken)] = given.items[list(taken)] - 1
        rankings.append(ranking)
    return rankings


def composed(weights: Weights) -> Chooser:
    """The product's own composition with other weights."""
    return lambda given, alike: [one.at for one in compose(replace(given, weights=weights), alike)]


def mmr(relevance: float) -> Chooser:
    """Maximal marginal relevance (Carbonell and Goldstein 1998) of the expected score."""

    def choose(given: Inputs, alike: Floats) -> list[int]:
        expected = win_probabilities(given.beliefs) @ given.scores
        taken: list[int] = []
        nearest = np.zeros(len(expected))
        for _ in range(min(given.length, len(expected))):
            worth = relevance * expected - (1 - relevance) * nearest
            worth[taken] = -np.inf
            taken.append(int(np.argmax(worth)))
            nearest = np.maximum(nearest, alike[taken[-1]])
        return taken

    return choose


def relevance_of(library: Library, rankings: Sequence[Ints]) -> dict[str, float]:
    """nDCG@10 of all, of those who are known, and of those who are new."""
    return _by_people(library, np.mean([ndcg(library.gains, ranking) for ranking in rankings], axis=0))


def _by_people(library: Library, of_person: Floats) -> dict[str, float]:
    known = library.past.acts >= KNOWN_ACTS
    return {
        name: round(float(np.nanmean(of_person[who])), 4)
        for name, who in (("all", np.ones_like(known)), ("known", known), ("new", ~known))
    }


def told(library: Library, rankings: Sequence[Ints]) -> dict[str, float]:
    """Relevance and diversity of such slates."""
    past, w = library.past, library.w
    acts = past.kind >= OPENED
    liked = np.zeros((w.people, GROUPS))
    np.add.at(liked, (past.person[acts], w.category[past.item[acts]]), 1.0)
    known = past.acts >= KNOWN_ACTS
    wanted = liked[known] / liked[known].sum(1, keepdims=True)
    kinds = np.eye(GROUPS)[w.category]
    return {
        "nDCG@10": relevance_of(library, rankings)["all"],
        "ILD@10": _mean([float(np.nanmean(ild(w.embeddings, ranking))) for ranking in rankings]),
        "coverage": _mean([coverage(ranking, items=w.items) for ranking in rankings]),
        "calibration": _mean([float(np.nanmean(calibration(wanted, kinds, each[known]))) for each in rankings]),
    }


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def frontier(library: Library, slates: Slates) -> dict[str, dict[str, float]]:
    """How relevance and diversity go with the weights."""
    found = {"top-k by expected score": told(library, chosen_by(library, slates, composed(TOP_K)))}
    found["composed"] = told(library, slates.rankings)
    for own in (0.0, 0.3, 0.6):
        for relevance in (0.3, 0.5, 0.6, 0.7, 0.85):
            for calibrating in (0.0, 0.1, 0.2, 0.5):
                weights = Weights(own=own, relevance=relevance, calibration=calibrating)
                name = f"own {own}, relevance {relevance}, calibration {calibrating}"
                found[name] = told(library, chosen_by(library, slates, composed(weights)))
    for relevance in (0.5, 0.7, 0.8, 0.9):
        found[f"MMR {relevance}"] = told(library, chosen_by(library, slates, mmr(relevance)))
    return found


def figures_of(seed: int, *, sweep: bool = True) -> dict[str, Any]:
    """All figures of one world."""
    w = world(seed)
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(w, Path(folder))
    slates = by_product(library)
    one = replace(slates, inputs=slates.inputs[:1], rankings=slates.rankings[:1])
    topk = told(library, chosen_by(library, slates, composed(TOP_K)))
    return {
        "nDCG@10": {
            "product": relevance_of(library, slates.rankings),
            "top-k of the product's scores": relevance_of(library, chosen_by(library, slates, composed(TOP_K))),
            **{name: _by_people(library, values) for name, values in references(w, library.past).items()},
        },
        "against top-k": {
            "top-k": topk,
            "composed": told(library, slates.rankings),
            "the truth's own ten": told(library, [top(library.gains, PLACES)]),
        },
        "frontier, one seed": frontier(library, one) if sweep else {},
        "people": {"all": w.people, "new": int((library.past.acts < KNOWN_ACTS).sum())},
        "ms a slate, median": round(float(np.median(slates.took_ms)), 2),
    }


def main() -> None:
    """Measure the frozen world, or look at others."""
    if len(sys.argv) > 1:
        for seed in sys.argv[1:]:
            print(json.dumps({seed: figures_of(int(seed), sweep=False)}, indent=1), flush=True)
        return
    figures = figures_of(SEED)
    relevance, versus = figures["nDCG@10"], figures["against top-k"]
    topk, ours = versus["top-k"], versus["composed"]
    headline = {
        f"nDCG@10 of a slate in a world whose truth is known (aim {TARGET})": relevance["product"]["all"],
        "… of people with ten acts or more": relevance["product"]["known"],
        "… of new people": relevance["product"]["new"],
        "… of what the history can teach": relevance["learnable"]["all"],
        "… of what it can teach who reads of items only what a catalogue has": relevance["public learnable"]["all"],
        "… of recent popularity": relevance["recent popularity"]["all"],
        "relevance against top-k": round(ours["nDCG@10"] / topk["nDCG@10"], 3),
        "diversity within a slate (ILD) against top-k": round(ours["ILD@10"] / topk["ILD@10"], 3),
        "coverage against top-k": round(ours["coverage"] / topk["coverage"], 3),
        "divergence from what people like (calibration) against top-k": round(
            ours["calibration"] / topk["calibration"], 3
        ),
    }
    notes = f"Seed {SEED}, {SEEDS} slates for each person. Definitions: bench/quality/feed.py and feed_world.py."
    write("feed", figures, headline=headline, notes=notes)
    PICTURE.write_text(draw_frontier(figures))


if __name__ == "__main__":
    main()
