"""Questions to answers in which every sentence is proven, or to a plain "it is not there"."""

from bowerbird.answer.answer import Answer, Citation, Claim, Conflict, Side, Step, Suggestion
from bowerbird.answer.ask import Asker, Considered
from bowerbird.answer.disputes import Dispute, disputes
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
    find_answer,
    find_conversation,
    find_question,
    list_answers,
    list_conversations,
    list_stale,
    save_answer,
    share_answer,
    stop_sharing,
)
from bowerbird.answer.kept import Kept, name_of_person, read_answer, read_conversation
from bowerbird.answer.model_writer import ModelWriter
from bowerbird.answer.past import day, end_of_day
from bowerbird.answer.question import MAX_QUESTION_CHARACTERS, check_question
from bowerbird.answer.replaying import Replayed, asked_by, replay_and_compare
from bowerbird.answer.seen import as_seen, versions_in
from bowerbird.answer.seen_runs import sees_run
from bowerbird.answer.thumbs import REASONS, Direction, Reason, Thumb, give_thumb, list_thumbs, take_thumb_back
from bowerbird.answer.verify import Verdict, verify

__all__ = [
    "MAX_QUESTION_CHARACTERS",
    "MAX_TRIES",
    "REASONS",
    "Answer",
    "Asker",
    "Case",
    "Citation",
    "Cited",
    "Claim",
    "Conflict",
    "Considered",
    "ConversationRow",
    "Direction",
    "Dispute",
    "Evaluated",
    "Evaluator",
    "Follow",
    "FollowKind",
    "Follower",
    "Kept",
    "ModelWriter",
    "QuestionRow",
    "Reason",
    "Replayed",
    "Side",
    "Step",
    "Suggestion",
    "Thumb",
    "Verdict",
    "as_seen",
    "asked_by",
    "begin_question",
    "check_question",
    "cited_versions",
    "day",
    "disputes",
    "end_of_day",
    "find_answer",
    "find_conversation",
    "find_question",
    "follow",
    "give_thumb",
    "list_answers",
    "list_conversations",
    "list_follows",
    "list_stale",
    "list_thumbs",
    "mean_of",
    "name_of_person",
    "read_answer",
    "read_conversation",
    "replay_and_compare",
    "resume_follow",
    "save_answer",
    "sees_run",
    "share_answer",
    "stop_follow",
    "stop_sharing",
    "take_thumb_back",
    "verify",
    "versions_in",
    "wait_for_job",
]
