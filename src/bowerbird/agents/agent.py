"""
What an agent is: one duty, done by an async function from one typed message to another.

Whatever else an agent needs (an index, a model, the records) its maker gives to that function; who calls it knows only
what goes in and what comes out, so that the same agent can work here, in another process, or from a recording.
"""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter

from bowerbird.ops.breaker import Breaker

__all__ = ["Agent", "Codec", "codec_of"]

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """How a value is written into a message, and made again from one; `read(write(value))` says the same as `value`."""

    write: Callable[[T], Any]  # plain JSON
    read: Callable[[Any], T]


def codec_of(kind: type[T]) -> Codec[T]:
    """The codec of a dataclass that holds nothing but plain values and other such dataclasses."""
    adapter: TypeAdapter[T] = _adapter(cast("Hashable", kind))
    return Codec(lambda value: adapter.dump_python(value, mode="json"), adapter.validate_python)


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    """Made once for each kind: making it takes longer than a question without a model."""
    return TypeAdapter(cast("type[Any]", kind))


def _unscored(_: Any) -> float | None:
    return None


@dataclass(frozen=True, slots=True)
class Agent(Generic[In, Out]):
    """Somebody with one duty."""

    name: str
    duty: str  # in one sentence, for people
    takes: Codec[In]
    gives: Codec[Out]
    deadline_s: float
    work: Callable[[In], Awaitable[Out]]
    # What it asks (an index, a model) may answer otherwise tomorrow: a replay takes the recorded reply instead.
    asks_outside: bool = False
    score: Callable[[Out], float | None] = _unscored  # how well it did by its own measure, from 0 to 1
    breaker: Breaker | None = None  # before what it asks outside; held by its maker, since an agent is made for a run
