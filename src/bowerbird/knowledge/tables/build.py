"""
Filling a goal table: the pages are read one after another, and what came of it replaces the rows in one transaction.

Reading is done outside of transactions and costs the time of the pages, so it belongs into the worker or a command. A
table that was changed or removed meanwhile is left as it is: it is due again. What differs from the rows before is
marked; where nothing does, rows and marks stay as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.tables.fields import Field, Goal, stored_fields
from bowerbird.knowledge.tables.fill import Page, rows_of
from bowerbird.knowledge.tables.merge import Evidence, Merged, Table, alike
from bowerbird.knowledge.tables.propose import Proposal
from bowerbird.knowledge.tables.store import GoalTable, clear, due_tables
from bowerbird.ops import logs
from bowerbird.records import Records, quoted, visible
from bowerbird.records.tables import goal_cells, goal_rows, goal_tables, pages, sources, versions

__all__ = ["fill_table", "fill_tables"]

TABLES_AT_ONCE: Final = 20
PAGES_AT_ONCE: Final = 20
CHARACTERS_OF_A_PAGE: Final = 400_000
PAGES_FOR_FIELDS: Final = 500  # that are read for a proposal

log = logs.logger("worker")


@dataclass(frozen=True, slots=True)
class _Before:
    """A cell as it was."""

    version: int
    page: int
    start: int
    end: int
    quote: str


def fill_tables(records: Records, *, clock: Clock, should_stop: Callable[[], bool] = lambda: False) -> int:
    """
    Fill some tables that are due; how many were, 0 when none waits.

    One that fails keeps its rows, and is tried again with the next job or when somebody asks: it must not hold up the
    others.
    """
    due = records.read(lambda conn: due_tables(conn, limit=TABLES_AT_ONCE))
    for table in due:
        if should_stop():
            break
        begun = clock.now_s()
        try:
            fill_table(records, table, clock=clock, should_stop=should_stop)
        except Unavailable:
            raise
        except Exception:
            log.exception("table.failed", table=table.id)
            records.write(partial(_pass_over, table=table.id, at=begun))
    return len(due)


def fill_table(
    records: Records, table: GoalTable, *, clock: Clock, should_stop: Callable[[], bool] = lambda: False
) -> None:
    """Read the pages that the table's maker sees and replace its rows by what they say; broken off, nothing changes."""
    begun = clock.now_s()
    fields = table.fields or _proposed(records, table)
    goal = Goal(table.asked.thing, fields)
    found, read = Table(), 0
    for row in _pages(records, table.scope):
        if should_stop():
            return
        read += 1
        for thing in rows_of(Page(row.text, row.title), goal):
            evidence = {
                name: Evidence(row.id, row.page, row.source, cell.at, cell.how, cell.at.of(row.text))
                for name, cell in thing.cells.items()
            }
            found.add(thing.name, fields[0].name, evidence, is_one=thing.is_one)
    records.write(lambda conn: _keep(conn, table, fields, found.rows(), begun=begun, read=read))


def _proposed(records: Records, table: GoalTable) -> tuple[Field, ...]:
    """Fields by what the pages give; of a shared table, by what the pages give that everyone sees."""
    proposal = Proposal(table.asked)
    for number, row in enumerate(_pages(records, table.scope, only_shared=table.shared_at is not None)):
        if number >= PAGES_FOR_FIELDS:
            break
        proposal.read(Page(row.text, row.title))
    return proposal.fields()


def _pages(records: Records, scope: Scope, *, only_shared: bool = False) -> Iterator[Any]:
    """The current versions of the pages that `scope` sees, the oldest page first; read some at a time."""
    last = 0
    statement = (
        sa.select(
            versions.c.id,
            versions.c.page,
            versions.c.title,
            sa.func.substr(versions.c.text, 1, CHARACTERS_OF_A_PAGE).label("text"),
            pages.c.source,
        )
        .join(pages, pages.c.version == versions.c.id)
        .where(pages.c.state == "live", pages.c.source.in_(visible(scope)))
        .order_by(pages.c.id)
        .limit(PAGES_AT_ONCE)
    )
    if only_shared:
        statement = statement.join(sources, sources.c.id == pages.c.source).where(sources.c.private_to == "")
    while True:
        some = statement.where(pages.c.id > last)
        rows = records.read(partial(_all, statement=some))
        if not rows:
            return
        yield from rows
        last = rows[-1].page


def _all(conn: sa.Connection, *, statement: sa.Executable) -> Sequence[Any]:
    return conn.execute(statement).all()


def _pass_over(conn: sa.Connection, *, table: str, at: float) -> None:
    """Take the table for filled, with the rows that it has."""
    conn.execute(sa.update(goal_tables).where(goal_tables.c.id == table).values(filled_at=at))


def _keep(
    conn: sa.Connection, table: GoalTable, fields: Sequence[Field], found: Sequence[Merged], *, begun: float, read: int
) -> None:
    """Replace the rows, unless the table was changed, removed or filled by somebody else meanwhile."""
    seen = (
        goal_tables.c.id == table.id,
        goal_tables.c.revision == table.revision,
        goal_tables.c.filled_at == table.filled_at
        if table.filled_at is not None
        else goal_tables.c.filled_at.is_(None),
    )
    values: dict[str, Any] = {"filled_at": begun, "pages": read}
    if not table.fields:
        values["fields"] = stored_fields(fields)
    if conn.execute(sa.update(goal_tables).where(*seen).values(values)).rowcount == 0:
        return
    before, gone = _before(conn, table.id)
    keys = set(before) - gone
    # What was never filled, with these fields, has nothing to be compared with.
    is_comparable = table.filled_at is not None
    if is_comparable and not _differ(before, keys, found):
        _move(conn, table.id, found)
        return
    marked_at = table.filled_at if is_comparable else None
    left = [(key, before[key]) for key in before if key in keys - {row.key for row in found}] if is_comparable else []
    rows_gone = _gone(conn, table.id, [key for key, _ in left])
    clear(conn, table.id)
    conn.execute(sa.update(goal_tables).where(goal_tables.c.id == table.id).values(marked_at=marked_at))
    for place, row in enumerate(found):
        was = before.get(row.key) if row.key in keys else None
        mark = "new" if is_comparable and was is None else ""
        cells = _marked(row, was if is_comparable else None)
        _insert(conn, cells, table=table.id, place=place, key=row.key, mark=mark)
    for place, (key, gone_cells) in enumerate(rows_gone, start=len(found)):
        _insert(conn, gone_cells, table=table.id, place=place, key=key, mark="gone")


def _differ(before: "dict[str, dict[str, list[_Before]]]", keys: set[str], found: Sequence[Merged]) -> bool:
    """Whether any row or value came, went or changed."""
    if keys != {row.key for row in found}:
        return True
    for row in found:
        was = before[row.key]
        if was.keys() != row.cells.keys():
            return True
        if any(
            {alike(one.quote) for one in was[field]} != {alike(one.quote) for one in places}
            for field, places in row.cells.items()
        ):
            return True
    return False


def _move(conn: sa.Connection, table: str, found: Sequence[Merged]) -> None:
    """Let the cells point to where the pages say the same now; marks stay."""
    rows = conn.execute(sa.select(goal_rows.c.key, goal_rows.c.id).where(goal_rows.c.table == table))
    ids = {row.key: row.id for row in rows}
    for row in found:
        old = {
            (cell.field, cell.n): cell
            for cell in conn.execute(sa.select(goal_cells).where(goal_cells.c.row == ids[row.key]))
        }
        cells = list(_marked(row, None))
        if all(
            (known := old.get((cell["field"], cell["n"]))) is not None
            and (known.version, known.start, known.end) == (cell["version"], cell["start"], cell["end"])
            for cell in cells
        ) and len(cells) == len(old):
            continue
        conn.execute(sa.delete(goal_cells).where(goal_cells.c.row == ids[row.key]))
        for cell in cells:
            known = old.get((cell["field"], cell["n"]))
            if known is not None:
                kept = ("mark", "was_version", "was_start", "was_end")
                cell.update({name: getattr(known, name) for name in kept})
        conn.execute(sa.insert(goal_cells), [{**cell, "row": ids[row.key]} for cell in cells])


def _marked(row: Merged, was: "dict[str, list[_Before]] | None") -> Iterator[dict[str, Any]]:
    """The cells of a row as they are stored, each beside what the same page said before."""
    for field, places in row.cells.items():
        old = was.get(field, []) if was is not None else []
        for n, place in enumerate(places):
            same_page = next((one for one in old if one.page == place.page), None)
            is_known = any(alike(one.quote) == alike(place.quote) for one in old)
            changed = same_page if same_page is not None and not is_known else None
            mark = "" if was is None or is_known else "changed" if changed else "new"
            yield {
                "field": field,
                "n": n,
                "version": place.version,
                "source": place.source,
                "start": place.at.start,
                "end": place.at.end,
                "how": place.how,
                "mark": mark,
                "was_version": changed.version if changed else None,
                "was_start": changed.start if changed else None,
                "was_end": changed.end if changed else None,
            }


def _before(conn: sa.Connection, table: str) -> "tuple[dict[str, dict[str, list[_Before]]], set[str]]":
    """The cells of each row as they were by key and field, and the keys of the rows that were gone already."""
    cells = conn.execute(
        sa.select(
            goal_rows.c.key,
            goal_rows.c.mark,
            goal_cells.c.field,
            goal_cells.c.version,
            versions.c.page,
            goal_cells.c.start,
            goal_cells.c.end,
            quoted(goal_cells.c.start, goal_cells.c.end).label("quote"),
        )
        .join(goal_cells, goal_cells.c.row == goal_rows.c.id)
        .join(versions, versions.c.id == goal_cells.c.version)
        .where(goal_rows.c.table == table)
        .order_by(goal_rows.c.place, goal_cells.c.n)
    )
    before: dict[str, dict[str, list[_Before]]] = {}
    gone: set[str] = set()
    for cell in cells:
        if cell.mark == "gone":
            gone.add(cell.key)
        said = _Before(cell.version, cell.page, cell.start, cell.end, cell.quote)
        before.setdefault(cell.key, {}).setdefault(cell.field, []).append(said)
    return before, gone


def _gone(conn: sa.Connection, table: str, keys: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows of these keys as they are stored, without marks."""
    wanted = set(keys)
    rows = conn.execute(
        sa.select(goal_rows.c.key, goal_cells)
        .join(goal_cells, goal_cells.c.row == goal_rows.c.id)
        .where(goal_rows.c.table == table)
        .order_by(goal_rows.c.place)
    ).mappings()
    plain = {"mark": "", "was_version": None, "was_start": None, "was_end": None}
    by_key: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        values = dict(row)
        key = values.pop("key")
        if key in wanted:
            by_key.setdefault(key, []).append({**values, **plain})
    return list(by_key.items())


def _insert(conn: sa.Connection, cells: Iterable[dict[str, Any]], **row: Any) -> None:
    made = conn.execute(sa.insert(goal_rows).values(row)).inserted_primary_key
    assert made is not None
    conn.execute(sa.insert(goal_cells), [{**cell, "row": made[0]} for cell in cells])
