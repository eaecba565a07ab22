"""What people decide of entities: what it does to what is shown, whom it is refused to, and what it survives."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities import entity, list_entities, refresh_scores
from bowerbird.knowledge.resolve import Decision, hide, history, merge, part, rename, retype, split, undo
from bowerbird.records import open_records
from bowerbird.records.tables import entities, sources
from bowerbird.testing.builders import Library

TREES = "A decision tree is a predictive model. A predictive model is useful. The decision tree asks questions.\n"
FORESTS = "A random forest holds many decision trees. Every random forest votes. A random forest is a strong model.\n"
WOODS = (
    "A random wood is a random forest. Each random wood votes. Walkers like a random wood.\n"
    "A random forest is a wood to walk in. The random forest is green.\n"
)


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Three pages of one source."""
    records = open_records(records_url)
    filled = Library(records, ManualClock())
    source = filled.source()
    for name, text in (("a", TREES), ("b", FORESTS), ("c", WOODS)):
        filled.page(source, f"https://docs.example.org/{name}", text)
    filled.arrange()
    yield filled
    records.close()


def of(library: Library, name: str) -> int:
    """The id of what a search for the name finds first."""
    return library.records.read(lambda conn: list_entities(conn, library.scope, name))[0].id


def names(library: Library, query: str = "", scope: Scope | None = None) -> list[str]:
    """What a search finds."""
    found = library.records.read(lambda conn: list_entities(conn, scope or library.scope, query))
    return [card.name for card in found]


def decide(library: Library, work: Callable[..., Decision], *about: Any) -> Decision:
    """Let it be decided by the library's person."""
    return library.records.write(lambda conn: work(conn, library.scope, *about, clock=library.clock))


def page_of(library: Library, thing: int) -> Any:
    """The entity's page."""
    return library.records.read(lambda conn: entity(conn, library.scope, thing))


def test_what_is_merged_is_one_thing_by_all_its_names(library: Library) -> None:
    """Both ids lead to it, both names find it, and the pages of both speak of it; undone, they are two again."""
    wood, forest = of(library, "random wood"), of(library, "random forest")
    before = page_of(library, forest).card.mentions_count, page_of(library, wood).card.mentions_count
    done = decide(library, merge, wood, forest)
    page = page_of(library, wood)
    assert (page.card.id, page.card.name, page.card.mentions_count) == (forest, "random forest", sum(before))
    assert "random wood" in page.card.aliases
    assert names(library, "random wood")[0] == "random forest"
    assert "random wood" not in names(library)
    decide(library, undo, done.id)
    assert page_of(library, wood).card.id == wood
    assert (page_of(library, forest).card.mentions_count, page_of(library, wood).card.mentions_count) == before


def test_neighbours_and_relations_lead_to_what_a_thing_has_become(library: Library) -> None:
    """No door shows what was merged away."""
    model, wood, tree = (of(library, name) for name in ("predictive model", "random wood", "decision tree"))
    decide(library, merge, tree, wood)
    near = {other.id for other in page_of(library, model).neighbours}
    assert wood in near
    assert tree not in near


def test_a_split_stays_when_its_pages_are_read_again(library: Library) -> None:
    """The page means the new thing in its next version as well; others go on meaning the old one."""
    forest = of(library, "random forest")
    there = {mention.page for mention in page_of(library, forest).mentions if mention.url.endswith("/c")}
    made = decide(library, split, forest, there, "forest (of trees)").other
    assert made is not None
    assert {mention.page for mention in page_of(library, made).mentions} == there
    url = page_of(library, made).mentions[0].url
    library.page(_source(library), url, WOODS + "Some random forest grows here.\n")
    library.arrange()
    assert {mention.url for mention in page_of(library, made).mentions} == {url}
    assert {mention.url for mention in page_of(library, forest).mentions} == {url[:-1] + "b"}
    library.records.write(lambda conn: refresh_scores(conn, library.scope.workspace))
    assert "forest (of trees)" in names(library, "random forest")


def _source(library: Library) -> str:
    return library.records.read(lambda conn: conn.execute(sa.select(sources.c.id)).scalars().first()) or ""


def test_a_given_name_and_type_stay_whatever_is_read(library: Library) -> None:
    """It is found by the given name and by those of the pages; undone, it is what the pages say."""
    tree = of(library, "decision tree")
    named, typed = decide(library, rename, tree, "  The\tTree "), decide(library, retype, tree, "product")
    library.page(_source(library), "https://docs.example.org/d", TREES)
    library.arrange()
    card = page_of(library, tree).card
    assert (card.name, card.type) == ("The Tree", "product")
    assert names(library, "the tree")[0] == names(library, "decision tree")[0] == "The Tree"
    decide(library, undo, named.id)
    decide(library, undo, typed.id)
    assert page_of(library, tree).card.name == "decision tree"


def test_what_is_hidden_is_in_no_list_and_beside_nothing(library: Library) -> None:
    """Its page stays, for who has its address."""
    tree = of(library, "decision tree")
    hidden = decide(library, hide, tree)
    assert "decision tree" not in [*names(library), *names(library, "decision tree")]
    assert tree not in {near.id for near in page_of(library, of(library, "predictive model")).neighbours}
    assert page_of(library, tree).card.name == "decision tree"
    decide(library, undo, hidden.id)
    assert names(library, "decision tree")[0] == "decision tree"


def test_two_curators_who_merge_two_things_into_each_other_at_once_make_no_circle(library: Library) -> None:
    """One of them is told that they are one already."""
    wood, forest = of(library, "random wood"), of(library, "random forest")
    start = threading.Barrier(2)
    told: list[str] = []

    def one(entity_id: int, into: int) -> None:
        start.wait()
        try:
            decide(library, merge, entity_id, into)
        except InputWrong as wrong:
            told.append(str(wrong))

    threads = [threading.Thread(target=one, args=pair) for pair in ((wood, forest), (forest, wood))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert "already" in told[0]
    assert page_of(library, wood).card.id == page_of(library, forest).card.id


def test_a_decision_is_undone_once(library: Library) -> None:
    """The second is told so; what was never decided is not there."""
    done = decide(library, merge, of(library, "random wood"), of(library, "random forest"))
    decide(library, undo, done.id)
    with pytest.raises(InputWrong, match="already"):
        decide(library, undo, done.id)
    with pytest.raises(NotFound):
        decide(library, undo, 9_999)


def test_a_split_that_something_rests_on_is_undone_last(library: Library) -> None:
    """Else a later decision would be about nothing."""
    forest, wood = of(library, "random forest"), of(library, "random wood")
    on = [page_of(library, forest).mentions[0].page]
    made = decide(library, split, forest, on, "another forest")
    merged = decide(library, merge, made.other, wood)
    with pytest.raises(InputWrong, match="undo those first"):
        decide(library, undo, made.id)
    decide(library, undo, merged.id)
    decide(library, undo, made.id)
    assert page_of(library, made.other or 0).card.id == forest


@pytest.mark.parametrize(
    ("work", "about", "told"),
    [
        (rename, ("x" * 10_240,), "10,240 characters"),
        (rename, (" \t\x00 ",), "empty"),
        (retype, ("dinosaur",), "no type"),
        (retype, ("t" * 10_240,), "no type"),
        (split, ([], "other"), "choose pages"),
        (split, ([9_999], "other"), "choose pages"),
        (split, (list(range(2_000)), "other"), "too many"),
        (part, (9_999,), "not merged"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    library: Library, work: Callable[..., Decision], about: tuple[Any, ...], told: str
) -> None:
    """And nothing has changed."""
    forest = of(library, "random forest")
    with pytest.raises(InputWrong, match=told):
        decide(library, work, forest, *about)
    with pytest.raises(InputWrong, match="one thing"):
        decide(library, merge, forest, forest)
    assert library.records.read(lambda conn: history(conn, library.scope, forest)).decisions == ()


def test_all_pages_of_a_thing_cannot_be_split_off(library: Library) -> None:
    """There would be nothing left of it."""
    wood = of(library, "random wood")
    with pytest.raises(InputWrong, match="rename"):
        decide(library, split, wood, [mention.page for mention in page_of(library, wood).mentions], "other")


def test_nobody_decides_about_what_they_may_not_see(library: Library) -> None:
    """Nor reads its name in a history, nor lets it stand for what everyone sees."""
    other = library.person("other")
    private = library.source("https://private.example.org/", person=other)
    library.page(private, "https://private.example.org/x", "A secret grove is a place. The secret grove is far.\n")
    library.arrange()
    theirs = Scope(library.scope.workspace, other)
    grove = library.records.read(lambda conn: list_entities(conn, theirs, "secret grove"))[0].id
    forest = of(library, "random forest")
    with pytest.raises(NotFound):
        decide(library, merge, grove, forest)
    with pytest.raises(InputWrong, match="other way round"):
        library.records.write(lambda conn: merge(conn, theirs, forest, grove, clock=library.clock))
    library.records.write(lambda conn: merge(conn, theirs, grove, forest, clock=library.clock))
    seen = library.records.read(lambda conn: history(conn, library.scope, forest))
    assert seen.members == ()
    assert "grove" not in str(seen.to_json())
    assert "secret grove" not in page_of(library, forest).card.aliases
    assert names(library, "secret grove") == []
    assert names(library, "secret grove", theirs)[0] == "random forest"


def test_an_entity_of_another_workspace_is_not_there(library: Library) -> None:
    """Whatever its number."""
    with pytest.raises(NotFound):
        library.records.write(
            lambda conn: merge(conn, Scope("elsewhere", library.scope.person), 1, 2, clock=library.clock)
        )
    rows = library.records.read(lambda conn: conn.execute(sa.select(entities.c.merged_into).distinct()).scalars().all())
    assert rows == [None]
