"""An exam out of one's own pages: what an index must be able to find, and whether another does it worse."""

from bowerbird.answer.exam.compare import Compared, Outcome, compare
from bowerbird.answer.exam.gate import ExamGate, sit_and_keep
from bowerbird.answer.exam.kept import (
    Decision,
    Exam,
    ExamQuestion,
    current_questions,
    exam_report,
    newest_exams,
    renew_questions,
)
from bowerbird.answer.exam.sitting import sit

__all__ = [
    "Compared",
    "Decision",
    "Exam",
    "ExamGate",
    "ExamQuestion",
    "Outcome",
    "compare",
    "current_questions",
    "exam_report",
    "newest_exams",
    "renew_questions",
    "sit",
    "sit_and_keep",
]
