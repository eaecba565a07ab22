"""
How good answers without a model are: which sentence, whether to answer at all, what of the truth is in it, how fast.

    WikiQA            ranking of sentences (MAP, MRR; ties in the order of the article) and answer triggering (F1)
    XQuAD             the sentence that holds the answer comes first, or in the answer; refusal without its article
    WildGraphBench    single-fact questions on noisy pages: the part of the true statement's words (those that the
                      question does not hold) in the answer, beside as many sentences by BM25; nuggets (parts that hold
                      with their names and numbers; a half counts half); refusal on the other topics' pages

All figures are of one half of the questions, by hash; weights were chosen on the other (see `answer/rank.py`;
`python -m bench.quality.fit_rank` fits them again).
Passages are found by bm25s and put in order by the product's fusion here, so that little but the answering is measured;
the last part asks the whole product, one question at a time and twenty at once.
"""

import asyncio
import gzip
import hashlib
import json
import lzma
import math
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bm25s
import numpy as np

from bench.library import asking
from bench.report import data_dir, write
from bench.vectors import TextVectors
from bowerbird.answer import Asker
from bowerbird.answer.features import TermWeights, term_weights
from bowerbird.answer.in_context import InContext
from bowerbird.answer.places import PASSAGES
from bowerbird.answer.question import plan
from bowerbird.answer.rank import known, rank, support
from bowerbird.answer.sentences import Sentence, leans_back, sentences_in
from bowerbird.answer.write import choose
from bowerbird.answer.writer import ANSWERED
from bowerbird.kernel.nouns import Hit, PassageText, Scope
from bowerbird.knowledge import passages
from bowerbird.knowledge.fuse import fuse
from bowerbird.knowledge.indexer import model_text
from bowerbird.knowledge.words import STOPWORDS, content_stems, fold, stem, stems, word_spans
from bowerbird.models import MiniLM
from bowerbird.models.in_context import word_places
from bowerbird.models.words import WordVectors, word_vectors
from bowerbird.testing.builders import Library

DEPTH = 20  # passages by BM25 whose meaning is looked at
AT_ONCE = 20
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
    """Pages cut into passages, found by BM25 and put in order by the product's fusion."""

    def __init__(self, pages: Sequence[Page], vectors: TextVectors) -> None:
        self.pages = pages
        self.passages = [
            PassageText(0, number, number, "s", page.url, page.title, chunk.heading, chunk.start, chunk.end, text)
            for number, page in enumerate(pages)
            for chunk in passages(page.text)
            if (text := page.text[chunk.start : chunk.end])
        ]
        self.passages = [replace(passage, id=number) for number, passage in enumerate(self.passages)]
        words = [stems(f"{p.title} {p.heading} {p.text}") or ["_"] for p in self.passages]
        self.counts = Counter(word for each in words for word in set(each))
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index(words, show_progress=False)
        self._vectors = vectors

    def by_words(self, question: str, *, without: Callable[[PassageText], bool] | None = None) -> list[Hit]:
        """The first DEPTH passages by BM25, but none that `without` names."""
        terms = [word for word in dict.fromkeys(stems(question)) if word in self.counts]
        scores = self._index.get_scores(terms) if terms else np.zeros(len(self.passages))
        hits: list[Hit] = []
        for row in np.argsort(-scores, kind="stable"):
            passage = self.passages[int(row)]
            if scores[row] <= 0 or len(hits) == DEPTH:
                break
            if without is None or not without(passage):
                hits.append(Hit(passage, float(scores[row]), float(scores[row]), None))
        return hits

    def find(self, question: str, *, without: Callable[[PassageText], bool] | None = None) -> list[Hit]:
        """The first PASSAGES passages of the fusion of BM25 with the cosines of what BM25 found."""
        hits = self.by_words(question, without=without)
        if not hits:
            return []
        asked, *found = self._vectors.of(
            [question, *(model_text(h.passage.title, h.passage.heading, h.passage.text) for h in hits)]
        )
        cosines = {hit.passage.id: float(vector @ asked) for hit, vector in zip(hits, found, strict=True)}
        by_words = {hit.passage.id: hit.bm25 or 0.0 for hit in hits}
        fused = fuse(by_words, cosines, words=len(set(content_stems(question))))
        return [Hit(self.passages[each.passage], each.score, each.bm25, each.dense) for each in fused[:PASSAGES]]

    def in_context(self, question: str) -> InContext:
        """The words of a question and of the passages where they stand."""
        return InContext(question, self._vectors.words_of(question), self._words_of)

    def _words_of(self, wanted: Sequence[PassageText]) -> dict[int, Any]:
        return {each.id: _own_words(self._vectors, each) for each in wanted}

    def weights(self, terms: Sequence[str]) -> TermWeights:
        """What the terms tell in this collection."""
        return term_weights(terms, self.counts, len(self.passages))

    def idf(self, word: str) -> float:
        """BM25's inverse document frequency."""
        return _idf(self.counts.get(word, 0), len(self.passages))


def _own_words(vectors: TextVectors, passage: PassageText) -> Any:
    """The words in their context of a passage's own text, behind its title and headings."""
    read = model_text(passage.title, passage.heading, passage.text)
    return vectors.words_of(read)[len(word_places(read[: len(read) - len(passage.text)])) :]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the answering makes of a question on given passages."""

    best: Sentence | None
    chosen: list[Sentence]
    pool: list[Sentence]
    sure: float


def reply(collection: Collection, question: str, hits: Sequence[Hit], words: WordVectors) -> Reply:
    """The product's planner and writer on these hits; `chosen` also where it would abstain."""
    planned = plan(question)
    pool = sentences_in(hits)
    weights = collection.weights(planned.terms)
    ranked = rank(planned, weights, pool, words, in_context=collection.in_context(question))
    best = ranked[0].sentence if ranked else None
    return Reply(best, choose(planned, ranked, pool), pool, support(ranked, known(weights, pool)))


def by_bm25(collection: Collection, question: str, pool: Sequence[Sentence], count: int) -> list[Sentence]:
    """The `count` best sentences of the pool by BM25."""
    return _bm25(pool, set(stems(question)), collection.idf)[:count]


def _bm25(pool: Sequence[Sentence], terms: set[str], idf: Callable[[str], float]) -> list[Sentence]:
    mean = sum(len(sentence.stems) for sentence in pool) / max(1, len(pool))

    def score(sentence: Sentence) -> float:
        found = Counter(word for word in sentence.stems if word in terms)
        norm = 1.2 * (0.25 + 0.75 * len(sentence.stems) / mean)
        return sum(idf(word) * times * 2.2 / (times + norm) for word, times in found.items())

    return sorted(pool, key=lambda sentence: -score(sentence))


def _idf(seen: int, total: int) -> float:
    """BM25's inverse document frequency."""
    return math.log(1 + (total - seen + 0.5) / (seen + 0.5))


# --- WikiQA -----------------------------------------------------------------------------------------------------------


def wikiqa(words: WordVectors, vectors: TextVectors) -> dict[str, Any]:
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
    peer: list[tuple[float, float]] = []
    triggered = right = 0
    for question in asked[: 2 * QUESTIONS]:
        rows = articles[question]
        truth = {text for text, is_right in rows if is_right}
        asked_vector, *meant = vectors.of([question, *(text for text, _ in rows)])
        pool = [_wiki_sentence(rows, index, float(meant[index] @ asked_vector)) for index in range(len(rows))]
        planned = plan(question)
        weights = term_weights(planned.terms, counts, total)
        context = InContext(
            question,
            vectors.words_of(question),
            lambda wanted: {each.id: vectors.words_of(each.text) for each in wanted},
        )
        ranked = rank(planned, weights, pool, words, keep=len(pool), in_context=context)
        order = [one.sentence.text for one in ranked]
        seen = set(order)
        order += [sentence.text for sentence in pool if sentence.text not in seen]
        if truth:
            ours.append(_precision([text in truth for text in order]))
            said = set(question.lower().split())
            naive = sorted((text for text, _ in rows), key=lambda text: -len(said & set(text.lower().split())))
            count.append(_precision([text in truth for text in naive]))
            ranked_bm25 = _bm25(pool, set(stems(question)), lambda word: _idf(counts.get(word, 0), total))
            peer.append(_precision([one.text in truth for one in ranked_bm25]))
        if support(ranked, known(weights, pool)) >= ANSWERED:
            triggered += 1
            right += order[0] in truth
    precision, recall = right / max(1, triggered), right / max(1, len(ours))
    return {
        "questions": min(len(asked), 2 * QUESTIONS),
        "with_answer": len(ours),
        "map": _mean(pair[0] for pair in ours),
        "mrr": _mean(pair[1] for pair in ours),
        "map_bm25": _mean(pair[0] for pair in peer),
        "mrr_bm25": _mean(pair[1] for pair in peer),
        "map_word_count": _mean(pair[0] for pair in count),
        "mrr_word_count": _mean(pair[1] for pair in count),
        "triggering_precision": round(precision, 3),
        "triggering_recall": round(recall, 3),
        "triggering_f1": round(2 * precision * recall / max(1e-9, precision + recall), 3),
    }


def _wiki_sentence(rows: Sequence[tuple[str, bool]], index: int, meant: float) -> Sentence:
    """The sentence as a passage of its own; readable or not, since the set asks for all."""
    text = rows[index][0]
    before = frozenset(stems(rows[index - 1][0])) if index else frozenset[str]()
    return Sentence(
        passage=PassageText(index, 0, 0, "s", "", "", "", 0, len(text), text),
        passage_score=1.0,
        start=0,
        end=len(text),
        text=text,
        kind="prose",
        opens_item=False,
        order=index,
        words=tuple(fold(span.of(text)) for span in word_spans(text)),
        stems=tuple(stems(text)),
        around=before,
        before=before,
        whole=frozenset(stems(text)),
        meant=meant,
        leans=leans_back(text),
    )


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


def xquad(*, reported: bool = True) -> tuple[list[Page], list[Asked]]:
    """A page for each paragraph, and the questions that are reported; or those that may be chosen on."""
    data = json.loads((data_dir("evidence/xquad_en") / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    pages: list[Page] = []
    asked: list[Asked] = []
    for article in data:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]
                if is_reported(qa["question"]) == reported:
                    place = answer["answer_start"]
                    asked.append(Asked(qa["question"], len(pages), article["title"], place, answer["text"]))
            url = f"http://xquad.example/{len(pages)}"
            pages.append(Page(url, article["title"].replace("_", " "), paragraph["context"]))
    return pages, asked


def on_xquad(words: WordVectors, vectors: TextVectors) -> dict[str, Any]:
    """The right sentence, and refusal without the article."""
    pages, asked = xquad()
    collection = Collection(pages, vectors)
    first = cited_first = first_bm25 = inside = answered = refused = exact = quoted = 0
    for each in asked:
        got = reply(collection, each.question, collection.find(each.question), words)
        baseline = by_bm25(collection, each.question, sentences_in(collection.by_words(each.question)), 1)
        first += holds([got.best] if got.best else [], each)
        first_bm25 += holds(baseline, each)
        cited_first += got.sure >= ANSWERED and holds(got.chosen[:1], each)
        answered += got.sure >= ANSWERED
        inside += got.sure >= ANSWERED and holds(got.chosen, each)
        exact += sum(pages[s.passage.page].text[s.start : s.end] == s.text for s in got.chosen)
        quoted += len(got.chosen)
        title = pages[each.page].title
        withheld = collection.find(each.question, without=lambda passage, title=title: passage.title == title)  # type: ignore[misc]
        refused += reply(collection, each.question, withheld, words).sure < ANSWERED
    return {
        "questions": len(asked),
        "right_sentence_first": round(first / len(asked), 3),
        "right_sentence_cited_first": round(cited_first / len(asked), 3),
        "right_sentence_first_bm25": round(first_bm25 / len(asked), 3),
        "right_sentence_in_answer": round(inside / len(asked), 3),
        "over_refusal": round(1 - answered / len(asked), 3),
        "refusal_recall_article_withheld": round(refused / len(asked), 3),
        "quote_exactness": exact / max(1, quoted),
    }


def holds(sentences: Sequence[Sentence], asked: Asked) -> bool:
    """Whether one of the sentences is where the answer stands."""
    return any(s.passage.page == asked.page and s.start <= asked.start < s.end for s in sentences)


# --- WildGraphBench ---------------------------------------------------------------------------------------------------


def wild(words: WordVectors, vectors: TextVectors) -> dict[str, Any]:
    """Facts on noisy pages, and refusal on the other topics'."""
    folder = data_dir("evidence/wildgraphbench") / "dev"
    pages = {topic: list(_wild_pages(folder / f"{topic}.pages.jsonl.xz")) for topic in TOPICS}
    recalls: dict[str, list[float]] = {name: [] for name in ("answer", "top", "as_many", "nuggets", "nuggets_top")}
    lengths: list[int] = []
    answered = refused = questions = exact = quoted = 0
    for topic in TOPICS:
        own = Collection(pages[topic], vectors)
        other = Collection([page for name in TOPICS if name != topic for page in pages[name]], vectors)
        for line in (folder / f"{topic}.questions.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            question = row["question"]
            if not is_reported(question):
                continue
            questions += 1
            got = reply(own, question, own.find(question), words)
            answered += got.sure >= ANSWERED
            refused += reply(other, question, other.find(question), words).sure < ANSWERED
            exact += sum(own.pages[s.passage.page].text[s.start : s.end] == s.text for s in got.chosen)
            quoted += len(got.chosen)
            if row["question_type"] == ["single-fact"]:
                truth = _new_words(row["answer"], question)
                told = got.chosen if got.sure >= ANSWERED else []
                peer = by_bm25(own, question, sentences_in(own.by_words(question)), max(1, len(told)))
                recalls["answer"].append(_recall(truth, told))
                recalls["top"].append(_recall(truth, peer[:1]))
                recalls["as_many"].append(_recall(truth, peer))
                recalls["nuggets"].append(_nuggets(row["answer"], question, told))
                recalls["nuggets_top"].append(_nuggets(row["answer"], question, peer[:1]))
                lengths.append(len(told))
        print(topic, questions, flush=True)
    return {
        "questions": questions,
        "single_fact": len(lengths),
        "statement_recall": _mean(recalls["answer"]),
        "statement_recall_bm25_top_sentence": _mean(recalls["top"]),
        "statement_recall_bm25_as_many_sentences": _mean(recalls["as_many"]),
        "nugget_recall": _mean(recalls["nuggets"]),
        "nugget_recall_bm25_top_sentence": _mean(recalls["nuggets_top"]),
        "sentences_per_answer": _mean(lengths),
        "over_refusal": round(1 - answered / questions, 3),
        "refusal_recall_other_topics": round(refused / questions, 3),
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


def _nuggets(answer: str, question: str, told: Sequence[Sentence]) -> float:
    """
    The share of the true statement's nuggets that are told, half a point for a half (nuggetizer's `partial`).

    A nugget is a part of the statement between commas, "and" and stops that adds to the question. It is told when all
    numbers and names in it are (the slots) and .75 of its new words; half told from .4 of its words on.
    """
    said = {word for sentence in told for word in sentence.stems}
    values: list[float] = []
    for part in re.split(r",\s+|;\s+|\.\s+|\band\b", answer):
        truth = _new_words(part, question)
        if not truth:
            continue
        held = len(truth & said) / len(truth)
        must = {stem(each) for each in re.findall(r"\b(?:[A-Z][\w’'-]+|\d[\d.,]*\d|\d)", part)} & truth
        values.append(1.0 if held >= 0.75 and must <= said else 0.5 if held >= 0.4 else 0.0)
    return sum(values) / len(values) if values else 1.0


# --- the whole product ------------------------------------------------------------------------------------------------


def whole(embedder: MiniLM) -> dict[str, Any]:
    """Latency and exactness of `Asker.ask` over records and the hybrid index that hold XQuAD's paragraphs."""
    pages, everything = xquad()
    asked, others = everything[: QUESTIONS // 3], everything[QUESTIONS // 3 :][:QUESTIONS]

    def store(library: Library) -> dict[int, str]:
        source = library.source()
        return {library.page(source, page.url, page.text, title=page.title).version: page.text for page in pages}

    with asking(embedder, store) as (asker, library, texts):
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
        at_once_ms = asyncio.run(_at_once(asker, [each.question for each in others], library.scope))
    return {
        "questions": len(asked),
        "answer_in_a_quote": round(right / len(asked), 3),
        "quote_exactness": exact / max(1, quoted),
        "p50_ms": round(float(np.quantile(took_ms, 0.5)), 1),
        "p95_ms": round(float(np.quantile(took_ms, 0.95)), 1),
        "twenty_at_once_p50_ms": round(float(np.quantile(at_once_ms, 0.5)), 1),
        "twenty_at_once_p95_ms": round(float(np.quantile(at_once_ms, 0.95)), 1),
    }


async def _at_once(asker: Asker, questions: Sequence[str], scope: Scope) -> list[float]:
    """How long each of AT_ONCE questions takes that come together, round after round."""

    async def one(question: str) -> float:
        began = time.perf_counter()
        await asker.ask(question, scope)
        return 1000 * (time.perf_counter() - began)

    took_ms: list[float] = []
    for first in range(0, len(questions) - AT_ONCE + 1, AT_ONCE):
        took_ms += await asyncio.gather(*(one(question) for question in questions[first : first + AT_ONCE]))
    return took_ms


def _mean(values: Any) -> float:
    listed = list(values)
    return round(float(np.mean(listed)), 3) if listed else 0.0


def headline(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures that the README shows, of the parts that were measured."""
    wiki, xq, facts = (figures.get(name, {}) for name in ("wikiqa", "xquad", "wildgraphbench"))
    shown: dict[str, Any] = {}
    if wiki:
        shown["WikiQA, sentences ranked, MAP (BM25 / product)"] = f"{wiki['map_bm25']:.3f} / {wiki['map']:.3f}"
        shown["WikiQA, answered or not and rightly, F1"] = wiki["triggering_f1"]
    if xq:
        shown["XQuAD, the right sentence first (BM25 / product; ≥ .85)"] = (
            f"{xq['right_sentence_first_bm25']:.3f} / {xq['right_sentence_first']:.3f}"
        )
        shown["XQuAD, the right sentence cited first"] = xq["right_sentence_cited_first"]
        shown["XQuAD, article withheld: refused (≥ .90) / refused with it (≤ .10)"] = (
            f"{xq['refusal_recall_article_withheld']:.3f} / {xq['over_refusal']:.3f}"
        )
        shown["quotes that equal their span (1)"] = xq["quote_exactness"]
    if facts:
        shown["single-fact questions: recall of the statement (BM25's top sentence / product; + .15)"] = (
            f"{facts['statement_recall_bm25_top_sentence']:.3f} / {facts['statement_recall']:.3f}"
        )
        shown["another topic's pages: refused (≥ .90) / own pages: refused (≤ .10)"] = (
            f"{facts['refusal_recall_other_topics']:.3f} / {facts['over_refusal']:.3f}"
        )
    return shown


def main() -> None:
    """Measure the named parts, or all."""
    embedder = MiniLM(threads=1)
    words, vectors = word_vectors(), TextVectors(embedder)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "wikiqa": lambda: wikiqa(words, vectors),
        "xquad": lambda: on_xquad(words, vectors),
        "wildgraphbench": lambda: wild(words, vectors),
        "whole_product_on_xquad": lambda: whole(embedder),
    }
    figures: dict[str, Any] = {}
    for name in sys.argv[1:] or parts:
        figures[name] = parts[name]()
        print(name, figures[name], flush=True)
        vectors.save()
    write(
        "answers",
        figures,
        headline=headline(figures),
        notes="Without a generative model. Halves by hash of the question; chosen on one, reported on the other.",
    )
    embedder.close()


if __name__ == "__main__":
    main()
