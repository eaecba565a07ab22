"""`/feed/data`: what is known of somebody, in words; to take along or delete."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.feed import Choices, Profile, choices, forget, reset, take_back_reset
from bowerbird.feed.agents import FeedAgent
from bowerbird.feed.listed import ItemRow, read_items
from bowerbird.kernel.clock import utc
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.cards import Card, card, did_words, stated
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.listings import Link
from bowerbird.web.pages.feed import toast_of
from bowerbird.web.queries.items import Done, Said, list_hidden, list_saved, read_done, read_said
from bowerbird.web.queries.sources import list_sources
from bowerbird.web.render import render
from bowerbird.web.words import Moment, host_and_path, moment, plural

__all__ = ["Agent", "Kept", "Liked", "MyData", "Stays", "kept_cards", "routes"]

_LIKED: Final = 8
_CATEGORIES: Final = 5
_SOURCES: Final = 500
_ENOUGH: Final = 3.0  # tries, before a sentence says how an agent does
_COUNTED: Final[Mapping[str, str]] = {
    "opened": "opened",
    "saved": "saved",
    "liked": "wanted more like",
    "disliked": "wanted less like",
    "hidden": "hid",
    "asked": "asked about",
}

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept, or hidden, and since when."""

    card: Card
    at: Moment


@dataclass(frozen=True, slots=True)
class Liked:
    """Something that somebody did lately."""

    words: str  # "You saved"
    href: str
    title: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Agent:
    """How what an agent is for has done with somebody."""

    title: str
    words: str
    share_percent: float


@dataclass(frozen=True, slots=True)
class MyData:
    """What the feed knows of somebody."""

    is_nothing: bool
    since: str  # a day
    sentence: str  # what they did, in numbers
    topics: tuple[str, ...]
    surprise: int
    surprise_words: str
    liked: tuple[Liked, ...]
    categories: tuple[str, ...]
    agents: tuple[Agent, ...]
    muted: tuple[Link, ...]  # the form that shows it again, and its name
    hidden: tuple[Kept, ...]
    saved: int
    reset: Moment | None


@dataclass(frozen=True, slots=True)
class Stays:
    """What deleting takes, in numbers."""

    events: str
    slates: str


@routes.get("/feed/data")
async def data(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    done: str = "",
    done_item: Annotated[str, Query(alias="done-item", max_length=2000)] = "",
    done_source: Annotated[str, Query(alias="done-source", max_length=40)] = "",
    done_before: Annotated[str, Query(alias="done-before", max_length=40)] = "",
) -> Response:
    """What is known of them."""
    profile = await app.feeds.profile(scope)
    known = await app.records.aread(lambda conn: _read(conn, scope, profile))
    page = my_data(known, profile, app.feeds.agents, now_s=app.clock.now_s())
    match done:
        case "reset":
            undo = Undo("Undo", "/feed/reset/undo", {"before": done_before})
            toast: Toast | None = Toast("Your feed begins anew.", undo if known.choices.reset_at is not None else None)
        case "unreset":
            toast = Toast("What you did counts again.")
        case "deleted":
            toast = Toast("What the feed had of you is deleted.")
        case _:
            toast = await toast_of(app, scope, done, item=done_item, source=done_source, back="/feed/data")
    return render(request, "my_data.html", page, here="feed", toast=toast)


@routes.post("/feed/reset")
async def begin_anew(app: AppDep, scope: ScopeDep) -> Response:
    """What they did until now counts no longer."""

    def begin(conn: sa.Connection) -> float | None:
        before = choices(conn, scope).reset_at
        reset(conn, scope, clock=app.clock)
        return before

    before = await app.records.awrite(begin)
    return RedirectResponse(f"/feed/data?done=reset&done-before={'' if before is None else repr(before)}", 303)


@routes.post("/feed/reset/undo")
async def begin_as_before(app: AppDep, scope: ScopeDep, before: Annotated[float | None, Form()] = None) -> Response:
    """It counts again."""
    await app.records.awrite(lambda conn: take_back_reset(conn, scope, before, clock=app.clock))
    return RedirectResponse("/feed/data?done=unreset", status_code=303)


@routes.get("/feed/data/delete")
async def ask_to_delete(request: Request, app: AppDep, scope: ScopeDep) -> Response:
    """What goes and what stays, before it does."""
    done = await app.records.aread(lambda conn: read_done(conn, scope))
    page = Stays(plural(sum(done.counts.values()), "thing"), plural(done.slates, "page"))
    return render(request, "delete_data.html", page, here="feed")


@routes.post("/feed/data/delete")
async def delete(app: AppDep, scope: ScopeDep) -> Response:
    """It cannot be undone."""
    await app.records.awrite(lambda conn: forget(conn, scope))
    return RedirectResponse("/feed/data?done=deleted", status_code=303)


@dataclass(frozen=True, slots=True)
class _Known:
    choices: Choices
    done: Done
    liked: Mapping[int, ItemRow]
    said: Mapping[int, Said]
    saved: int
    hidden: Sequence[tuple[ItemRow, float]]
    sources: Mapping[str, str]  # their names


def my_data(known: _Known, profile: Profile, agents: Sequence[FeedAgent], *, now_s: float) -> MyData:
    """The page."""
    liked = [act for act in profile.acts if act.worth > 0 and act.item in known.liked]
    fields = Counter(stated(known.liked[act.item].fields, "category") for act in liked)
    del fields[""]
    chosen = known.choices
    return MyData(
        is_nothing=not known.done.counts and not chosen.interests and not chosen.muted,
        since="" if known.done.since is None else f"{utc(known.done.since):%-d %B %Y}",
        sentence=_counted(known.done),
        topics=chosen.interests,
        surprise=round(100 * chosen.surprise),
        surprise_words=_surprise_words(chosen.surprise),
        liked=tuple(_liked(known.liked[act.item], profile, act.at, now_s) for act in liked[:_LIKED]),
        categories=tuple(f"{name} ({number})" for name, number in fields.most_common(_CATEGORIES)),
        agents=_agents(profile, agents),
        muted=tuple(
            Link(f"/feed/muted/{source}/undo", known.sources[source])
            for source in chosen.muted
            if source in known.sources
        ),
        hidden=kept_cards(known.hidden, Said(opinion="hidden"), now_s),
        saved=known.saved,
        reset=None if chosen.reset_at is None else moment(chosen.reset_at, now_s),
    )


def _read(conn: sa.Connection, scope: Scope, profile: Profile) -> _Known:
    ids = [act.item for act in profile.acts if act.worth > 0][:400]
    return _Known(
        choices=choices(conn, scope),
        done=read_done(conn, scope),
        liked=read_items(conn, scope, ids=ids),
        said=read_said(conn, scope, ids),
        saved=len(list_saved(conn, scope)),
        hidden=list_hidden(conn, scope),
        sources={one.id: host_and_path(one.url) for one in list_sources(conn, scope, limit=_SOURCES)},
    )


def kept_cards(found: Sequence[tuple[ItemRow, float]], said: Said, now_s: float) -> tuple[Kept, ...]:
    """What was saved, or hidden, with since when."""
    return tuple(Kept(card(row, said, now_s=now_s), moment(at, now_s)) for row, at in found)


def _liked(row: ItemRow, profile: Profile, at_s: float, now_s: float) -> Liked:
    shown = card(row, Said(), now_s=now_s)
    words = did_words(profile, row.id)
    return Liked(words[:1].upper() + words[1:], shown.href, shown.title, moment(at_s, now_s))


def _counted(done: Done) -> str:
    """What they did, as the rest of a sentence; empty when they did nothing."""
    counts = {**done.counts, "opened": done.counts.get("opened", 0) + done.counts.get("viewed", 0)}
    shown = f"you were shown {plural(counts['shown'], 'item')}" if counts.get("shown") else ""
    did = [f"{words} {counts[kind]:,}" for kind, words in _COUNTED.items() if counts.get(kind)]
    listed = did[0] if len(did) == 1 else f"{', '.join(did[:-1])} and {did[-1]}" if did else ""
    return "; ".join(part for part in (shown, f"you {listed}" if listed else "") if part)


def _surprise_words(surprise: float) -> str:
    if surprise < 0.2:
        return "what is familiar"
    if surprise < 0.45:
        return "what is familiar, with some surprises"
    if surprise < 0.75:
        return "as much surprise as what is familiar"
    return "surprises"


def _agents(profile: Profile, agents: Sequence[FeedAgent]) -> tuple[Agent, ...]:
    """Sentences about those that were tried often enough, the best first."""
    duties = {agent.name: agent.duty for agent in agents}
    found: list[tuple[float, Agent]] = []
    for name, tried in profile.tried.items():
        total = tried.rewarded + tried.unrewarded
        if total < _ENOUGH:
            continue
        rate = tried.rewarded / total
        title = name[:1].upper() + name[1:]
        duty = duties.get(name, "")
        about = f"{duty[:1].lower()}{duty[1:]}: " if duty else ""
        words = f"{about}of about {total:.0f} it was for, you opened or kept {tried.rewarded:.0f}"
        found.append((rate, Agent(title, words, round(100 * rate, 1))))
    return tuple(agent for _, agent in sorted(found, key=lambda one: (-one[0], one[1].title)))
