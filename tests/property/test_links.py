"""Laws of ways between entities: each step is said where it says so, none shows what is hidden, none is missed."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities import Links, links_between
from bowerbird.knowledge.resolve import hide
from bowerbird.records import Records, open_records
from bowerbird.records.tables import persons, versions, workspaces
from bowerbird.testing.builders import Library
from tests.naming import ids_of, name_page

NAMES = ("oak", "elm", "ash", "fir", "yew", "fig")

Sentences = list[list[str]]
# Few names on few pages, so that ways of every length come about.
_sentences = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True), max_size=3)
_pages = st.lists(st.tuples(_sentences, st.booleans()), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    """Records that all examples share, each in a workspace of its own."""
    opened = open_records(f"sqlite:///{tmp_path_factory.mktemp('links')}/records.db")
    yield opened
    opened.close()


def new_library(records: Records) -> Library:
    """A library in a workspace of its own."""
    clock = ManualClock()
    library = Library(records, clock)
    workspace, person = new_id(clock), new_id(clock)

    def make(conn: sa.Connection) -> None:
        conn.execute(sa.insert(workspaces).values(id=workspace, name="W", created_at=0.0))
        conn.execute(
            sa.insert(persons).values(id=person, workspace=workspace, external_id=person, name="P", created_at=0.0)
        )

    records.write(make)
    library.scope = Scope(workspace, person)
    return library


def distance(seen: Sequence[Sentences], hidden: set[str], one: str, other: str) -> int:
    """Steps from one to the other over sentences, by the plainest search there is; 9 when there is no way."""
    beside: dict[str, set[str]] = {name: set() for name in NAMES}
    for names in (set(names) - hidden for page in seen for names in page):
        for a, b in combinations(names, 2):
            beside[a].add(b)
            beside[b].add(a)
    reached, steps = {one}, 0
    while other not in reached and steps < 9:
        reached |= {near for name in reached for near in beside[name]}
        steps += 1
    return steps


@settings(max_examples=60)
@given(pages=_pages, hidden=st.sets(st.sampled_from(NAMES[2:]), max_size=2))
def test_ways_are_true_allowed_and_the_shortest(
    records: Records, pages: list[tuple[Sentences, bool]], hidden: set[str]
) -> None:
    library = new_library(records)
    mine, theirs = library.source(), library.source("https://b.example/", person=library.person(new_id(library.clock)))
    for number, (sentences, is_mine) in enumerate(pages):
        if sentences:
            name_page(library, mine if is_mine else theirs, f"https://a.example/{number}", sentences)
    ids = ids_of(library)
    seen = [sentences for sentences, is_mine in pages if is_mine]
    hidden &= {name for page in seen for names in page for name in names}  # who hides it sees it
    for name in hidden:
        library.records.write(lambda conn, name=name: hide(conn, library.scope, ids[name], clock=library.clock))  # type: ignore[misc]
    for one, other in combinations(NAMES[:4], 2):
        if not {one, other} <= ids.keys():
            continue
        try:
            found = records.read(lambda conn, a=one, b=other: links_between(conn, library.scope, ids[a], ids[b]))  # type: ignore[misc]
        except NotFound:
            assert any(all(name not in names for page in seen for names in page) for name in (one, other))
            continue
        check(library, found, hidden, mine)
        if {one, other} & hidden:
            assert found.paths == ()
            continue
        shortest = distance(seen, hidden, one, other)
        on_page = any({one, other} <= {name for names in page for name in names} for page in seen)
        expected = 1 if on_page else shortest
        assert (len(found.paths[0]) if found.paths else 9) == (expected if expected <= 3 else 9)


def check(library: Library, found: Links, hidden: set[str], source: str) -> None:
    """Each way leads from the one to the other, and each step is said where it says so."""
    assert [len(path) for path in found.paths] == sorted(len(path) for path in found.paths)
    for path in found.paths:
        passed = [path[0].one, *(step.other for step in path)]
        assert (passed[0], passed[-1], len(set(passed))) == (found.one, found.other, len(passed))
        assert not {each.name for each in passed} & hidden
        for step in path:
            assert step.evidence
            told = [{name.of(said.sentence) for name in said.names} for said in step.evidence]
            both = {step.one.name, step.other.name}
            assert told == [{step.one.name}, {step.other.name}] if step.by == "page" else all(t == both for t in told)
            for said in step.evidence:
                text = library.records.read(
                    lambda conn, v=said.version: (
                        conn.execute(sa.select(versions.c.text).where(versions.c.id == v))  # type: ignore[misc]
                        .scalars()
                        .one()
                    )
                )
                assert text[said.start : said.end] == said.sentence
                assert said.url.startswith("https://a.example/")
