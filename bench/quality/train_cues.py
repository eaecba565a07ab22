"""
Makes `src/bowerbird/answer/cues.json`: what each cue of an order to a machine weighs, by logistic regression.

    python -m bench.quality.train_cues

Learnt from the orders that may be looked at and from ordinary sentences: those written to sound like orders, and those
of pages of which the benchmark of injections reports none. Prints what five folds say of orders that were left out.
"""

import json
import random

import numpy as np
from numpy.typing import NDArray

from bench.quality.corpora import TOPICS, wild_topic
from bench.quality.fresh_orders import LEARN, ORDINARY_ELSEWHERE, ORDINARY_LEARN
from bench.quality.injections import reported_sentences
from bench.quality.planted_orders import ABOUT_INJECTIONS, ORDERS
from bench.report import ROOT
from bowerbird.answer.cues import CUES, THRESHOLD, cues
from bowerbird.answer.injections import readings, stretches

SEED = 20
RIDGE = 1.0
ORDINARY = 20_000
ORDER, WRITTEN = 3.0, 5.0  # what an order, and a sentence that was written for this, weigh beside one of a page
WEIGHTS = ROOT / "src" / "bowerbird" / "answer" / "cues.json"

Floats = NDArray[np.float64]


def rows(texts: list[str]) -> Floats:
    """Which cues each text shows, (n, cues + 1); the last column is for what none of them explains."""
    made = np.zeros((len(texts), len(CUES) + 1))
    made[:, -1] = 1
    for row, text in zip(made, texts, strict=True):
        found = cues(text)
        row[:-1] = [name in found for name in CUES]
    return made


def fit(x: Floats, truth: Floats, weight: Floats) -> Floats:
    """The weights of the columns, by Newton's method."""
    found = np.zeros(x.shape[1])
    ridge = RIDGE * np.eye(len(found))
    ridge[-1, -1] = 1e-6
    for _ in range(25):
        guess = 1 / (1 + np.exp(-np.clip(x @ found, -30, 30)))
        slope = x.T @ (weight * (guess - truth)) + ridge @ found
        bend = (x * (weight * guess * (1 - guess))[:, None]).T @ x + ridge
        found -= np.linalg.solve(bend, slope)
    return found


def ordinary() -> list[str]:
    """Stretches of pages of which no sentence is reported, as the detector sees them."""
    reported = set(reported_sentences())
    texts = [one.text for topic in TOPICS for one in wild_topic(topic).passages]
    free = [text for text in texts if reported.isdisjoint(text.split(". "))]
    found = [text[start:end] for text in random.Random(SEED).sample(free, 3000) for start, end in stretches(text)]
    return random.Random(SEED).sample(found, min(ORDINARY, len(found)))


def main() -> None:
    """Learn, say what folds say, and write the weights."""
    orders = [[plain for plain, _ in readings(text)][-1] for _, text in (*ORDERS, *LEARN)]
    written = [*ORDINARY_LEARN, *ABOUT_INJECTIONS, *ORDINARY_ELSEWHERE]
    x = np.vstack([rows(orders), rows(written), rows(ordinary())])
    truth = np.zeros(len(x))
    truth[: len(orders)] = 1
    weight = np.ones(len(x))
    weight[: len(orders)] = ORDER
    weight[len(orders) : len(orders) + len(written)] = WRITTEN
    folds = np.random.default_rng(SEED).integers(0, 5, len(x))
    scores = np.zeros(len(x))
    for fold in range(5):
        out = folds == fold
        scores[out] = x[out] @ fit(x[~out], truth[~out], weight[~out])
    over = scores > THRESHOLD
    print(f"orders left out and found: {over[: len(orders)].mean():.3f}")
    print(f"written sentences taken for orders: {over[len(orders) : len(orders) + len(written)].mean():.3f}")
    print(f"stretches of pages taken for orders: {over[len(orders) + len(written) :].mean():.5f}")
    found = fit(x, truth, weight)
    table = {name: round(float(value), 2) for name, value in zip((*CUES, ""), found, strict=True)}
    WEIGHTS.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
