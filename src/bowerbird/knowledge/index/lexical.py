"""
The half of the embedded index that finds words: BM25 by Tantivy, in a folder of its own.

A query is never parsed: its words are cut and stemmed like the words of the passages, and looked up one by one, so
that no sign in it means anything.

What is in another language than English is stemmed as that is before Tantivy has it, which then does with it as with
English; so all languages share three fields, a name is one word in all of them, and lengths are told in one measure.
Of scripts without spaces each sign is a word: two that follow each other found no more.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import tantivy

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.knowledge.index.port import Entry, Filter, Scored
from bowerbird.knowledge.words import STEMMED, stems

__all__ = ["Lexical", "LexicalWriter", "analyse"]

# A question's first words decide; a query of ten thousand costs no more than one of this many different ones.
MAX_TERMS = 128
MAX_QUERY = 10_000
# What a word is worth in the title, the headings and the text; see bench/quality/retrieval.py.
FIELDS = {"title": 0.4, "heading": 0.2, "text": 1.0}

_ANALYZER = "bowerbird"
_HEAP_BYTES = 50_000_000
# These scripts put no spaces between words; a sign alone is the smallest unit that can be looked up.
_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f])")
_Occur = tantivy.Occur
_Query = tantivy.Query


def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    filters = [
        tantivy.Filter.remove_long(64),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ]
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


_analyse = _analyzer().analyze


def _readable(text: str) -> str:
    """What Tantivy accepts; signs of unspaced scripts stand alone."""
    return _acceptable(_UNSPACED.sub(r" \1 ", text))


def _acceptable(text: str) -> str:
    """No lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _written(text: str, language: str) -> str:
    """The text as it is indexed: where the endings of another language are known, the stems of its words."""
    return " ".join(stems(_acceptable(text), language)) if language in STEMMED else _readable(text)


def analyse(query: str, languages: Iterable[str] = ()) -> dict[str, int]:
    """
    The different terms that are looked up for `query`, in its order, with how often it says each.

    Those of English first, then what it is in other `languages`; a word that is the same in several counts once.
    """
    cut = query[:MAX_QUERY]
    found = dict(itertools.islice(Counter(_analyse(_readable(cut))).items(), MAX_TERMS))
    for language in languages:
        other = itertools.islice(_terms_in(cut, language).items(), MAX_TERMS)
        found |= {term: times for term, times in other if term not in found}
    return found


def _terms_in(text: str, language: str) -> Counter[str]:
    """The terms of a text that is read in this language, which is not English."""
    return Counter(_analyse(" ".join(stems(_acceptable(text), language))))


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage", indexed=True, fast=True)
    builder.add_integer_field("page", indexed=True)
    builder.add_float_field("at_s", fast=True)
    for name in ("workspace", "source", "kind", "tags"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    return builder.build()


def _open(path: Path) -> tantivy.Index:
    try:
        index = tantivy.Index(_schema(), path=str(path))
    except (ValueError, OSError) as exc:
        raise StoreUnavailable(
            f"Tantivy cannot open {str(path)!r}: {exc}; make it anew with: bowerbird index rebuild"
        ) from exc
    index.register_tokenizer(_ANALYZER, _analyzer())
    index.config_reader("manual")
    return index


class Lexical:
    """A folder of Tantivy's, opened to search; `reload` shows what was committed since."""

    def __init__(self, path: Path) -> None:
        self._index = _open(path)
        self._schema = self._index.schema

    def reload(self) -> tantivy.Searcher:
        """A view of the last commit, which stays as it is whatever is written."""
        self._index.reload()
        return self._index.searcher()

    def search(
        self,
        searcher: tantivy.Searcher,
        query: str,
        k: int,
        filter: Filter,  # noqa: A002
        languages: Iterable[str] = (),
    ) -> list[Scored]:
        """The k best passages of the view, best first, ties by passage; `query` is read in other `languages`, too."""
        terms = analyse(query, languages)
        if not terms or k <= 0:
            return []
        # All in one union: Tantivy skips what cannot reach the first k only where every part is a single term.
        wanted = _Query.boolean_query([part for term in terms.items() for part in self._word(*term)])
        clauses = [(_Occur.Must, wanted)]
        clauses += [(_Occur.Must, _Query.const_score_query(each, 0.0)) for each in self._confined(filter)]
        found = searcher.search(_Query.boolean_query(clauses), k, count=False).hits
        passages = searcher.fast_field_values("passage", [address for _, address in found])
        hits = [Scored(int(passage or 0), score) for passage, (score, _) in zip(passages, found, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage))

    def word_count(self, searcher: tantivy.Searcher, word: str, languages: Iterable[str] = ()) -> int:
        """
        In how many passages of the view the word stands, read as English or in one of the other `languages`.

        When it is cut into several terms, with all of them.
        """
        readings = {frozenset(analyse(word)), *(frozenset(_terms_in(word, language)) for language in languages)}
        counted = [
            _Query.boolean_query([(_Occur.Must, _Query.boolean_query(self._word(term, 1))) for term in sorted(terms)])
            for terms in readings
            if terms
        ]
        if not counted:
            return 0
        in_any = counted[0] if len(counted) == 1 else _Query.boolean_query([(_Occur.Should, one) for one in counted])
        found: Any = searcher.search(in_any, 1, count=True)  # `count` is missing from Tantivy's type hints
        return int(found.count or 0)

    def _word(self, term: str, times: int) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        """One word in any of the fields, worth as much as the query says it often."""
        return [
            (_Occur.Should, _Query.boost_query(_Query.term_query(self._schema, field, term, "freq"), times * weight))
            for field, weight in FIELDS.items()
        ]

    def _confined(self, filter: Filter) -> Iterable[tantivy.Query]:  # noqa: A002
        sets: dict[str, Sequence[Any] | None] = {
            "workspace": filter.workspaces,
            "source": filter.sources,
            "kind": filter.kinds,
            "tags": filter.tags,
            "page": filter.pages,
            "passage": filter.passages,
        }
        for field, values in sets.items():
            if values is not None:
                yield _Query.term_set_query(self._schema, field, list(values))
        if filter.since_s is not None:
            yield self._dated(lower_bound=filter.since_s)
        if filter.until_s is not None:
            yield self._dated(upper_bound=filter.until_s, include_upper=False)

    def _dated(self, **bounds: Any) -> tantivy.Query:
        return _Query.range_query(self._schema, "at_s", tantivy.FieldType.Float, **bounds)


class LexicalWriter:
    """The same folder, opened to write; one at a time, which Tantivy guards with a lock on the folder."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        index = _open(path)
        try:
            self._writer: tantivy.IndexWriter | None = index.writer(_HEAP_BYTES, 1)
        except ValueError as exc:
            raise StoreUnavailable(f"another process writes {str(path)!r}: {exc}") from exc

    def replace(self, removes: Iterable[int], adds: Iterable[Entry]) -> None:
        """Commit a batch: `removes` are gone, `adds` stand for whatever was there of theirs."""
        writer = self._writer
        assert writer is not None, "the writer was closed"
        try:
            for passage in removes:
                writer.delete_documents_by_term("passage", passage)
            for entry in adds:
                writer.delete_documents_by_term("passage", entry.passage)
                writer.add_document(_document(entry))
            writer.commit()
        except (ValueError, OSError) as exc:
            writer.rollback()
            raise StoreUnavailable(f"Tantivy could not take in a batch: {exc}") from exc

    def close(self) -> None:
        """Let go of the lock; merges under way are dropped, and done again later."""
        self._writer = None


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_integer("passage", entry.passage)
    document.add_integer("page", entry.page)
    document.add_float("at_s", entry.at_s)
    document.add_text("workspace", entry.workspace)
    document.add_text("source", entry.source)
    document.add_text("kind", entry.kind)
    for tag in entry.tags:
        document.add_text("tags", tag)
    document.add_text("title", _written(entry.title, entry.language))
    document.add_text("heading", _written(entry.heading, entry.language))
    document.add_text("text", _written(entry.text, entry.language))
    return document
