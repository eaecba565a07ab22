"""Questions to answers in which every sentence is proven, or to a plain "it is not there"."""

from bowerbird.answer.answer import Answer, Citation, Claim, Conflict, Side, Step, Suggestion
from bowerbird.answer.ask import Asker, Considered
from bowerbird.answer.evaluator import Case, Evaluated, Evaluator, mean_of
from bowerbird.answer.following import Follower
from bowerbird.answer.follows import (
    MAX_TRIES,
    Follow,
    FollowKind,
    follow,
    list_follows,
    resume_follow,
    stop_follow,
    wait_for_job,
)
from bowerbird.answer.history import (
    Cited,
    ConversationRow,
    QuestionRow,
    begin_question,
    cited_versions,
    find_conversation,
    find_question,
    list_conversations,
    list_stale,
    save_answer,
)
from bowerbird.answer.model_writer import ModelWriter
from bowerbird.answer.past import day, end_of_day
from bowerbird.answer.question import MAX_QUESTION_CHARACTERS, check_question
from bowerbird.answer.replaying import Replayed, asked_by, replay_and_compare
from bowerbird.answer.verify import Verdict, verify

__all__ = [
    "MAX_QUESTION_CHARACTERS",
    "MAX_TRIES",
    "Answer",
    "Asker",
    "Case",
    "Citation",
    "Cited",
    "Claim",
    "Conflict",
    "Considered",
    "ConversationRow",
    "Evaluated",
    "Evaluator",
    "Follow",
    "FollowKind",
    "Follower",
    "ModelWriter",
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
    "day",
    "end_of_day",
    "find_conversation",
    "find_question",
    "follow",
    "list_conversations",
    "list_follows",
    "list_stale",
    "mean_of",
    "replay_and_compare",
    "resume_follow",
    "save_answer",
    "stop_follow",
    "verify",
    "wait_for_job",
]
