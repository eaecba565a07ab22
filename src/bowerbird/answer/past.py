"""
What the pages said at a time: those that say it still come from the index, those replaced since from the records.

The index holds only what is current. What was replaced is found by its words: the versions that hold most of the
question's are read, at most VERSIONS, and their passages ranked by BM25 among each other.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from math import log
from typing import Final

import sqlalchemy as sa

from bowerbird.answer.retrieve import Search
from bowerbird.kernel.clock import utc
from bowerbird.kernel.nouns import Hit, PassageText, Scope
from bowerbird.knowledge.words import content_stems, stems
from bowerbird.records import Records, quoted, visible
from bowerbird.records.tables import pages, passages, versions

__all__ = ["PastSearch", "day", "end_of_day", "then"]

VERSIONS: Final = 60
WORDS: Final = 8
_K1, _B = 0.9, 0.4
_RANK: Final = 10.0  # how much the first ranks count when both lists are joined


@dataclass(frozen=True, slots=True)
class PastSearch:
    """Searches what was stored at `as_of`."""

    records: Records
    searcher: Search
    as_of: float

    def search_each(self, queries: Sequence[str], *, k: int, scope: Scope) -> list[list[Hit]]:
        """The k best passages for each of `queries` of the versions that were current then."""
        found: list[list[Hit]] = []
        for query, current in zip(queries, self.searcher.search_each(queries, k=3 * k, scope=scope), strict=True):
            still, gone = self.records.read(partial(self._read, current=current, query=query, scope=scope))
            found.append(_joined(still, _ranked(query, gone))[:k])
        return found

    def _read(
        self, conn: sa.Connection, *, current: Sequence[Hit], query: str, scope: Scope
    ) -> tuple[list[Hit], list[PassageText]]:
        ids = {hit.passage.version for hit in current}
        old_enough = sa.select(versions.c.id).where(versions.c.id.in_(ids), versions.c.fetched_at <= self.as_of)
        known = set(conn.execute(old_enough).scalars())
        still = [hit for hit in current if hit.passage.version in known]
        return still, self._replaced(conn, query, scope)

    def _replaced(self, conn: sa.Connection, query: str, scope: Scope) -> list[PassageText]:
        """The passages of the versions that were current then, are not now, and hold most of the query's words."""
        words = list(dict.fromkeys(content_stems(query) or stems(query)))[:WORDS]
        if not words:
            return []
        held = [sa.case((versions.c.text.icontains(word, autoescape=True), 1), else_=0) for word in words]
        count = sum(held[1:], start=sa.cast(held[0], sa.Integer))
        chosen = (
            sa.select(versions.c.id)
            .join(pages, pages.c.id == versions.c.page)
            .where(
                versions.c.fetched_at <= self.as_of,
                versions.c.gone_at > self.as_of,
                pages.c.source.in_(visible(scope)),
                count > 0,
            )
            .order_by(count.desc(), versions.c.fetched_at.desc(), versions.c.id)
            .limit(VERSIONS)
        )
        rows = conn.execute(
            sa.select(
                passages.c.id,
                passages.c.version,
                passages.c.page,
                passages.c.start,
                passages.c.end,
                passages.c.heading,
                passages.c.language,
                quoted(passages.c.start, passages.c.end).label("text"),
                versions.c.title,
                pages.c.url,
                pages.c.source,
            )
            .join(versions, versions.c.id == passages.c.version)
            .join(pages, pages.c.id == passages.c.page)
            .where(passages.c.version.in_(chosen))
            .order_by(passages.c.id)
        )
        return [PassageText(**row) for row in rows.mappings()]


def then(conn: sa.Connection, scope: Scope, as_of: float) -> str:
    """When the person's first page was gathered, in words, if that was after `as_of`; else empty."""
    mine = sa.select(sa.func.min(versions.c.fetched_at)).join(pages, pages.c.id == versions.c.page)
    first = conn.execute(mine.where(pages.c.source.in_(visible(scope)))).scalar()
    if first is None:
        return "nothing was gathered yet"
    return f"the first page was gathered on {day(first)}" if first > as_of else ""


def day(at: float) -> str:
    """The day of a moment, in UTC, for people."""
    moment = utc(at)
    return f"{moment.day} {moment:%B %Y}"


def end_of_day(that: date, *, now_s: float) -> float:
    """The last moment of a day in UTC; of today, now. A day to come has none that could be asked for, and stays so."""
    began_s = datetime(that.year, that.month, that.day, tzinfo=UTC).timestamp()
    return min(began_s + 86_400 - 1, now_s) if began_s <= now_s else began_s


def _ranked(query: str, texts: Sequence[PassageText]) -> list[Hit]:
    """The passages that hold words of the query, by BM25, best first."""
    in_each = {text.language: content_stems(query, text.language) or stems(query, text.language) for text in texts}
    asked = {word for words in in_each.values() for word in words}
    counted = [(text, Counter(stems(f"{text.title} {text.heading} {text.text}", text.language))) for text in texts]
    mean = sum(held.total() for _, held in counted) / max(1, len(counted))
    known = {word: sum(word in held for _, held in counted) for word in asked}
    idf = {word: log(1 + (len(counted) - n + 0.5) / (n + 0.5)) for word, n in known.items()}

    def score(held: Counter[str]) -> float:
        length = _K1 * (1 - _B + _B * held.total() / mean)
        return sum(idf[word] * held[word] * (1 + _K1) / (held[word] + length) for word in asked if held[word])

    scored = [Hit(text, found, found, None) for text, held in counted if (found := score(held)) > 0]
    return sorted(scored, key=lambda hit: (-hit.score, hit.passage.id))


def _joined(*lists: Iterable[Hit]) -> list[Hit]:
    """Both lists by rank: their scores are of different units."""
    ranked = [replace(hit, score=_RANK / (_RANK + rank)) for hits in lists for rank, hit in enumerate(hits)]
    return sorted(ranked, key=lambda hit: -hit.score)
