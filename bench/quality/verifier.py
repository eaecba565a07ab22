"""
How far the verifier can be trusted, without a model.

    corruptions   true claims made false in one part (`corruptions.py`): how often that is seen, kind by kind, and how
                  often the claim as it was is doubted. Three kinds of claims: sentences of the passage they are
                  verified by; the same reworded by code; claims that people wrote from the evidence in their own words
    human sets    SciFact, WiCE, Climate-FEVER: balanced accuracy of "supported", beside the overlap of words with the
                  threshold that is best on the other half
    speed         one claim against its passage

"Seen" is a verdict other than "supported". All figures are of one half, by hash; what was chosen was chosen on the
other (`--chosen` shows that one). Climate-FEVER states no licence: nothing was trained on it.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bench.quality.claims import (
    Labelled,
    Proven,
    climate_fever,
    is_reported,
    own,
    paraphrases,
    scifact,
    scifact_rationales,
    wice,
)
from bench.quality.corruptions import KINDS, corrupt, names_in, reworded
from bench.report import write
from bowerbird.answer import Verdict, verify
from bowerbird.knowledge.words import content_stems

SEED = 20
SENTENCES = 8000  # of XQuAD and WildGraphBench, read for something to corrupt
MOST = 300  # corruptions of a kind
REPORTED = "--chosen" not in sys.argv


def wanted(key: str) -> bool:
    """Whether it belongs to the half that this run looks at."""
    return is_reported(key) == REPORTED


def overlap(claim: str, evidence: Sequence[str]) -> float:
    """The baseline: the share of the claim's content words that the evidence holds."""
    words = content_stems(claim)
    held = {word for text in evidence for word in content_stems(text)}
    return sum(word in held for word in words) / len(words) if words else 0.0


def best_threshold(scored: Sequence[tuple[float, bool]]) -> float:
    """The least score for "supported" that gives the best balanced accuracy."""
    return max(
        sorted({score for score, _ in scored}), key=lambda least: balanced((s >= least, truth) for s, truth in scored)
    )


def balanced(said: Iterable[tuple[bool, bool]]) -> float:
    """The mean of the shares that are right among the true and among the false."""
    pairs = list(said)
    shares = [[says == truth for says, truth in pairs if truth is of] for of in (True, False)]
    return sum(sum(each) / max(1, len(each)) for each in shares) / 2


# --- corruptions ------------------------------------------------------------------------------------------------------


def on_corruptions(name: str, true: Sequence[Proven], names: Sequence[str], *, least_overlap: float) -> dict[str, Any]:
    """Detection by kind and false alarms on `true` claims and on what was made of them."""
    kinds: dict[str, Any] = {}
    for kind in KINDS:
        rng = random.Random(f"{SEED}{name}{kind}")
        made = [(each, bad) for each in true if (bad := corrupt(kind, each.claim, each.around, names, rng))][:MOST]
        verdicts = [verify(bad, each.evidence).verdict for each, bad in made]
        kinds[kind] = {
            "n": len(made),
            "detected": share(verdict != "supported" for verdict in verdicts),
            "called_contradicted": share(verdict == "contradicted" for verdict in verdicts),
            "false_alarms_on_these": share(verify(e.claim, e.evidence).verdict != "supported" for e, _ in made),
            "detected_by_overlap": share(overlap(bad, each.evidence) < least_overlap for each, bad in made),
        }
    before = [verify(each.claim, each.evidence).verdict for each in true]
    doubted = [verdict != "supported" for verdict in before]
    return {
        "true_claims": len(true),
        "false_alarms": share(doubted),
        "called_contradicted": share(verdict == "contradicted" for verdict in before),
        "false_alarms_by_overlap": share(overlap(e.claim, e.evidence) < least_overlap for e in true),
        "kinds": kinds,
    }


def share(which: Iterable[bool]) -> float:
    """The share that holds."""
    found = list(which)
    return round(sum(found) / max(1, len(found)), 3)


def corruptions() -> dict[str, Any]:
    """The three kinds of true claims."""
    rng = random.Random(SEED)
    everything = list(own(SENTENCES, rng))
    mine = [each for key, each in everything if wanted(key)]
    names = sorted({name for each in mine for name in names_in(each.claim)})
    other = [
        Proven(new, each.evidence, each.around) for each in mine if (new := reworded(each.claim, rng)) != each.claim
    ]
    people = [each for _, key, each in paraphrases() if wanted(key)]
    return {
        "own_passage": on_corruptions("own", mine, names, least_overlap=1.0),
        "reworded": on_corruptions("reworded", other, names, least_overlap=1.0),
        "by_people": on_corruptions("people", people, names, least_overlap=0.6),
    }


# --- human sets -------------------------------------------------------------------------------------------------------


def on_people(everything: Sequence[Labelled], say: Callable[[str, Sequence[str]], Verdict]) -> dict[str, Any]:
    """Balanced accuracy beside the baseline's, and what was said by label."""
    mine = [each for each in everything if wanted(each.id)]
    chosen = [each for each in everything if not is_reported(each.id)]
    least = best_threshold([(overlap(each.claim, each.evidence), each.is_supported) for each in chosen])
    said = [say(each.claim, each.evidence) for each in mine]
    least_score = best_threshold([(say(e.claim, e.evidence).score, e.is_supported) for e in chosen])
    ours = balanced((v.verdict == "supported", e.is_supported) for v, e in zip(said, mine, strict=True))
    tuned = balanced((v.score >= least_score, e.is_supported) for v, e in zip(said, mine, strict=True))
    words = balanced((overlap(each.claim, each.evidence) >= least, each.is_supported) for each in mine)
    return {
        "claims": len(mine),
        "balanced_accuracy": round(ours, 3),
        "balanced_accuracy_of_score": round(tuned, 3),
        "overlap_balanced_accuracy": round(words, 3),
        "above_overlap": round(ours - words, 3),
        "above_overlap_of_score": round(tuned - words, 3),
        "said": {
            label: _counts(v.verdict for v, each in zip(said, mine, strict=True) if each.label == label)
            for label in sorted({each.label for each in mine})
        },
    }


def _counts(verdicts: Iterable[str]) -> dict[str, float]:
    found = list(verdicts)
    return {
        verdict: share(each == verdict for each in found)
        for verdict in ("supported", "partial", "contradicted", "unsupported")
    }


def speed() -> dict[str, Any]:
    """Milliseconds for a sentence against a passage."""
    pairs = [each for _, each in own(600, random.Random(SEED))]
    took: list[float] = []
    for each in pairs:
        at = time.perf_counter()
        verify(each.claim + " More", each.evidence)
        took.append(1000 * (time.perf_counter() - at))
    took.sort()
    return {"ms_median": round(statistics.median(took), 2), "ms_p99": round(took[int(0.99 * len(took))], 2)}


def main() -> None:
    """Measure and write `results/verifier.json`."""
    people = {
        "scifact_abstract": on_people(scifact(), verify),
        "scifact_rationale": on_people(scifact_rationales(), verify),
        "wice": on_people(wice(), verify),
        "climate_fever": on_people(climate_fever(), verify),
    }
    figures = {"corruptions": corruptions(), "people": people, "speed": speed()}
    if not REPORTED:
        import json

        print(json.dumps(figures, indent=1))
        return
    write("verifier", figures, headline=_headline(figures))


def _headline(figures: dict[str, Any]) -> dict[str, Any]:
    own_passage, reworded_ = (figures["corruptions"][name] for name in ("own_passage", "reworded"))
    kinds = [kind for kind in KINDS if kind != "relation"]
    return {
        "false sentences seen, least of six kinds": min(own_passage["kinds"][kind]["detected"] for kind in kinds),
        "the same, reworded": min(reworded_["kinds"][kind]["detected"] for kind in kinds),
        "true sentences doubted, reworded": reworded_["false_alarms"],
        "a wrong relation seen": own_passage["kinds"]["relation"]["detected"],
        "balanced accuracy above the overlap of words (SciFact / WiCE / Climate-FEVER)": " / ".join(
            f"{figures['people'][name]['above_overlap']:+.3f}" for name in ("scifact_abstract", "wice", "climate_fever")
        ),
    }


if __name__ == "__main__":
    main()
