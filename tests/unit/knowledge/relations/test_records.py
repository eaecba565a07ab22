"""Relations in the records: told once however many pages state them, to who may see those, as decided of the names."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities import Candidate, Mention, Mentioned, store
from bowerbird.knowledge.relations import Relation, Stated, find, relations_of
from bowerbird.knowledge.relations.find import MAX_KINDS, kinds_of
from bowerbird.knowledge.resolve import Decision, hide, merge, split, undo
from bowerbird.records import open_records
from bowerbird.records.tables import entities, pages, relations
from bowerbird.testing.builders import Library

TEXT = "Ada Byron works for Babbage & Co. She was born in 1815."


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def keep(library: Library, source: str, url: str, *, confidence: float = 0.9, text: str = TEXT) -> int:
    """A page that states two things of Ada; its id."""
    stored = library.page(source, url, text)
    ada, firm = text.index("Ada Byron"), text.index("Babbage & Co")
    year = text.index("1815")
    born = Span(year, year + 4), Span(34, len(text))
    names = [
        Candidate("ada byron", "Ada Byron", "person", (), (Mention(ada, ada + 9, 0, 33),)),
        Candidate("babbage & co", "Babbage & Co", "organisation", (), (Mention(firm, firm + 12, 0, 33),)),
    ]
    at = Span(ada, ada + 9)
    stated = [
        Stated(
            "works_for", "ada byron", "babbage & co", "Babbage & Co", "", at, Span(firm, firm + 12), Span(0, 33),
            "sentence", "own role", confidence,
        ),
        Stated("born_on", "ada byron", None, "1815", "1815", at, *born, "sentence", "born", 0.8),
    ]  # fmt: skip
    said = Mentioned(source, stored.page, stored.version, names, stated)
    library.records.write(lambda conn: store(conn, library.scope.workspace, [said], clock=library.clock))
    return stored.page


def of(library: Library, name: str) -> int:
    """The id of the entity that pages call so."""
    wanted = sa.select(entities.c.id).where(entities.c.read_name == name, entities.c.sense == 0)
    return library.records.read(lambda conn: int(conn.execute(wanted).scalar_one()))


def told(library: Library, entity: int, scope: Scope | None = None, *, limit: int = 50) -> list[Relation]:
    """What is said of the entity."""
    return library.records.read(lambda conn: relations_of(conn, scope or library.scope, entity, limit=limit))


def decide(library: Library, work: Callable[..., Decision], *about: Any) -> Decision:
    """Let it be decided by the library's person."""
    return library.records.write(lambda conn: work(conn, library.scope, *about, clock=library.clock))


def test_what_several_pages_state_is_one_statement_with_the_surest_first(library: Library) -> None:
    """Each page is told once, its sentence is its span, and both ends know of it."""
    source = library.source()
    keep(library, source, "https://a.example/1", confidence=0.7)
    second = keep(library, source, "https://a.example/2", confidence=0.9, text="# On her\n\n" + TEXT)
    works, born = told(library, of(library, "Ada Byron"))
    assert (works.kind, works.object and works.object.name, works.confidence, works.pages_count) == (
        "works_for",
        "Babbage & Co",
        0.9,
        2,
    )
    assert (born.kind, born.object, born.value, born.normalised) == ("born_on", None, "1815", "1815")
    assert works.evidence[0].page == second
    for each in works.evidence:
        assert each.sentence_at.end - each.sentence_at.start == len(each.sentence)
    assert works.evidence[1].sentence == TEXT[:33]
    assert told(library, of(library, "Babbage & Co")) == [works]
    assert works.other(works.subject.id) == works.object
    assert told(library, of(library, "Ada Byron"), limit=1) == [works]


def test_only_what_a_visible_live_version_states_is_told(library: Library) -> None:
    """A private page tells its owner alone; what a page no longer says is gone, and so is what a gone page said."""
    mine = library.source("https://mine.example/", person=library.person("somebody else"))
    keep(library, mine, "https://mine.example/1")
    assert told(library, of(library, "Ada Byron")) == []
    ours = library.source()
    changed = keep(library, ours, "https://a.example/1")
    assert len(told(library, of(library, "Ada Byron"))) == 2
    assert [each.pages_count for each in told(library, of(library, "Ada Byron"))] == [1, 1]
    narrowed = Scope(library.scope.workspace, library.scope.person, (mine,))
    assert told(library, of(library, "Ada Byron"), narrowed) == []
    library.page(ours, "https://a.example/1", "Nothing of her.")
    assert told(library, of(library, "Ada Byron")) == []
    lost = keep(library, ours, "https://a.example/2")
    assert [each.pages_count for each in told(library, of(library, "Ada Byron"))] == [1, 1]
    gone = sa.update(pages).where(pages.c.id == lost).values(state="gone")
    library.records.write(lambda conn: conn.execute(gone))
    assert told(library, of(library, "Ada Byron")) == []
    library.arrange()
    rows = sa.select(sa.func.count()).select_from(relations).where(relations.c.page == changed)
    assert library.records.read(lambda conn: conn.execute(rows).scalar_one()) == 0


def test_nobody_is_led_to_what_is_hidden(library: Library) -> None:
    """Who has its address is still told what is said of it."""
    keep(library, library.source(), "https://a.example/1")
    firm = of(library, "Babbage & Co")
    decide(library, hide, firm)
    assert [each.kind for each in told(library, of(library, "Ada Byron"))] == ["born_on"]
    assert [each.kind for each in told(library, firm)] == ["works_for"]


def test_merge_and_split_move_relations_and_undo_returns_them_exactly(library: Library) -> None:
    """Also those of pages that are read while it holds."""
    source = library.source()
    keep(library, source, "https://a.example/1")
    page = keep(library, source, "https://a.example/2")
    ada, firm = of(library, "Ada Byron"), of(library, "Babbage & Co")
    before = told(library, ada), told(library, firm)

    made = decide(library, split, ada, [page], "Ada Byron (the ship)")
    assert made.other is not None
    assert [each.pages_count for each in told(library, made.other)] == [1, 1]
    keep(library, source, "https://a.example/2")
    assert [each.pages_count for each in told(library, made.other)] == [1, 1]
    assert [each.pages_count for each in told(library, ada)] == [1, 1]
    decide(library, undo, made.id)
    keep(library, source, "https://a.example/2")
    assert [(one.kind, one.pages_count) for one in told(library, ada)] == [
        (one.kind, one.pages_count) for one in before[0]
    ]

    before = told(library, ada), told(library, firm)
    joined = decide(library, merge, ada, firm)
    assert [each.kind for each in told(library, ada)] == ["born_on"]  # it does not work for itself
    assert told(library, ada) == told(library, firm)
    decide(library, undo, joined.id)
    assert (told(library, ada), told(library, firm)) == before


def test_another_workspace_knows_nothing_of_it(library: Library) -> None:
    """Its ids lead nowhere there."""
    keep(library, library.source(), "https://a.example/1")
    assert told(library, of(library, "Ada Byron"), Scope("another", library.scope.person)) == []
    assert told(library, 10_000) == []


def test_what_is_said_to_be_much_leaves_the_others_their_kinds(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the places on the cards nor the rows that are read for them are one thing's."""
    kinds = [f"kind {number}" for number in range(12)]
    text = " ".join(["oak", "ash", *kinds])
    places = {name: Mention(text.index(name), text.index(name) + len(name), 0, len(text)) for name in kinds}
    names = {"oak": Mention(0, 3, 0, len(text)), "ash": Mention(4, 7, 0, len(text)), **places}
    stated = [
        Stated(
            "is_a", subject, kind, kind, "", Span(names[subject].start, names[subject].end),
            Span(names[kind].start, names[kind].end), Span(0, len(text)), "sentence", "is a", confidence,
        )
        for subject, kind, confidence in (*(("oak", kind, 0.9) for kind in kinds), ("ash", kinds[0], 0.7))
    ]  # fmt: skip
    source = library.source()
    stored = library.page(source, "https://a.example/1", text)
    candidates = [Candidate(name, name, "term", (), (mention,)) for name, mention in names.items()]
    said = Mentioned(source, stored.page, stored.version, candidates, stated)
    library.records.write(lambda conn: store(conn, library.scope.workspace, [said], clock=library.clock))
    oak, ash = of(library, "oak"), of(library, "ash")
    monkeypatch.setattr(find, "_READ", 10)
    found = library.records.read(lambda conn: kinds_of(conn, library.scope, [oak, ash]))
    assert {thing: len(each) for thing, each in found.items()} == {oak: MAX_KINDS, ash: 1}
    assert library.records.read(lambda conn: kinds_of(conn, library.scope, [])) == {}
