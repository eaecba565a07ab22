"""Claims with evidence: labelled by people, or true because they are sentences of their own evidence."""

import csv
import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bench.quality.corpora import TOPICS, judged_sets, wild_topic
from bench.report import data_dir
from bowerbird.answer.sentences import is_readable

__all__ = [
    "Labelled",
    "Proven",
    "climate_fever",
    "is_reported",
    "own",
    "paraphrases",
    "scifact",
    "scifact_rationales",
    "wice",
]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim that people judged; `label` is the set's own, `is_supported` what it comes to."""

    id: str
    claim: str
    evidence: tuple[str, ...]
    label: str
    is_supported: bool


@dataclass(frozen=True, slots=True)
class Proven:
    """A true claim, what proves it, and the text around that, from which false values are drawn."""

    claim: str
    evidence: tuple[str, ...]
    around: str


def is_reported(key: str) -> bool:
    """Whether it is in the half that nothing was chosen on."""
    return hashlib.sha256(key.encode()).digest()[0] & 1 == 1


def scifact() -> list[Labelled]:
    """SciFact: each claim with all sentences of one abstract; NEI with an abstract that it cites."""
    abstracts = _abstracts()
    found: dict[str, Labelled] = {}
    for row in _scifact_rows():
        cited = re.findall(r"\d+", row["cited_doc_ids"])
        document = row["evidence_doc_id"] or cited[0]
        label = row["evidence_label"] or "NEI"
        if document in abstracts:
            # The halves part by claim, so that the pairs of a claim and its denial that share evidence stay together.
            found[f"{row['id']}:{document}"] = Labelled(
                document, row["claim"], tuple(abstracts[document]), label, label == "SUPPORT"
            )
    return list(found.values())


def scifact_rationales() -> list[Labelled]:
    """SciFact: SUPPORT and CONTRADICT with the sentences that people gave as the reason."""
    abstracts = _abstracts()
    return [
        Labelled(
            row["evidence_doc_id"],
            row["claim"],
            tuple(
                abstracts[row["evidence_doc_id"]][n] for n in map(int, re.findall(r"\d+", row["evidence_sentences"]))
            ),
            row["evidence_label"],
            row["evidence_label"] == "SUPPORT",
        )
        for row in _scifact_rows()
        if row["evidence_label"] and row["evidence_doc_id"] in abstracts
    ]


def wice() -> list[Labelled]:
    """WiCE: a sentence of Wikipedia with all sentences of the page that it cites."""
    return [
        Labelled(row["meta"]["id"], row["claim"], tuple(row["evidence"]), row["label"], row["label"] == "supported")
        for row in _gzipped("evidence/wice", "claim_dev.jsonl.gz")
    ]


def climate_fever() -> list[Labelled]:
    """Climate-FEVER: each claim with each of its five sentences, as people voted on the pair."""
    return [
        Labelled(
            row["claim_id"],
            row["claim"],
            (each["evidence"],),
            each["evidence_label"],
            each["evidence_label"] == "SUPPORTS",
        )
        for row in _gzipped("evidence/climate_fever", "climate-fever.jsonl.gz")
        for each in row["evidences"]
    ]


def paraphrases() -> Iterator[tuple[str, str, Proven]]:
    """Set, id and claim: people wrote these from their evidence, in their own words."""
    for each in scifact_rationales():
        if each.is_supported:
            yield "scifact", each.id, Proven(each.claim, each.evidence, " ".join(each.evidence))
    for row in _gzipped("evidence/wice", "claim_dev.jsonl.gz"):
        if row["label"] == "supported" and row["supporting_sentences"]:
            proof = tuple(row["evidence"][n] for n in row["supporting_sentences"][0])
            yield "wice", row["meta"]["id"], Proven(row["claim"], proof, " ".join(proof))


def own(count: int, rng: random.Random) -> Iterator[tuple[str, Proven]]:
    """Id and claim: sentences of XQuAD's paragraphs and of WildGraphBench's pages, with their own passage."""
    passages = [passage.text for corpus in judged_sets() if corpus.name == "xquad" for passage in corpus.passages]
    for topic in TOPICS:
        mine = [passage.text for passage in wild_topic(topic).passages]
        passages += rng.sample(mine, min(len(mine), 600))
    rng.shuffle(passages)
    found = 0
    for passage in passages:
        sentences = [text for text in _sentences(passage) if 8 <= len(text.split()) <= 45 and is_readable(text)]
        for sentence in rng.sample(sentences, min(2, len(sentences))):
            found += 1
            yield passage, Proven(sentence, (passage,), passage)
            if found == count:
                return


def _sentences(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"(?<=[.!?])\s+(?=[A-Z])|\n+", text) if part.strip()]


def _scifact_rows() -> list[dict[str, str]]:
    with (data_dir("retrieval/scifact") / "claims_train.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _abstracts() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in _gzipped("retrieval/scifact", "corpus.jsonl.gz"):
        starts = [*row["sent_starts"], len(row["text"])]
        found[row["_id"]] = [row["text"][a:b].strip() for a, b in pairwise(starts)]
    return found


def _gzipped(folder: str, name: str) -> list[dict[str, Any]]:
    with gzip.open(data_dir(folder) / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
