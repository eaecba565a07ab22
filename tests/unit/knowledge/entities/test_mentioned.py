"""What the visible live pages say of an entity now, whatever they, and others, said before."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.entities.meant import also_called
from bowerbird.knowledge.entities.mentioned import count_mentions, mention_texts
from bowerbird.knowledge.entities.together import near
from bowerbird.records import open_records
from bowerbird.records.tables import entities, mentions, pages
from bowerbird.testing.builders import Library
from tests.naming import ids_of, name_page


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def test_pages_that_are_gone_hide_none_that_are_not(library: Library) -> None:
    """They are newer, and more than what is looked at; what is told is of the pages that are left."""
    source = library.source()
    for n in range(3):
        name_page(library, source, f"https://docs.example.org/{n}", [["oak", "elm"]])
    gone = [name_page(library, source, f"https://docs.example.org/gone/{n}", [["oak", "ash"]]).page for n in range(40)]
    library.records.write(lambda conn: conn.execute(sa.update(pages).where(pages.c.id.in_(gone)).values(state="gone")))
    ids = ids_of(library)

    def read(conn: sa.Connection) -> tuple[int, int, list[tuple[int, int]]]:
        counts = count_mentions(conn, library.scope, [ids["oak"]])
        texts = mention_texts(conn, library.scope, [ids["oak"]], limit=3)
        return counts[ids["oak"]].mentions, len(texts[ids["oak"]]), near(conn, library.scope, [ids["oak"]], limit=5)

    assert library.records.read(read) == (3, 3, [(ids["elm"], 3)])


def test_what_a_page_says_no_more_is_no_other_name(library: Library) -> None:
    """The place where it last stood is kept, and calls nothing so any more."""
    source = library.source()
    name_page(library, source, "https://docs.example.org/a", [["pine"], ["fir"]])
    ids = ids_of(library)
    library.records.write(
        lambda conn: conn.execute(
            sa.update(entities).where(entities.c.id == ids["fir"]).values(merged_into=ids["pine"])
        )
    )
    called = library.records.read(lambda conn: also_called(conn, library.scope, [ids["pine"]]))
    assert called == {ids["pine"]: ["fir"]}
    name_page(library, source, "https://docs.example.org/a", [["pine"]])
    assert library.records.read(lambda conn: also_called(conn, library.scope, [ids["pine"]])) == {}
    kept = sa.select(sa.func.count()).select_from(mentions).where(mentions.c.named == ids["fir"])
    assert library.records.read(lambda conn: conn.execute(kept).scalar_one()) == 1
