"""`/following`: what is asked again for a person and what of it is new in their feed; how it stands, how to stop it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.answer import Follow, FollowKind
from bowerbird.feed import THINGS, ThingKind
from bowerbird.followed import Followed, begin_to_follow, list_followed, resume_followed, stop_followed
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep, ViewerDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.listings import Tone
from bowerbird.web.paths import own_path
from bowerbird.web.render import frame_of, render
from bowerbird.web.words import Moment, host_and_path, moment

__all__ = ["FollowLine", "Following", "following", "routes"]

_WORDS: Final[dict[FollowKind, str]] = {
    "standing": "Asked again when there is news",
    "change": "You are alerted when this changes",
    "gap": "Had no answer; you are told when there is one",
}
_THING_WORDS: Final[dict[ThingKind, str]] = {
    "entity": "What newly names it is in your feed",
    "source": "What is new of it is in your feed",
    "topic": "What is new and near to it is in your feed",
}
_GONE: Final = "Something that you may not see any more"

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class FollowLine:
    """Something that is followed, or was."""

    id: str
    href: str  # empty for what has no page
    text: str
    words: str
    icon: str
    tone: Tone
    at: Moment
    at_words: str
    action: str
    act: str


@dataclass(frozen=True, slots=True)
class Following:
    """What is followed, the newest first."""

    follows: tuple[FollowLine, ...]


@routes.get("/following")
async def show(request: Request, app: AppDep, scope: ScopeDep, stopped: str = "") -> Response:
    """The list; what has just been stopped can be taken back."""
    found = await app.records.aread(lambda conn: list_followed(conn, scope))
    page = following(found, app.clock.now_s())
    ended = next((one for one in found if one.id == stopped and one.ended_at is not None), None)
    undo = Undo("Undo", f"/following/{stopped}/resume")
    toast = None if ended is None else Toast(f"“{_text(ended)}” is not followed any more.", undo)
    return render(request, "following.html", page, here="other", toast=toast)


@routes.post("/following")
async def begin(
    request: Request,
    app: AppDep,
    viewer: ViewerDep,
    *,
    kind: Annotated[str, Form()] = "",
    question: Annotated[str, Form()] = "",
    of: Annotated[str, Form(max_length=2000)] = "",
    back: Annotated[str, Form()] = "/following",
) -> Response:
    """
    Follow, and go back: from a question to its answer, from a thing to where that was asked.

    A gap goes on to where it can be gathered.
    """
    what = of if kind in THINGS else question
    known = await app.records.awrite(lambda conn: begin_to_follow(conn, viewer.scope, kind, what, clock=app.clock))
    if not isinstance(known, Follow):
        return RedirectResponse(own_path(back), status_code=303)
    if known.kind == "gap" and frame_of(request, "ask").can("GET /scraping/new"):
        fields = urlencode({"scraping-goal": known.text[:500], "follow": known.id})
        return RedirectResponse(f"/scraping/new?{fields}", status_code=303)
    return RedirectResponse(_href(known), status_code=303)


@routes.post("/following/{identifier}/stop")
async def stop(app: AppDep, scope: ScopeDep, identifier: str, back: Annotated[str, Form()] = "") -> Response:
    """Stop it, and go back to where that was asked."""
    known = await app.records.awrite(lambda conn: stop_followed(conn, scope, identifier, clock=app.clock))
    if back == "chat":
        return RedirectResponse(_href(known) or "/following", status_code=303)
    return RedirectResponse(own_path(back) if back else f"/following?stopped={known.id}", status_code=303)


@routes.post("/following/{identifier}/resume")
async def resume(app: AppDep, scope: ScopeDep, identifier: str) -> Response:
    """Take the stop back."""
    await app.records.awrite(lambda conn: resume_followed(conn, scope, identifier))
    return RedirectResponse("/following", status_code=303)


def following(found: Sequence[Followed], now_s: float) -> Following:
    """The page of what is followed, the newest first."""
    return Following(tuple(_line(one, now_s) for one in found))


def _line(one: Followed, now_s: float) -> FollowLine:
    is_open = one.ended_at is None
    is_question = isinstance(one, Follow)
    words = _WORDS[one.kind] if isinstance(one, Follow) else _THING_WORDS[one.kind]
    return FollowLine(
        id=one.id,
        href=_href(one),
        text=_text(one),
        words=words if is_open else "Not followed any more",
        icon="bell" if is_open else "circle-check",
        tone="blue" if is_open else "",
        at=moment(one.checked_at if isinstance(one, Follow) else one.created_at, now_s),
        at_words="looked at" if is_question else "followed",
        action=f"/following/{one.id}/{'stop' if is_open else 'resume'}",
        act="Stop" if is_open else "Follow again",
    )


def _text(one: Followed) -> str:
    if isinstance(one, Follow):
        return one.text
    return (host_and_path(one.name) if one.kind == "source" else one.name) or _GONE


def _href(one: Followed) -> str:
    if isinstance(one, Follow):
        return f"/chat/{one.conversation}#question-{one.question}"
    if not one.of or one.kind == "topic":
        return ""
    return f"/knowledge/entities/{one.of}" if one.kind == "entity" else f"/scraping/dashboard#source-{one.of}"
