"""New versions become passages, log entries and mentions: once, and only what is current can be found."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge import arrange_some, detect_languages, read_entities
from bowerbird.records import Records, local_scope, open_records
from bowerbird.records.tables import index_log, mentions, pages, passages, sources, versions

TEXT = "# Random forests\n\nA random forest is an ensemble of decision trees. Each tree sees other data.\n\nIt votes."


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Records with one source."""
    opened = open_records(records_url)
    clock = ManualClock()

    def begin(conn: sa.Connection) -> None:
        scope = local_scope(conn, clock)
        conn.execute(
            sa.insert(sources).values(
                id="s",
                workspace=scope.workspace,
                url="http://s/",
                goal="g",
                created_by=scope.person,
                created_at=0.0,
                limits={},
            )
        )

    opened.write(begin)
    yield opened
    opened.close()


def a_page(conn: sa.Connection, *, text: str = TEXT, state: str = "live", is_current: bool = True) -> int:
    """The id of a new version that waits, of a page of its own."""
    number = conn.execute(sa.select(sa.func.count()).select_from(pages)).scalar_one()
    page = conn.execute(
        sa.insert(pages).values(
            source="s", url=f"http://s/{number}", state=state, fields={}, links=[], fetched_at=0.0, checked_at=0.0
        )
    ).inserted_primary_key
    assert page is not None
    version = conn.execute(
        sa.insert(versions).values(page=page[0], text_hash="h", title="Random forests", text=text, fetched_at=0.0)
    ).inserted_primary_key
    assert version is not None
    if is_current:
        conn.execute(sa.update(pages).where(pages.c.id == page[0]).values(version=version[0]))
    return int(version[0])


def counts(conn: sa.Connection) -> dict[str, int]:
    """How many rows there are."""
    tables = {"passages": passages, "log": index_log, "mentions": mentions}
    return {
        name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for name, table in tables.items()
    }


def of_each_version(records: Records, table: sa.Table) -> Sequence[int]:
    """How many rows of the table each version has that has any."""
    counted = sa.select(sa.func.count()).select_from(table).group_by(table.c.version)
    return records.read(lambda conn: conn.execute(counted).scalars().all())


def killed_at(point: str, call: str) -> int:
    """How a process ended that made the call and met the crash point."""
    code = (
        "from bowerbird.records import open_records; from bowerbird.knowledge import arrange_some, read_entities\n"
        f"from bowerbird.kernel.clock import ManualClock\n{call}"
    )
    environment = os.environ | {"BOWERBIRD_CRASH": point}
    return subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode


def read_all(records: Records) -> int:
    """Read what waits for what it names; how many waited."""
    return read_entities(records, limit=10, clock=ManualClock())


def test_a_waiting_version_is_arranged_once(records: Records) -> None:
    """Passages cover the text, the log says "add" for each, and a second call has nothing to do."""
    records.write(a_page)
    first = arrange_some(records, limit=10)
    rows = records.read(lambda conn: conn.execute(sa.select(passages.c.start, passages.c.end, passages.c.live)).all())
    again = arrange_some(records, limit=10)
    found = records.read(counts)

    assert (first, again) == (1, 0)
    assert all(row.live for row in rows)
    assert "".join(TEXT[row.start : row.end] for row in rows).split() == TEXT.split()
    assert found["log"] == found["passages"] == len(rows) > 0


def test_what_is_found_already_is_read_for_names_once(records: Records) -> None:
    """The text can be found before anybody has read what it names; reading it is a step of its own."""
    records.write(a_page)
    arrange_some(records, limit=10)
    before = records.read(counts)
    waited = [read_all(records) for _ in range(2)]

    assert (before["log"] > 0, before["mentions"]) == (True, 0)
    assert waited == [1, 0]
    assert records.read(counts)["mentions"] > 0


def test_names_can_be_read_before_the_passages(records: Records) -> None:
    """Neither step waits for the other."""
    records.write(a_page)

    assert (read_all(records), arrange_some(records, limit=10)) == (1, 1)
    assert min(records.read(counts).values()) > 0


@pytest.mark.parametrize(("state", "is_current"), [("gone", True), ("folded", True), ("live", False)])
def test_what_is_not_current_is_cut_but_cannot_be_found(records: Records, state: str, *, is_current: bool) -> None:
    """An older version, or one of a page that has gone meanwhile, keeps its passages and stays out of the index."""
    records.write(lambda conn: a_page(conn, state=state, is_current=is_current))
    arrange_some(records, limit=10)
    read_all(records)
    found = records.read(counts)

    assert (found["passages"] > 0, found["log"], found["mentions"]) == (True, 0, 0)


def test_the_limit_bounds_a_round(records: Records) -> None:
    """Oldest first, as many as asked for."""
    records.write(lambda conn: [a_page(conn) for _ in range(5)])

    assert [arrange_some(records, limit=2) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.crash
@pytest.mark.parametrize("point", ["arrange.before_commit", "arrange.after_commit"])
def test_a_kill_loses_nothing_and_doubles_nothing(records: Records, records_url: str, point: str) -> None:
    """Killed on either side of the commit and begun again, the rows are those of a run that was left alone."""
    records.write(lambda conn: [a_page(conn) for _ in range(3)])
    died = killed_at(point, f"arrange_some(open_records({records_url!r}), limit=2)")
    while arrange_some(records, limit=2):
        pass
    found = records.read(counts)
    each = of_each_version(records, passages)

    assert died == -signal.SIGKILL
    assert (len(each), len(set(each)), found["log"]) == (3, 1, found["passages"])


@pytest.mark.crash
@pytest.mark.parametrize("point", ["entities.before_commit", "entities.after_commit"])
def test_a_kill_while_names_are_kept_doubles_no_mention(records: Records, records_url: str, point: str) -> None:
    """Killed on either side of the commit and begun again, each version names what it names, once."""
    records.write(lambda conn: [a_page(conn) for _ in range(3)])
    died = killed_at(point, f"read_entities(open_records({records_url!r}), limit=2, clock=ManualClock())")
    while read_all(records):
        pass
    each = of_each_version(records, mentions)

    assert died == -signal.SIGKILL
    assert (len(each), len(set(each))) == (3, 1)


MIXED = (
    "The Eiffel Tower was built by Gustave Eiffel in Paris, and it is the best known tower of all of France."
    " It was meant to be taken down again after twenty years, but it was kept since it was of use for the radio.\n\n"
    "Der Eiffelturm wurde von Gustave Eiffel in Paris gebaut, und er ist der bekannteste Turm von ganz Frankreich.\n"
)


def languages(conn: sa.Connection) -> list[Sequence[str | None]]:
    """Those of the pages, the versions and the passages."""
    columns = (pages.c.language, versions.c.language, passages.c.language)
    return [conn.execute(sa.select(column).order_by(column.table.c.id)).scalars().all() for column in columns]


def test_what_is_arranged_has_its_language(records: Records) -> None:
    """The page, its version, and each passage its own."""
    records.write(lambda conn: a_page(conn, text=MIXED))
    arrange_some(records, limit=10)
    assert records.read(languages) == [["en"], ["en"], ["en", "de"]]
    assert detect_languages(records, limit=10) == 0


def test_names_are_read_in_english_only(records: Records) -> None:
    """German writes every noun as English writes names."""
    records.write(lambda conn: a_page(conn, text=MIXED))
    arrange_some(records, limit=10)
    read_all(records)
    places = records.read(lambda conn: conn.execute(sa.select(mentions.c.start)).scalars().all())
    assert places
    assert max(places) < MIXED.index("Der")


def test_what_was_arranged_before_gets_its_language_later(records: Records) -> None:
    """Its passages stay; what is not English is indexed again and read again, once."""
    records.write(lambda conn: (a_page(conn, text=MIXED), a_page(conn)))
    arrange_some(records, limit=10)
    read_all(records)

    def forget(conn: sa.Connection) -> None:
        conn.execute(sa.update(versions).values(language=None))
        for table in (pages, passages):
            conn.execute(sa.update(table).values(language=""))
        conn.execute(sa.delete(index_log))

    records.write(forget)
    assert [detect_languages(records, limit=10) for _ in range(2)] == [2, 0]
    assert records.read(languages) == [["en", "en"], ["en", "en"], ["en", "de", "en"]]
    logged = records.read(lambda conn: conn.execute(sa.select(index_log.c.op, index_log.c.passage)).all())
    [german] = records.read(
        lambda conn: conn.execute(sa.select(passages.c.id).where(passages.c.language == "de")).scalars().all()
    )
    assert [tuple(row) for row in logged] == [("add", german)]
    waits = sa.select(versions.c.id).where(versions.c.entities_read.is_(False))
    assert len(records.read(lambda conn: conn.execute(waits).all())) == 1
