"""
What stands around a model, each a `ChatModel` again. Read from the outside in:

    Metered ─► Cached ─► Budgeted ─► Retried ─► Guarded ─► the model

Metered sees everything, also what the cache answers. What the cache answers costs nothing, so it stands before the
budget. One budget pays for all tries of a call. The breaker is behind the retries, so that it sees each failure and
opens after so many, not after so many times three; a retry that meets it open is told to come back later than it cares
to wait, and ends.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from bowerbird.kernel.clock import Clock, utc
from bowerbird.kernel.errors import BudgetSpent, DeadlinePassed, ModelUnavailable, StoreUnavailable
from bowerbird.models.chat import ChatModel, Reply, Request, Usage, roughly
from bowerbird.ops import metrics
from bowerbird.ops.breaker import Breaker
from bowerbird.ops.deadline import in_time
from bowerbird.ops.logs import logger
from bowerbird.ops.retry import Backoff, RetryBudget, retried

__all__ = ["Budgeted", "Guarded", "Metered", "Retried", "UsageLedger"]

log = logger("agent")

Pieces = AsyncGenerator[str | Reply]


class Wrapper:
    """A model around a model: all of it is the inner one's, but what a subclass changes."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The inner model's."""
        return self._model.name

    def stream(self, request: Request) -> Pieces:
        """The inner model's pieces."""
        return self._model.stream(request)

    async def ping(self) -> None:
        """Whether the inner model would answer."""
        await self._model.ping()

    async def close(self) -> None:
        """Close the inner model."""
        await self._model.close()


class Guarded(Wrapper):
    """Behind a breaker, and with an end to each call's patience."""

    def __init__(self, model: ChatModel, breaker: Breaker, clock: Clock, *, timeout_s: float) -> None:
        super().__init__(model)
        self._breaker = breaker
        self._clock = clock
        self._timeout_s = timeout_s

    async def stream(self, request: Request) -> Pieces:
        """The inner model's pieces; ModelUnavailable when they take too long together."""
        reply: Reply | None = None
        ends_s = self._clock.monotonic_s() + self._timeout_s
        async with self._breaker.call(), aclosing(self._model.stream(request)) as pieces:
            while (piece := await self._next(pieces, ends_s)) is not None:
                if isinstance(piece, Reply):
                    reply = piece
                else:
                    yield piece
        # Outside the breaker: it counts a success also when the reader stops here.
        if reply is not None:
            yield reply

    async def _next(self, pieces: Pieces, ends_s: float) -> str | Reply | None:
        """The next piece; None after the last. The time that the reader takes between two is not the model's fault."""
        timeout = asyncio.timeout(max(0.0, ends_s - self._clock.monotonic_s()))
        try:
            async with timeout:
                return await in_time(anext(pieces), self._clock)
        except StopAsyncIteration:
            return None
        except TimeoutError as exc:
            if timeout.expired():
                message = f"{self.name} had not answered after {self._timeout_s:g} s (models.timeout_s)"
                raise ModelUnavailable(message) from exc
            raise ModelUnavailable(f"{self.name} did not answer in time") from exc


class Retried(Wrapper):
    """Tried again while nothing has come: what has begun to come cannot be taken back from who reads it."""

    def __init__(
        self, model: ChatModel, *, budget: RetryBudget, backoff: Backoff, rng: random.Random, clock: Clock
    ) -> None:
        super().__init__(model)
        self._budget = budget
        self._backoff = backoff
        self._rng = rng
        self._clock = clock

    async def stream(self, request: Request) -> Pieces:
        """The pieces of the first try that gives any."""

        async def begin() -> tuple[Pieces, str | Reply]:
            pieces = self._model.stream(request)
            try:
                return pieces, await anext(pieces)
            except BaseException:
                await pieces.aclose()
                raise

        pieces, first = await retried(
            begin, budget=self._budget, backoff=self._backoff, rng=self._rng, clock=self._clock
        )
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece


class Amount(Protocol):
    """What calls took together."""

    @property
    def tokens_in(self) -> int: ...
    @property
    def tokens_out(self) -> int: ...
    @property
    def cost_usd(self) -> float | None: ...


class UsageLedger(Protocol):
    """What models took, by workspace and day."""

    async def spent(self, workspace: str, day: str) -> "Amount":
        """All of a day's usage; what has no known cost counts as free."""
        ...

    async def add(
        self, workspace: str, day: str, model: str, *, tokens_in: int, tokens_out: int, cost_usd: float | None
    ) -> None:
        """Count one more call."""
        ...


class Budgeted(Wrapper):
    """
    At most so many tokens and dollars a day for a workspace.

    What is under way is counted with the most it may take, so that twenty calls at once do not each see the same
    remainder. A call that breaks off, or a model that reports nothing, is counted by the length of the texts. Where no
    prices are known only tokens count. Days are UTC's.
    """

    def __init__(
        self, model: ChatModel, ledger: UsageLedger, clock: Clock, *, tokens_a_day: int, usd_a_day: float
    ) -> None:
        super().__init__(model)
        self._ledger = ledger
        self._clock = clock
        self._tokens_a_day = tokens_a_day
        self._usd_a_day = usd_a_day
        self._under_way: dict[str, int] = {}

    async def stream(self, request: Request) -> Pieces:
        """The inner model's pieces; BudgetSpent before the call, or in it when it writes far more than was allowed."""
        day = utc(self._clock.now_s()).date().isoformat()
        most = request.estimated_tokens + request.max_tokens
        # Taken before the ledger is asked: otherwise all who come while it answers would pass.
        self._under_way[request.workspace] = self._under_way.get(request.workspace, 0) + most
        written: list[str] = []
        usage: Usage | None = None
        has_begun = False
        try:
            await self._refuse_if_spent(request.workspace, day)
            has_begun = True
            async with aclosing(self._model.stream(request)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        usage = piece.usage
                    else:
                        written.append(piece)
                        self._refuse_if_endless(request, written)
                    yield piece
        finally:
            self._give_back(request.workspace, most)
            if usage is None and written:
                usage = Usage(request.estimated_tokens, roughly("".join(written)), None)
            if has_begun and usage is not None:
                # A task of its own, because the caller may be being cancelled and the tokens are spent all the same.
                await asyncio.shield(asyncio.ensure_future(self._count(request.workspace, day, usage)))

    async def _count(self, workspace: str, day: str, usage: Usage) -> None:
        try:
            await self._ledger.add(
                workspace,
                day,
                self.name,
                tokens_in=usage.tokens_in,
                tokens_out=usage.tokens_out,
                cost_usd=usage.cost_usd,
            )
        except (
            StoreUnavailable
        ) as error:  # the reply is there; that it was not counted is told, and no reason to lose it
            log.warning("model.usage_not_counted", error=str(error))

    async def _refuse_if_spent(self, workspace: str, day: str) -> None:
        spent = await self._ledger.spent(workspace, day)
        tokens = spent.tokens_in + spent.tokens_out + self._under_way[workspace]
        if tokens > self._tokens_a_day:
            raise BudgetSpent(
                f"today's tokens for models are spent: {tokens} with this call, of {self._tokens_a_day} "
                "(models.tokens_a_day); there are new ones at midnight UTC"
            )
        if (spent.cost_usd or 0.0) >= self._usd_a_day:
            raise BudgetSpent(
                f"today's money for models is spent: ${spent.cost_usd:.2f} of ${self._usd_a_day:.2f} "
                "(models.usd_a_day); there is more at midnight UTC"
            )

    def _refuse_if_endless(self, request: Request, written: list[str]) -> None:
        if len(written) > request.max_tokens and roughly("".join(written)) > 2 * request.max_tokens:
            raise BudgetSpent(f"{self.name} writes on after {request.max_tokens} tokens, which were all it may write")

    def _give_back(self, workspace: str, tokens: int) -> None:
        self._under_way[workspace] -= tokens
        if not self._under_way[workspace]:
            del self._under_way[workspace]


class Metered(Wrapper):
    """Counted and timed for /metrics."""

    def __init__(self, model: ChatModel, clock: Clock) -> None:
        super().__init__(model)
        self._clock = clock

    async def stream(self, request: Request) -> Pieces:
        """The inner model's pieces."""
        began_s = self._clock.monotonic_s()
        outcome = "left"  # the caller did not want the rest
        try:
            async with aclosing(self._model.stream(request)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        outcome = "cached" if piece.is_cached else "answered"
                        self._count(piece)
                    yield piece
        except ModelUnavailable:
            outcome = "unavailable"
            raise
        except BudgetSpent:
            outcome = "budget"
            raise
        except DeadlinePassed:
            outcome = "deadline"
            raise
        except Exception:
            outcome = "error"
            raise
        finally:
            metrics.MODEL_CALLS.labels(outcome).inc()
            metrics.MODEL_SECONDS.observe(self._clock.monotonic_s() - began_s)

    def _count(self, reply: Reply) -> None:
        if not reply.is_cached:
            metrics.MODEL_TOKENS.labels("in").inc(reply.usage.tokens_in)
            metrics.MODEL_TOKENS.labels("out").inc(reply.usage.tokens_out)
            metrics.MODEL_USD.inc(reply.usage.cost_usd or 0.0)
