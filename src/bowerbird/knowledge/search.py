"""
Hybrid search over what was gathered: BM25 and cosine similarity, each confined to what the asker may see, then fused.

Who may see what is asked of the records with every search, and what comes back is read from the records, so a passage
that has just gone, or a source that was just closed, is not shown however old the index is.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.kernel.languages import primary_subtag
from bowerbird.kernel.nouns import Hit, PassageText, Scope
from bowerbird.kernel.paging import page_number
from bowerbird.knowledge.fuse import Fused, fuse
from bowerbird.knowledge.in_context import WordsInContext
from bowerbird.knowledge.index import Filter, Index, Scored
from bowerbird.knowledge.pages import pages_in
from bowerbird.knowledge.spoken import spoken
from bowerbird.knowledge.words import content_stems, is_english
from bowerbird.models import Embedder
from bowerbird.ops import metrics
from bowerbird.records import Records, quoted, visible, visible_sources
from bowerbird.records.tables import pages, passages, versions

__all__ = ["SearchResult", "Searcher", "search_both"]

DEPTH = 100  # passages that each half offers to the fusion
# What a cosine counts for a question that is not in English, chosen on one half of bench/quality/languages.py.
MEANT_ELSEWHERE = 0.35


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first."""

    query: str
    hits: list[Hit]
    took_ms: float

    def to_json(self) -> dict[str, Any]:
        """The outside contract's `search --json`."""
        return {"query": self.query, "took_ms": round(self.took_ms, 3), "hits": [_hit_json(hit) for hit in self.hits]}


class Searcher:
    """Finds passages by their words and by their meaning. Blocking; safe to call from several threads."""

    def __init__(self, records: Records, index: Index, embedder: Embedder) -> None:
        self._records = records
        self._index = index
        self._embedder = embedder
        self._in_context = WordsInContext(records, embedder)

    def search(
        self,
        query: str,
        *,
        k: int,
        scope: Scope,
        kinds: Sequence[str] | None = None,
        sources: Sequence[str] | None = None,
        since: float | None = None,
        until: float | None = None,
        languages: Sequence[str] | None = None,
    ) -> SearchResult:
        """
        The k best passages for `query` that `scope` may see; `since` and `until` are seconds since 1970.

        `languages` confines it to pages that are in one of them, by their codes (`de`, `de-AT`); raises InputWrong for
        what is none.
        """
        began = time.perf_counter()
        wanted = None if languages is None else [primary_subtag(language) for language in languages]
        seen = self._records.read(partial(visible_sources, scope=scope))
        chosen = tuple(source for source in seen if sources is None or source in sources)
        within = Filter(
            workspaces=(scope.workspace,),
            sources=chosen,
            kinds=None if kinds is None else tuple(kinds),
            pages=None if wanted is None else self._records.read(partial(pages_in, sources=chosen, languages=wanted)),
            since_s=since,
            until_s=until,
        )
        hits = self._found([query], within, k=k, scope=scope)[0] if chosen and query.strip() else []
        took_s = time.perf_counter() - began
        metrics.SEARCH_SECONDS.observe(took_s)
        return SearchResult(query, hits, took_s * 1000)

    def search_each(self, queries: Sequence[str], *, k: int, scope: Scope) -> list[list[Hit]]:
        """What `search` finds for each of `queries`, in less time than one after the other; none of them is empty."""
        began = time.perf_counter()
        seen = self._records.read(partial(visible_sources, scope=scope))
        if not queries or not seen:
            return [[] for _ in queries]
        found = self._found(queries, Filter(workspaces=(scope.workspace,), sources=tuple(seen)), k=k, scope=scope)
        metrics.SEARCH_SECONDS.observe(time.perf_counter() - began)
        return found

    def _found(self, queries: Sequence[str], within: Filter, *, k: int, scope: Scope) -> list[list[Hit]]:
        vectors = self._in_context.vectors(queries)
        fused = [
            search_both(self._index, query, vector, depth=max(k, DEPTH), within=within)
            for query, vector in zip(queries, vectors, strict=True)
        ]
        return self._records.read(partial(_shown, found=fused, k=k, scope=scope))

    def word_counts(self, words: Sequence[str]) -> tuple[int, list[int]]:
        """The number of all passages, and in how many of them each word stands: how telling a word is."""
        return self._index.count(), self._index.word_counts(words)

    @property
    def in_context(self) -> WordsInContext:
        """What the embedder makes of the words of questions and passages where they stand."""
        return self._in_context


def search_both(index: Index, query: str, vector: NDArray[np.float32], *, depth: int, within: Filter) -> list[Fused]:
    """
    What the words of `query` and its `vector` find, `depth` passages each, joined and best first.

    The embedder learnt from English: in another language the words say more.
    """
    bm25 = _scores(index.search_lexical(query, depth, within))
    cosine = _scores(index.search_dense(vector, depth, within))
    # What one half found is scored by the other too, so that a passage is judged by both.
    by_meaning, by_words = tuple(cosine.keys() - bm25.keys()), tuple(bm25.keys() - cosine.keys())
    bm25 |= _scores(index.search_lexical(query, len(by_meaning), replace(within, passages=by_meaning)))
    cosine |= _scores(index.search_dense(vector, len(by_words), replace(within, passages=by_words)))
    language = spoken(query)
    words = len(set(content_stems(query, language)))
    if is_english(language):
        return fuse(bm25, cosine, words=words)
    joined = fuse(bm25, {passage: MEANT_ELSEWHERE * each for passage, each in cosine.items()}, words=words)
    return [replace(each, dense=cosine.get(each.passage)) for each in joined]


def _scores(found: Sequence[Scored]) -> dict[int, float]:
    return {each.passage: each.score for each in found}


def _shown(conn: sa.Connection, found: Sequence[Sequence[Fused]], k: int, scope: Scope) -> list[list[Hit]]:
    """Of each list the k best that are still there and may be seen; no more texts are read than it takes."""
    shown: list[list[Hit]] = [[] for _ in found]
    at_once = max(k, 10)
    for first in range(0, max(map(len, found), default=0), at_once):
        short = [number for number, hits in enumerate(shown) if len(hits) < k]
        if not short:
            break
        next_ones = {number: found[number][first : first + at_once] for number in short}
        texts = _texts(conn, {each.passage for fused in next_ones.values() for each in fused}, scope)
        for number, fused in next_ones.items():
            shown[number] += [
                Hit(texts[each.passage], each.score, each.bm25, each.dense) for each in fused if each.passage in texts
            ]
    return [hits[:k] for hits in shown]


@lru_cache(maxsize=256)
def _live_texts(scope: Scope) -> sa.Executable:
    """Passages that are `wanted`, if they are live and `scope` may see them."""
    return (
        sa.select(
            passages.c.id,
            passages.c.version,
            passages.c.page,
            pages.c.source,
            pages.c.url,
            versions.c.title,
            versions.c.page_starts,
            passages.c.heading,
            passages.c.language,
            passages.c.start,
            passages.c.end,
            quoted(passages.c.start, passages.c.end).label("text"),
        )
        .join(versions, versions.c.id == passages.c.version)
        .join(pages, pages.c.id == passages.c.page)
        .where(
            passages.c.id.in_(sa.bindparam("wanted", expanding=True)),
            passages.c.live,
            pages.c.source.in_(visible(scope)),
        )
    )


def _texts(conn: sa.Connection, wanted: Collection[int], scope: Scope) -> dict[int, PassageText]:
    """Those of the passages that are live and that `scope` may see, by their id."""
    rows = conn.execute(_live_texts(scope), {"wanted": list(wanted)})
    found: dict[int, PassageText] = {}
    for row in rows.mappings():
        values = dict(row)
        number = page_number(values.pop("page_starts"), row["start"])
        found[row["id"]] = PassageText(**values, page_number=number)
    return found


def _hit_json(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "passage": passage.id,
        "url": passage.url,
        "title": passage.title,
        "version": passage.version,
        "start": passage.start,
        "end": passage.end,
        "page_number": passage.page_number,
        "language": passage.language,
        "text": passage.text,
        "score": hit.score,
        "scores": {"bm25": hit.bm25, "dense": hit.dense},
    }
