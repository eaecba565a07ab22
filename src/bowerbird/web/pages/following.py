"""`/following`: what is asked again for a person, how it stands, and how to stop it."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.answer import Follow, FollowKind, follow, list_follows, resume_follow, stop_follow
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep, ViewerDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.listings import Tone
from bowerbird.web.render import frame_of, render
from bowerbird.web.words import Moment, moment

__all__ = ["FollowLine", "Following", "following", "routes"]

_WORDS: Final[dict[FollowKind, str]] = {
    "standing": "Asked again when there is news",
    "change": "You are alerted when this changes",
    "gap": "Had no answer; you are told when there is one",
}

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class FollowLine:
    """Something that is followed, or was."""

    id: str
    href: str
    text: str
    words: str
    icon: str
    tone: Tone
    checked: Moment
    action: str
    act: str


@dataclass(frozen=True, slots=True)
class Following:
    """What is followed, the newest first."""

    follows: tuple[FollowLine, ...]


@routes.get("/following")
async def show(request: Request, app: AppDep, scope: ScopeDep, stopped: str = "") -> Response:
    """The list; what has just been stopped can be taken back."""
    found = await app.records.aread(lambda conn: list_follows(conn, scope))
    page = following(found, app.clock.now_s())
    ended = next((one for one in found if one.id == stopped and one.ended_at is not None), None)
    toast = None if ended is None else Toast(f"“{ended.text}” is not followed any more.", _undo(ended))
    return render(request, "following.html", page, here="other", toast=toast)


@routes.post("/following")
async def begin(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    kind: Annotated[str, Form()] = "",
    question: Annotated[str, Form()] = "",
) -> Response:
    """Follow, and go back to the answer; a gap goes on to where it can be gathered."""
    known = await app.records.awrite(lambda conn: follow(conn, viewer.scope, kind, question, clock=app.clock))
    if known.kind == "gap" and frame_of(request, "ask").can("GET /scraping/new"):
        fields = urlencode({"scraping-goal": known.text[:500], "follow": known.id})
        return RedirectResponse(f"/scraping/new?{fields}", status_code=303)
    return RedirectResponse(_href(known), status_code=303)


@routes.post("/following/{identifier}/stop")
async def stop(app: AppDep, scope: ScopeDep, identifier: str, back: Annotated[str, Form()] = "") -> Response:
    """Stop it, and go back to where that was asked."""
    known = await app.records.awrite(lambda conn: stop_follow(conn, scope, identifier, clock=app.clock))
    return RedirectResponse(_href(known) if back == "chat" else f"/following?stopped={known.id}", status_code=303)


@routes.post("/following/{identifier}/resume")
async def resume(app: AppDep, scope: ScopeDep, identifier: str) -> Response:
    """Take the stop back."""
    await app.records.awrite(lambda conn: resume_follow(conn, scope, identifier))
    return RedirectResponse("/following", status_code=303)


def following(found: list[Follow], now_s: float) -> Following:
    """The page."""
    return Following(tuple(_line(one, now_s) for one in found))


def _line(one: Follow, now_s: float) -> FollowLine:
    is_open = one.ended_at is None
    return FollowLine(
        id=one.id,
        href=_href(one),
        text=one.text,
        words=_WORDS[one.kind] if is_open else "Not followed any more",
        icon="bell" if is_open else "circle-check",
        tone="blue" if is_open else "",
        checked=moment(one.checked_at, now_s),
        action=f"/following/{one.id}/{'stop' if is_open else 'resume'}",
        act="Stop" if is_open else "Follow again",
    )


def _href(one: Follow) -> str:
    return f"/chat/{one.conversation}#question-{one.question}"


def _undo(one: Follow) -> Undo:
    return Undo("Undo", f"/following/{one.id}/resume")
