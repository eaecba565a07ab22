"""
Citation recall and precision (as ALCE defines them) of the product's answers: by labels, and by its own verifier.

    by labels      what somebody who read each sentence with what its citations show says (`bench/quality/labelled`)
    by the verifier    what `answer/verify.py` says, where a sentence that leans on another needs that one, too
    nugget recall  what of the known answer is in the answer, by the same reader

The questions are asked again, so the figures are of the product as it is. A sentence that was not labelled, because
another is said today, is counted as such and in no figure by labels. The extractive writer quotes, so these figures
say little without nugget recall beside them (ALCE, section 3.4: quoting the top passage cites almost perfectly).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.quality.citation_sample import SETS, Asked, key_of, question_key, sample
from bench.report import write
from bowerbird.answer.citing import CitationScores, Cited, citation_scores, supported_in_full
from bowerbird.models import MiniLM

LABELLED = Path(__file__).parent / "labelled"
LABELS = ("full", "partial", "none")


def by_labels(asked: Sequence[Asked], labels: Mapping[str, Any]) -> dict[str, Any]:
    """The figures by what a reader said of each sentence."""
    supported = to_the_point = sentences = cited = unlabelled = 0
    counts = dict.fromkeys(LABELS, 0)
    for each in asked:
        for claim in each.answer.claims:
            label = labels["sentences"].get(key_of(each.question.text, claim))
            if label is None or len(label["needed"]) != len(claim.citations):
                unlabelled += 1
                continue
            counts[label["support"]] += 1
            sentences += 1
            cited += len(label["needed"])
            if label["support"] == "full":
                supported += 1
                to_the_point += sum(label["needed"])
    scores = CitationScores(supported, sentences, to_the_point, cited)
    return _figures(scores) | {"support": counts, "unlabelled": unlabelled}


def by_verifier(asked: Sequence[Asked]) -> dict[str, Any]:
    """The figures by the product's verifier, over all sentences."""
    found = [
        citation_scores(
            [Cited(claim.text, tuple(citation.shown for citation in claim.citations)) for claim in each.answer.claims],
            supported_in_full,
        )
        for each in asked
    ]
    return _figures(
        CitationScores(
            sum(one.supported for one in found),
            sum(one.sentences for one in found),
            sum(one.to_the_point for one in found),
            sum(one.citations for one in found),
        )
    )


def nuggets(asked: Sequence[Asked], labels: Mapping[str, Any]) -> dict[str, Any]:
    """The mean share of each question's nuggets in its answer; of what was not answered none is."""
    shares: list[float] = []
    unlabelled = 0
    for each in asked:
        keys = {key_of(each.question.text, claim) for claim in each.answer.claims}
        held = labels["nuggets"].get(question_key(each.question.text))
        if held is None or not keys <= labels["sentences"].keys():
            unlabelled += 1
        else:
            found = [any(key in keys for key in holders) for holders in held.values()]
            shares.append(sum(found) / len(found))
    return {"nugget_recall": _share(sum(shares), len(shares)), "questions": len(shares), "unlabelled": unlabelled}


def _figures(scores: CitationScores) -> dict[str, Any]:
    return {
        "citation_recall": _share(scores.supported, scores.sentences),
        "citation_precision": _share(scores.to_the_point, scores.citations),
        "sentences": scores.sentences,
        "citations": scores.citations,
    }


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


def main() -> None:
    """Ask, and judge both ways."""
    embedder = MiniLM(threads=2)
    samples = {name: sample(name, embedder) for name in SETS}
    embedder.close()
    figures = _figures_of(samples)
    together = figures["together"]
    write(
        "citations",
        figures,
        headline={
            "citation recall / precision by labels (≥ .90)": _pair(together["by_labels"]),
            "sentences labelled, of all of the answers": f"{together['by_labels']['sentences']} of"
            f" {together['by_verifier']['sentences']}",
            "citation recall / precision by the verifier (≥ .95)": _pair(together["by_verifier"]),
            "nugget recall beside them: XQuAD / manual": " / ".join(
                f"{figures[name]['nuggets']['nugget_recall'] or 0:.2f} (of {figures[name]['nuggets']['questions']})"
                for name in SETS
            ),
        },
        notes="Labels by a language model that read each sentence, not by people: bench/quality/labelled/README.md.",
    )


def _figures_of(samples: Mapping[str, Sequence[Asked]]) -> dict[str, Any]:
    """The figures of each set and of both together."""
    figures: dict[str, Any] = {}
    every: dict[str, Any] = {"sentences": {}, "nuggets": {}}
    for name, asked in samples.items():
        labels = json.loads((LABELLED / "citations" / f"{name}.json").read_text(encoding="utf-8"))
        every["sentences"] |= labels["sentences"]
        every["nuggets"] |= labels["nuggets"]
        figures[name] = _all(asked, labels)
    return figures | {"together": _all([each for asked in samples.values() for each in asked], every)}


def _all(asked: Sequence[Asked], labels: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "questions": len(asked),
        "unanswered": sum(each.answer.abstained for each in asked),
        "by_labels": by_labels(asked, labels),
        "by_verifier": by_verifier(asked),
        "nuggets": nuggets(asked, labels),
    }


def _pair(figures: Mapping[str, Any]) -> str:
    return f"{figures['citation_recall'] or 0:.2f} / {figures['citation_precision'] or 0:.2f}"


if __name__ == "__main__":
    main()
