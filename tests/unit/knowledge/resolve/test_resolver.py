"""What is found to be one thing: aliases, and neither homonyms nor what a person parted; some at a time."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import sqlalchemy as sa

from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.entities import list_entities
from bowerbird.knowledge.resolve import history, merge, part, resolve_some, undo
from bowerbird.knowledge.resolve.blocks import blocks
from bowerbird.knowledge.resolve.describe import describe
from bowerbird.knowledge.resolve.features import FEATURES
from bowerbird.knowledge.resolve.scorer import Scorer, shipped
from bowerbird.models.words import word_vectors
from bowerbird.records import open_records
from bowerbird.records.tables import entities
from bowerbird.testing.builders import Library

MACHINES = (
    "# Support vector machines\n\nA support vector machine (SVM) is a classifier. The support vector machine is fast.\n"
)
SHORT = "# SVM\n\nAn SVM is a classifier. Each SVM has a margin, and SVM training takes time.\n"
ALLOCATION = (
    "# Topics\n\nLatent Dirichlet Allocation (LDA) is a topic model. Latent Dirichlet Allocation finds topics.\n"
)
ANALYSIS = (
    "# Classes\n\nLinear Discriminant Analysis (LDA) is a classifier. Linear Discriminant Analysis parts classes.\n"
)
UNCLEAR = "# LDA\n\nLDA is used here. We fit LDA, and LDA is fast.\n"


@pytest.fixture
def library(records_url: str) -> Iterator[Library]:
    """Empty records."""
    records = open_records(records_url)
    yield Library(records, ManualClock())
    records.close()


def gather(library: Library, *texts: str, source: str | None = None) -> str:
    """Pages with these texts, read and resolved."""
    there = source or library.source()
    for n, text in enumerate(texts):
        library.page(there, f"https://docs.example.org/{there}/{n}", text)
    library.arrange()
    resolve(library)
    return there


def resolve(library: Library) -> int:
    """Resolve all that waits; how many did."""
    count = 0
    while done := resolve_some(library.records, limit=7, clock=library.clock):
        count += done
    return count


def thing(library: Library, key: str) -> int:
    """What the entity of this key is."""
    wanted = sa.select(sa.func.coalesce(entities.c.merged_into, entities.c.id)).where(entities.c.key == key)
    return int(library.records.read(lambda conn: conn.execute(wanted).scalar_one()))


def test_initials_that_a_page_explains_are_what_they_stand_for(library: Library) -> None:
    """On the pages that do not explain them too."""
    gather(library, MACHINES, SHORT)
    assert thing(library, "svm") == thing(library, "support vector machine")
    cards = library.records.read(lambda conn: list_entities(conn, library.scope, "svm"))
    assert cards[0].pages_count == 2


def test_initials_of_two_things_are_neither(library: Library) -> None:
    """A wrong merge is worse than a missed one."""
    gather(library, ALLOCATION, ANALYSIS, UNCLEAR)
    both = {thing(library, "latent dirichlet allocation"), thing(library, "linear discriminant analysis")}
    assert len(both) == 2
    assert thing(library, "lda") not in both


def test_what_a_person_parted_stays_apart_and_what_they_merged_one(library: Library) -> None:
    """Also when the pages are read and compared again; undone, it is as it was found."""
    source = gather(library, MACHINES, SHORT)
    short = library.records.read(
        lambda conn: conn.execute(sa.select(entities.c.id).where(entities.c.key == "svm")).scalar_one()
    )
    long = thing(library, "support vector machine")
    member = (
        short if long != short else library.records.read(lambda conn: history(conn, library.scope, long)).members[0].id
    )
    parted = library.records.write(lambda conn: part(conn, library.scope, long, member, clock=library.clock))
    gather(library, SHORT + "More of it.\n", MACHINES + "More of it.\n", source=source)
    assert thing(library, "svm") != thing(library, "support vector machine")
    library.records.write(lambda conn: undo(conn, library.scope, parted.id, clock=library.clock))
    assert thing(library, "svm") == thing(library, "support vector machine")


def test_only_what_is_new_is_compared(library: Library) -> None:
    """A second look finds nothing to do; what was decided on is compared once more."""
    gather(library, MACHINES, ALLOCATION)
    assert resolve(library) == 0
    one, other = thing(library, "support vector machine"), thing(library, "latent dirichlet allocation")
    library.records.write(lambda conn: merge(conn, library.scope, one, other, clock=library.clock))
    assert resolve(library) == 2


def test_what_one_person_alone_may_see_is_joined_with_nothing(library: Library) -> None:
    """Its name would show."""
    private = library.source("https://private.example.org/", person=library.person("other"))
    gather(library, MACHINES)
    gather(library, SHORT, source=private)
    assert thing(library, "svm") != thing(library, "support vector machine")


@pytest.mark.crash
def test_a_kill_while_names_are_joined_leaves_them_to_be_joined(library: Library, records_url: str) -> None:
    """What was not committed waits still, and is done once."""
    there = library.source()
    for n, text in enumerate((MACHINES, SHORT)):
        library.page(there, f"https://docs.example.org/{n}", text)
    library.arrange()
    code = (
        "from bowerbird.kernel.clock import ManualClock\n"
        "from bowerbird.knowledge.resolve import resolve_some\n"
        "from bowerbird.records import open_records\n"
        f"resolve_some(open_records({records_url!r}), limit=99, clock=ManualClock())"
    )
    environment = os.environ | {"BOWERBIRD_CRASH": "resolve.before_commit"}
    victim = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert victim.returncode == -signal.SIGKILL
    assert thing(library, "svm") != thing(library, "support vector machine")
    resolve(library)
    assert thing(library, "svm") == thing(library, "support vector machine")


def test_a_name_of_any_length_has_blocks_that_the_records_take() -> None:
    """Also one that has no letters."""
    for name in ("x" * 10_240, "word " * 2_000, "???", ""):
        assert all(len(block) <= 64 for block in blocks(name, [name]))
    assert blocks("support vector machine", ()) & blocks("SVM", ()) == {"i:svm"}
    assert blocks("k-means", ()) & blocks("kmeans", ())


def test_a_few_decisions_move_the_scorer_a_little_and_many_a_lot() -> None:
    """Towards what was decided; without any it is the one that ships."""
    scorer = shipped()
    row = [0.0] * len(FEATURES)
    row[FEATURES.index("camel")] = 1.0
    before = scorer.chances([row])[0]
    few = scorer.taught([row], [False]).chances([row])[0]
    many = scorer.taught([row] * 50, [False] * 50).chances([row])[0]
    assert scorer.taught([], []) is scorer
    assert before > few > many
    assert many < 0.1


def test_a_scorer_has_a_weight_for_each_feature() -> None:
    """The one that ships is of this code."""
    assert isinstance(shipped(), Scorer)
    assert shipped().weights.shape == (len(FEATURES) + 1,)
    assert bool(np.isfinite(shipped().weights).all())


def test_what_only_somebodys_own_page_states_joins_nothing(library: Library) -> None:
    """That two names became one would show what the page says; once all see it, they may."""
    private = library.source("https://private.example.org/", person=library.person("other"))
    gather(library, MACHINES, source=private)
    wanted = thing(library, "support vector machine")

    def stated() -> tuple[str, ...]:
        return library.records.read(lambda conn: describe(conn, [wanted], word_vectors()))[wanted].aliases

    assert stated() == ()
    gather(library, MACHINES)
    assert stated() == ("SVM",)
