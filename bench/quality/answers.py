"""
How good answers without a model are: which sentence, whether to answer at all, what of the truth is in it, how fast.

    WikiQA            ranking of sentences (MAP, MRR; ties in the order of the article) and answer triggering (F1)
    XQuAD             the sentence that holds the answer comes first, or in the answer; refusal without its article
    WildGraphBench    single-fact questions on noisy pages: the part of the true statement's words (those that the
                      question does not hold) in the answer, beside as many sentences by BM25; refusal on another
                      topic's pages

All figures are of one half of the questions, by hash; weights were chosen on the other, with some looks at this one
(see `answer/rank.py`), so they may flatter a little.
Passages come from bm25s here, so that nothing but the answering is measured; the last part asks the whole product.
"""

import asyncio
import gzip
import hashlib
import json
import lzma
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from bench.report import data_dir, write
from bowerbird.answer import Asker
from bowerbird.answer.features import TermWeights, term_weights
from bowerbird.answer.question import plan
from bowerbird.answer.rank import SentenceVectors, rank, support
from bowerbird.answer.retriever import PASSAGES
from bowerbird.answer.sentences import Sentence, sentences_in
from bowerbird.answer.write import choose
from bowerbird.answer.writer import ANSWERED
from bowerbird.kernel.clock import ManualClock, SystemClock
from bowerbird.kernel.nouns import Hit, PassageText
from bowerbird.knowledge import EmbeddedIndex, Indexer, Searcher, passages
from bowerbird.knowledge.words import STOPWORDS, stems
from bowerbird.models import MiniLM
from bowerbird.records import open_records
from bowerbird.testing.builders import Library

QUESTIONS = 300  # of each set, so that the bench takes minutes
TOPICS = ("technology", "nature", "mathematics", "history")


def is_reported(question: str) -> bool:
    """Whether the question is in the half that nothing was chosen on."""
    return int(hashlib.sha256(question.encode()).hexdigest(), 16) % 2 == 1


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a set."""

    url: str
    title: str
    text: str


class Collection:
    """Pages cut into passages, found by BM25."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = pages
        self.passages = [
            PassageText(0, number, number, "s", page.url, page.title, chunk.heading, chunk.start, chunk.end, text)
            for number, page in enumerate(pages)
            for chunk in passages(page.text)
            if (text := page.text[chunk.start : chunk.end])
        ]
        words = [stems(f"{p.title} {p.heading} {p.text}") or ["_"] for p in self.passages]
        self.counts = Counter(word for each in words for word in set(each))
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index(words, show_progress=False)

    def find(self, question: str, *, without: Callable[[PassageText], bool] | None = None) -> list[Hit]:
        """The first PASSAGES passages, but none that `without` names."""
        terms = [word for word in dict.fromkeys(stems(question)) if word in self.counts]
        scores = self._index.get_scores(terms) if terms else np.zeros(len(self.passages))
        hits: list[Hit] = []
        for row in np.argsort(-scores, kind="stable"):
            passage = self.passages[int(row)]
            if scores[row] <= 0 or len(hits) == PASSAGES:
                break
            if without is None or not without(passage):
                hits.append(Hit(passage, float(scores[row]), float(scores[row]), None))
        return hits

    def weights(self, terms: Sequence[str]) -> TermWeights:
        """What the terms tell in this collection."""
        return term_weights(terms, self.counts, len(self.passages))

    def idf(self, word: str) -> float:
        """BM25's inverse document frequency."""
        seen = self.counts.get(word, 0)
        return math.log(1 + (len(self.passages) - seen + 0.5) / (seen + 0.5))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the answering makes of a question on given passages."""

    best: Sentence | None
    chosen: list[Sentence]
    pool: list[Sentence]
    sure: float


def reply(collection: Collection, question: str, hits: Sequence[Hit], vectors: SentenceVectors) -> Reply:
    """The product's planner and writer on these hits; `chosen` also where it would abstain."""
    planned = plan(question)
    pool = sentences_in(hits)
    ranked = rank(planned, collection.weights(planned.terms), pool, vectors)
    best = ranked[0].sentence if ranked else None
    return Reply(best, choose(planned, ranked, pool), pool, support(ranked))


def by_bm25(collection: Collection, question: str, pool: Sequence[Sentence], count: int) -> list[Sentence]:
    """The `count` best sentences of the pool by BM25."""
    terms = set(stems(question))
    mean = sum(len(sentence.stems) for sentence in pool) / max(1, len(pool))

    def score(sentence: Sentence) -> float:
        found = Counter(word for word in sentence.stems if word in terms)
        norm = 1.2 * (0.25 + 0.75 * len(sentence.stems) / mean)
        return sum(collection.idf(word) * times * 2.2 / (times + norm) for word, times in found.items())

    return sorted(pool, key=lambda sentence: -score(sentence))[:count]


# --- WikiQA -----------------------------------------------------------------------------------------------------------


def wikiqa(vectors: SentenceVectors) -> dict[str, Any]:
    """Ranking and triggering on the reported half."""
    articles: dict[str, list[tuple[str, bool]]] = {}
    with gzip.open(data_dir("retrieval/wikiqa") / "WikiQA-train.tokenised.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            question, sentence, label = line.rstrip("\n").split("\t")
            articles.setdefault(question, []).append((sentence, label == "1"))
    counts = Counter(word for rows in articles.values() for text, _ in rows for word in set(stems(text)))
    total = sum(len(rows) for rows in articles.values())
    asked = [question for question in articles if is_reported(question)]
    ours: list[tuple[float, float]] = []
    count: list[tuple[float, float]] = []
    triggered = right = 0
    for question in asked[: 2 * QUESTIONS]:
        rows = articles[question]
        truth = {text for text, is_right in rows if is_right}
        pool = [_wiki_sentence(rows, index) for index in range(len(rows))]
        planned = plan(question)
        weights = term_weights(planned.terms, counts, total)
        ranked = rank(planned, weights, pool, vectors)
        order = [one.sentence.text for one in ranked]
        seen = set(order)
        order += [s.text for s in sorted(pool, key=lambda s: -weights.cover(s.stems)) if s.text not in seen]
        if truth:
            ours.append(_precision([text in truth for text in order]))
            said = set(question.lower().split())
            naive = sorted((text for text, _ in rows), key=lambda text: -len(said & set(text.lower().split())))
            count.append(_precision([text in truth for text in naive]))
        if support(ranked) >= ANSWERED:
            triggered += 1
            right += order[0] in truth
    precision, recall = right / max(1, triggered), right / max(1, len(ours))
    return {
        "questions": min(len(asked), 2 * QUESTIONS),
        "with_answer": len(ours),
        "map": _mean(pair[0] for pair in ours),
        "mrr": _mean(pair[1] for pair in ours),
        "map_word_count": _mean(pair[0] for pair in count),
        "mrr_word_count": _mean(pair[1] for pair in count),
        "triggering_precision": round(precision, 3),
        "triggering_recall": round(recall, 3),
        "triggering_f1": round(2 * precision * recall / max(1e-9, precision + recall), 3),
    }


def _wiki_sentence(rows: Sequence[tuple[str, bool]], index: int) -> Sentence:
    text = rows[index][0]
    before = frozenset(stems(rows[index - 1][0])) if index else frozenset[str]()
    nowhere = PassageText(0, 0, 0, "s", "", "", "", 0, 0, "")
    return Sentence(nowhere, 1.0, index, index + 1, text, "prose", False, index, tuple(stems(text)), before)


def _precision(right: Sequence[bool]) -> tuple[float, float]:
    """Average precision and reciprocal rank of a ranking."""
    ranks = [rank for rank, is_right in enumerate(right, start=1) if is_right]
    return sum(n / rank for n, rank in enumerate(ranks, start=1)) / len(ranks), 1 / ranks[0]


# --- XQuAD ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the page and the place of its answer."""

    question: str
    page: int
    article: str
    start: int
    answer: str


def xquad() -> tuple[list[Page], list[Asked]]:
    """A page for each paragraph, and the reported questions."""
    data = json.loads((data_dir("evidence/xquad_en") / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    pages: list[Page] = []
    asked: list[Asked] = []
    for article in data:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]
                if is_reported(qa["question"]):
                    place = answer["answer_start"]
                    asked.append(Asked(qa["question"], len(pages), article["title"], place, answer["text"]))
            url = f"http://xquad.example/{len(pages)}"
            pages.append(Page(url, article["title"].replace("_", " "), paragraph["context"]))
    return pages, asked


def on_xquad(vectors: SentenceVectors) -> dict[str, Any]:
    """The right sentence, and refusal without the article."""
    pages, asked = xquad()
    collection = Collection(pages)
    first = first_bm25 = inside = answered = refused = exact = quoted = 0
    asked = asked[:QUESTIONS]
    for each in asked:
        got = reply(collection, each.question, collection.find(each.question), vectors)
        baseline = by_bm25(collection, each.question, got.pool, 1)
        first += _holds([got.best] if got.best else [], each)
        first_bm25 += _holds(baseline, each)
        answered += got.sure >= ANSWERED
        inside += got.sure >= ANSWERED and _holds(got.chosen, each)
        exact += sum(pages[s.passage.page].text[s.start : s.end] == s.text for s in got.chosen)
        quoted += len(got.chosen)
        title = pages[each.page].title
        withheld = collection.find(each.question, without=lambda passage, title=title: passage.title == title)  # type: ignore[misc]
        refused += reply(collection, each.question, withheld, vectors).sure < ANSWERED
    return {
        "questions": len(asked),
        "right_sentence_first": round(first / len(asked), 3),
        "right_sentence_first_bm25": round(first_bm25 / len(asked), 3),
        "right_sentence_in_answer": round(inside / len(asked), 3),
        "over_refusal": round(1 - answered / len(asked), 3),
        "refusal_recall_article_withheld": round(refused / len(asked), 3),
        "quote_exactness": exact / max(1, quoted),
    }


def _holds(sentences: Sequence[Sentence], asked: Asked) -> bool:
    return any(s.passage.page == asked.page and s.start <= asked.start < s.end for s in sentences)


# --- WildGraphBench ---------------------------------------------------------------------------------------------------


def wild(vectors: SentenceVectors) -> dict[str, Any]:
    """Facts on noisy pages, and refusal on another topic's."""
    folder = data_dir("evidence/wildgraphbench") / "dev"
    collections = {topic: Collection(list(_wild_pages(folder / f"{topic}.pages.jsonl.xz"))) for topic in TOPICS}
    ours: list[float] = []
    top: list[float] = []
    same_length: list[float] = []
    lengths: list[int] = []
    answered = refused = questions = exact = quoted = 0
    for number, topic in enumerate(TOPICS):
        own, other = collections[topic], collections[TOPICS[(number + 1) % len(TOPICS)]]
        for line in (folder / f"{topic}.questions.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            question = row["question"]
            if not is_reported(question):
                continue
            questions += 1
            got = reply(own, question, own.find(question), vectors)
            answered += got.sure >= ANSWERED
            refused += reply(other, question, other.find(question), vectors).sure < ANSWERED
            exact += sum(own.pages[s.passage.page].text[s.start : s.end] == s.text for s in got.chosen)
            quoted += len(got.chosen)
            if row["question_type"] == ["single-fact"]:
                truth = _new_words(row["answer"], question)
                told = got.chosen if got.sure >= ANSWERED else []
                ours.append(_recall(truth, told))
                top.append(_recall(truth, by_bm25(own, question, got.pool, 1)))
                same_length.append(_recall(truth, by_bm25(own, question, got.pool, max(1, len(told)))))
                lengths.append(len(told))
    return {
        "questions": questions,
        "single_fact": len(ours),
        "statement_recall": _mean(ours),
        "statement_recall_bm25_top_sentence": _mean(top),
        "statement_recall_bm25_as_many_sentences": _mean(same_length),
        "sentences_per_answer": _mean(lengths),
        "over_refusal": round(1 - answered / questions, 3),
        "refusal_recall_other_topic": round(refused / questions, 3),
        "quote_exactness": exact / max(1, quoted),
    }


def _wild_pages(path: Path) -> Iterator[Page]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Page((row["urls"] or [row["_id"]])[0], row["title"], row["text"][:200_000])


def _new_words(answer: str, question: str) -> set[str]:
    """What the true statement adds to the question."""
    known = set(stems(question))
    return {word for word in stems(answer) if word not in known and word not in STOPWORDS}


def _recall(truth: set[str], told: Sequence[Sentence]) -> float:
    said = {word for sentence in told for word in sentence.stems}
    return len(truth & said) / len(truth) if truth else 1.0


# --- the whole product ------------------------------------------------------------------------------------------------


def whole(embedder: MiniLM) -> dict[str, Any]:
    """Latency and exactness of `Asker.ask` over records and the hybrid index that hold XQuAD's paragraphs."""
    pages, asked = xquad()
    asked = asked[:QUESTIONS]
    with tempfile.TemporaryDirectory() as folder:
        records = open_records(f"sqlite:///{folder}/bowerbird.db")
        clock = ManualClock()
        library = Library(records, clock)
        source = library.source()
        texts = {library.page(source, page.url, page.text, title=page.title).version: page.text for page in pages}
        library.arrange()
        index = EmbeddedIndex(Path(folder) / "index", model=embedder.name, dimensions=embedder.dimensions, write=True)
        indexer = Indexer(records, index, embedder, clock)
        while indexer.catch_up() or indexer.embed_some(64):
            pass
        asker = Asker(records, Searcher(records, index, embedder), embedder, SystemClock())
        asyncio.run(asker.ask("What is this about?", library.scope))
        took_ms: list[float] = []
        exact = quoted = right = 0
        for each in asked:
            began = time.perf_counter()
            answer = asyncio.run(asker.ask(each.question, library.scope))
            took_ms.append(1000 * (time.perf_counter() - began))
            citations = [citation for claim in answer.claims for citation in claim.citations]
            exact += sum(texts[c.version][c.start : c.end] == c.quote for c in citations)
            quoted += len(citations)
            right += any(each.answer in citation.quote for citation in citations)
        index.close()
        records.close()
    return {
        "questions": len(asked),
        "answer_in_a_quote": round(right / len(asked), 3),
        "quote_exactness": exact / max(1, quoted),
        "p50_ms": round(float(np.quantile(took_ms, 0.5)), 1),
        "p95_ms": round(float(np.quantile(took_ms, 0.95)), 1),
    }


def _mean(values: Any) -> float:
    listed = list(values)
    return round(float(np.mean(listed)), 3) if listed else 0.0


def main() -> None:
    embedder = MiniLM(threads=1)
    vectors = SentenceVectors(embedder)
    write(
        "answers",
        {
            "wikiqa": wikiqa(vectors),
            "xquad": on_xquad(vectors),
            "wildgraphbench": wild(vectors),
            "whole_product_on_xquad": whole(embedder),
        },
        notes="Without a model. Halves by hash of the question: chosen on one, reported on the other (seen at times).",
    )
    embedder.close()


if __name__ == "__main__":
    main()
