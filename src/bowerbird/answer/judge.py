"""
A model as the last source of truth: where no evidence was given and no stored page says anything of a question.

It sees the statements as data between marks, and says of each whether it is true, false, or not for it to know.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bowerbird.models.chat import ChatModel, Message, Request
from bowerbird.models.prompts import marked, new_boundary, prompt
from bowerbird.models.structured import Unfit, object_in, structured

__all__ = ["Truth", "ask_model"]

Truth = Literal["true", "false", "unknown"]

MAX_STATEMENTS = 20
MAX_CHARACTERS = 8_000  # of all statements together
TOKENS_EACH = 12  # of the reply


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdicts: list[Truth] = Field(max_length=MAX_STATEMENTS)


async def ask_model(model: ChatModel, question: str, statements: Sequence[str], *, workspace: str) -> list[Truth]:
    """
    What the model says of each of the first statements, as many as fit; raises as `ChatModel.stream` does.

    What does not fit is not judged.
    """
    taken = _fitting(statements)
    boundary = new_boundary([question, *taken])
    parts = [marked(text, f"statement {number}", boundary) for number, text in enumerate(taken, 1)]
    request = Request(
        messages=(
            Message("system", prompt("bowerbird.answer", "judge.md", boundary=boundary)),
            Message("user", "\n\n".join([marked(question, "question", boundary), *parts])),
        ),
        workspace=workspace,
        schema=_schema(),
        max_tokens=60 + TOKENS_EACH * len(taken),
        boundary=boundary,
    )

    def read(text: str) -> list[Truth]:
        return _read(text, len(taken))

    return await structured(model, request, read)


def _fitting(statements: Sequence[str]) -> list[str]:
    taken: list[str] = []
    for statement in statements[:MAX_STATEMENTS]:
        if sum(map(len, taken)) + len(statement) > MAX_CHARACTERS:
            break
        taken.append(statement)
    return taken or [statements[0][:MAX_CHARACTERS]]


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return _Said.model_json_schema()


def _read(text: str, expected: int) -> list[Truth]:
    said = object_in(text, _Said)
    if len(said.verdicts) != expected:
        raise Unfit(f"verdicts: {len(said.verdicts)} of them, expected {expected}, one for each statement")
    return said.verdicts
