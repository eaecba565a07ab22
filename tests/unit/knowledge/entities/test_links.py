"""What links two entities: the shortest ways, each step with the words that say it, and only what the asker may see."""

from collections.abc import Collection, Iterator, Sequence

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities import Links, Said, evidence, links, links_between
from bowerbird.knowledge.resolve import hide, merge
from bowerbird.records import open_records
from bowerbird.testing.builders import Library
from tests.naming import ids_of, name_page


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def between(library: Library, one: str, other: str, *, limit: int = 5) -> Links:
    ids = ids_of(library)
    return library.records.read(lambda conn: links_between(conn, library.scope, ids[one], ids[other], limit=limit))


def ways(links: Links) -> list[list[str]]:
    """The names that each way passes."""
    return [[path[0].one.name, *(step.other.name for step in path)] for path in links.paths]


def page(library: Library, source: str, *sentences: Sequence[str], name: str = "a") -> None:
    name_page(library, source, f"https://docs.example.org/{name}", sentences)


def test_a_sentence_that_names_both_is_the_first_way(library: Library) -> None:
    """With its place, and what lies between them after it."""
    page(library, library.source(), ["tree", "forest"], ["tree", "leaf"], ["leaf", "forest"])
    found = between(library, "tree", "forest")
    assert ways(found) == [["tree", "forest"], ["tree", "leaf", "forest"]]
    step = found.paths[0][0]
    said = step.evidence[0]
    assert (step.by, said.sentence) == ("sentence", "Here are tree and forest.")
    assert [name.of(said.sentence) for name in said.names] == ["tree", "forest"]
    assert found.to_json()["paths"][0][0]["evidence"][0]["quote"] == said.sentence


def test_ways_of_three_steps_are_found_where_there_is_nothing_shorter(library: Library) -> None:
    source = library.source()
    page(library, source, ["tree", "leaf"], name="a")
    page(library, source, ["leaf", "shade"], name="b")
    page(library, source, ["shade", "forest"], name="c")
    page(library, source, ["forest", "moss"], name="d")
    page(library, source, ["moss", "stone"], name="e")
    assert ways(between(library, "tree", "forest")) == [["tree", "leaf", "shade", "forest"]]
    assert ways(between(library, "forest", "tree")) == [["forest", "shade", "leaf", "tree"]]
    assert ways(between(library, "tree", "stone")) == []  # five steps away


def test_one_page_links_what_no_sentence_does(library: Library) -> None:
    """A sentence that names the one, then one that names the other."""
    page(library, library.source(), ["tree"], ["forest"])
    found = between(library, "tree", "forest")
    step = found.paths[0][0]
    assert (step.by, [said.sentence for said in step.evidence]) == ("page", ["Here are tree.", "Here are forest."])
    assert [name.of(said.sentence) for said in step.evidence for name in said.names] == ["tree", "forest"]


def test_what_a_page_states_is_told_as_such(library: Library) -> None:
    """Also where no sentence names both: the name of the subject may stand above a table."""
    source = library.source()
    name_page(library, source, "https://docs.example.org/a", [["oak"], ["tree"]], is_a=("oak", "tree"))
    page(library, source, ["tree", "forest"], name="b")
    ids = ids_of(library)
    step = between(library, "tree", "oak").paths[0][0]
    assert (step.by, step.relation, step.subject) == ("relation", "is_a", ids["oak"])
    assert [name.of(said.sentence) for said in step.evidence for name in said.names] == ["tree"]
    assert ways(between(library, "oak", "forest")) == [["oak", "tree", "forest"]]


def test_a_thing_and_itself_need_no_link(library: Library) -> None:
    """By its own number, and by that of what was merged into it."""
    page(library, library.source(), ["tree", "wood"])
    ids = ids_of(library)
    assert between(library, "tree", "tree").is_same
    library.records.write(lambda conn: merge(conn, library.scope, ids["wood"], ids["tree"], clock=library.clock))
    found = between(library, "tree", "wood")
    assert (found.is_same, found.paths, found.other.name) == (True, (), "tree")


def test_nothing_leads_over_what_is_hidden(library: Library) -> None:
    """Nor to it, and not from it."""
    page(library, library.source(), ["tree", "leaf"], ["leaf", "forest"], name="a")
    page(library, library.source("https://other.example.org/"), ["forest", "shade"], name="b")
    ids = ids_of(library)
    library.records.write(lambda conn: hide(conn, library.scope, ids["leaf"], clock=library.clock))
    assert [step.by for path in between(library, "tree", "forest").paths for step in path] == ["page"]
    assert between(library, "leaf", "forest").paths == ()
    assert between(library, "tree", "leaf").paths == ()


def test_nothing_of_a_page_that_the_asker_may_not_see(library: Library) -> None:
    """Neither its sentences, nor what only it names; what else it names has other ways."""
    theirs = library.source("https://private.example.org/", person=library.person("somebody"))
    page(library, library.source(), ["tree", "leaf"], name="a")
    page(library, library.source("https://more.example.org/"), ["forest", "leaf"], name="b")
    page(library, theirs, ["tree", "forest"], ["tree", "secret"], ["secret", "forest"], name="c")
    assert ways(between(library, "tree", "forest")) == [["tree", "leaf", "forest"]]
    with pytest.raises(NotFound):
        between(library, "tree", "secret")


def test_what_a_page_no_longer_says_links_nothing(library: Library) -> None:
    source = library.source()
    page(library, source, ["tree", "forest"], name="a")
    page(library, source, ["tree"], name="b")
    page(library, source, ["forest"], name="c")
    assert ways(between(library, "tree", "forest")) == [["tree", "forest"]]
    page(library, source, ["tree"], name="a")
    assert ways(between(library, "tree", "forest")) == []


def test_so_many_ways_as_are_asked_for_and_the_same_ones_each_time(library: Library) -> None:
    page(library, library.source(), *([f"leaf{n}", end] for n in range(9) for end in ("tree", "forest")))
    found = between(library, "tree", "forest", limit=4)
    # They stand on one page, which comes first; then what lies between them, the oldest of equals first.
    assert ways(found) == [["tree", "forest"], *(["tree", f"leaf{n}", "forest"] for n in range(3))]
    assert between(library, "tree", "forest", limit=4) == found


def test_a_way_whose_words_are_not_found_is_left_out(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the sentence lies beyond the mentions that are looked at; the other ways are told."""
    source = library.source()
    page(library, source, ["tree", "leaf"], ["leaf", "root"], name="a")
    page(library, source, ["leaf", "shade"], ["root", "shade"], name="b")
    page(library, source, ["shade", "forest"], name="c")
    page(library, source, ["tree", "root"], name="d")
    both = [["tree", "leaf", "shade", "forest"], ["tree", "root", "shade", "forest"]]
    assert ways(between(library, "tree", "forest")) == both
    leaf = ids_of(library)["leaf"]

    def found(conn: sa.Connection, scope: Scope, driver: int, others: Collection[int]) -> dict[int, tuple[Said, ...]]:
        return {} if driver == leaf else evidence.naming_both(conn, scope, driver, others)

    monkeypatch.setattr(links, "naming_both", found)
    assert ways(between(library, "tree", "forest")) == both[1:]
