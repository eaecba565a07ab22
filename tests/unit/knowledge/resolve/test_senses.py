"""One name of two things: parted when a source surely means something else, visibly, and for people to undo."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.acquire import set_private
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.entities import entity, list_entities
from bowerbird.knowledge.resolve import (
    History,
    history,
    merge,
    part,
    rename,
    resolve_some,
    settle,
    source_switched,
    split,
    undo,
)
from bowerbird.knowledge.resolve.homonyms import FEATURES, Verdict, shipped
from bowerbird.knowledge.resolve.resolver import _taught
from bowerbird.knowledge.resolve.scorer import shipped as shipped_scorer
from bowerbird.knowledge.resolve.senses import Judged, judged, keep_senses, senses_of
from bowerbird.knowledge.resolve.sides import _rows
from bowerbird.models.words import word_vectors
from bowerbird.ops import crash
from bowerbird.records import open_records
from bowerbird.records.tables import entities, entity_links, entity_sources, mentions, pages
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


def place_of(library: Library, url: str) -> tuple[int, int]:
    """The page at the URL, and what it means by "kernel"."""
    wanted = (
        sa.select(pages.c.id, mentions.c.entity)
        .join(mentions, mentions.c.page == pages.c.id)
        .join(entities, entities.c.id == mentions.c.named)
        .where(entities.c.key == "kernel", pages.c.url == url)
        .distinct()
    )
    (row,) = library.records.read(lambda conn: conn.execute(wanted).all())
    return row.id, row.entity


def two_kernels(library: Library) -> tuple[int, int, str]:
    """The kernel of one source, that of another, and the other source."""
    gather(library, "learning.example", LEARNING)
    source = gather(library, "boot.example", BOOTING, BOOTING_TOO)
    apart = meant(library, "kernel")
    assert apart["learning.example"] != apart["boot.example"]
    return apart["learning.example"], apart["boot.example"], source


def brought_home(library: Library, home: int, source: str) -> None:
    """The source is found to mean what the others do."""
    found = [Judged(home, source, "", Verdict(0.99, ""))]
    library.records.write(lambda conn: keep_senses(conn, library.scope.workspace, found, clock=library.clock))


def sense(library: Library, name: int, source: str) -> Any:
    """What was found of the name on the source."""
    here = sa.and_(entity_sources.c.entity == name, entity_sources.c.source == source)
    return library.records.read(lambda conn: conn.execute(sa.select(entity_sources).where(here)).one())


def keep_private(library: Library, source: str, *, private: bool = True) -> None:
    """Keep the source to oneself, or show it again."""

    def switch(conn: sa.Connection) -> None:
        set_private(conn, source, library.scope, private=private, clock=library.clock)
        source_switched(conn, library.scope.workspace, source)

    library.records.write(switch)


def judge_again(library: Library, name: int) -> None:
    """Let the name be compared anew."""
    again = sa.update(entities).where(entities.c.id == name).values(compared=False)
    library.records.write(lambda conn: conn.execute(again))
    while resolve_some(library.records, limit=7, clock=library.clock):
        pass


def test_what_was_told_apart_is_split_like_anything_else(library: Library) -> None:
    """The page means at once what the curator says, also when it is read again, and no longer when it is undone."""
    _, made, source = two_kernels(library)
    page, before = place_of(library, "https://boot.example/1")
    assert before == made
    done = library.records.write(lambda conn: split(conn, library.scope, made, [page], "nut", clock=library.clock))
    assert place_of(library, "https://boot.example/1") == (page, done.other)
    assert place_of(library, "https://boot.example/0")[1] == made
    gather(library, "boot.example", BOOTING, BOOTING_TOO + "More of it.\n", source=source)
    assert place_of(library, "https://boot.example/1") == (page, done.other)
    library.records.write(lambda conn: undo(conn, library.scope, done.id, clock=library.clock))
    assert place_of(library, "https://boot.example/1") == (page, made)


def test_a_page_is_split_off_what_the_told_apart_is_a_part_of(library: Library) -> None:
    """What was merged into another thing is split with it."""
    home, made, _ = two_kernels(library)
    other = meant(library, "isaac newton")["boot.example"]
    page, _ = place_of(library, "https://boot.example/1")
    library.records.write(lambda conn: merge(conn, library.scope, made, other, clock=library.clock))
    done = library.records.write(lambda conn: split(conn, library.scope, other, [page], "nut", clock=library.clock))
    assert place_of(library, "https://boot.example/1") == (page, done.other)
    assert place_of(library, "https://boot.example/0")[1] == other
    assert place_of(library, "https://learning.example/0")[1] == home


def test_what_came_home_is_parted_by_a_curator(library: Library) -> None:
    """The source means the other thing again, also on pages that are read again, until that is undone."""
    home, made, source = two_kernels(library)
    brought_home(library, home, source)
    assert set(meant(library, "kernel").values()) == {home}
    done = library.records.write(lambda conn: part(conn, library.scope, home, made, clock=library.clock))
    assert meant(library, "kernel") == {"learning.example": home, "boot.example": made}
    gather(library, "boot.example", BOOTING + "More of it.\n", BOOTING_TOO, source=source)
    assert meant(library, "kernel") == {"learning.example": home, "boot.example": made}
    library.records.write(lambda conn: undo(conn, library.scope, done.id, clock=library.clock))
    assert set(meant(library, "kernel").values()) == {home}


def judged_by(library: Library, name: int, *, apart: float, together: float) -> list[Judged]:
    """What a judge of these bounds would have written of the name."""
    judge = replace(shipped(), apart=apart, together=together)
    workspace = library.scope.workspace
    return library.records.read(lambda conn: judged(conn, workspace, [name], judge))


def test_what_somebody_named_does_not_come_home_by_itself(library: Library) -> None:
    """Nothing is judged any more of what a person has decided on, be it only what it is called."""
    home, made, source = two_kernels(library)
    (found,) = judged_by(library, home, apart=0.0, together=0.0)
    assert (found.source, found.is_apart) == (source, False)
    library.records.write(lambda conn: rename(conn, library.scope, made, "boot program", clock=library.clock))
    assert judged_by(library, home, apart=0.0, together=0.0) == []


def test_who_says_a_name_first_keeps_it(library: Library) -> None:
    """Also when a source that was made earlier says it later."""
    early = library.source("https://boot.example/")
    library.clock.advance(1)
    gather(library, "learning.example", LEARNING)
    home = meant(library, "kernel")["learning.example"]
    gather(library, "boot.example", BOOTING, source=early)
    apart = meant(library, "kernel")
    assert apart["learning.example"] == home != apart["boot.example"]


def test_what_is_apart_stays_so_when_the_first_source_is_gone(library: Library) -> None:
    """What is left does not become what the first source meant."""
    home, made, _ = two_kernels(library)
    gather(library, "restart.example", BOOTING_TOO.replace("volumes", "tapes"))
    before = meant(library, "kernel")
    assert before["restart.example"] == made
    gone = sa.update(pages).where(pages.c.url == "https://learning.example/0").values(state="gone")
    library.records.write(lambda conn: conn.execute(gone))
    assert judged_by(library, home, apart=0.0, together=0.0) == []
    judge_again(library, home)
    assert meant(library, "kernel") == before


def test_who_stands_in_for_the_first_source_parts_nothing_that_was_together(library: Library) -> None:
    """Each was compared with the first one: with the others it may have less in common."""
    first = gather(library, "learning.example", LEARNING)
    home = meant(library, "kernel")["learning.example"]
    for host in ("samples.example", "data.example"):
        library.page(library.source(f"https://{host}/"), f"https://{host}/0", LEARNING)
    library.arrange()
    together = judged_by(library, home, apart=0.0, together=0.0)
    library.records.write(lambda conn: keep_senses(conn, library.scope.workspace, together, clock=library.clock))
    assert len(judged_by(library, home, apart=2.0, together=3.0)) == 2
    keep_private(library, first)
    assert judged_by(library, home, apart=2.0, together=3.0) == []


def test_what_one_person_alone_sees_does_not_tell_what_is_meant(library: Library) -> None:
    """What their sources mean by a name is not asked for what everybody sees."""
    home, made, boot = two_kernels(library)
    private = library.source("https://private.example/", person=library.person("other"))
    gather(library, "private.example", LEARNING, source=private)
    found = library.records.read(lambda conn: senses_of(conn, [home]))[home]
    assert found.pop(boot) == made
    assert list(found.values()) == [home]


def test_what_is_decided_while_it_is_judged_holds(library: Library) -> None:
    """What was found before somebody decided is not written."""
    home, made, source = two_kernels(library)
    before = sense(library, home, source)
    library.records.write(lambda conn: rename(conn, library.scope, made, "boot program", clock=library.clock))
    brought_home(library, home, source)
    assert sense(library, home, source) == before


def test_what_is_decided_while_it_is_compared_waits_again(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing ends after the decision and knew nothing of it."""
    gather(library, "learning.example", LEARNING)
    home = meant(library, "kernel")["learning.example"]
    gathered = library.source("https://boot.example/")
    library.page(gathered, "https://boot.example/0", BOOTING)
    library.arrange()

    def decide(_: str) -> None:
        library.records.write(lambda conn: rename(conn, library.scope, home, "similarity", clock=library.clock))

    monkeypatch.setattr(crash, "point", decide)
    resolve_some(library.records, limit=1000, clock=library.clock)
    compared = sa.select(entities.c.compared).where(entities.c.id == home)
    assert library.records.read(lambda conn: conn.execute(compared).scalar_one()) is False


def test_a_link_moves_to_what_is_meant_when_a_name_is_told_apart(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one step: nothing falls apart for as long as other names wait."""
    gather(library, "learning.example", LEARNING)
    home = meant(library, "kernel")["learning.example"]
    boot = library.source("https://boot.example/")
    library.page(boot, "https://boot.example/0", BOOTING + "Grace Hopper led it. It was Grace Hopper who did.\n")
    library.arrange()
    hopper = sa.select(entities.c.id).where(entities.c.key == "grace hopper")
    other = library.records.read(lambda conn: conn.execute(hopper).scalar_one())
    row = {"entity": other, "into": home, "score": 0.99, "at": 0.0}

    def link(conn: sa.Connection) -> None:
        conn.execute(sa.insert(entity_links).values(row))
        settle(conn, library.scope.workspace, [home])

    library.records.write(link)
    into = sa.select(entity_links.c.into).where(entity_links.c.entity == other)
    seen: list[int | None] = []
    monkeypatch.setattr(
        crash, "point", lambda _: seen.append(library.records.read(lambda conn: conn.execute(into).scalar()))
    )
    while resolve_some(library.records, limit=7, clock=library.clock):
        pass
    made = meant(library, "kernel")["boot.example"]
    shown = sa.select(entities.c.id, entities.c.merged_into).where(entities.c.id.in_([other, made]))
    now = dict(library.records.read(lambda conn: [(row.id, row.merged_into or row.id) for row in conn.execute(shown)]))
    assert None not in seen
    assert library.records.read(lambda conn: conn.execute(into).scalar()) == made != home
    assert now[other] == now[made]


def test_what_is_as_it_was_is_not_written_again(library: Library) -> None:
    """A frequent name has thousands of mentions."""
    home, made, _ = two_kernels(library)
    library.records.write(lambda conn: rename(conn, library.scope, made, "boot program", clock=library.clock))
    written: list[int] = []

    def count(_conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("UPDATE mentions", "UPDATE relations")):
            written.append(cursor.rowcount)

    def again(conn: sa.Connection) -> None:
        sa.event.listen(conn, "after_cursor_execute", count)
        settle(conn, library.scope.workspace, [home, made])

    library.records.write(again)
    assert written
    assert not any(written)


def test_nothing_is_called_by_a_source_that_one_person_alone_sees(library: Library) -> None:
    """It is called by another source that means it, and what the switched source says is compared anew."""
    home, made, source = two_kernels(library)
    gather(library, "restart.example", BOOTING_TOO.replace("volumes", "tapes"))
    assert meant(library, "kernel")["restart.example"] == made
    named = sa.select(entities.c.name).where(entities.c.id == made)
    assert library.records.read(lambda conn: conn.execute(named).scalar()) == "kernel (boot.example)"
    keep_private(library, source)
    assert library.records.read(lambda conn: conn.execute(named).scalar()) == "kernel (restart.example)"
    waits = sa.select(entities.c.compared).where(entities.c.id == home)
    assert library.records.read(lambda conn: conn.execute(waits).scalar()) is False


def test_a_source_that_is_shown_is_judged(library: Library) -> None:
    """While one person alone saw it nothing was told apart; now it is."""
    gather(library, "learning.example", LEARNING)
    private = library.source("https://boot.example/", person=library.scope.person)
    gather(library, "boot.example", BOOTING, source=private)
    assert len(set(meant(library, "kernel").values())) == 1
    keep_private(library, private, private=False)
    while resolve_some(library.records, limit=7, clock=library.clock):
        pass
    assert len(set(meant(library, "kernel").values())) == 2


def test_the_judge_has_a_weight_for_each_feature() -> None:
    """The one that ships is of this code, and parts below the chance above which it brings back."""
    assert shipped().scorer.weights.shape == (len(FEATURES) + 1,)
    assert shipped().usual.shape == (len(FEATURES),)
    assert shipped().apart < shipped().together
