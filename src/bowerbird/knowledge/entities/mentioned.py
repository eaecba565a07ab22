"""Where the visible live pages mention entities: how often, and in which sentences."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities.definition import is_definition
from bowerbird.knowledge.entities.together import first_mentions
from bowerbird.records import quoted, visible, visible_sources
from bowerbird.records.tables import mentions, pages, versions

__all__ = ["READABLE", "Counts", "MentionText", "count_mentions", "mention_texts"]

SPARK_PAGES = 12
_CONSIDERED = 4  # times as many mentions as are read
_OPENING = 24  # characters before the name
READABLE = range(40, 321)  # characters of a sentence that reads well: no heading, no table


@dataclass(frozen=True, slots=True)
class MentionText:
    """A mention with the sentence around it; `quote == version_text[start:end]`."""

    version: int
    page: int
    url: str
    title: str
    start: int
    end: int
    quote: str
    sentence_start: int
    sentence_end: int
    sentence: str
    defines: bool
    fetched_at: float

    def to_json(self) -> dict[str, Any]:
        """The mention as the outside contract has it."""
        return {
            "version": self.version,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "url": self.url,
            "title": self.title,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """How often and on how many pages an entity is mentioned; `spark` counts those of most."""

    mentions: int
    pages: int
    spark: tuple[int, ...]


def count_mentions(conn: sa.Connection, scope: Scope, ids: Sequence[int]) -> dict[int, Counts]:
    """Per entity, how often and on how many visible live pages it is mentioned, and how often on those of most."""
    # In the order of the index; which versions are live is asked once for each, not for each mention.
    said = (
        sa.select(mentions.c.entity, mentions.c.page, mentions.c.version, sa.func.count().label("said"))
        .where(mentions.c.entity.in_(ids), mentions.c.source.in_(visible(scope)))
        .group_by(mentions.c.entity, mentions.c.source, mentions.c.page, mentions.c.version)
        .subquery()
    )
    of_entity: dict[str, Any] = {"partition_by": said.c.entity}
    counted = (
        sa.select(
            said.c.entity,
            said.c.said,
            sa.func.sum(said.c.said).over(**of_entity).label("mentions"),
            sa.func.count().over(**of_entity).label("pages"),
            sa.func.row_number().over(**of_entity, order_by=(said.c.said.desc(), said.c.page)).label("place"),
        )
        .join(pages, sa.and_(pages.c.id == said.c.page, pages.c.version == said.c.version))
        .where(pages.c.state == "live")
        .subquery()
    )
    most = sa.select(counted).where(counted.c.place <= SPARK_PAGES).order_by(counted.c.entity, counted.c.place)
    rows: defaultdict[int, list[Any]] = defaultdict(list)
    for row in conn.execute(most):
        rows[row.entity].append(row)
    return {
        entity: Counts(int(of[0].mentions), of[0].pages, tuple(row.said for row in of)) for entity, of in rows.items()
    }


def mention_texts(conn: sa.Connection, scope: Scope, ids: Sequence[int], *, limit: int) -> dict[int, list[MentionText]]:
    """
    Of each entity up to `limit` places that speak of it.

    They are chosen, entity by entity, before their texts are read, for all together: a frequent one has thousands. What
    says what a thing is names it near the beginning of the sentence.
    """
    # Built once: for some hundred entities, building it took longer than the database.
    opening = _opening(visible_sources(conn, scope), limit)
    chosen = [place for entity in ids for place in conn.execute(opening, {"entity": entity}).scalars()]
    rows = conn.execute(
        sa.select(
            mentions,
            pages.c.url,
            versions.c.title,
            versions.c.fetched_at,
            quoted(mentions.c.start, mentions.c.end).label("quote"),
            quoted(mentions.c.sentence_start, mentions.c.sentence_end).label("sentence"),
        )
        .join(pages, pages.c.id == mentions.c.page)
        .join(versions, versions.c.id == mentions.c.version)
        .where(mentions.c.id.in_(chosen))
        .order_by(mentions.c.id)
    )
    texts: defaultdict[int, list[MentionText]] = defaultdict(list)
    for row in rows:
        texts[row.entity].append(_mention_text(row))
    return texts


def _opening(sources: Sequence[str], limit: int) -> sa.Select[tuple[int]]:
    """Of an `entity`'s mentions on the newest pages those near the beginning of their sentence, then others."""
    first = first_mentions(sources, each=_CONSIDERED * limit)
    begins = sa.case((first.c.start - first.c.sentence_start <= _OPENING, 0), else_=1)
    return sa.select(first.c.id).order_by(begins, first.c.id).limit(limit)


def _mention_text(row: Any) -> MentionText:
    name = Span(row.start - row.sentence_start, row.end - row.sentence_start)
    return MentionText(
        version=row.version,
        page=row.page,
        url=row.url,
        title=row.title,
        start=row.start,
        end=row.end,
        quote=row.quote,
        sentence_start=row.sentence_start,
        sentence_end=row.sentence_end,
        sentence=row.sentence,
        defines=is_definition(row.sentence, name),
        fetched_at=row.fetched_at,
    )
