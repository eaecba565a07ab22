"""
A model's reply as a value, or an error that says it cannot be one.

What does not fit is told to the model once, in the same conversation; after that it is ModelMisspoke. A model that goes
round in circles is not heard to the end.
"""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bowerbird.kernel.errors import ModelMisspoke
from bowerbird.models.chat import ChatModel, Message, Reply, Request

__all__ = ["Unfit", "goes_in_circles", "object_in", "structured"]

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

# A stretch that is said this often in a row, and is so long altogether, is a circle. Tables and lists repeat less.
TIMES = 4
LEAST = 160
LONGEST = 400  # characters of what is repeated
LOOK_EVERY = 200  # characters


class Unfit(ValueError):
    """What a model said cannot be used; the message is for the model."""


async def structured(model: ChatModel, request: Request, read: Callable[[str], T]) -> T:
    """What `read` makes of the reply; when it raises Unfit, of the reply to being told so. Raises as `stream` does."""
    first = await _heard(model, request)
    try:
        return read(first.text)
    except Unfit as error:
        told = f"That cannot be used: {_why(first, error)}. Answer again, with nothing but the JSON that was asked for."
    said = (Message("assistant", first.text or "(nothing)"), Message("user", told))
    second = await _heard(model, replace(request, messages=(*request.messages, *said)))
    try:
        return read(second.text)
    except Unfit as error:
        raise ModelMisspoke(f"{model.name} said what cannot be used, twice: {_why(second, error)}") from error


def object_in(text: str, kind: type[M]) -> M:
    """The JSON object that the text is, or that stands in it between other words; raises Unfit."""
    begins, ends = text.find("{"), text.rfind("}")
    if begins < 0 or ends < begins:
        raise Unfit("it holds no JSON object")
    try:
        return kind.model_validate_json(text[begins : ends + 1])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the JSON"
        raise Unfit(f"{place}: {first['msg'][:200]}") from error


def goes_in_circles(text: str) -> bool:
    """Whether `text` ends in the same stretch again and again."""
    for period in range(1, min(LONGEST, len(text) // TIMES) + 1):
        span = max(TIMES * period, LEAST)
        if len(text) >= span and text[-span:-period] == text[-span + period :]:
            return True
    return False


async def _heard(model: ChatModel, request: Request) -> Reply:
    reply: Reply | None = None
    said = ""
    looked = 0
    async with aclosing(model.stream(request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Reply):
                reply = piece
                continue
            said += piece
            if len(said) - looked >= LOOK_EVERY:
                looked = len(said)
                if goes_in_circles(said):
                    raise ModelMisspoke(f"{model.name} goes round in circles after {len(said)} characters")
    assert reply is not None, "a stream ends with its reply"
    return reply


def _why(reply: Reply, error: Unfit) -> str:
    return f"it was not finished when its tokens were used up ({error})" if reply.is_cut else str(error)
