"""The exam over records and real indexes: questions follow their pages, and a worse index is refused."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.answer.exam import (
    Exam,
    ExamGate,
    ExamQuestion,
    current_questions,
    exam_report,
    newest_exams,
    renew_questions,
    sit_and_keep,
)
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge import EmbeddedIndex, Index, Rebuilt, index_status, rebuild_index
from bowerbird.models import Embedder
from bowerbird.records import Records, open_records
from bowerbird.records.tables import embeddings, exam_questions, pages, passages, sources, versions
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder

PLACES = ("Alder", "Birch", "Cedar", "Damson", "Elder", "Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Kelp", "Larch")
Damage = Callable[[sa.Connection], object]
THINGS = ("bridge", "tower", "market", "harbour", "library", "mill")


class Forgetful:
    """An embedder under the same name that makes of every text but questions the same vector."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.dimensions = embedder.name, embedder.dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One direction for all that is stored."""
        vectors = self._embedder.embed(texts)
        stored = [n for n, text in enumerate(texts) if "\n" in text]
        vectors[stored] = self._embedder.embed(["nothing"])[0]
        return vectors

    def close(self) -> None:
        """Nothing of its own."""


@dataclass
class Desk:
    """A library of twelve pages with an index."""

    library: Library
    records: Records
    root: Path
    embedder: HashEmbedder
    source: str

    def rebuild(
        self, *, embedder: Embedder | None = None, force: bool = False, damage: Damage | None = None
    ) -> Rebuilt:
        """Build the index anew, behind the gate; from texts that are damaged while it is built."""
        used = embedder or self.embedder
        exam = ExamGate(self.root, self.records, self.embedder, self.library.clock, force=force)
        whole = self.records.read(lambda conn: conn.execute(sa.select(passages)).mappings().all())
        if damage is not None:
            self.records.write(damage)

        def gate(candidate: Index, name: str, in_use: str | None) -> str:
            for row in whole:
                values = {"start": row["start"], "end": row["end"]}
                mend = sa.update(passages).where(passages.c.id == row["id"]).values(values)
                self.records.write(partial(_execute, statement=mend))
            return exam(candidate, name, in_use)

        self.library.clock.advance(1)
        return rebuild_index(self.root, self.records, used, self.library.clock, show=lambda _: None, gate=gate)

    def questions(self) -> list[ExamQuestion]:
        """The exam."""
        return self.records.read(partial(current_questions, workspace=self.library.scope.workspace))

    def exams(self) -> list[Exam]:
        """What was sat, newest first."""
        return self.records.read(partial(newest_exams, workspace=self.library.scope.workspace, limit=9))

    def current(self) -> str | None:
        """The generation in use."""
        return index_status(self.root, self.records, self.embedder)["generation"]

    def forget_vectors(self) -> None:
        """What the model has read is read again."""
        self.records.write(lambda conn: conn.execute(sa.delete(embeddings)))


def _execute(conn: sa.Connection, statement: sa.Update) -> None:
    conn.execute(statement)


def page(number: int, place: str) -> str:
    """Sentences that each say something of its own."""
    lines = [
        f"The {place} {thing} was restored by volunteers of the {place} valley in {1900 + 7 * number + turn}."
        for turn, thing in enumerate(THINGS)
    ]
    # No heading and no title, which would be found where the text is lost.
    return "\n\n".join(lines) + "\n"


@pytest.fixture
def desk(records_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Records with pages, nothing indexed yet."""
    records = open_records(records_url)
    library = Library(records, ManualClock())
    source = library.source()
    for number, place in enumerate(PLACES):
        library.page(source, f"https://docs.example.org/{place}", page(number, place))
    library.arrange()
    yield Desk(library, records, tmp_path / "index", HashEmbedder(dimensions=256), source)
    records.close()


def test_questions_are_made_once_and_the_same_from_the_same_pages(desk: Desk) -> None:
    """Bounded for each page, each with its sentence; asked for again, none is made twice."""
    made = renew_questions(desk.records, clock=desk.library.clock)
    questions = desk.questions()
    assert made == len(questions) == 3 * len(PLACES)
    assert renew_questions(desk.records, clock=desk.library.clock) == 0
    by_page = [question.page for question in questions]
    assert max(by_page.count(each) for each in by_page) == 3
    rows = desk.records.read(lambda conn: conn.execute(sa.select(versions.c.id, versions.c.text)).all())
    texts = {row.id: row.text for row in rows}
    for question in questions:
        sentence = texts[question.version][question.start : question.end]
        assert (
            question.text
            == f"When was the {sentence[4:].split(' was ')[0]} restored by {sentence.split(' by ')[1][:-9]}?"
        )


def test_a_question_is_retired_when_its_page_says_something_else(desk: Desk) -> None:
    """At once from the exam, and in the records when the exam is renewed; the new text is asked for."""
    renew_questions(desk.records, clock=desk.library.clock)
    old = desk.questions()
    desk.library.page(desk.source, "https://docs.example.org/Alder", page(50, "Alder"))
    desk.library.arrange()
    left = desk.questions()
    assert 0 < len(old) - len(left) <= 3
    renew_questions(desk.records, clock=desk.library.clock)
    retired = desk.records.read(
        lambda conn: conn.execute(
            sa.select(sa.func.count()).where(exam_questions.c.retired_at.is_not(None))
        ).scalar_one()
    )
    assert retired == len(old) - len(left)
    assert len(desk.questions()) > len(left)


def test_nobodys_own_pages_are_in_the_exam(desk: Desk) -> None:
    """Also not those that became somebody's own."""
    renew_questions(desk.records, clock=desk.library.clock)
    assert desk.questions()
    own = {"private_to": desk.library.scope.person}
    desk.records.write(lambda conn: conn.execute(sa.update(sources).values(own)))
    assert desk.questions() == []
    assert renew_questions(desk.records, clock=desk.library.clock) == 0


def test_the_first_index_is_used_and_has_its_exam(desk: Desk) -> None:
    """There is nothing to compare it with, and it says so."""
    rebuilt = desk.rebuild()
    (exam,) = desk.exams()
    assert (rebuilt.refused, exam.decision, exam.generation) == ("", "accepted", rebuilt.generation)
    assert "no index to compare with" in exam.reason
    assert exam.count("found") == len(exam.outcomes) == len(desk.questions())


def test_a_good_index_takes_the_place_of_another(desk: Desk) -> None:
    """The same pages again."""
    first = desk.rebuild().generation
    second = desk.rebuild()
    assert (second.refused, desk.current()) == ("", second.generation)
    assert second.generation != first
    assert desk.exams()[0].reason == ""


def cut_short(conn: sa.Connection) -> None:
    """The index is told no more than a few letters of each passage."""
    conn.execute(sa.update(passages).values(end=passages.c.start + 1))


def mixed_up(conn: sa.Connection) -> None:
    """The index is told the first letters of most pages for their texts."""
    conn.execute(sa.update(passages).where(passages.c.id % 4 != 0).values(start=0, end=4))


@pytest.mark.parametrize("damage", [cut_short, mixed_up])
def test_an_index_of_damaged_texts_is_refused(desk: Desk, damage: Damage) -> None:
    """The one in use stays, and the reason is kept where `index status` reads it."""
    first = desk.rebuild().generation
    asked = desk.questions()
    refused = desk.rebuild(damage=damage)

    assert refused.generation == first == desk.current()
    assert "the right page is found by words alone for" in refused.refused
    report = desk.records.read(lambda conn: exam_report(conn, first))
    assert (report["last_rebuild"]["decision"], report["last_rebuild"]["reason"]) == ("refused", refused.refused)
    assert (report["exam"]["generation"], report["exam"]["asked"]) == (first, len(asked))
    assert not (desk.root / "building").exists()


def test_an_index_of_damaged_vectors_is_refused_though_words_still_find_the_pages(desk: Desk) -> None:
    """Meaning is examined by itself, so that words do not hide that it is lost."""
    desk.rebuild()
    desk.forget_vectors()
    refused = desk.rebuild(embedder=Forgetful(desk.embedder))
    assert "found by meaning alone" in refused.refused


def test_a_worse_index_is_used_when_it_is_forced(desk: Desk) -> None:
    """And is shown as forced, with what it lost."""
    desk.rebuild()
    forced = desk.rebuild(force=True, damage=cut_short)
    exam = desk.exams()[0]
    assert (forced.refused, desk.current()) == ("", forced.generation)
    assert exam.decision == "forced"
    assert "the right page is found" in exam.reason


def test_a_broken_index_does_not_stand_in_the_way_of_its_repair(desk: Desk) -> None:
    """What it scored when it was whole is what the new one is compared with."""
    first = desk.rebuild().generation
    for file in (desk.root / first).rglob("*"):
        if file.is_file():
            file.write_bytes(b"broken")
    repaired = desk.rebuild()
    exam = desk.exams()[0]
    assert (repaired.refused, desk.current(), exam.decision) == ("", repaired.generation, "accepted")
    assert "could not be asked" in exam.reason


def test_a_broken_index_is_no_excuse_for_a_worse_one(desk: Desk) -> None:
    """Compared by the exam that is kept of it."""
    first = desk.rebuild().generation
    for file in (desk.root / first).rglob("*"):
        if file.is_file():
            file.write_bytes(b"broken")
    assert "the right page is found" in desk.rebuild(damage=cut_short).refused


def test_the_index_in_use_can_be_examined_at_any_time(desk: Desk) -> None:
    """What it finds is kept beside the exams of rebuilds."""
    name = desk.rebuild().generation
    index = EmbeddedIndex(desk.root, model=desk.embedder.name, dimensions=desk.embedder.dimensions, write=False)
    desk.library.clock.advance(5)
    sit_and_keep(index, name, desk.records, desk.embedder, desk.library.clock, show=lambda _: None)
    index.close()
    assert [exam.decision for exam in desk.exams()] == ["measured", "accepted"]


def test_pages_that_are_gone_are_not_asked_for(desk: Desk) -> None:
    """Their questions leave the exam."""
    renew_questions(desk.records, clock=desk.library.clock)
    desk.records.write(lambda conn: conn.execute(sa.update(pages).values(state="gone")))
    assert desk.questions() == []
