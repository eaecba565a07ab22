"""
Questions as the routes ask them: for who may still come in.

An answer takes its time, with a model a minute. Who was signed out, shut out, or whose key was revoked meanwhile gets
none of it.
"""

from collections.abc import AsyncIterator
from functools import partial

from bowerbird.answer import Answer, Step
from bowerbird.web.viewer import Viewer, ensure_still_in
from bowerbird.wiring import App

__all__ = ["ask_for", "stream_for"]


async def stream_for(
    app: App, viewer: Viewer, question: str, *, conversation: str | None = None, as_of: float | None = None
) -> AsyncIterator[Step | Answer]:
    """The agents' steps, then the answer; raises as `Asker.stream` does, and Refused once the viewer is out."""
    async for done in app.asker.stream(question, viewer.scope, conversation=conversation, as_of=as_of):
        await app.records.aread(partial(ensure_still_in, viewer=viewer, clock=app.clock))
        yield done


async def ask_for(
    app: App, viewer: Viewer, question: str, *, conversation: str | None = None, as_of: float | None = None
) -> Answer:
    """The answer; raises as `stream_for` does."""
    answer = await app.asker.ask(question, viewer.scope, conversation=conversation, as_of=as_of)
    await app.records.aread(partial(ensure_still_in, viewer=viewer, clock=app.clock))
    return answer
