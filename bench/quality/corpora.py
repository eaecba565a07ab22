"""Judged sets as passages, questions and what is relevant to each, in the shape that the retrieval bench reads."""

import csv
import gzip
import hashlib
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.report import data_dir
from bowerbird.knowledge import passages

__all__ = ["TOPICS", "Corpus", "Passage", "Question", "is_reported", "judged_sets", "wild_pages", "wild_topic"]

TOPICS = ("mathematics", "nature", "history", "technology")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of document `document`; several passages may belong to one."""

    document: str
    title: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its relevant documents and how relevant each is."""

    id: str
    text: str
    relevant: dict[str, int]


@dataclass(frozen=True, slots=True)
class Corpus:
    """One set."""

    name: str
    passages: list[Passage] = field(repr=False)
    questions: list[Question] = field(repr=False)


def is_reported(corpus: str, question: Question) -> bool:
    """Whether the question is in the half that nothing was chosen on."""
    return hashlib.sha1((corpus + question.id).encode()).digest()[0] & 1 == 1


def judged_sets() -> Iterator[Corpus]:
    """The sets whose relevant documents are known, smallest first."""
    yield _xquad(data_dir("evidence/xquad_en"))
    for name in ("cranfield", "cisi"):
        yield _beir(name, data_dir(f"retrieval/{name}"))
    yield _wikiqa(data_dir("retrieval/wikiqa"))
    yield _beir("scifact", data_dir("retrieval/scifact"))


def wild_pages(topic: str) -> list[dict[str, Any]]:
    """The pages of one topic: `_id`, `title`, `text`."""
    return list(_lines(data_dir("evidence/wildgraphbench") / "dev" / f"{topic}.pages.jsonl.xz"))


def wild_topic(topic: str) -> Corpus:
    """Real noisy pages of one topic, cut as the product cuts; questions and statements with the pages they rest on."""
    folder = data_dir("evidence/wildgraphbench") / "dev"
    cut = [
        Passage(page["_id"], page["title"], chunk.heading, page["text"][chunk.start : chunk.end])
        for page in wild_pages(topic)
        for chunk in passages(page["text"])
    ]
    asked = [(row["question"], row["evidence_ids"]) for row in _lines(folder / f"{topic}.questions.jsonl")]
    asked += [(row["statement"], row["evidence_ids"]) for row in _lines(folder / f"{topic}.statements.jsonl")]
    judged = [(text, evidence) for text, evidence in asked if evidence]
    questions = [Question(str(n), text, dict.fromkeys(evidence, 1)) for n, (text, evidence) in enumerate(judged)]
    return Corpus(f"wgb-{topic}", cut, questions)


def _beir(name: str, folder: Path) -> Corpus:
    relevant: dict[str, dict[str, int]] = {}
    with next(folder.glob("qrels*")).open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    documents = _lines(next(folder.glob("corpus*")))
    asked = _lines(next(folder.glob("queries*")))
    return Corpus(
        name,
        [Passage(each["_id"], each.get("title", ""), "", each["text"]) for each in documents],
        [Question(each["_id"], each["text"], relevant[each["_id"]]) for each in asked if each["_id"] in relevant],
    )


def _wikiqa(folder: Path) -> Corpus:
    """Every sentence of all articles is a passage; the questions are those that have an answer among them."""
    documents: dict[str, str] = {}
    asked: dict[str, str] = {}
    relevant: dict[str, dict[str, int]] = {}
    with gzip.open(folder / "WikiQA-train.tokenised.tsv.gz", "rt") as file:
        for line in file:
            question, sentence, label = line.rstrip("\n").split("\t")
            document = documents.setdefault(sentence, str(len(documents)))
            number = asked.setdefault(question, str(len(asked)))
            if label == "1":
                relevant.setdefault(number, {})[document] = 1
    return Corpus(
        "wikiqa",
        [Passage(document, "", "", sentence) for sentence, document in documents.items()],
        [Question(number, question, relevant[number]) for question, number in asked.items() if number in relevant],
    )


def _xquad(folder: Path) -> Corpus:
    cut: list[Passage] = []
    asked: list[Question] = []
    for article in json.loads((folder / "xquad.en.json").read_text())["data"]:
        for paragraph in article["paragraphs"]:
            document = str(len(cut))
            cut.append(Passage(document, "", "", paragraph["context"]))
            asked += [Question(each["id"], each["question"], {document: 1}) for each in paragraph["qas"]]
    return Corpus("xquad", cut, asked)


def _lines(path: Path) -> list[dict[str, Any]]:
    opener: Any = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opener(path, "rt") as file:
        return [json.loads(line) for line in file]
