"""
The port to language models: messages in, a text in pieces out, with what it took.

One method, so that everything around a model (budget, cache, breaker, retries) is the same port again and the wiring
shows in which order they stand.
"""

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

__all__ = ["ChatModel", "Message", "Reply", "Request", "Usage", "complete", "roughly"]

# Characters a token has about, where nobody counts tokens; only for budgets, and only until the truth is known.
CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked, and on whose account."""

    messages: tuple[Message, ...] = field(repr=False)  # pages and questions do not belong into logs
    workspace: str
    schema: Mapping[str, Any] | None = field(default=None, repr=False)  # the JSON schema that the text must fit
    max_tokens: int = 1000
    # The mark around what is data (`prompts.py`): another in every call, and without a meaning of its own.
    boundary: str = field(default="", repr=False)

    @property
    def estimated_tokens(self) -> int:
        """About how many tokens the messages have."""
        return sum(roughly(message.text) for message in self.messages)

    def key(self, model: str) -> str:
        """
        The sha256 of all that the reply depends on; two requests that differ in the boundary alone have the same.

        It holds every word that the model would see, so whoever has the key was allowed to see what is behind it; the
        workspace is in it all the same, so that nobody can tell from a quick reply what others asked.
        """
        said = [(message.role, self.unmarked(message.text)) for message in self.messages]
        content = json.dumps([model, self.workspace, said, self.schema, self.max_tokens], sort_keys=True)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()

    def unmarked(self, text: str) -> str:
        """`text` with a fixed word in place of the boundary."""
        return text.replace(self.boundary, "boundary") if self.boundary else text


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call took; the cost is None where nobody knows the prices."""

    tokens_in: int
    tokens_out: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole of what a model said; comes last in a stream."""

    text: str = field(repr=False)
    model: str
    usage: Usage
    is_cut: bool = False  # it was not finished when its tokens were used up
    is_cached: bool = False


class ChatModel(Protocol):
    """A model that answers, for the tasks of one event loop."""

    @property
    def name(self) -> str:
        """The provider and the model; replies of different names are never mixed up."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[str | Reply]:
        """
        The pieces of the text as they come, then once the Reply with all of them.

        Close it (`aclosing`) to break the call off. Raises ModelUnavailable when the model does not answer,
        BudgetSpent, DeadlinePassed, and NotSupported for what only the operator can mend, such as a wrong key.
        """
        ...

    async def ping(self) -> None:
        """Return if somebody is there who would answer; costs no tokens. Raises as `stream` does."""
        ...

    async def close(self) -> None:
        """Let go of connections and processes; may be called twice."""
        ...


async def complete(model: ChatModel, request: Request) -> Reply:
    """The whole reply."""
    reply: Reply | None = None
    async with aclosing(model.stream(request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Reply):
                reply = piece
    assert reply is not None, "a stream ends with its reply"
    return reply


def roughly(text: str) -> int:
    """About how many tokens `text` has."""
    return len(text) // CHARACTERS_A_TOKEN + 1
