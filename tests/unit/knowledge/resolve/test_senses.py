"""One name of two things: parted when a source surely means something else, visibly, and for people to undo."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.entities import entity, list_entities
from bowerbird.knowledge.resolve import History, history, merge, resolve_some, split, undo
from bowerbird.knowledge.resolve.homonyms import FEATURES, shipped
from bowerbird.knowledge.resolve.resolver import _taught
from bowerbird.knowledge.resolve.scorer import shipped as shipped_scorer
from bowerbird.knowledge.resolve.sides import _rows
from bowerbird.models.words import word_vectors
from bowerbird.records import open_records
from bowerbird.records.tables import entities, mentions, pages
from bowerbird.testing.builders import Library

LEARNING = (
    "# Kernels\n\nA kernel is a similarity measure of samples. The kernel weighs neighbours by their distance, and a"
    " kernel has a bandwidth. Isaac Newton met Ada Lovelace in London. Choose the kernel by cross-validation.\n"
)
BOOTING = (
    "# Startup\n\nA kernel is a program in firmware. Another kernel(mode) mounts disks, and each kernel(mode) has"
    " drivers. Set the kernel to an image. Isaac Newton wrote the loader, and Ada Lovelace the drivers of London.\n"
)
BOOTING_TOO = BOOTING.replace("# Startup", "# Restart").replace("disks", "volumes")
BREAD = "# Bread\n\nA sour dough is a bread.\n"


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def gather(library: Library, host: str, *texts: str, source: str | None = None) -> str:
    """Pages with these texts, read and resolved; the id of their source."""
    there = source or library.source(f"https://{host}/")
    for n, text in enumerate(texts):
        library.page(there, f"https://{host}/{n}", text)
    library.arrange()
    while resolve_some(library.records, limit=7, clock=library.clock):
        pass
    return there


def meant(library: Library, key: str) -> dict[str, int]:
    """What the name means by the host of each page that says it."""
    wanted = (
        sa.select(pages.c.url, mentions.c.entity)
        .join(pages, pages.c.id == mentions.c.page)
        .join(entities, entities.c.id == mentions.c.named)
        .where(entities.c.key == key)
    )
    return library.records.read(lambda conn: {row.url.split("/")[2]: row.entity for row in conn.execute(wanted)})


def told(library: Library, thing: int) -> History:
    """Its history."""
    return library.records.read(lambda conn: history(conn, library.scope, thing))


def test_a_word_that_another_source_surely_uses_for_something_else_is_told_apart(library: Library) -> None:
    """Each has its own page, which names the other, says where it is meant and why; both are found by the word."""
    gather(library, "learning.example", LEARNING)
    before = meant(library, "kernel")["learning.example"]
    gather(library, "boot.example", BOOTING)
    now = meant(library, "kernel")
    assert now["learning.example"] == before != now["boot.example"]
    cards = library.records.read(lambda conn: list_entities(conn, library.scope, "kernel"))
    assert {card.name for card in cards} >= {"kernel", "kernel (boot.example)"}
    (other,) = told(library, before).others
    assert (other.id, other.made, other.source_url) == (now["boot.example"],) * 2 + ("https://boot.example/",)
    assert other.why
    assert other.chance < shipped().apart
    assert [one.id for one in told(library, now["boot.example"]).others] == [before]


def test_proper_names_link_the_sources(library: Library) -> None:
    """A wrong parting tears apart what a reader looks for."""
    gather(library, "learning.example", LEARNING)
    gather(library, "boot.example", BOOTING)
    for key in ("isaac newton", "ada lovelace"):
        assert len(set(meant(library, key).values())) == 1


def test_what_was_told_apart_stays_so_when_pages_come_and_are_read_again(library: Library) -> None:
    """Ids are stable, a new page of the source means what the source means, and a third source what is most like it."""
    gather(library, "learning.example", LEARNING)
    source = gather(library, "boot.example", BOOTING)
    first = meant(library, "kernel")
    gather(library, "boot.example", BOOTING + "More of it.\n", BOOTING_TOO, source=source)
    assert meant(library, "kernel") == first
    gather(library, "restart.example", BOOTING_TOO)
    assert meant(library, "kernel") == first | {"restart.example": first["boot.example"]}


def test_a_curator_makes_one_of_what_was_told_apart_and_undoes_that(library: Library) -> None:
    """One merge, which holds when pages come; undone, the two are as they were."""
    gather(library, "learning.example", LEARNING)
    source = gather(library, "boot.example", BOOTING)
    apart = meant(library, "kernel")
    home, made = apart["learning.example"], apart["boot.example"]
    done = library.records.write(lambda conn: merge(conn, library.scope, made, home, clock=library.clock))
    gather(library, "boot.example", BOOTING_TOO, source=source)
    gather(library, "restart.example", BOOTING_TOO)
    assert set(meant(library, "kernel").values()) == {home}
    assert told(library, home).others == ()
    library.records.write(lambda conn: undo(conn, library.scope, done.id, clock=library.clock))
    again = meant(library, "kernel")
    assert (again["learning.example"], again["boot.example"]) == (home, made)


def test_that_two_meanings_of_a_name_are_one_teaches_nothing_of_other_names(library: Library) -> None:
    """The scorer judges pairs of two names; a merge of such a pair does teach it."""
    gather(library, "learning.example", LEARNING)
    gather(library, "boot.example", BOOTING)
    apart = meant(library, "kernel")

    def is_taught_by_merging(one: int, other: int) -> bool:
        library.records.write(lambda conn: merge(conn, library.scope, one, other, clock=library.clock))
        scorer = library.records.read(lambda conn: _taught(conn, library.scope.workspace, word_vectors()))
        return scorer is not shipped_scorer()

    assert not is_taught_by_merging(apart["boot.example"], apart["learning.example"])
    ada, isaac = (meant(library, key)["boot.example"] for key in ("ada lovelace", "isaac newton"))
    assert is_taught_by_merging(ada, isaac)


def test_what_no_page_says_any_more_is_no_other_thing(library: Library) -> None:
    """Neither the thing, whose page is gone, nor a source that meant it."""
    gather(library, "learning.example", LEARNING)
    boot = gather(library, "boot.example", BOOTING)
    restart = gather(library, "restart.example", BOOTING_TOO)
    home = meant(library, "kernel")["learning.example"]
    assert {one.source for one in told(library, home).others} == {boot, restart}
    gather(library, "boot.example", BREAD, source=boot)
    assert {one.source for one in told(library, home).others} == {restart}
    gather(library, "restart.example", BREAD, source=restart)
    assert told(library, home).others == ()


def test_what_was_called_the_same_is_not_told_when_it_is_gone(library: Library) -> None:
    """On the page of what was told apart the name itself would be a link that leads nowhere."""
    learning = gather(library, "learning.example", LEARNING)
    gather(library, "boot.example", BOOTING)
    made = meant(library, "kernel")["boot.example"]
    assert told(library, made).others
    gather(library, "learning.example", BREAD, source=learning)
    assert told(library, made).others == ()


def test_only_the_sources_that_are_asked_about_are_read(library: Library) -> None:
    """What stands around a name is cut out of whole texts: not for sources that nobody judges."""
    one = gather(library, "learning.example", LEARNING)
    gather(library, "boot.example", BOOTING)
    name = meant(library, "kernel")["learning.example"]
    assert {row.source for row in library.records.read(lambda conn: list(_rows(conn, [name], [one])))} == {one}


def test_what_people_split_is_left_to_them(library: Library) -> None:
    """Nothing more is told apart of a name that somebody split, and a page means what they said."""
    gather(library, "learning.example", LEARNING, LEARNING.replace("similarity", "affinity"))
    home = meant(library, "kernel")["learning.example"]
    page = library.records.read(lambda conn: entity(conn, library.scope, home)).mentions[0].page
    made = library.records.write(
        lambda conn: split(conn, library.scope, home, [page], "nut", clock=library.clock)
    ).other
    gather(library, "boot.example", BOOTING)
    assert meant(library, "kernel")["boot.example"] == home
    on_page = sa.select(mentions.c.entity).join(entities, entities.c.id == mentions.c.named)
    on_page = on_page.where(entities.c.key == "kernel", mentions.c.page == page)
    assert set(library.records.read(lambda conn: conn.execute(on_page).scalars().all())) == {made}


def test_what_one_person_alone_may_see_is_neither_told_apart_nor_tells(library: Library) -> None:
    """That a name has another meaning would show what their pages say."""
    private = library.source("https://private.example/", person=library.person("other"))
    gather(library, "learning.example", LEARNING)
    gather(library, "private.example", BOOTING, source=private)
    assert len(set(meant(library, "kernel").values())) == 1


def test_the_judge_has_a_weight_for_each_feature() -> None:
    """The one that ships is of this code, and parts below the chance above which it brings back."""
    assert shipped().scorer.weights.shape == (len(FEATURES) + 1,)
    assert shipped().usual.shape == (len(FEATURES),)
    assert shipped().apart < shipped().together
