"""What is proposed to ask next: only what a page that one may see says, and was not asked before."""

from collections.abc import Iterator

import pytest

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import defined_beside
from bowerbird.records import open_records
from bowerbird.testing.builders import Library
from bowerbird.web.suggest import next_questions

FORESTS = (
    "A random forest is an ensemble of many trees, grown on samples of the examples. "
    "Every decision tree of a random forest votes. The decision tree asks questions. "
    "A random forest has a learning rate no more than a decision tree has one.\n"
)
TREES = "A decision tree is a model that predicts by asking questions about an example. Decision trees are quick.\n"


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def proposed(library: Library, cited: int, *asked: str, answer: str = "", scope: Scope | None = None) -> list[str]:
    seen_by = scope or library.scope
    defined = library.records.read(lambda conn: defined_beside(conn, seen_by, {cited}))
    return list(next_questions(defined, asked, answer))


def test_what_a_cited_page_speaks_of_and_another_explains_is_proposed(library: Library) -> None:
    """By the words in which it is explained; a thing that nothing explains is not."""
    source = library.source()
    forests = library.page(source, "https://docs.example.org/forests", FORESTS)
    library.page(source, "https://docs.example.org/trees", TREES)
    library.arrange()
    assert proposed(library, forests.version, "What is a random forest?") == ["What is a decision tree?"]


def test_what_was_asked_or_answered_is_not_proposed(library: Library) -> None:
    source = library.source()
    forests = library.page(source, "https://docs.example.org/forests", FORESTS)
    library.page(source, "https://docs.example.org/trees", TREES)
    library.arrange()
    assert proposed(library, forests.version, "How do random forests differ from decision trees?") == []
    assert proposed(library, forests.version, answer=f"{FORESTS} {TREES}") == []


def test_what_no_page_says_by_now_or_to_this_reader_is_not_proposed(library: Library) -> None:
    """The page that explained it is somebody else's, or says something else."""
    forests = library.page(library.source(), "https://docs.example.org/forests", FORESTS)
    ana = library.person("ana")
    private = library.source("https://notes.example.org/", person=ana)
    library.page(private, "https://notes.example.org/trees", TREES)
    library.arrange()
    asked = "What is a random forest?"
    assert proposed(library, forests.version, asked) == []
    hers = Scope(workspace=library.scope.workspace, person=ana)
    assert proposed(library, forests.version, asked, scope=hers) == ["What is a decision tree?"]
    library.page(private, "https://notes.example.org/trees", "Nothing of that kind is said here any more.")
    library.arrange()
    assert proposed(library, forests.version, asked, scope=hers) == []
