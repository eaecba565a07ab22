"""
Makes `src/bowerbird/answer/entailment.json`: the weights of the verifier for claims in other words.

    python -m bench.quality.train_verifier

Trained on the halves of SciFact and WiCE that `verifier.py` does not report (their licences allow it), on the claims as
people labelled them and on supported ones made false in one part. Each set and label weighs the same.
"""

import json
import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.quality.claims import is_reported, paraphrases, scifact, scifact_rationales, wice
from bench.quality.corruptions import KINDS, corrupt, names_in
from bench.report import ROOT
from bowerbird.answer.align import align
from bowerbird.answer.differences import differences
from bowerbird.answer.entailment import FEATURES, features

SEED = 20
RIDGE = 1.0
CORRUPTED = 0.5  # how much the corrupted claims weigh beside a set
WEIGHTS = ROOT / "src" / "bowerbird" / "answer" / "entailment.json"


def numbers(claim: str, evidence: Sequence[str]) -> tuple[float, ...] | None:
    """The features of one claim; None when the evidence has nothing of it."""
    windows = align(claim, evidence)
    if not windows or not windows[0].cover:
        return None
    return features(windows, differences(windows[0]))


def rows() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Features (n, f), truth (n,) and weight (n,) of all that may be learned from."""
    found: list[tuple[tuple[float, ...], bool, str]] = []
    for name, claims in (("abstract", scifact()), ("rationale", scifact_rationales()), ("wice", wice())):
        for each in claims:
            row = None if is_reported(each.id) else numbers(each.claim, each.evidence)
            if row is not None:
                found.append((row, each.is_supported, name))
    rng = random.Random(SEED)
    people = [each for _, key, each in paraphrases() if not is_reported(key)]
    names = sorted({name for each in people for name in names_in(each.claim)})
    for true in people:
        for kind in KINDS:
            bad = corrupt(kind, true.claim, true.around, names, rng)
            if bad and (row := numbers(bad, true.evidence)):
                found.append((row, False, "corrupted"))
        if row := numbers(true.claim, true.evidence):
            found.append((row, True, "corrupted"))
    groups = [(name, truth) for _, truth, name in found]
    weight = np.array([(CORRUPTED if name == "corrupted" else 1.0) / groups.count((name, t)) for name, t in groups])
    return np.array([row for row, _, _ in found]), np.array([float(t) for _, t in groups]), weight * len(found) / 6


def fit(x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic regression by Newton's method; the first of the returned numbers is the bias."""
    ones = np.column_stack([np.ones(len(x)), x])
    beta = np.zeros(ones.shape[1])
    ridge = RIDGE * np.eye(len(beta))
    ridge[0, 0] = 0
    for _ in range(50):
        p = 1 / (1 + np.exp(-ones @ beta))
        gradient = ones.T @ (weight * (y - p)) - ridge @ beta
        curvature = (ones * (weight * p * (1 - p))[:, None]).T @ ones + ridge
        step = np.linalg.solve(curvature, gradient)
        beta += step
        if np.abs(step).max() < 1e-9:
            break
    return beta


def main() -> None:
    """Train and write."""
    x, y, weight = rows()
    beta = fit(x, y, weight)
    p = 1 / (1 + np.exp(-np.column_stack([np.ones(len(x)), x]) @ beta))
    held = {
        "made_by": "python -m bench.quality.train_verifier",
        "rows": len(x),
        "features": FEATURES,
        "bias": round(float(beta[0]), 4),
        "weights": [round(float(b), 4) for b in beta[1:]],
    }
    WEIGHTS.write_text(json.dumps(held, indent=1) + "\n")
    print(dict(zip(FEATURES, held["weights"], strict=True)), held["bias"])  # type: ignore[call-overload]
    right = [((p >= 0.5) == (y == truth))[y == truth].mean() for truth in (1, 0)]
    print(len(x), "rows; right on them:", np.round(right, 3))


if __name__ == "__main__":
    main()
