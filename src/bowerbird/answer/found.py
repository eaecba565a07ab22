"""What the retriever found: passages, and how they go into a message and come back from the records."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import sqlalchemy as sa

from bowerbird.agents import Codec
from bowerbird.answer.sentences import Sentence, sentences_in
from bowerbird.kernel.nouns import Hit, PassageText, Scope
from bowerbird.records import Records, visible
from bowerbird.records.tables import pages, passages, versions

__all__ = ["Found", "found_codec", "joined_finds"]


@dataclass(frozen=True)
class Found:
    """Passages, best first, and in words how they were found."""

    hits: tuple[Hit, ...]
    rounds: tuple[str, ...]

    @cached_property
    def sentences(self) -> list[Sentence]:
        """The sentences of the passages that an answer may be made of, in the order of the passages."""
        return sentences_in(self.hits)

    @property
    def page_count(self) -> int:
        """On how many pages they stand."""
        return len({hit.passage.page for hit in self.hits})

    def describe(self) -> str:
        """What was found, in words for a reader."""
        told = f"found {len(self.hits)} passages on {self.page_count} pages"
        return f"{told}: {'; '.join(self.rounds)}" if self.rounds else told


def joined_finds(finds: Sequence[Found]) -> Found:
    """What was found for a question's parts as one, no passage twice."""
    if len(finds) == 1:
        return finds[0]  # with the sentences that were cut already
    hits = {hit.passage.id: hit for found in reversed(finds) for hit in found.hits}
    ids = dict.fromkeys(hit.passage.id for found in finds for hit in found.hits)
    return Found(tuple(hits[each] for each in ids), tuple(words for found in finds for words in found.rounds))


def found_codec(records: Records, scope: Scope) -> Codec[Found]:
    """Messages name the places; the texts stay in the records, where they never change."""
    return Codec(_written, lambda body: records.read(partial(_read, body=body, scope=scope)))


def _written(found: Found) -> Any:
    return {
        "hits": [
            [hit.passage.id, hit.passage.version, hit.passage.start, hit.passage.end, hit.score, hit.bm25, hit.dense]
            for hit in found.hits
        ],
        "rounds": list(found.rounds),
    }


def _read(conn: sa.Connection, *, body: Any, scope: Scope) -> Found:
    places: Sequence[Any] = body["hits"]
    stored = {
        row.id: row
        for row in conn.execute(
            sa.select(versions.c.id, versions.c.page, versions.c.title, versions.c.text, pages.c.url, pages.c.source)
            .join(pages, pages.c.id == versions.c.page)
            .where(versions.c.id.in_({place[1] for place in places}), pages.c.source.in_(visible(scope)))
        )
    }
    wanted = [place[0] for place in places]
    named = sa.select(passages.c.id, passages.c.heading, passages.c.language).where(passages.c.id.in_(wanted))
    cuts: dict[int, Any] = {row.id: row for row in conn.execute(named)}
    hits = [
        Hit(
            PassageText(
                passage,
                version,
                page=stored[version].page,
                source=stored[version].source,
                url=stored[version].url,
                title=stored[version].title,
                heading=cuts[passage].heading if passage in cuts else "",
                start=start,
                end=end,
                text=stored[version].text[start:end],
                language=cuts[passage].language if passage in cuts else "",
            ),
            score,
            bm25,
            dense,
        )
        for passage, version, start, end, score, bm25, dense in places
        if version in stored
    ]
    return Found(tuple(hits), tuple(body["rounds"]))
