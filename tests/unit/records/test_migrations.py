"""How a database comes to the schema of the code: in turns, whole or not at all, forwards only."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bowerbird.kernel.errors import StoreUnavailable
from bowerbird.records import open_records
from bowerbird.records.migrations import run
from bowerbird.records.tables import citations, entities, mentions, metadata, pages, sources, versions


@pytest.fixture
def behind(no_records_url: str) -> Iterator[sa.Engine]:
    """A way into the database that is not the records'."""
    url = sa.make_url(no_records_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    yield engine
    engine.dispose()


def tables(engine: sa.Engine) -> list[str]:
    """What the database holds."""
    return sa.inspect(engine).get_table_names()


# What each test below begins with, in the columns that every schema has had.
OURS = (
    "INSERT INTO workspaces VALUES ('w', 'Ours', 0)",
    "INSERT INTO persons (id, workspace, external_id, name, created_at) VALUES ('p', 'w', 'local', 'Me', 0)",
)
SOURCE = (
    "INSERT INTO sources (id, workspace, url, goal, created_by, created_at, limits)"
    " VALUES ('s', 'w', 'http://a/', 'g', 'p', 0, '{}')"
)
PAGE = (
    "INSERT INTO pages (id, source, url, state, fields, links, fetched_at, checked_at)"
    " VALUES (1, 's', 'http://a/', 'live', '{}', '[]', 0, 0)"
)


def execute(engine: sa.Engine, statement: str) -> None:
    """Do something to the database that Bowerbird would not."""
    with engine.begin() as conn:
        conn.execute(sa.text(statement))


def upgrade(engine: sa.Engine, revision: str) -> None:
    """Bring the database to the schema of an earlier release."""
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, revision)


def test_records_of_a_newer_bowerbird_are_refused(no_records_url: str, behind: sa.Engine) -> None:
    """A schema this code does not know is named, not guessed at."""
    open_records(no_records_url).close()
    execute(behind, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreUnavailable, match=f"'9999'.*'{run.head()}'.*newer"):
        open_records(no_records_url)


def test_records_that_lack_a_table_are_refused(no_records_url: str, behind: sa.Engine) -> None:
    """Half of a restored backup is named as such; nothing is made anew in it."""
    open_records(no_records_url).close()
    execute(behind, "DROP TABLE index_log")
    left = tables(behind)

    with pytest.raises(StoreUnavailable, match="not its tables index_log.*Restore a backup"):
        open_records(no_records_url)
    assert tables(behind) == left


def test_tables_of_an_unknown_schema_are_refused(no_records_url: str, behind: sa.Engine) -> None:
    """A database in which something else has a table of ours is left alone."""
    execute(behind, "CREATE TABLE jobs (id INTEGER)")

    with pytest.raises(StoreUnavailable, match="holds the tables jobs.*empty database"):
        open_records(no_records_url)
    assert tables(behind) == ["jobs"]


def test_the_migrations_lead_to_the_tables_of_the_code(records_url: str) -> None:
    """No table or column is in one and not in the other."""
    records = open_records(records_url)
    difference = records.read(
        lambda conn: compare_metadata(MigrationContext.configure(conn, opts={"compare_type": False}), metadata)
    )
    records.close()

    assert difference == []


def test_the_schema_of_this_code_is_the_one_that_the_migrations_lead_to() -> None:
    """It is read from the files' names, so that opening the records does not load Alembic."""
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))

    assert run.head() == ScriptDirectory.from_config(config).get_current_head()


def _open(url: str, start: "multiprocessing.synchronize.Barrier") -> None:
    start.wait()
    open_records(url).close()


def test_two_processes_that_open_a_new_database_at_once_both_succeed(no_records_url: str) -> None:
    """Migrations take turns."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    openers = [context.Process(target=_open, args=(no_records_url, start)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()

    assert [opener.exitcode for opener in openers] == [0, 0, 0]


def test_a_migration_killed_half_way_leaves_nothing(no_records_url: str, behind: sa.Engine) -> None:
    """After kill −9 inside the migration the database is empty, and the next opener starts anew."""
    code = f"from bowerbird.records import open_records; open_records({no_records_url!r})"
    environment = os.environ | {"BOWERBIRD_CRASH": "migrate.before_commit"}
    victim = subprocess.run([sys.executable, "-c", code], env=environment, check=False)

    assert (victim.returncode, tables(behind)) == (-signal.SIGKILL, [])
    open_records(no_records_url).close()


def test_records_of_the_first_schema_keep_their_rows(no_records_url: str, behind: sa.Engine) -> None:
    """
    A table is made anew under the rows that point to it; who kept a source to themselves still does; what an old
    answer cites is known.
    """
    claims = [{"citations": [{"n": 1, "version": 7, "start": 0, "end": 4}]}, {"citations": [{"n": 2, "version": 8}]}]
    upgrade(behind, "0001")
    for statement in (
        *OURS,
        (
            "INSERT INTO sources (id, workspace, url, goal, visibility, created_by, created_at, limits)"
            " VALUES ('mine', 'w', 'http://a/', 'g', 'private', 'p', 0, '{}'), ('ours', 'w', 'http://b/', 'g',"
            " 'workspace', 'p', 0, '{}')"
        ),
        (
            "INSERT INTO pages (id, source, url, state, fields, links, fetched_at, checked_at)"
            " VALUES (1, 'mine', 'http://a/', 'live', '{}', '[]', 0, 0)"
        ),
        (
            "INSERT INTO versions (id, page, text_hash, title, text, fetched_at, arranged)"
            " VALUES (7, 1, 'h', 't', 'text', 0, true)"
        ),
        (
            "INSERT INTO questions (id, workspace, person, conversation, text, answer, asked_at)"
            f" VALUES ('q', 'w', 'p', 'c', 'What?', '{json.dumps({'claims': claims})}', 0),"
            " ('r', 'w', 'p', 'c', 'And?', NULL, 0)"
        ),
    ):
        execute(behind, statement)

    records = open_records(no_records_url)
    wanted = sa.select(sources.c.id, sources.c.private_to, pages.c.url).outerjoin(pages, pages.c.source == sources.c.id)
    rows = records.read(lambda conn: conn.execute(wanted.order_by(sources.c.id)).all())
    cited = records.read(lambda conn: conn.execute(sa.select(citations)).all())
    with pytest.raises(sa.exc.IntegrityError):
        records.write(lambda conn: conn.execute(sa.delete(sources)))
    records.close()

    assert [tuple(row) for row in rows] == [("mine", "p", "http://a/"), ("ours", "", None)]
    assert [tuple(row) for row in cited] == [("q", 1, 7, 1, 0, 4, None, None)]


def test_what_names_a_source_is_told_by_whose_it_is(no_records_url: str, behind: sa.Engine) -> None:
    """Notices of jobs learn their source, the audit log forgets its address, and current versions are read again."""
    upgrade(behind, "0006")
    for statement in (
        *OURS,
        (
            "INSERT INTO sources (id, workspace, url, goal, private_to, created_by, created_at, limits)"
            " VALUES ('mine', 'w', 'http://a/', 'g', 'p', 'p', 0, '{}')"
        ),
        (
            "INSERT INTO jobs (id, workspace, kind, source, args, status, progress, created_by, created_at, updated_at)"
            " VALUES ('j', 'w', 'crawl', 'mine', '{}', 'completed', '{}', 'p', 0, 0)"
        ),
        (
            "INSERT INTO pages (id, source, url, state, fields, links, fetched_at, checked_at)"
            " VALUES (1, 'mine', 'http://a/', 'live', '{}', '[]', 0, 0)"
        ),
        (
            "INSERT INTO versions (id, page, text_hash, title, text, fetched_at, gone_at, arranged, entities_read)"
            " VALUES (1, 1, 'h', 't', 'then', 0, 1, true, true), (2, 1, 'i', 't', 'now', 1, NULL, true, true)"
        ),
        (
            "INSERT INTO notices (id, workspace, person, kind, text, href, at)"
            " VALUES (1, 'w', 'p', 'job.completed', 'Gathering http://a/ is done', '/scraping/jobs/j', 0),"
            " (2, 'w', 'p', 'answer.stale', 'An answer', '/chat/c', 0)"
        ),
        (
            "INSERT INTO audit (id, workspace, at, action, subject, detail, address) VALUES"
            " (1, 'w', 0, 'source.visibility', 'http://a/', '{}', ''), (2, 'w', 0, 'key.created', 'mine', '{}', '')"
        ),
    ):
        execute(behind, statement)

    open_records(no_records_url).close()
    with behind.connect() as conn:
        told = conn.execute(sa.text("SELECT source FROM notices ORDER BY id")).scalars().all()
        audited = conn.execute(sa.text("SELECT subject FROM audit ORDER BY id")).scalars().all()
        read = conn.execute(sa.text("SELECT entities_read FROM versions ORDER BY id")).scalars().all()

    assert (told, audited, [bool(one) for one in read]) == (["mine", None], ["mine", "mine"], [True, False])


def test_what_was_read_before_relations_is_read_again_for_them(no_records_url: str, behind: sa.Engine) -> None:
    """What pages say now; what they said once states nothing any more."""
    upgrade(behind, "0009")
    for statement in (
        *OURS,
        SOURCE,
        PAGE,
        (
            "INSERT INTO versions (id, page, text_hash, title, text, fetched_at, gone_at, arranged, entities_read)"
            " VALUES (1, 1, 'h', 't', 'then', 0, 1, true, true), (2, 1, 'i', 't', 'now', 1, NULL, true, true)"
        ),
    ):
        execute(behind, statement)

    records = open_records(no_records_url)
    wanted = sa.select(versions.c.entities_read).order_by(versions.c.id)
    read = records.read(lambda conn: conn.execute(wanted).scalars().all())
    records.close()

    assert read == [True, False]


def test_pdfs_that_were_read_before_keep_their_text_and_get_their_pages(no_records_url: str, behind: sa.Engine) -> None:
    """Their texts said the pages in headings; what is no PDF has none."""
    upgrade(behind, "0006")
    text = "## Page 1\n\nOne.\n\n## Page 3\n\nThree."
    for statement in (
        *OURS,
        SOURCE,
        *(
            "INSERT INTO pages (id, source, url, state, kind, fields, links, fetched_at, checked_at)"
            f" VALUES ({number}, 's', 'http://a/{number}', 'live', '{kind}', '{{}}', '[]', 0, 0)"
            for number, kind in ((1, "pdf"), (2, "html"), (3, "pdf"))
        ),
        *(
            "INSERT INTO versions (id, page, text_hash, title, text, fetched_at)"
            f" VALUES ({number}, {number}, 'h', 't', '{said}', 0)"
            for number, said in ((1, text), (2, text), (3, "One page."))
        ),
    ):
        execute(behind, statement)

    records = open_records(no_records_url)
    wanted = sa.select(versions.c.text, versions.c.page_starts).order_by(versions.c.id)
    rows = records.read(lambda conn: conn.execute(wanted).all())
    records.close()

    third = text.index("## Page 3")
    assert [tuple(row) for row in rows] == [(text, [0, third, third]), (text, None), ("One page.", [0])]


def test_entities_of_the_sixth_schema_are_each_themselves(no_records_url: str, behind: sa.Engine) -> None:
    """Their mentions are of what their names say, nothing is merged, and all wait to be compared."""
    upgrade(behind, "0006")
    for statement in (
        *OURS,
        SOURCE,
        PAGE,
        "INSERT INTO versions (id, page, text_hash, title, text, fetched_at) VALUES (7, 1, 'h', 't', 'a tree', 0)",
        (
            "INSERT INTO entities (id, workspace, key, name, type, aliases, score, created_at)"
            " VALUES (3, 'w', 'tree', 'Tree', 'term', '[\"T\"]', 2.5, 0), (4, 'w', 'bush', 'bush', 'term', '[]', 1, 0)"
        ),
        (
            'INSERT INTO mentions (id, entity, version, page, source, start, "end", sentence_start, sentence_end)'
            " VALUES (9, 3, 7, 1, 's', 2, 6, 0, 6)"
        ),
    ):
        execute(behind, statement)

    records = open_records(no_records_url)
    wanted = sa.select(
        entities.c.id, entities.c.name, entities.c.read_name, entities.c.read_type, entities.c.aliases, entities.c.score
    )
    rows = records.read(lambda conn: conn.execute(wanted.order_by(entities.c.id)).all())
    state = sa.select(entities.c.sense, entities.c.merged_into, entities.c.hidden, entities.c.compared).distinct()
    states = records.read(lambda conn: conn.execute(state).all())
    said = records.read(lambda conn: conn.execute(sa.select(mentions.c.id, mentions.c.entity, mentions.c.named)).all())
    with pytest.raises(sa.exc.IntegrityError):
        records.write(lambda conn: conn.execute(sa.delete(entities)))
    records.close()

    assert [tuple(row) for row in rows] == [(3, "Tree", "Tree", "term", ["T"], 2.5), (4, "bush", "bush", "term", [], 1)]
    assert [tuple(row) for row in states] == [(0, None, False, False)]
    assert [tuple(row) for row in said] == [(9, 3, 3)]
