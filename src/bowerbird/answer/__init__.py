"""Questions to answers in which every sentence is proven, or to a plain "it is not there"."""

from bowerbird.answer.answer import Answer, Citation, Claim, Conflict, Side, Step, Suggestion
from bowerbird.answer.ask import Asker
from bowerbird.answer.history import (
    Cited,
    ConversationRow,
    QuestionRow,
    begin_question,
    cited_versions,
    find_conversation,
    find_question,
    list_answered,
    list_conversations,
    save_answer,
)
from bowerbird.answer.question import MAX_QUESTION_CHARACTERS, check_question
from bowerbird.answer.replaying import Replayed, asked_by, replay_and_compare
from bowerbird.answer.verify import Verdict, verify

__all__ = [
    "MAX_QUESTION_CHARACTERS",
    "Answer",
    "Asker",
    "Citation",
    "Cited",
    "Claim",
    "Conflict",
    "ConversationRow",
    "QuestionRow",
    "Replayed",
    "Side",
    "Step",
    "Suggestion",
    "Verdict",
    "asked_by",
    "begin_question",
    "check_question",
    "cited_versions",
    "find_conversation",
    "find_question",
    "list_answered",
    "list_conversations",
    "replay_and_compare",
    "save_answer",
    "verify",
]
