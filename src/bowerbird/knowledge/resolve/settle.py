"""
Brings the records to what follows from decisions, senses and links: what each entity is a part of, and the things that
mentions and relations are of.

Only what hangs together with what was touched is worked out anew: two parts of the graph that no decision, no sense
and no link joins cannot change each other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.knowledge.resolve.state import Decision, Link, Sense, State, fold
from bowerbird.records.tables import (
    entities,
    entity_decisions,
    entity_links,
    entity_senses,
    entity_sources,
    mentions,
    pages,
    relations,
)

__all__ = ["chunks", "read_decisions", "rows_of", "settle"]

_CHUNK = 500
# Where it is written what is meant by which name: the table, the column of the name, and that of what it means.
_MEANT: Final = (
    (mentions, mentions.c.named, "entity"),
    (relations, relations.c.subject_named, "subject"),
    (relations, relations.c.object_named, "object"),
)


def read_decisions(conn: sa.Connection, workspace: str) -> list[Decision]:
    """All that was decided in the workspace, in its order, undone or not."""
    rows = conn.execute(
        sa.select(entity_decisions).where(entity_decisions.c.workspace == workspace).order_by(entity_decisions.c.id)
    )
    return [
        Decision(row.id, row.kind, row.entity, row.other, row.value, tuple(row.pages), tuple(row.members), row.undoes)
        for row in rows
    ]


def settle(conn: sa.Connection, workspace: str, touched: Collection[int]) -> None:
    """Let all that was decided and found hold for the entities `touched` and what hangs together with them."""
    decisions = read_decisions(conn, workspace)
    ids, links, senses = _together(conn, decisions, touched)
    # What is undone matters too: an undone split leads on to what it was split from.
    undoing = [one for one in decisions if one.about & ids]
    state = fold(undoing, links, senses)
    _show(conn, ids, state)
    _mean_by_source(conn, senses, state)
    _mean(conn, ids, senses, state)


def _together(
    conn: sa.Connection, decisions: Sequence[Decision], touched: Collection[int]
) -> tuple[set[int], list[Link], list[Sense]]:
    """The entities that hang together with `touched`, with the links and the senses among them."""
    beside: defaultdict[int, set[int]] = defaultdict(set)
    for decision in decisions:
        for entity in decision.about:
            beside[entity] |= decision.about
    ids: set[int] = set()
    links: dict[int, Link] = {}
    senses: dict[tuple[int, str], Sense] = {}
    fresh = set(touched)
    while fresh:
        ids |= fresh
        around = {other for entity in fresh for other in beside[entity]}
        for some in chunks(fresh):
            either = sa.or_(entity_links.c.entity.in_(some), entity_links.c.into.in_(some))
            for row in conn.execute(sa.select(entity_links).where(either)):
                links[row.entity] = Link(row.entity, row.into, row.score)
                around |= {row.entity, row.into}
            of_sense = sa.and_(
                entity_sources.c.means.is_not(None),
                sa.or_(entity_sources.c.entity.in_(some), entity_sources.c.means.in_(some)),
            )
            for row in conn.execute(sa.select(entity_sources).where(of_sense)):
                senses[row.entity, row.source] = Sense(row.entity, row.source, row.means, row.apart)
                around |= {row.entity, row.means}
        fresh = around - ids
    return ids, list(links.values()), list(senses.values())


def _show(conn: sa.Connection, ids: Collection[int], state: State) -> None:
    """Write how the entities are shown, and what they are a part of; and what speaks of them, if that has changed."""
    changed: list[dict[str, Any]] = []
    moved: dict[int, int] = {}
    for row in rows_of(conn, sa.select(entities), entities.c.id, ids):
        thing = state.thing(row.id)
        wanted = {
            "merged_into": None if thing == row.id else thing,
            "name": state.names.get(row.id, row.read_name),
            "type": state.types.get(row.id, row.read_type),
            "hidden": row.id in state.hidden,
        }
        if row.merged_into != wanted["merged_into"]:
            moved[row.id] = thing
        if any(getattr(row, name) != value for name, value in wanted.items()):
            changed.append({"row": row.id} | {f"new_{name}": value for name, value in wanted.items()})
    if changed:
        values: dict[str, Any] = {
            name: sa.bindparam(f"new_{name}") for name in ("merged_into", "name", "type", "hidden")
        }
        conn.execute(sa.update(entities).where(entities.c.id == sa.bindparam("row")).values(values), changed)
    if moved:
        things = [{"row": entity, "thing": thing} for entity, thing in moved.items()]
        for table, named, column in _MEANT:
            conn.execute(_write(table, column, named == sa.bindparam("row")), things)


def _mean_by_source(conn: sa.Connection, senses: Collection[Sense], state: State) -> None:
    """Write what is meant on all pages of a source by a name that it means, or meant, another thing by."""
    on_sources = [
        {"row": one.entity, "at": one.source, "thing": state.meant(one.entity, 0, one.source)} for one in senses
    ]
    if on_sources:
        for table, named, column in _MEANT:
            here = sa.and_(named == sa.bindparam("row"), table.c.source == sa.bindparam("at"))
            conn.execute(_write(table, column, here), on_sources)


def _mean(conn: sa.Connection, ids: Collection[int], found: Collection[Sense], state: State) -> None:
    """Write which pages mean what was split off; and what they say, also those that no longer do."""
    before = {
        (row.entity, row.page): row.means
        for row in rows_of(conn, sa.select(entity_senses), entity_senses.c.entity, ids)
    }
    gone = [{"row": entity, "at": page} for entity, page in before if (entity, page) not in state.senses]
    if gone:
        conn.execute(
            sa.delete(entity_senses).where(
                entity_senses.c.entity == sa.bindparam("row"), entity_senses.c.page == sa.bindparam("at")
            ),
            gone,
        )
    for (entity, page), means in state.senses.items():
        if (entity, page) not in before:
            conn.execute(sa.insert(entity_senses).values(entity=entity, page=page, means=means))
        elif before[entity, page] != means:
            here = sa.and_(entity_senses.c.entity == entity, entity_senses.c.page == page)
            conn.execute(sa.update(entity_senses).where(here).values(means=means))
    places = {*before, *state.senses}
    if places:
        source = {
            row.id: row.source for row in rows_of(conn, sa.select(pages), pages.c.id, {page for _, page in places})
        }
        on_pages = [
            {"row": entity, "at": page, "thing": state.meant(entity, page, source[page])}
            for entity, page in _led_from(places, source, found)
        ]
        for table, named, column in _MEANT:
            here = sa.and_(named == sa.bindparam("row"), table.c.page == sa.bindparam("at"))
            conn.execute(_write(table, column, here), on_pages)


def _led_from(
    places: Collection[tuple[int, int]], source: Mapping[int, str], found: Collection[Sense]
) -> set[tuple[int, int]]:
    """The places, and those of the names that lead there: pages say a name, never what its source means by it."""
    names: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for one in found:
        names[one.means, one.source].add(one.entity)
    there: set[tuple[int, int]] = set()
    fresh = set(places)
    while fresh:
        there |= fresh
        fresh = {(name, page) for entity, page in fresh for name in names[entity, source[page]]} - there
    return there


def _write(table: sa.Table, column: str, here: sa.ColumnElement[bool]) -> sa.Update:
    """Let what is said there be of the `thing`, where it is not yet: what is as it was is not written again."""
    other = table.c[column].is_distinct_from(sa.bindparam("thing", type_=table.c[column].type))
    return sa.update(table).where(here, other).values({column: sa.bindparam("thing", type_=table.c[column].type)})


def rows_of(
    conn: sa.Connection, wanted: sa.Select[Any], column: "sa.Column[int]", ids: Collection[int]
) -> Iterator[Any]:
    """The rows of `wanted` whose `column` is one of `ids`, of however many there are."""
    for some in chunks(ids):
        yield from conn.execute(wanted.where(column.in_(some))).all()


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids in their order, so many at once as a statement may name."""
    there = sorted(ids)
    for first in range(0, len(there), _CHUNK):
        yield there[first : first + _CHUNK]
