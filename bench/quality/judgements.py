"""
How far the automatic score of an answer agrees with people: RAGChecker's 560 pairs of answers, judged by people.

People said which of two answers is better in correctness, completeness and overall (from -2 to 2). Of each automatic
score the difference between the two answers is correlated with that.

What the product does with a gold answer (the words that it adds to the question, less where something else is said in
their place) was chosen among these on one half of the pairs, by hash of the question; the headline is the other half.
"""

import gzip
import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.report import data_dir, write
from bowerbird.answer.evaluate import completeness, score
from bowerbird.answer.verify import verify
from bowerbird.knowledge.text import sentences
from bowerbird.knowledge.words import content_stems

LABELS = ("correctness", "completeness", "overall")
Score = Callable[[str, str, str], float]


def accuracy(question: str, answer: str, gold: str) -> float:
    """The product's factual accuracy with a gold answer."""
    return score(question, answer, gold=gold).factual_accuracy or 0.0


def faithfulness(question: str, answer: str, gold: str) -> float:
    """The product's factual accuracy with the gold answer as evidence: the share of the answer that it supports."""
    return score(question, answer, evidence=[gold]).factual_accuracy or 0.0


def relevance(question: str, answer: str, gold: str) -> float:
    """The product's relevance."""
    return score(question, answer, gold=gold).relevance or 0.0


def new_words(question: str, answer: str, gold: str) -> float:
    """The product's completeness: the share of what the gold answer adds to the question."""
    return completeness(question, answer, gold)


def sentences_held(_: str, answer: str, gold: str) -> float:
    """The share of the gold answer's sentences that the answer supports, by the same verifier, scores counted."""
    scores = [verify(span.of(gold), [answer]).score for span in sentences(gold)]
    return float(np.mean(scores)) if scores and answer.strip() else 0.0


def words_held(_: str, answer: str, gold: str) -> float:
    """The share of the gold answer's content words in the answer: the plain baseline."""
    wanted, held = set(content_stems(gold)), set(content_stems(answer))
    return len(wanted & held) / max(1, len(wanted))


def length(_: str, answer: str, __: str) -> float:
    """How long the answer is: people like long answers, so a score should beat this."""
    return float(len(answer.split()))


SCORES: dict[str, Score] = {
    "factual_accuracy": accuracy,
    "completeness": new_words,
    "relevance": relevance,
    "faithfulness": faithfulness,
    "gold_sentences_held": sentences_held,
    "gold_words_held": words_held,
    "length": length,
}


def spearman(one: Any, other: Any) -> float:
    """The correlation of ranks, ties at their mean."""
    ranks = [_ranks(np.asarray(values)) for values in (one, other)]
    return round(float(np.corrcoef(ranks[0], ranks[1])[0, 1]), 3)


def _ranks(values: Any) -> Any:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def main() -> None:
    """Correlate every score with every judgement."""
    path = data_dir("evidence/ragchecker_meta") / "human_labeled_data.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = json.load(file)
    chosen = np.array([int(hashlib.sha256(row["query"].encode()).hexdigest(), 16) % 2 == 0 for row in rows])
    people = {label: np.array([float(row[f"{label}_label"]) for row in rows]) for label in LABELS}
    figures: dict[str, Any] = {"pairs": len(rows), "chosen_on": int(chosen.sum()), "reported": int((~chosen).sum())}
    for name, of in SCORES.items():
        differences = np.array(
            [
                of(row["query"], row["model2"]["response"], row["gt_answer"])
                - of(row["query"], row["model1"]["response"], row["gt_answer"])
                for row in rows
            ]
        )
        figures[name] = {
            half: {label: spearman(differences[part], judged[part]) for label, judged in people.items()}
            for half, part in (("chosen_on", chosen), ("reported", ~chosen))
        }
        print(name, figures[name], flush=True)
    headline = {
        f"{name}: Spearman with people, half not chosen on (correctness / completeness / overall)": " / ".join(
            f"{figures[name]['reported'][label]:.2f}" for label in LABELS
        )
        for name in ("factual_accuracy", "gold_words_held", "faithfulness")
    }
    write("judgements", figures, headline=headline, notes="Differences between the two answers of each pair.")


if __name__ == "__main__":
    main()
