"""
Makes `src/bowerbird/models/in_context.npz`: the directions in which words in their context differ most.

The embedder reads TEXTS passages of Wikipedia (rag_mini_wikipedia, CC BY 3.0), the mean of all words' vectors is taken
off, and the first principal directions are kept. Needs about a minute.
"""

import csv
import gzip

import numpy as np

from bench.report import data_dir
from bowerbird.models.embed import MiniLM
from bowerbird.models.in_context import DIMENSIONS, TABLE

TEXTS = 1_500
SHORTEST = 80  # characters: shorter ones are headings


def main() -> None:
    with gzip.open(data_dir("evidence/rag_mini_wikipedia") / "passages.csv.gz", "rt", encoding="utf-8") as file:
        texts = [row[-1] for row in csv.reader(file) if len(row[-1]) >= SHORTEST]
    texts = [texts[number] for number in np.random.default_rng(1).permutation(len(texts))[:TEXTS]]
    embedder = MiniLM(threads=1)
    vectors = np.concatenate(embedder.whole_words(texts))
    embedder.close()
    mean = vectors.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov((vectors - mean).T))  # of ascending weight
    kept = directions[:, ::-1][:, :DIMENSIONS]
    np.savez_compressed(TABLE, mean=mean.astype(np.float16), directions=kept.astype(np.float16))
    print(f"{len(vectors)} words of {len(texts)} texts, {TABLE.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
