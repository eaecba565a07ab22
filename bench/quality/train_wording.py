"""
Makes `src/bowerbird/answer/wording.npz`: what each word, pair of words and pair of classes weighs as part of an order.

    python -m bench.quality.train_wording

Learnt from the orders that may be looked at, from sentences for people that were written to sound like them, and from
stretches of pages and of documentation of which the benchmark of injections reports none. Prints what five folds say of
what was left out, at several bars, and at which bar that is.
"""

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.quality.corpora import TOPICS, wild_topic
from bench.quality.fresh_orders import LEARN, ORDINARY_ELSEWHERE, ORDINARY_LEARN
from bench.quality.injections import reported_sentences
from bench.quality.orders import lines
from bench.quality.planted_orders import ABOUT_INJECTIONS, ORDERS
from bench.quality.sparse_logistic import Rows, fit
from bench.report import data_dir
from bowerbird.answer.injections import readings, sentence_texts, stretches
from bowerbird.answer.wording import SIZE, TABLE, places
from bowerbird.reading.extract import extract

SEED = 20
RIDGE = 2.0
PAGES, MANUALS, ARTICLES = 14_000, 9_000, 14_000  # stretches
WRITTEN = 3.0  # what an order, and a sentence that was written for this, weigh beside one of a page
DOCS = [
    Path("/usr/share/doc") / name for name in ("python3.11/html", "postgresql-doc-15/html", "python-sklearn-doc/html")
]
FALSE = (0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05)


def row(text: str) -> NDArray[np.int64]:
    """The columns of a text: those of its sentences together."""
    return np.concatenate([*map(places, sentence_texts(text)), np.empty(0, np.int64)])


def of_pages() -> list[str]:
    """Stretches of pages of which no sentence is reported, as the detector sees them."""
    reported = set(reported_sentences())
    texts = [one.text for topic in TOPICS for one in wild_topic(topic).passages]
    free = [text for text in texts if reported.isdisjoint(text.split(". "))]
    rng = random.Random(SEED)
    found = [text[start:end] for text in rng.sample(free, 3000) for start, end in stretches(text)]
    return rng.sample(found, PAGES)


def of_manuals() -> list[str]:
    """Stretches of Debian's documentation packages, which tell people what to do."""
    rng = random.Random(SEED)
    found: list[str] = []
    for folder in DOCS:
        for path in rng.sample(sorted(folder.rglob("*.html")), 60):
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


def main() -> None:
    """Learn, say what folds say, and write the weights."""
    orders = [[plain for plain, _ in readings(text)][-1] for _, text in (*ORDERS, *LEARN)] + lines("learn")
    alike = [*ORDINARY_LEARN, *ABOUT_INJECTIONS, *ORDINARY_ELSEWHERE, *lines("learn_ordinary")]
    kinds: Sequence[list[str]] = (orders, alike, of_pages(), of_manuals(), of_articles())
    kind = np.repeat(np.arange(5), [len(texts) for texts in kinds])
    columns = [row(text) for texts in kinds for text in texts]
    truth, weight = (kind == 0).astype(float), np.where(kind < 2, WRITTEN, 1.0)
    rows = Rows(columns, SIZE)
    learnt = fit(rows, truth, weight, ridge=RIDGE)
    scale = np.abs(learnt[:-1]).max() / 127
    kept = np.round(learnt[:-1] / scale).astype(np.int8)
    np.savez_compressed(TABLE, weights=kept, scale=np.float32(scale), bias=np.float32(learnt[-1]))
    folds = np.random.default_rng(SEED).integers(0, 5, len(columns))
    scores = np.zeros(len(columns))
    for fold in range(5):
        out = folds == fold
        scores[out] = rows.dot(fit(rows, truth, weight * ~out, ridge=RIDGE))[out]
    sorted_pages = np.sort(scores[kind == 2])[::-1]
    for share in FALSE:
        bar = sorted_pages[int(share * len(sorted_pages))]
        found, false, _, manuals, articles = (float((scores[kind == each] > bar).mean()) for each in range(5))
        print(f"bar {bar:5.2f}: of pages {share:.3f}, of manuals {manuals:.4f}, of articles {articles:.4f}", flush=True)
        print(f"    of sentences that sound like orders {false:.3f}, of orders {found:.3f}", flush=True)


if __name__ == "__main__":
    main()
