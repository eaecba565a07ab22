"""
How well search finds what is relevant: words, meaning, and both, beside bm25s on the same text in the same run.

    scifact, cranfield, cisi, wikiqa (every sentence a passage), xquad     nDCG@10
    WildGraphBench (noisy pages cut as the product cuts, a page's score is its best passage's)     Recall@10

Everything goes through the product's own index, embedder and fusion. The weights of title and headings and the rule of
the fusion were chosen on one half of the questions by hash; `unseen` is the other half, `all` is both.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

from bench.quality.corpora import TOPICS, Corpus, Passage, Question, is_reported, judged_sets, wild_topic
from bench.report import write
from bench.vectors import vectors_of
from bowerbird.knowledge.index import EVERYTHING, EmbeddedIndex, Entry, Index, IndexBatch
from bowerbird.knowledge.indexer import model_text
from bowerbird.knowledge.search import DEPTH, search_both
from bowerbird.models import Embedder, MiniLM

TOP = 10
SYSTEMS = ("bm25s", "bm25", "dense", "fused")
Ranking = Sequence[str]
Metric = Callable[[Ranking, Mapping[str, int]], float]


def ndcg(ranking: Ranking, relevant: Mapping[str, int]) -> float:
    """nDCG@10 with linear gains, as trec_eval and BEIR count."""
    gains = [relevant.get(document, 0) for document in ranking[:TOP]]
    ideal = sorted(relevant.values(), reverse=True)[:TOP]
    return _discounted(gains) / _discounted(ideal)


def recall(ranking: Ranking, relevant: Mapping[str, int]) -> float:
    """The part of the relevant documents among the first ten."""
    return len(set(ranking[:TOP]) & set(relevant)) / len(relevant)


def _discounted(gains: Sequence[int]) -> float:
    return float(sum(gain / np.log2(rank + 2) for rank, gain in enumerate(gains)))


@contextmanager
def indexed(corpus: Corpus, vectors: NDArray[np.float32], embedder: Embedder) -> Iterator[Index]:
    """The product's index over a set, in a folder that goes away; a passage's number is its place."""
    with tempfile.TemporaryDirectory() as folder:
        index = EmbeddedIndex(Path(folder), model=embedder.name, dimensions=embedder.dimensions, write=True)
        entries = [_entry(number, each) for number, each in enumerate(corpus.passages)]
        index.apply(IndexBatch(removes=[], adds=entries, up_to_seq=1))
        index.add_vectors(range(len(entries)), vectors)
        yield index
        index.close()


def _entry(number: int, passage: Passage) -> Entry:
    return Entry(number, number, "w", "s", "html", 0.0, passage.title, passage.heading, passage.text)


def rankings(corpus: Corpus, embedder: Embedder) -> Iterator[tuple[Question, dict[str, Ranking]]]:
    """For each question what each system finds, as documents, best first."""
    texts = [model_text(each.title, each.heading, each.text) for each in corpus.passages]
    vectors = vectors_of(embedder, texts, label=corpus.name)
    asked = vectors_of(embedder, [each.text for each in corpus.questions], label=f"{corpus.name}, questions")
    peer = _bm25s(texts)
    with indexed(corpus, vectors, embedder) as index:
        for question, vector in zip(corpus.questions, asked, strict=True):
            fused = search_both(index, question.text, vector, depth=DEPTH, within=EVERYTHING)
            found = {
                "bm25s": peer(question.text),
                "bm25": [hit.passage for hit in index.search_lexical(question.text, DEPTH)],
                "dense": [hit.passage for hit in index.search_dense(vector, DEPTH)],
                "fused": [each.passage for each in fused],
            }
            yield question, {system: _documents(corpus, numbers) for system, numbers in found.items()}


def _bm25s(texts: Sequence[str]) -> Callable[[str], list[int]]:
    """The library as its own documentation uses it: English stop words, a stemmer, its default parameters."""
    stemmer = Stemmer.Stemmer("english")

    def words(of: Sequence[str]) -> Any:
        return bm25s.tokenize(list(of), stopwords="en", stemmer=stemmer.stemWords, show_progress=False)

    retriever = bm25s.BM25()
    retriever.index(words(texts), show_progress=False)

    def search(query: str) -> list[int]:
        depth = min(DEPTH, len(texts))
        numbers, scores = retriever.retrieve(words([query]), k=depth, show_progress=False)
        return [int(n) for n, score in zip(numbers[0], scores[0], strict=True) if score > 0]

    return search


def _documents(corpus: Corpus, numbers: Sequence[int]) -> list[str]:
    """The documents of passages, each once, where its best passage stands."""
    return list(dict.fromkeys(corpus.passages[number].document for number in numbers))


def measured(corpus: Corpus, metric: Metric, embedder: Embedder) -> dict[str, Any]:
    """Each system's mean over all questions and over the half that nothing was chosen on."""
    seen: list[tuple[bool, dict[str, float]]] = []
    for question, found in rankings(corpus, embedder):
        values = {system: metric(ranking, question.relevant) for system, ranking in found.items()}
        seen.append((is_reported(corpus.name, question), values))

    def means(chosen: list[dict[str, float]]) -> dict[str, float]:
        return {system: round(float(np.mean([each[system] for each in chosen])), 4) for system in SYSTEMS}

    everything, unseen = [values for _, values in seen], [values for reported, values in seen if reported]
    figures = {
        "passages": len(corpus.passages),
        "questions": len(everything),
        "all": means(everything),
        "unseen": means(unseen),
        # What the noise of drawing these questions is: the standard error of the mean paired difference.
        "fused_minus_better_half": _difference(everything),
    }
    print(corpus.name, figures, flush=True)
    return figures


def _difference(values: list[dict[str, float]]) -> dict[str, float]:
    better = max(("bm25", "dense"), key=lambda system: sum(each[system] for each in values))
    differences = np.array([each["fused"] - each[better] for each in values])
    error = float(differences.std(ddof=1) / np.sqrt(len(differences)))
    return {"mean": round(float(differences.mean()), 4), "standard_error": round(error, 4)}


def main() -> None:
    """Measure the named sets, or all."""
    wanted = set(sys.argv[1:])
    embedder = MiniLM(threads=2)
    figures: dict[str, Any] = {}
    for corpus in judged_sets():
        if not wanted or corpus.name in wanted:
            figures[f"{corpus.name} nDCG@10"] = measured(corpus, ndcg, embedder)
    for topic in TOPICS:
        if not wanted or f"wgb-{topic}" in wanted:
            figures[f"wgb-{topic} Recall@10"] = measured(wild_topic(topic), recall, embedder)
    headline = {name: " / ".join(f"{each['all'][system]:.3f}" for system in SYSTEMS) for name, each in figures.items()}
    write(
        "retrieval",
        figures,
        headline={f"{name} ({' / '.join(SYSTEMS)})": value for name, value in headline.items()},
        notes="'unseen' is the half of the questions that the fusion was not chosen on; of wikiqa it was seen once.",
    )


if __name__ == "__main__":
    main()
