"""The envelope that everything between agents travels in."""

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Kind", "Message"]

Kind = Literal["request", "reply", "error"]  # and "post" in the table: a letter of the bus


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a run. `body` is plain JSON, as the agent's codec writes it."""

    run: str
    seq: int  # its place in the run, from 0
    sender: str
    recipient: str
    kind: Kind
    body: Any
    at: float  # seconds since 1970
    took_ms: float | None = None  # of a reply or an error
    score: float | None = None  # of a reply, by the agent's own measure
