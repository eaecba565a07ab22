"""What pages state into the records: in the transaction of their mentions, and of what is meant by names there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bowerbird.knowledge.relations.stated import Stated
from bowerbird.records.tables import relations, versions

__all__ = ["Stating", "replace_relations"]

Row = dict[str, str | int | float | None]
_CHUNK = 500  # databases bound the number of values in one statement


@dataclass(frozen=True, slots=True)
class Stating:
    """What a version of a page states."""

    source: str
    page: int
    version: int
    stated: Sequence[Stated]


def replace_relations(
    conn: sa.Connection, said: Sequence[Stating], ids: Mapping[str, int], meant: Callable[[int, int], int]
) -> None:
    """
    Make this all that is stated on these pages.

    `ids` are the entities by their keys; `meant` tells which is meant by the name of one on a page.
    """
    for first in range(0, len(said), _CHUNK):
        there = [each.page for each in said[first : first + _CHUNK]]
        of_pages = sa.select(versions.c.id).where(versions.c.page.in_(there))
        conn.execute(sa.delete(relations).where(relations.c.version.in_(of_pages)))
    rows = [row for each in said for row in _rows(each, ids, meant)]
    if rows:
        conn.execute(sa.insert(relations), rows)


def _rows(said: Stating, ids: Mapping[str, int], meant: Callable[[int, int], int]) -> Iterator[Row]:
    for one in said.stated:
        subject = ids[one.subject]
        target = None if one.target is None else ids[one.target]
        yield {
            "source": said.source,
            "page": said.page,
            "version": said.version,
            "kind": one.kind,
            "subject": meant(subject, said.page),
            "subject_named": subject,
            "object": None if target is None else meant(target, said.page),
            "object_named": target,
            "value": one.value,
            "normal": one.normal,
            "sentence_start": one.sentence.start,
            "sentence_end": one.sentence.end,
            "subject_start": one.subject_at.start,
            "subject_end": one.subject_at.end,
            "value_start": one.value_at.start,
            "value_end": one.value_at.end,
            "how": one.how,
            "confidence": one.confidence,
        }
