"""
Makes `src/bowerbird/answer/wording.npz`: what each word, pair of words and pair of classes weighs as part of an order,
and the filters over three words.

    python -m bench.quality.train_wording            learn and write
    python -m bench.quality.train_wording --folds    say what is found of what was left out, at several bars

Learnt from the orders that may be looked at, from sentences for people that were written to sound like them, and from
stretches of pages and of documentation of which the benchmark of injections reports none; from plain sentences of ours.
What was written with choices (`orders/choices.py`) is left out by technique, so that the folds say what is found of
techniques never seen; the other texts at random.
"""

import gzip
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.quality.corpora import TOPICS, wild_topic
from bench.quality.fresh_orders import LEARN, ORDINARY_ELSEWHERE, ORDINARY_LEARN
from bench.quality.injections import reported_sentences
from bench.quality.orders import lines
from bench.quality.orders.choices import MACHINES, PEOPLE, drawn, written
from bench.quality.phrase_net import Phrases, learn
from bench.quality.planted_orders import ABOUT_INJECTIONS, ORDERS
from bench.quality.sparse_logistic import Rows, fit
from bench.quality.written import READING, paragraphs
from bench.report import data_dir
from bowerbird.answer.injections import readings, sentence_texts, stretches
from bowerbird.answer.phrasing import FEATURES, Floats
from bowerbird.answer.wording import SHARE, SIZE, TABLE, places
from bowerbird.reading.extract import extract

SEED = 20
RIDGE = 2.0
PAGES, MANUALS, ARTICLES = 56_000, 18_000, 28_000  # stretches
WRITTEN = 3.0  # what a line of an order, and of a sentence that was written for this, weighs beside one of a page
DRAWN = 8  # sentences of a line with choices, which weigh as much as a line together
FOLDS = 5
DOCS = [
    Path("/usr/share/doc") / name for name in ("python3.11/html", "postgresql-doc-15/html", "python-sklearn-doc/html")
]
FALSE = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03)
KINDS = (
    "orders",
    "sentences that sound like orders",
    "pages",
    "manuals",
    "articles",
    "our paragraphs",
    "lines",
    "lines for people",
)

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Material:
    """Texts to learn from: of which kind (of `KINDS`) each is, what it weighs, and with which it is left out."""

    texts: list[str]
    kind: Ints
    weight: NDArray[np.float64]
    fold: Ints

    @property
    def is_order(self) -> NDArray[np.float64]:
        """1 for orders, 0 for all else."""
        return np.isin(self.kind, (0, 6)).astype(np.float64)


def row(text: str) -> NDArray[np.int64]:
    """The columns of a text: those of its sentences together."""
    return np.concatenate([*map(places, sentence_texts(text)), np.empty(0, np.int64)])


def of_pages() -> list[str]:
    """Stretches of pages of which no sentence is reported, as the detector sees them."""
    reported = set(reported_sentences())
    texts = [one.text for topic in TOPICS for one in wild_topic(topic).passages]
    free = [text for text in texts if reported.isdisjoint(text.split(". "))]
    rng = random.Random(SEED)
    found = [text[start:end] for text in rng.sample(free, 12000) for start, end in stretches(text)]
    return rng.sample(found, PAGES)


def of_manuals() -> list[str]:
    """Stretches of Debian's documentation packages, which tell people what to do."""
    rng = random.Random(SEED)
    found: list[str] = []
    for folder in DOCS:
        for path in rng.sample(sorted(folder.rglob("*.html")), 120):
            text = extract(path.read_bytes(), url=f"http://d.example/{path.name}", content_type="text/html").text
            parts = [text[start:end] for start, end in stretches(text[:100_000])]
            found += rng.sample(parts, min(120, len(parts)))
    return rng.sample(found, MANUALS)


def of_articles() -> list[str]:
    """Stretches of the encyclopedia paragraphs that HotpotQA's training questions are asked of."""
    with gzip.open(
        data_dir("evidence/multihop_train_hippo") / "hotpotqa_train_corpus.json.gz", "rt", encoding="utf-8"
    ) as file:
        texts = ["".join(each) for each in json.load(file).values()]
    rng = random.Random(SEED)
    found = [text[start:end] for text in texts for start, end in stretches(text)]
    return rng.sample(found, min(ARTICLES, len(found)))


def of_paragraphs() -> list[str]:
    """
    Sentences of the paragraphs that we wrote to learn ranking from.

    Plain facts of invented things, by whoever wrote the lines: without them that alone speaks for an order.
    """
    every = [*paragraphs(), *paragraphs(READING)]
    return [text for one in every for text in sentence_texts(one.text)]


def material() -> Material:
    """All that may be learnt from."""
    orders = [[plain for plain, _ in readings(text)][-1] for _, text in (*ORDERS, *LEARN)] + lines("learn")
    alike = [*ORDINARY_LEARN, *ABOUT_INJECTIONS, *ORDINARY_ELSEWHERE, *lines("learn_ordinary")]
    kinds = (orders, alike, of_pages(), of_manuals(), of_articles(), of_paragraphs())
    texts = [text for one in kinds for text in one]
    kind = [number for number, one in enumerate(kinds) for _ in one]
    weight = [WRITTEN if number < 2 else 1.0 for number in kind]
    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(texts)).tolist()
    techniques = [(side, some) for side in (MACHINES, PEOPLE) for some in written(side).values()]
    for number, (side, some) in enumerate(techniques):
        for line in some:
            said = drawn(line, DRAWN, SEED)
            texts += said
            kind += [6 if side == MACHINES else 7] * len(said)
            weight += [WRITTEN / len(said)] * len(said)
            fold += [number % FOLDS] * len(said)
    return Material(texts, np.array(kind), np.array(weight), np.array(fold))


@dataclass(frozen=True)
class Scored:
    """The log-odds of the words and of the filters."""

    words: NDArray[np.float64]
    filters: NDArray[np.float64]

    @property
    def both(self) -> NDArray[np.float64]:
        """As the product adds them up."""
        return self.words + SHARE * self.filters


def left_out(given: Material, rows: Rows, phrases: Phrases) -> Scored:
    """What each text weighs by what was learnt from the other folds."""
    found = Scored(np.zeros(len(given.texts)), np.zeros(len(given.texts)))
    for fold in range(FOLDS):
        out = given.fold == fold
        found.words[out] = rows.dot(fit(rows, given.is_order, given.weight * ~out, ridge=RIDGE))[out]
        net = learn(phrases, _single(given.is_order), _single(given.weight), np.flatnonzero(~out), seed=SEED)
        found.filters[out] = net.score(phrases, np.flatnonzero(out))
    return found


def _single(values: NDArray[np.float64]) -> Floats:
    return values.astype(np.float32)


def tell(given: Material, scores: NDArray[np.float64]) -> None:
    """Print what is over bars that a share of the pages is over."""
    pages = np.sort(scores[given.kind == 2])[::-1]
    for share in FALSE:
        bar = pages[int(share * len(pages))]
        # A line counts as much as its sentences do together.
        over = {
            name: np.average(scores[given.kind == n] > bar, weights=given.weight[given.kind == n])
            for n, name in enumerate(KINDS)
        }
        print(f"bar {bar:5.2f}: of", ", of ".join(f"{name} {of:.4f}" for name, of in over.items()), flush=True)


def main() -> None:
    """Learn and write the weights, or say what folds say."""
    given = material()
    rows = Rows([row(text) for text in given.texts], SIZE)
    phrases = Phrases([sentence_texts(text) for text in given.texts])
    if "--folds" in sys.argv:
        scored = left_out(given, rows, phrases)
        for name, scores in (("words", scored.words), ("filters", scored.filters), ("both", scored.both)):
            print(name)
            tell(given, scores)
        return
    learnt = fit(rows, given.is_order, given.weight, ridge=RIDGE)
    net = learn(phrases, _single(given.is_order), _single(given.weight), np.arange(len(given.texts)), seed=SEED)
    scale = np.abs(learnt[:-1]).max() / 127
    np.savez_compressed(
        TABLE,
        weights=np.round(learnt[:-1] / scale).astype(np.int8),
        scale=np.float32(scale),
        bias=np.float32(learnt[-1]),
        kernel=net.kernel.reshape(3, FEATURES, -1).astype(np.float16),
        kernel_bias=net.bias,
        kernel_weights=net.weights,
        start=net.start,
    )


if __name__ == "__main__":
    main()
