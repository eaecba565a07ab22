"""
Whether `bowerbird eval` tells true answers from corrupted twins, on answers that nobody here wrote.

    true        the sentence of XQuAD's paragraph that holds the known answer, in answer to its question
    twins       the same sentence with one part made false (`corruptions.py`), and the answer to another question
    judged by   the paragraph as evidence, or the known answer as gold

Questions of the half that nothing was chosen on. Reported are the share of true answers with an accuracy of .9 or more
and of twins below .5, the two bounds that C9 sets for the three cases that ship.
"""

import random
from collections.abc import Sequence
from typing import Any

from bench.quality.answers import xquad
from bench.quality.corruptions import KINDS, corrupt
from bench.report import write
from bowerbird.answer.evaluate import score
from bowerbird.knowledge.text import sentences

QUESTIONS = 200
SEED = 5
TRUE, FALSE = 0.9, 0.5


def main() -> None:
    """Score true answers and their twins both ways."""
    pages, asked = xquad()
    rng = random.Random(SEED)
    rng.shuffle(asked)
    true: dict[str, list[float]] = {"evidence": [], "gold": []}
    relevant: list[float] = []
    twins: dict[str, dict[str, list[float]]] = {by: {kind: [] for kind in (*KINDS, "off-topic")} for by in true}
    for each in asked[:QUESTIONS]:
        text = pages[each.page].text
        said = next(span.of(text) for span in sentences(text) if span.start <= each.start < span.end)
        other = rng.choice([one for one in asked if one.article != each.article])
        wrong = {kind: corrupt(kind, said, text, [other.answer], rng) for kind in KINDS}
        wrong["off-topic"] = other.answer
        for by, scores in true.items():
            known: dict[str, Any] = {"evidence": [text]} if by == "evidence" else {"gold": each.answer}
            judged = score(each.question, said, **known)
            scores.append(judged.factual_accuracy or 0.0)
            if by == "evidence":
                relevant.append(judged.relevance or 0.0)
            for kind, twin in wrong.items():
                if twin is not None:
                    twins[by][kind].append(score(each.question, twin, **known).factual_accuracy or 0.0)
    figures: dict[str, Any] = {"questions": QUESTIONS, "relevance >= .8": _share([one >= 0.8 for one in relevant])}
    for by, scores in true.items():
        figures[by] = {
            "true >= .9": _share([one >= TRUE for one in scores]),
            "twins < .5": {
                kind: {"share": _share([one < FALSE for one in found]), "twins": len(found)}
                for kind, found in twins[by].items()
            },
        }
    given = figures["evidence"]
    caught = [one < FALSE for kind, found in twins["evidence"].items() if kind != "relation" for one in found]
    write(
        "evaluation",
        figures,
        headline={
            "eval on XQuAD by evidence: true answers ≥ .9": given["true >= .9"],
            "eval on XQuAD by evidence: corrupted twins < .5 (without relations)": _share(caught),
        },
        notes="By gold, a twin that changes what the gold answer does not hold cannot be seen.",
    )


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


if __name__ == "__main__":
    main()
