"""
Every error a caller can meet, sorted by who must act.

BowerbirdError
InputWrong          the person at the keyboard: 4xx, the message is shown as it is
NotFound          … asked for something that is not there: 404
Refused             the person: who they are does not allow it: 401, 403
LimitReached        the person: too much in too short a time; 429, the error says when to come back
NotSupported        the operator: the message names the setting to change
Unavailable         nobody yet: retry; a breaker counts it
StoreUnavailable  ModelUnavailable  SiteUnavailable
DeadlinePassed      nobody: the time that the caller had is over, use what there is
Fenced              nobody: another worker owns this job now, stop without a trace
BudgetSpent         the policy: stop and use what there is
"""

__all__ = [
    "BowerbirdError",
    "BudgetSpent",
    "DeadlinePassed",
    "Fenced",
    "InputWrong",
    "LimitReached",
    "ModelUnavailable",
    "NotFound",
    "NotSupported",
    "Refused",
    "SiteUnavailable",
    "StoreUnavailable",
    "Unavailable",
]


class BowerbirdError(Exception):
    """The root of all errors that Bowerbird raises on purpose."""


class InputWrong(BowerbirdError):
    """What was given cannot be used; the message says what was seen, what was expected, and what to do."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(InputWrong):
    """What was asked for is not there, or not visible to who asks."""


class Refused(BowerbirdError):
    """Who asks may not have it; `is_known` is False when signing in could change that."""

    def __init__(self, message: str, *, is_known: bool) -> None:
        super().__init__(message)
        self.is_known = is_known


class LimitReached(BowerbirdError):
    """Too much in too short a time; the same call works `retry_after_s` seconds later."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotSupported(BowerbirdError):
    """The chosen backend or setting cannot do this; the message names the setting to change."""


class Unavailable(BowerbirdError):
    """Something outside did not answer; the same call may work later: `retry_after_s` from now, where that is known."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreUnavailable(Unavailable):
    """The database or the index did not answer."""


class ModelUnavailable(Unavailable):
    """A model did not answer."""


class SiteUnavailable(Unavailable):
    """A web site did not answer."""


class DeadlinePassed(BowerbirdError):
    """The time that the caller had for the whole of its work is over."""


class Fenced(BowerbirdError):
    """The caller no longer owns the job: its epoch has passed to another worker."""


class BudgetSpent(BowerbirdError):
    """A cap on time, pages, bytes or money was reached."""
