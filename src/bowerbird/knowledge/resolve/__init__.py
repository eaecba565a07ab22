"""Which names are one thing: found by a scorer, decided by people, and always as it would be without what is undone."""

from bowerbird.knowledge.resolve.decide import KINDS, MAX_NAME, hide, merge, part, rename, retype, split, undo
from bowerbird.knowledge.resolve.history import History, Member, Other, Told, history, outcome
from bowerbird.knowledge.resolve.resolver import resolve_some
from bowerbird.knowledge.resolve.settle import settle
from bowerbird.knowledge.resolve.state import Decision, DecisionKind, Link, Sense, State, fold
from bowerbird.knowledge.resolve.switched import source_switched

__all__ = [
    "KINDS",
    "MAX_NAME",
    "Decision",
    "DecisionKind",
    "History",
    "Link",
    "Member",
    "Other",
    "Sense",
    "State",
    "Told",
    "fold",
    "hide",
    "history",
    "merge",
    "outcome",
    "part",
    "rename",
    "resolve_some",
    "retype",
    "settle",
    "source_switched",
    "split",
    "undo",
]
