"""
The exam in the records: its questions, kept while their page says the same, and what each index made of them.

Questions are of pages that everyone in a workspace may see: who reads an exam must not read somebody's own pages.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final, Literal

import sqlalchemy as sa

from bowerbird.answer.exam.compare import MEASURES, Outcome
from bowerbird.answer.exam.making import Made, make_question
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.ids import new_id
from bowerbird.knowledge.text import blocks, sentences_of
from bowerbird.ops import crash
from bowerbird.records import Records, quoted
from bowerbird.records.tables import (
    entities,
    exam_questions,
    exams,
    mentions,
    pages,
    passages,
    sources,
    versions,
    workspaces,
)

__all__ = [
    "LOOK_BACK",
    "Decision",
    "Exam",
    "ExamQuestion",
    "current_questions",
    "exam_report",
    "keep_exam",
    "newest_exams",
    "renew_questions",
]

QUESTIONS: Final = 100  # of a workspace
A_PAGE: Final = 3  # of one page at most
TRIED: Final = 500  # passages that are read for them at once
AT_ONCE: Final = 100
EXAMS_KEPT: Final = 50  # of a workspace
LOOK_BACK: Final = 20  # of them, for what a generation scored

Decision = Literal["measured", "accepted", "refused", "forced"]


@dataclass(frozen=True, slots=True)
class ExamQuestion:
    """A question with the place of the sentence that answers it."""

    id: str
    workspace: str
    text: str
    page: int
    version: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Exam:
    """What one index made of a workspace's questions, and what came of it."""

    workspace: str
    generation: str
    at: float
    outcomes: Mapping[str, Outcome]  # by question
    decision: Decision
    reason: str  # of a refusal, or why nothing was compared

    def count(self, measure: str) -> int:
        """For how many questions it was so."""
        return sum(bool(getattr(outcome, measure)) for outcome in self.outcomes.values())

    def to_json(self) -> dict[str, Any]:
        """The exam for programs, without its questions."""
        return {
            "generation": self.generation,
            "at": self.at,
            "asked": len(self.outcomes),
            "found": self.count("found"),
            "cited": self.count("cited"),
            "by_words": self.count("by_words"),
            "by_meaning": self.count("by_meaning"),
            "decision": self.decision,
            "reason": self.reason,
        }


def renew_questions(records: Records, *, clock: Clock, seed: int = 1) -> int:
    """Retire the questions whose page says something else now, and make new ones in their place; how many were made."""
    made = 0
    for workspace in records.read(lambda conn: conn.execute(sa.select(workspaces.c.id)).scalars().all()):
        records.write(partial(_retire, workspace=workspace, now_s=clock.now_s()))
        kept = records.read(partial(current_questions, workspace=workspace))
        if len(kept) < QUESTIONS:
            # Other passages than last time where some were of no use, and the same ones when asked again.
            rng = random.Random(f"{seed}:{workspace}:{len(kept)}")  # noqa: S311  it draws a sample
            new = records.read(partial(_made, workspace=workspace, kept=kept, rng=rng))
            crash.point("exam.before_questions")
            records.write(partial(_keep, workspace=workspace, rows=new, clock=clock))
            made += len(new)
    return made


def current_questions(conn: sa.Connection, workspace: str) -> list[ExamQuestion]:
    """The workspace's questions whose page still says what they were made of, oldest first."""
    table = exam_questions.c
    rows = conn.execute(
        sa.select(table.id, table.workspace, table.text, table.page, table.version, table.start, table.end)
        .where(table.workspace == workspace, table.retired_at.is_(None), table.id.not_in(_outdated(workspace)))
        .order_by(table.created_at, table.id)
    )
    return [ExamQuestion(*row) for row in rows]


def keep_exam(conn: sa.Connection, exam: Exam, *, clock: Clock) -> None:
    """Keep what an index made of a workspace's questions; the oldest exams are forgotten."""
    detail = {
        "decision": exam.decision,
        "reason": exam.reason,
        "outcomes": {question: asdict(outcome) for question, outcome in exam.outcomes.items()},
    }
    values = {
        "id": new_id(clock),
        "workspace": exam.workspace,
        "generation": exam.generation,
        "at": exam.at,
        "asked": len(exam.outcomes),
        "found": exam.count("found"),
        "cited": exam.count("cited"),
        "detail": detail,
    }
    conn.execute(sa.insert(exams).values(values))
    old = (
        sa.select(exams.c.id)
        .where(exams.c.workspace == exam.workspace)
        .order_by(exams.c.at.desc(), exams.c.id.desc())
        .offset(EXAMS_KEPT)
        .limit(EXAMS_KEPT)
    )
    conn.execute(sa.delete(exams).where(exams.c.id.in_(conn.execute(old).scalars().all())))


def newest_exams(conn: sa.Connection, workspace: str, *, limit: int) -> list[Exam]:
    """The workspace's newest exams, newest first."""
    rows = conn.execute(
        sa.select(exams)
        .where(exams.c.workspace == workspace)
        .order_by(exams.c.at.desc(), exams.c.id.desc())
        .limit(limit)
    )
    return [
        Exam(
            workspace=row.workspace,
            generation=row.generation,
            at=row.at,
            outcomes={question: Outcome(**outcome) for question, outcome in row.detail["outcomes"].items()},
            decision=row.detail["decision"],
            reason=row.detail["reason"],
        )
        for row in rows
    ]


def exam_report(conn: sa.Connection, generation: str | None, *, workspace: str | None = None) -> dict[str, Any]:
    """
    For `index status`: what the generation in use scored last, and what came of the last rebuild; None for neither yet.

    Of all workspaces together, or of one.
    """
    every = [workspace] if workspace else conn.execute(sa.select(workspaces.c.id)).scalars().all()
    kept = [exam for each in every for exam in newest_exams(conn, each, limit=LOOK_BACK)]
    scored = [exam for exam in kept if exam.generation == generation and exam.decision != "refused"]
    decided = [exam for exam in kept if exam.decision != "measured"]
    return {"exam": _newest(scored), "last_rebuild": _newest(decided)}


def _newest(found: Sequence[Exam]) -> dict[str, Any] | None:
    """The newest of each workspace added up."""
    if not found:
        return None
    newest = max(found, key=lambda exam: exam.at)
    own: dict[str, Exam] = {}
    for exam in sorted(found, key=lambda exam: exam.at):
        if (exam.generation, exam.decision) == (newest.generation, newest.decision):
            own[exam.workspace] = exam
    shapes = [exam.to_json() for exam in own.values()]
    sums = {name: sum(shape[name] for shape in shapes) for name in ("asked", *MEASURES)}
    return newest.to_json() | sums


def _outdated(workspace: str) -> sa.Select[str]:
    """The ids of questions whose page says something else, is gone, or is no longer everyone's."""
    return (
        sa.select(exam_questions.c.id)
        .join(pages, pages.c.id == exam_questions.c.page)
        .join(sources, sources.c.id == pages.c.source)
        .where(
            exam_questions.c.workspace == workspace,
            exam_questions.c.retired_at.is_(None),
            sa.or_(
                pages.c.version.is_(None),
                pages.c.version != exam_questions.c.version,
                pages.c.state != "live",
                sources.c.private_to != "",
            ),
        )
    )


def _retire(conn: sa.Connection, *, workspace: str, now_s: float) -> None:
    outdated = conn.execute(_outdated(workspace)).scalars().all()
    for first in range(0, len(outdated), AT_ONCE):
        ids = outdated[first : first + AT_ONCE]
        conn.execute(sa.update(exam_questions).where(exam_questions.c.id.in_(ids)).values(retired_at=now_s))


@dataclass(frozen=True, slots=True)
class _Row:
    page: int
    version: int
    start: int
    end: int
    made: Made


def _made(conn: sa.Connection, *, workspace: str, kept: Sequence[ExamQuestion], rng: random.Random) -> list[_Row]:
    """New questions, as many as are wanted or can be made of a sample of passages."""
    ids = list(conn.execute(_askable(workspace).order_by(passages.c.id)).scalars())
    rng.shuffle(ids)
    of_page = Counter(question.page for question in kept)
    texts = {question.text for question in kept}
    candidates = [
        row
        for first in range(0, min(len(ids), TRIED), AT_ONCE)
        for row in _candidates(conn, ids[first : first + AT_ONCE])
    ]
    rng.shuffle(candidates)
    found: list[_Row] = []
    for most in range(1, A_PAGE + 1):  # a second one of a page when every page has one
        for row in candidates:
            if len(kept) + len(found) < QUESTIONS and of_page[row.page] < most and row.made.question not in texts:
                of_page[row.page] += 1
                texts.add(row.made.question)
                found.append(row)
    return found


def _askable(workspace: str) -> sa.Select[int]:
    return (
        sa.select(passages.c.id)
        .join(pages, pages.c.id == passages.c.page)
        .join(sources, sources.c.id == pages.c.source)
        .where(
            sources.c.workspace == workspace,
            sources.c.private_to == "",
            passages.c.live,
            passages.c.version == pages.c.version,
            passages.c.language.in_(("", "en")),  # questions are put in English
        )
    )


def _candidates(conn: sa.Connection, ids: Sequence[int]) -> Iterator[_Row]:
    """The questions that can be made of the sentences of these passages."""
    rows = conn.execute(
        sa.select(passages.c.id, passages.c.page, passages.c.version, passages.c.start, passages.c.end)
        .add_columns(
            versions.c.title,
            quoted(passages.c.start, passages.c.end).label("text"),
        )
        .join(versions, versions.c.id == passages.c.version)
        .where(passages.c.id.in_(ids))
        .order_by(passages.c.id)
    ).all()
    named = _named(conn, {row.version for row in rows})
    for row in rows:
        part: str = row.text
        spans = [span for block in blocks(part) if block.kind == "prose" for span in sentences_of(part, block)]
        for span in spans:
            start, end = row.start + span.start, row.start + span.end
            about = named.get((row.version, start, end), "")
            made = make_question(span.of(part), title=row.title, about=about)
            if made is not None:
                yield _Row(row.page, row.version, start, end, made)


def _named(conn: sa.Connection, of: set[int]) -> dict[tuple[int, int, int], str]:
    """By the place of a sentence the weightiest thing that it mentions."""
    rows = conn.execute(
        sa.select(mentions.c.version, mentions.c.sentence_start, mentions.c.sentence_end, entities.c.name)
        .join(entities, entities.c.id == mentions.c.entity)
        .where(mentions.c.version.in_(of))
        .order_by(entities.c.score, entities.c.name)
    )
    return {(row.version, row.sentence_start, row.sentence_end): row.name for row in rows}


def _keep(conn: sa.Connection, *, workspace: str, rows: Sequence[_Row], clock: Clock) -> None:
    """Keep new questions, but no more than there may be: another process may have made some meanwhile."""
    room = QUESTIONS - len(current_questions(conn, workspace))
    now = clock.now_s()
    values = [
        {
            "id": new_id(clock),
            "workspace": workspace,
            "text": row.made.question,
            "page": row.page,
            "version": row.version,
            "start": row.start,
            "end": row.end,
            "answer": row.made.answer,
            "created_at": now,
        }
        for row in rows[: max(0, room)]
    ]
    if values:
        conn.execute(sa.insert(exam_questions), values)
