"""
Goal tables in the records: made, changed and shared by the person whose they are, read by who may.

What of a table somebody sees is decided cell by cell: each stands on a page of a source, and is there for those who may
see that source. A row without its name is not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound, Refused
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.tables.fields import Field, Goal, as_fields, check_fields, check_goal, read_goal, stored_fields
from bowerbird.knowledge.tables.merge import alike
from bowerbird.records import quoted, visible
from bowerbird.records.tables import goal_cells, goal_rows, goal_tables, job_urls, jobs, pages, sources, versions

__all__ = [
    "MAX_TABLES", "CellText", "GoalTable", "RowText", "change_table", "count_pages", "count_rows", "due_tables",
    "find_table", "list_tables", "make_table", "read_rows", "refresh_table", "remove_table", "share_table",
    "table_json",
]  # fmt: skip

MAX_TABLES: Final = 100  # of a person
_ROWS_AT_ONCE: Final = 400  # databases bound the number of values in one statement


@dataclass(frozen=True, slots=True)
class GoalTable:
    """A table as its maker asked for it, and as of when it is filled."""

    id: str
    workspace: str
    person: str
    goal: str
    fields: tuple[Field, ...]  # none until some were given or proposed
    created_at: float
    shared_at: float | None
    asked_at: float
    filled_at: float | None
    marked_at: float | None
    revision: int
    pages: int

    @property
    def scope(self) -> Scope:
        """Whose pages it is filled from."""
        return Scope(workspace=self.workspace, person=self.person)

    @property
    def asked(self) -> Goal:
        """What is looked for, with the fields as they are now."""
        return Goal(read_goal(self.goal).thing, self.fields)

    def to_json(self, *, rows: int, pages: int, own: bool) -> dict[str, Any]:
        """The API's JSON: for somebody who may see so many `rows` of so many `pages`, and whose it is or not."""
        return {
            "table": self.id,
            "goal": self.goal,
            "fields": stored_fields(self.fields),
            "status": "waiting" if self.is_waiting else "filled",
            "shared": self.shared_at is not None,
            "own": own,
            "rows": rows,
            "pages": pages,
            "created_at": self.created_at,
            "filled_at": self.filled_at,
        }

    @property
    def is_waiting(self) -> bool:
        """Whether it is to be filled, or filled anew."""
        return self.filled_at is None or self.asked_at > self.filled_at


@dataclass(frozen=True, slots=True)
class CellText:
    """A value where a page says it; `quote == version_text[start:end]`."""

    quote: str
    version: int
    page: int
    start: int
    end: int
    url: str
    title: str
    how: str
    mark: str
    was: str  # of a changed one: what the page said before
    others: tuple[str, ...]  # what other pages say instead


@dataclass(frozen=True, slots=True)
class RowText:
    """A thing with its cells by field, those that one may see."""

    key: str
    mark: str
    cells: Mapping[str, CellText]

    def to_json(self) -> dict[str, Any]:
        """The API's JSON."""
        cells = {name: asdict(cell) | {"others": list(cell.others)} for name, cell in self.cells.items()}
        return {"mark": self.mark, "cells": cells}


def make_table(
    conn: sa.Connection, scope: Scope, goal: str, *, clock: Clock, fields: Sequence[Field] = (), shared: bool = False
) -> GoalTable:
    """
    A new table that waits to be filled; fields that are not given are read from the goal, or proposed by the pages.

    Raises InputWrong; Refused for who sees only some sources, because it is filled from all that its maker sees.
    """
    if scope.sources is not None:
        raise Refused("a key that is confined to some sources cannot make tables; use one that is not", is_known=True)
    asked = read_goal(goal)
    chosen = check_fields(fields) or asked.fields
    own = sa.select(sa.func.count()).select_from(goal_tables).where(goal_tables.c.person == scope.person)
    if (count := conn.execute(own).scalar_one()) >= MAX_TABLES:
        raise InputWrong(f"you have {count} tables, at most {MAX_TABLES} are allowed: remove one first", field="goal")
    now, identifier = clock.now_s(), new_id(clock)
    conn.execute(
        sa.insert(goal_tables).values(
            id=identifier,
            workspace=scope.workspace,
            person=scope.person,
            goal=check_goal(goal),
            fields=stored_fields(chosen),
            created_at=now,
            shared_at=now if shared else None,
            asked_at=now,
        )
    )
    return find_table(conn, scope, identifier)


def change_table(conn: sa.Connection, scope: Scope, table: str, fields: Sequence[Field], *, clock: Clock) -> GoalTable:
    """Give a table of one's own other fields, and let it be filled anew; raises InputWrong and NotFound."""
    known = _own(conn, scope, table)
    chosen = check_fields(fields)
    if not chosen:
        raise InputWrong("no field is named, expected one at least, such as: name, city", field="fields")
    if chosen != known.fields:
        # Other fields are another table: nothing in it is news.
        values: dict[str, Any] = {"fields": stored_fields(chosen), "revision": known.revision + 1}
        values |= {"asked_at": clock.now_s(), "filled_at": None, "marked_at": None}
        conn.execute(sa.update(goal_tables).where(goal_tables.c.id == table).values(values))
    return find_table(conn, scope, table)


def refresh_table(conn: sa.Connection, scope: Scope, table: str, *, clock: Clock) -> GoalTable:
    """Let a table of one's own be filled anew; raises NotFound."""
    _own(conn, scope, table)
    conn.execute(sa.update(goal_tables).where(goal_tables.c.id == table).values(asked_at=clock.now_s()))
    return find_table(conn, scope, table)


def share_table(conn: sa.Connection, scope: Scope, table: str, *, shared: bool, clock: Clock) -> GoalTable:
    """Let everyone in the workspace read a table of one's own, or nobody else any more; raises NotFound."""
    known = _own(conn, scope, table)
    if shared != (known.shared_at is not None):
        at = clock.now_s() if shared else None
        conn.execute(sa.update(goal_tables).where(goal_tables.c.id == table).values(shared_at=at))
    return find_table(conn, scope, table)


def remove_table(conn: sa.Connection, scope: Scope, table: str) -> None:
    """Forget a table of one's own; the pages stay. Raises NotFound."""
    _own(conn, scope, table)
    clear(conn, table)
    conn.execute(sa.delete(goal_tables).where(goal_tables.c.id == table))


def clear(conn: sa.Connection, table: str) -> None:
    """Take all rows out of a table."""
    rows = sa.select(goal_rows.c.id).where(goal_rows.c.table == table)
    conn.execute(sa.delete(goal_cells).where(goal_cells.c.row.in_(rows)))
    conn.execute(sa.delete(goal_rows).where(goal_rows.c.table == table))


def find_table(conn: sa.Connection, scope: Scope, table: str) -> GoalTable:
    """The table; raises NotFound when there is none that `scope` may read."""
    row = conn.execute(_readable(scope).where(goal_tables.c.id == table)).one_or_none()
    if row is None:
        raise NotFound(f"no table {table[:40]!r}; /knowledge/tables lists the tables there are")
    return _table(row)


def list_tables(conn: sa.Connection, scope: Scope) -> list[GoalTable]:
    """The tables that `scope` may read, the newest first."""
    newest = goal_tables.c.created_at.desc(), goal_tables.c.id.desc()
    return [_table(row) for row in conn.execute(_readable(scope).order_by(*newest).limit(500))]


def due_tables(conn: sa.Connection, *, limit: int) -> list[GoalTable]:
    """Tables to be filled: asked for, or older than a job that kept or lost a page; those that wait longest first."""
    moved = sa.exists().where(job_urls.c.job == jobs.c.id, job_urls.c.state.in_(("kept", "deleted")))
    newer = sa.exists().where(
        jobs.c.workspace == goal_tables.c.workspace, jobs.c.finished_at > goal_tables.c.filled_at, moved
    )
    is_due = sa.or_(goal_tables.c.filled_at.is_(None), goal_tables.c.asked_at > goal_tables.c.filled_at, newer)
    rows = conn.execute(sa.select(goal_tables).where(is_due).order_by(goal_tables.c.asked_at).limit(limit))
    return [_table(row) for row in rows]


def table_json(conn: sa.Connection, scope: Scope, table: GoalTable) -> dict[str, Any]:
    """The API's JSON of a table for `scope`."""
    rows, pages_read = count_rows(conn, scope, table), count_pages(conn, scope, table)
    return table.to_json(rows=rows, pages=pages_read, own=table.person == scope.person)


def count_pages(conn: sa.Connection, scope: Scope, table: GoalTable) -> int:
    """
    How many pages were read for the table; for who may not see all of its maker's, those that values stand on and that
    they see: how many others there are is none of their business.
    """
    maker = visible(table.scope)
    unseen = sa.select(sources.c.id).where(sources.c.id.in_(maker), sources.c.id.not_in(visible(scope))).limit(1)
    if conn.execute(unseen).first() is None:
        return table.pages
    return conn.execute(
        sa.select(sa.func.count(versions.c.page.distinct()))
        .join(goal_cells, goal_cells.c.version == versions.c.id)
        .join(goal_rows, goal_rows.c.id == goal_cells.c.row)
        .where(goal_rows.c.table == table.id, goal_cells.c.source.in_(visible(scope)))
    ).scalar_one()


def count_rows(conn: sa.Connection, scope: Scope, table: GoalTable) -> int:
    """How many rows of the table `scope` may see, those that are gone not counted."""
    if not table.fields:
        return 0
    return conn.execute(
        sa.select(sa.func.count()).select_from(goal_rows).where(*_named(scope, table), goal_rows.c.mark != "gone")
    ).scalar_one()


def read_rows(
    conn: sa.Connection, scope: Scope, table: GoalTable, *, limit: int | None = None, offset: int = 0
) -> list[RowText]:
    """The rows of the table that `scope` may see, each with the cells that it may see."""
    if not table.fields:
        return []
    rows = conn.execute(
        sa.select(goal_rows.c.id, goal_rows.c.key, goal_rows.c.mark)
        .where(*_named(scope, table))
        .order_by(goal_rows.c.place)
        .limit(limit)
        .offset(offset)
    ).all()
    found: list[RowText] = []
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[first : first + _ROWS_AT_ONCE]
        cells = _cells(conn, scope, [row.id for row in some])
        found += [RowText(row.key, row.mark, cells.get(row.id, {})) for row in some]
    return found


def _named(scope: Scope, table: GoalTable) -> "tuple[sa.ColumnElement[bool], ...]":
    """The conditions on rows: of the table, with a name that `scope` may see."""
    named = sa.exists().where(
        goal_cells.c.row == goal_rows.c.id,
        goal_cells.c.field == table.fields[0].name,
        goal_cells.c.source.in_(visible(scope)),
    )
    return goal_rows.c.table == table.id, named


def _cells(conn: sa.Connection, scope: Scope, rows: Sequence[int]) -> dict[int, dict[str, CellText]]:
    was = versions.alias("was")
    found = conn.execute(
        sa.select(
            goal_cells,
            pages.c.id.label("page"),
            pages.c.url,
            versions.c.title,
            quoted(goal_cells.c.start, goal_cells.c.end).label("quote"),
            quoted(goal_cells.c.was_start, goal_cells.c.was_end, of=was).label("was"),
        )
        .join(versions, versions.c.id == goal_cells.c.version)
        .join(pages, pages.c.id == versions.c.page)
        .outerjoin(was, was.c.id == goal_cells.c.was_version)
        .where(goal_cells.c.row.in_(rows), goal_cells.c.source.in_(visible(scope)))
        .order_by(goal_cells.c.row, goal_cells.c.field, goal_cells.c.n)
    )
    by_row: dict[int, dict[str, CellText]] = {}
    for row, field, places in _grouped(found):
        first = places[0]
        said = {alike(place.quote): place.quote for place in places[1:] if alike(place.quote) != alike(first.quote)}
        by_row.setdefault(row, {})[field] = CellText(
            quote=first.quote,
            version=first.version,
            page=first.page,
            start=first.start,
            end=first.end,
            url=first.url,
            title=first.title,
            how=first.how,
            mark=first.mark,
            was=first.was or "",
            others=tuple(said.values()),
        )
    return by_row


def _grouped(cells: "sa.CursorResult[Any]") -> Iterator[tuple[int, str, list[Any]]]:
    """The places of each cell, which come one after another."""
    places: list[Any] = []
    for cell in cells:
        if places and (places[0].row, places[0].field) != (cell.row, cell.field):
            yield places[0].row, places[0].field, places
            places = []
        places.append(cell)
    if places:
        yield places[0].row, places[0].field, places


def _readable(scope: Scope) -> sa.Select[Any]:
    return sa.select(goal_tables).where(
        goal_tables.c.workspace == scope.workspace,
        sa.or_(goal_tables.c.person == scope.person, goal_tables.c.shared_at.is_not(None)),
    )


def _own(conn: sa.Connection, scope: Scope, table: str) -> GoalTable:
    known = find_table(conn, scope, table)
    if known.person != scope.person:
        raise Refused("the table is somebody else's; make one of your own with the same goal", is_known=True)
    return known


def _table(row: Any) -> GoalTable:
    values: dict[str, Any] = {**row._asdict(), "fields": as_fields(row.fields)}
    return GoalTable(**values)
