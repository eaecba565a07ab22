"""
The bus: letters that must not be lost and need not be answered at once (decision 0012).

    post ──► waiting ──take──► taken ──ack──► done
                ▲  ▲             │ └─ lease runs out: taken by the next one, under a new epoch
                │  └───fail──────┤    (it waits a while first)
              revive             └─ after MOST_ATTEMPTS: dead, until somebody revives it

A letter is handled at least once and acknowledged once: who was paused past the lease finds another epoch and gets
Fenced. So a handler may be asked twice for the same letter, never for one that was acknowledged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

import sqlalchemy as sa

__all__ = ["MOST_ATTEMPTS", "Bus", "Letter", "LetterState", "NewLetter", "wait_s"]

MOST_ATTEMPTS: Final = 5
_WAITS_S: Final = (1.0, 5.0, 30.0, 120.0)  # after the first failure, the second, …

LetterState = Literal["waiting", "taken", "done", "dead"]


@dataclass(frozen=True, slots=True)
class NewLetter:
    """What is posted. `body` is plain JSON; letters of one `run` belong together, and without one it begins its own."""

    workspace: str
    sender: str
    recipient: str
    body: Any
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter on its way. `epoch` is the fencing token of who has taken it."""

    id: str
    workspace: str
    run: str
    seq: int  # its place in the run
    sender: str
    recipient: str
    body: Any
    at: float
    state: LetterState
    attempts: int = 0
    epoch: int = 0
    error: str = ""  # why it was not done at the last try


class Bus(Protocol):
    """Letters between agents, also those of other processes. All calls block; StoreUnavailable when it is not there."""

    def post(self, letter: NewLetter) -> None:
        """Keep the letter for its recipient."""
        ...

    def post_within(self, conn: sa.Connection, letter: NewLetter) -> None:
        """The same inside a transaction of the records: the letter is posted exactly if that is committed."""
        ...

    def take(self, recipient: str, *, lease_s: float) -> Letter | None:
        """A letter that nobody has, the caller's for `lease_s`; None when there is none."""
        ...

    def ack(self, letter: Letter) -> None:
        """The letter is done. Raises Fenced when it is not the caller's any more."""
        ...

    def fail(self, letter: Letter, error: str) -> LetterState:
        """It was not done: it waits for another try, or is dead. Raises Fenced when it is not the caller's any more."""
        ...

    def dead(self, workspace: str, *, limit: int) -> Sequence[Letter]:
        """Letters that were given up, the newest first."""
        ...

    def revive(self, workspace: str, letter: str) -> None:
        """Let a dead letter wait again, as if it had not been tried. Raises NotFound."""
        ...

    def letters_of(self, workspace: str, run: str) -> Sequence[Letter]:
        """The letters of a run in their order, for as long as they are kept."""
        ...

    def replay(self, workspace: str, run: str) -> str:
        """Post the letters of a run again, in their order, as a new run; its id. Raises NotFound without any."""
        ...

    def examine(self) -> str:
        """What is there, in words, for who looks after it."""
        ...

    def ping(self) -> None:
        """Return if it answers."""
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...


def wait_s(attempts: int) -> float:
    """How long a letter waits after it has failed that many times."""
    return _WAITS_S[min(attempts, len(_WAITS_S)) - 1]
