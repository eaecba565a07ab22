"""
What the two ways of drawing whose nominee is shown earn, in a world whose rates are known.

*World*: six agents; what one of them nominates is welcome to a person with a rate that depends on their kind, and
nobody is told kinds. In the world of *kinds* each of three kinds has an agent of its own that is welcome to it far more
than the others are; in the world of *one kind* everybody is alike. People come in rounds, are shown some places in each
and are told apart by nothing but what was welcome to them before.

*Ways*: the product's Beta-Bernoulli rule (a person's own counts on the prior of what everybody taught) and its network
(`feed/network.py`), learnt anew after each round from what was shown by itself until then; where it knows too little
the first rule draws, as in the product. *Earned* is the expected rate of what was drawn (luck with rewards is not in
it), of all rounds and of the last three; 1 is what who knows each person's kind would earn, 0 what chance earns.

    python -m bench.quality.enr_world
"""

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.report import write
from bowerbird.feed.network import AgentNetwork, Nomination, learn_network
from bowerbird.feed.profile import Profile, Tried
from bowerbird.feed.ranker import PERSON_TRIALS, PRIOR_TRIALS
from bowerbird.kernel.nouns import Scope
from bowerbird.learn import beliefs, draws
from bowerbird.learn.enr import drawn

QUICK: Final = os.environ.get("BOWERBIRD_BENCH") == "quick"
SEEDS: Final = 1 if QUICK else 3
PEOPLE: Final = 150
ROUNDS: Final = 8
PLACES: Final = 6
LAST: Final = 3
NAMES: Final = ("archivist", "discovery", "forecaster", "freshness", "quality", "serendipity")
KINDS: Final = np.array([[0.30, 0.05, 0.05, 0.08, 0.08, 0.05],
                         [0.05, 0.30, 0.05, 0.08, 0.08, 0.05],
                         [0.05, 0.05, 0.05, 0.08, 0.08, 0.30]])  # fmt: skip
ONE_KIND: Final = np.array([[0.05, 0.20, 0.05, 0.12, 0.10, 0.05]])


@dataclass
class Person:
    """What was shown to somebody, and what became of it."""

    kind: int
    counts: NDArray[np.float64] = field(default_factory=lambda: np.zeros((2, len(NAMES))))
    past: list[Nomination] = field(default_factory=list[Nomination])

    @property
    def profile(self) -> Profile:
        """As the product has it."""
        tried = {name: Tried(*self.counts[:, at].tolist()) for at, name in enumerate(NAMES)}
        return Profile(Scope("w", "p"), 0.0, tried=tried)


def by_beta(person: Person, prior: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Who is drawn for each place."""
    believed = beliefs(person.counts[0], person.counts[1], prior, PERSON_TRIALS)
    found: NDArray[np.int64] = np.argmax(draws(believed, NAMES, seed=seed, times=PLACES), axis=0)
    return found


def by_network(person: Person, network: AgentNetwork, seed: int) -> NDArray[np.int64]:
    """Who is drawn for each place."""
    found: NDArray[np.int64] = np.argmax(network.rates(NAMES, person.profile)[:, drawn(seed, PLACES)], axis=0)
    return found


def earned(rates: NDArray[np.float64], *, has_network: bool, seed: int) -> list[float]:
    """The share of what can be earned, of each round."""
    rng = np.random.default_rng(seed)
    people = [Person(int(kind)) for kind in rng.integers(0, len(rates), PEOPLE)]
    best = np.mean([rates[one.kind].max() for one in people])
    chance = np.mean([rates[one.kind].mean() for one in people])
    network: AgentNetwork | None = None
    found: list[float] = []
    for number in range(ROUNDS):
        tallies = np.sum([one.counts for one in people], axis=0)
        prior = (PRIOR_TRIALS * 0.1 + tallies[0]) / (PRIOR_TRIALS + tallies.sum(axis=0))
        expected: list[float] = []
        for at, one in enumerate(people):
            drawn_by = seed * 10**6 + number * 10**4 + at
            taken = by_beta(one, prior, drawn_by) if network is None else by_network(one, network, drawn_by)
            for place, agent in enumerate(taken.tolist()):
                rate = float(rates[one.kind, agent])
                won = bool(rng.random() < rate)
                one.counts[int(not won), agent] += 1.0
                one.past.append(Nomination(3600.0 * number + place, (NAMES[agent],), won))
                expected.append(rate)
        found.append(float((np.mean(expected) - chance) / (best - chance)))
        if has_network:
            network = learn_network([one.past for one in people])
    return found


def told(rounds: Sequence[Sequence[float]]) -> dict[str, float]:
    """Means over seeds."""
    return {
        "all rounds": round(statistics.mean(statistics.mean(one) for one in rounds), 3),
        f"last {LAST}": round(statistics.mean(statistics.mean(one[-LAST:]) for one in rounds), 3),
    }


def main() -> None:
    """Both worlds, both ways."""
    figures: dict[str, Any] = {"people": PEOPLE, "rounds": ROUNDS, "places a round": PLACES, "seeds": SEEDS}
    for world, rates in (("kinds", KINDS), ("one kind", ONE_KIND)):
        figures[world] = {
            way: told([earned(rates, has_network=has_network, seed=seed) for seed in range(SEEDS)])
            for way, has_network in (("beta-bernoulli", False), ("enr", True))
        }
    last = f"last {LAST}"
    write(
        "enr_world",
        figures,
        headline={
            "of what can be earned where people are of kinds, in the last rounds: network": figures["kinds"]["enr"][
                last
            ],
            "… Beta-Bernoulli": figures["kinds"]["beta-bernoulli"][last],
            "… where all are alike: network": figures["one kind"]["enr"][last],
            "… … Beta-Bernoulli": figures["one kind"]["beta-bernoulli"][last],
        },
        notes=f"{PEOPLE} people, {ROUNDS} rounds of {PLACES} places, means over {SEEDS} seeds; a world of our own.",
    )


if __name__ == "__main__":
    main()
