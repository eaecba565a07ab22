"""
How far the automatic score of an answer agrees with people: RAGChecker's 560 pairs of answers, judged by people.

People said which of two answers is better in correctness, completeness and overall (from -2 to 2). Of each automatic
score the difference between the two answers is correlated with that. The gold answer is given as evidence.
Nothing was chosen on this set.
"""

import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.report import data_dir, write
from bowerbird.answer.evaluate import score
from bowerbird.answer.verify import verify
from bowerbird.knowledge.text import sentences
from bowerbird.knowledge.words import content_stems

LABELS = ("correctness", "completeness", "overall")
Score = Callable[[str, str, str], float]


def accuracy(question: str, answer: str, gold: str) -> float:
    """The product's factual accuracy with the gold answer as evidence."""
    return score(question, answer, gold=gold).factual_accuracy or 0.0


def relevance(question: str, answer: str, gold: str) -> float:
    """The product's relevance."""
    return score(question, answer, gold=gold).relevance or 0.0


def completeness(_: str, answer: str, gold: str) -> float:
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
    "relevance": relevance,
    "completeness": completeness,
    "gold_words_held": words_held,
    "length": length,
}


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
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
    people = {label: [float(row[f"{label}_label"]) for row in rows] for label in LABELS}
    figures: dict[str, Any] = {"pairs": len(rows)}
    for name, of in SCORES.items():
        differences = [
            of(row["query"], row["model2"]["response"], row["gt_answer"])
            - of(row["query"], row["model1"]["response"], row["gt_answer"])
            for row in rows
        ]
        figures[name] = {
            label: {
                "pearson": round(float(np.corrcoef(differences, judged)[0, 1]), 3),
                "spearman": spearman(differences, judged),
            }
            for label, judged in people.items()
        }
        print(name, figures[name], flush=True)
    headline = {
        f"{name}: Spearman with people (correctness / completeness / overall)": " / ".join(
            f"{figures[name][label]['spearman']:.2f}" for label in LABELS
        )
        for name in SCORES
    }
    write("judgements", figures, headline=headline, notes="Differences between the two answers of each pair.")


if __name__ == "__main__":
    main()
