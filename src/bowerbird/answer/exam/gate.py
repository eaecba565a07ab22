"""
The gate of a re-index: a rebuilt index is used only if it does not do significantly worse in the exam (decision 0018).

    both sit the same exam ──► what one did and the other not, question by question ──► switch, or refuse and say why

What came of it is kept before anything is switched; after a kill in between, the index in use is still the old one.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bowerbird.answer.exam.compare import Outcome, compare
from bowerbird.answer.exam.kept import (
    LOOK_BACK,
    Decision,
    Exam,
    ExamQuestion,
    current_questions,
    keep_exam,
    newest_exams,
    renew_questions,
)
from bowerbird.answer.exam.sitting import sit
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import NotSupported, StoreUnavailable
from bowerbird.knowledge import EmbeddedIndex, Index
from bowerbird.models import Embedder
from bowerbird.ops import crash
from bowerbird.records import Records
from bowerbird.records.tables import workspaces

__all__ = ["ExamGate", "sit_and_keep"]

Show = Callable[[str], None]
Outcomes = Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class ExamGate:
    """Decides about a rebuilt index of the folder `root`; with `force` it only says what it would have decided."""

    root: Path
    records: Records
    embedder: Embedder
    clock: Clock
    force: bool = False
    show: Show = lambda _: None

    def __call__(self, candidate: Index, name: str, in_use: str | None) -> str:
        """Why the candidate, to be called `name`, must not take the place of `in_use`; empty when it may."""
        asked = _questions(self.records, self.clock)
        before, unlike = self._before(asked, in_use)
        after = {each: self._sat(questions, candidate) for each, questions in asked.items()}
        compared = compare(_all(before), _all(after))
        reason = "; ".join(compared.reasons) or unlike
        decision: Decision = "accepted" if not compared.reasons else "forced" if self.force else "refused"
        found = [Exam(each, name, self.clock.now_s(), after[each], decision, reason) for each in asked]
        crash.point("exam.before_keep")
        self.records.write(partial(_keep, found=found, clock=self.clock))
        return reason if decision == "refused" else ""

    def _before(
        self, asked: Mapping[str, Sequence[ExamQuestion]], in_use: str | None
    ) -> tuple[dict[str, Outcomes], str]:
        """What the index in use makes of the questions, by workspace; and why it could not be asked, if so."""
        if in_use is None:
            return {}, "there was no index to compare with"
        try:
            with closing(self._in_use()) as index:
                return {each: self._sat(questions, index) for each, questions in asked.items()}, ""
        # One that is broken, or of another model, must not stand in the way of the one that is to replace it.
        except (NotSupported, StoreUnavailable, OSError, ValueError, RuntimeError) as exc:
            kept = self.records.read(partial(_scored, generation=in_use))
            return kept, f"the index in use could not be asked: {exc}" + (
                "; it was compared by its last exam" if kept else ""
            )

    def _in_use(self) -> EmbeddedIndex:
        embedder = self.embedder
        return EmbeddedIndex(self.root, model=embedder.name, dimensions=embedder.dimensions, write=False)

    def _sat(self, questions: Sequence[ExamQuestion], index: Index) -> Outcomes:
        return sit(questions, index, self.records, self.embedder, self.clock, show=self.show)


def sit_and_keep(
    index: Index, generation: str, records: Records, embedder: Embedder, clock: Clock, *, show: Show
) -> list[Exam]:
    """Let the index in use sit the exam of every workspace, and keep what came of it."""
    found = [
        Exam(
            each, generation, clock.now_s(), sit(questions, index, records, embedder, clock, show=show), "measured", ""
        )
        for each, questions in _questions(records, clock).items()
    ]
    records.write(partial(_keep, found=found, clock=clock))
    return found


def _questions(records: Records, clock: Clock) -> dict[str, list[ExamQuestion]]:
    """The exam of every workspace that has one, up to date."""
    renew_questions(records, clock=clock)
    every = records.read(
        lambda conn: conn.execute(sa.select(workspaces.c.id).order_by(workspaces.c.id)).scalars().all()
    )
    found = {each: records.read(partial(current_questions, workspace=each)) for each in every}
    return {each: questions for each, questions in found.items() if questions}


def _all(by_workspace: Mapping[str, Outcomes]) -> dict[str, Outcome]:
    return {question: outcome for each in by_workspace.values() for question, outcome in each.items()}


def _keep(conn: sa.Connection, *, found: Sequence[Exam], clock: Clock) -> None:
    for exam in found:
        keep_exam(conn, exam, clock=clock)


def _scored(conn: sa.Connection, *, generation: str) -> dict[str, Outcomes]:
    """What the generation made of its last exam, by workspace; a refused one of that name was never in use."""
    found: dict[str, Outcomes] = {}
    for workspace in conn.execute(sa.select(workspaces.c.id)).scalars().all():
        for exam in newest_exams(conn, workspace, limit=LOOK_BACK):
            if exam.generation == generation and exam.decision != "refused":
                found[workspace] = exam.outcomes
                break
    return found
