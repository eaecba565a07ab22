"""
`/feed`: what is worth somebody's time, why it is there, and what they say of it; and the forms of all pages of a feed.

What was seen is told by a script, card by card. Without one it follows from what a person does: who opens or judges the
fifth card has had the four above it before their eyes, and who asks for others has looked through the page. Both ways
give an event the same id, so that nothing is counted twice.

A feed can be limited to a category and a region. Both stand in the address, so that it can be kept and sent.

While the records do not answer, the page is of what a slate itself tells: titles, and the agent that is most for each,
less what the person is known here to have hidden.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import sqlalchemy as sa
from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.feed import (
    Called,
    Entry,
    NewEvent,
    Only,
    Served,
    Shelf,
    called_follows,
    choices,
    choose,
    follow_thing,
    followed_now,
    mute,
    take_back,
    unmute,
)
from bowerbird.feed.listed import ItemRow, find_item, read_items
from bowerbird.feed.places import ONE_COLUMN, PAGE, WHY_FIRST
from bowerbird.kernel.errors import InputWrong, NotFound, StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import list_entities
from bowerbird.ops.logs import logger
from bowerbird.web.access import Routes
from bowerbird.web.cards import (
    Card,
    Remembered,
    Slated,
    can_enquire,
    card,
    item_href,
    question_about,
    remembered,
    shortened,
    why_of,
)
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.news import NewsCard
from bowerbird.web.pages.news import news_cards, news_toast
from bowerbird.web.paths import own_path
from bowerbird.web.queries.items import Said, items_above, read_said
from bowerbird.web.queries.sources import find_source
from bowerbird.web.render import render
from bowerbird.web.words import host_and_path
from bowerbird.wiring import App

__all__ = ["CARDS", "FeedPage", "cards_of", "event_id", "routes", "tell_seen", "toast_of"]

CARDS: Final = 20
LATER_COOKIE: Final = "topics"
_LATER_S: Final = 30 * 86_400
_TOPICS: Final = 8
_VALUES: Final = 100  # of a category or region that are offered, the most frequent
_DAY_S: Final = 86_400
_NEWS: Final = 2  # pieces of news above the cards; all are on a page of their own
_NAMED: Final = 3  # cards that say they are there because of the same
_DEGRADED: Final[Mapping[str, str]] = {
    "simple": "Arranged by a simple rule for the moment: none of the agents answered in time.",
    "trending": "What many liked lately: what is known of you cannot be read at the moment.",
}
# What is told when it is done, and the act that takes it back.
_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    "saved": ("“{}” is saved.", "unsaved"),
    "unsaved": ("“{}” is not saved any more.", "saved"),
    "liked": ("There will be more like “{}”.", "unliked"),
    "disliked": ("There will be less like “{}”.", "undisliked"),
    "hidden": ("“{}” is hidden.", "unhidden"),
    "unliked": ("What you said of “{}” is taken back.", ""),
    "undisliked": ("What you said of “{}” is taken back.", ""),
    "unhidden": ("“{}” is shown again.", ""),
}
_TAKEN_BACK: Final[Mapping[str, str]] = {"unliked": "liked", "undisliked": "disliked", "unhidden": "hidden"}

routes = Routes(include_in_schema=False)
_log = logger("api")

Slate = Annotated[str, Form(max_length=40)]
Position = Annotated[int | None, Form(ge=0, le=1_000)]
Back = Annotated[str, Form()]
Limit = Annotated[str, Query(max_length=500)]
LimitField = Annotated[str, Form(max_length=500)]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the feed can be limited by, and what it is limited to; empty: nothing."""

    name: str
    chosen: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The page."""

    cards: tuple[Card, ...]
    slate: str
    degraded: str
    surprise: int  # from 0, familiar, to 100
    asks_topics: bool
    topics: tuple[str, ...]  # proposed
    is_empty: bool  # nothing was gathered; else what there is was hidden
    left_out: int  # hidden, of this page
    filters: tuple[Filter, ...]
    is_limited: bool  # to a category or a region
    path: str  # where its forms lead back to
    news: tuple[NewsCard, ...]  # the newest
    more_news: int
    is_why_first: bool = False  # as an experiment lays it out (`feed/places.py`)
    is_one_column: bool = False


@dataclass(frozen=True, slots=True)
class RememberedPage:
    """The page while the records do not answer."""

    cards: tuple[Remembered, ...]
    degraded: str


@routes.get("/feed")
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    category: Limit = "",
    region: Limit = "",
    done: str = "",
    done_item: Annotated[str, Query(alias="done-item", max_length=2000)] = "",
    done_source: Annotated[str, Query(alias="done-source", max_length=40)] = "",
    done_news: Annotated[str, Query(alias="done-news", max_length=100)] = "",
) -> Response:
    """A slate of the last minutes, or one that is made now; of a category or a region only, when one is chosen."""
    only = Only(category, region)
    user_agent = request.headers.get("user-agent", "")
    served = await app.feeds.slate(scope, length=CARDS, only=only, user_agent=user_agent)
    try:
        page = await _page(request, app, scope, served, only)
        toast = news_toast(done, done_news, page.path)
        toast = toast or await toast_of(app, scope, done, item=done_item, source=done_source, back=page.path)
    except StoreUnavailable as error:
        _log.warning("feed.page_without_records", error=str(error))
        left_out = app.feeds.unwanted(scope)
        cards = tuple(remembered(one, app.feeds.agents) for one in served.slate.entries if one.item not in left_out)
        bare = RememberedPage(cards, _DEGRADED.get(served.slate.level, ""))
        return render(request, "feed_remembered.html", bare, here="feed")
    return render(request, "feed.html", page, here="feed", toast=toast)


async def _page(request: Request, app: App, scope: Scope, served: Served, only: Only) -> FeedPage:
    """All that is around a slate; raises StoreUnavailable."""
    shown = await cards_of(app, scope, served)
    profile = await app.feeds.profile(scope)
    asks_topics = profile.is_new and request.cookies.get(LATER_COOKIE) != "later" and bool(served.slate.entries)
    visible = [one for one in shown if one.said.opinion != "hidden"]
    shelf = await app.feeds.shelf(scope, most=_VALUES)
    now_s = app.clock.now_s()
    news = await app.records.aread(lambda conn: news_cards(conn, scope, now_s=now_s)) if only.is_everything else ()
    layout = await _layout(app, scope, request.headers.get("user-agent", "")) if visible else ""
    return FeedPage(
        cards=tuple(visible),
        slate=served.slate.id,
        degraded=_DEGRADED.get(served.slate.level, ""),
        surprise=round(100 * profile.surprise),
        asks_topics=asks_topics,
        topics=await _topics(app, scope, shelf) if asks_topics else (),
        is_empty=not visible and not shelf.items,
        left_out=len(shown) - len(visible),
        filters=_filters(shelf, only),
        is_limited=not only.is_everything,
        path=_path(only),
        news=news[:_NEWS],
        more_news=len(news[_NEWS:]),
        is_why_first=layout == WHY_FIRST,
        is_one_column=layout == ONE_COLUMN,
    )


async def _layout(app: App, scope: Scope, user_agent: str) -> str:
    """How the page is laid out for the person, who has met what is tried of it."""
    return (await app.trials.give(scope, (PAGE,), user_agent=user_agent)).variants.get(PAGE, "")


@routes.post("/feed/act")
async def act(
    app: AppDep,
    scope: ScopeDep,
    *,
    item: Annotated[str, Form(max_length=2000)],
    act: Annotated[str, Form()],
    slate: Slate = "",
    position: Position = None,
    back: Back = "/feed",
) -> Response:
    """Save, judge, hide, ask about, enquire, or take one of these back."""
    row, said = await app.records.aread(lambda conn: _item_and_said(conn, scope, item))
    if act == "enquired":
        return await _enquire(app, scope, row, slate, position)
    if act == "asked":
        await tell_seen(app, scope, slate, position, NewEvent(item, "asked", slate=slate or None, sender=scope))
        return RedirectResponse(f"/chat?{urlencode({'query': question_about(row.title)})}", status_code=303)
    if act in _TAKEN_BACK:
        await app.records.awrite(lambda conn: take_back(conn, scope, item, [_TAKEN_BACK[act]]))
    elif act not in _TOLD:
        raise InputWrong(f"act is {act[:40]!r}; expected one of asked, enquired, {', '.join(_TOLD)}", field="act")
    elif not _is_so(said, act):
        await tell_seen(app, scope, slate, position, NewEvent(item, act, slate=slate or None, sender=scope))
    return _back(back, {"done": act, "done-item": item}, f"item-{row.id}")


@routes.post("/feed/others")
async def others(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    slate: Slate = "",
    seen: Annotated[str, Form()] = "",
    category: LimitField = "",
    region: LimitField = "",
) -> Response:
    """Another slate, made now; without a script it is how one says to have looked through this one."""
    only = Only(category, region)
    if seen == "all":
        await tell_seen(app, scope, slate, CARDS - 1)
    user_agent = request.headers.get("user-agent", "")
    await app.feeds.slate(scope, length=CARDS, fresh=True, only=only, user_agent=user_agent)
    return RedirectResponse(_path(only), status_code=303)


@routes.post("/feed/muted/{source}")
async def hide_source(app: AppDep, scope: ScopeDep, source: str, back: Back = "/feed") -> Response:
    """Show nothing of a source any more."""
    await app.records.awrite(lambda conn: mute(conn, scope, source, clock=app.clock))
    return _back(back, {"done": "muted", "done-source": source})


@routes.post("/feed/followed/{source}")
async def follow_source(app: AppDep, scope: ScopeDep, source: str, back: Back = "/feed") -> Response:
    """Have what is new of a source in the feed."""
    await app.records.awrite(lambda conn: follow_thing(conn, scope, "source", source, clock=app.clock))
    return _back(back, {"done": "followed", "done-source": source})


@routes.post("/feed/muted/{source}/undo")
async def show_source(app: AppDep, scope: ScopeDep, source: str, back: Back = "/feed") -> Response:
    """Show it again."""
    await app.records.awrite(lambda conn: unmute(conn, scope, source, clock=app.clock))
    return _back(back, {"done": "unmuted", "done-source": source})


@routes.post("/feed/surprise")
async def set_surprise(
    app: AppDep, scope: ScopeDep, surprise: Annotated[int, Form(ge=0, le=100)], back: Back = "/feed"
) -> Response:
    """Between familiar, 0, and surprising, 100."""
    await app.records.awrite(lambda conn: choose(conn, scope, clock=app.clock, surprise=surprise / 100))
    return _back(back, {"done": "surprise"})


@routes.post("/feed/topics")
async def set_topics(
    app: AppDep,
    scope: ScopeDep,
    *,
    topic: Annotated[list[str] | None, Form()] = None,
    other: Annotated[str, Form(max_length=2000)] = "",
    replace: Annotated[bool, Form()] = False,
    later: Annotated[bool, Form()] = False,
    back: Back = "/feed",
) -> Response:
    """Pick topics, beside those that were or in place of them; or leave it for later."""
    if later:
        response = _back(back, {})
        response.set_cookie(LATER_COOKIE, "later", max_age=_LATER_S, httponly=True, samesite="lax", path="/")
        return response
    picked = [*(topic or []), *other.replace("\n", ",").split(",")]

    def keep(conn: sa.Connection) -> None:
        had = () if replace else choices(conn, scope).interests
        choose(conn, scope, clock=app.clock, interests=[*had, *picked])

    await app.records.awrite(keep)
    return _back(back, {"done": "topics"})


async def cards_of(app: App, scope: Scope, served: Served) -> list[Card]:
    """The cards of a slate: of what is still there, and of what may be seen now."""
    entries, now_s = served.slate.entries, app.clock.now_s()
    because = {entry.because for entry in entries if entry.because}
    follow = {entry.follow for entry in entries if entry.follow}

    def read(conn: sa.Connection) -> tuple[dict[int, ItemRow], dict[int, Said], dict[str, Called]]:
        ids = [entry.item for entry in entries]
        followed = called_follows(conn, scope, follow)
        return read_items(conn, scope, ids=ids, keys=because), read_said(conn, scope, ids), followed

    found, said, followed = await app.records.aread(read)
    profile = await app.feeds.profile(scope)
    by_key = {row.key: row for row in found.values()}
    slated = Slated.of(served.slate, profile, app.feeds.agents)
    named: Counter[str] = Counter()

    def liked(entry: Entry) -> ItemRow | None:
        """What it is like, unless that was said often enough."""
        named[entry.because] += 1
        return by_key.get(entry.because) if named[entry.because] <= _NAMED else None

    return [
        card(
            found[entry.item],
            said.get(entry.item, Said()),
            now_s=now_s,
            why=why_of(entry, slated, liked=liked(entry), rewarded=entry.rewarded, follows=followed.get(entry.follow)),
            slate=served.slate.id,
            position=position,
            follow=profile.followed.sources.get(found[entry.item].source, ""),
        )
        for position, entry in enumerate(entries)
        if entry.item in found and not found[entry.item].is_gone
    ]


def event_id(slate: str, position: int, kind: str) -> str:
    """What scripts and forms both call the same event of a place in a slate."""
    return f"{slate}-{position}-{kind}"


async def tell_seen(app: App, scope: Scope, slate: str, position: int | None, *events: NewEvent) -> None:
    """
    Keep the events, and that the places of the slate down to `position` were seen.

    Raises NotFound when one of the events is refused.
    """
    above: list[str] = []
    if slate and position is not None:
        above = await app.records.aread(lambda conn: items_above(conn, scope, slate, position))
    shown = [
        NewEvent(key, "shown", id=event_id(slate, place, "shown"), slate=slate, sender=scope)
        for place, key in enumerate(above)
        if key
    ]
    if not shown and not events:
        return
    outcomes = await app.events.keep(scope.workspace, [*shown, *events])
    if refused := next((one for one in outcomes[len(shown) :] if one.state == "refused"), None):
        raise NotFound(refused.reason)


async def toast_of(
    app: App, scope: Scope, done: str, *, item: str = "", source: str = "", back: str = "/feed"
) -> Toast | None:
    """What has just been done, in words of the records, and the form that takes it back."""
    fields = {"back": back}
    match done:
        case "surprise":
            return Toast("Your feed is made anew.")
        case "topics":
            return Toast("Your topics are kept.")
        case "muted" | "unmuted":
            try:
                row = await app.records.aread(lambda conn: find_source(conn, scope, source))
            except NotFound:
                return None
            name = host_and_path(row.url)
            if done == "muted":
                return Toast(
                    f"Nothing of {name} is shown any more.", Undo("Undo", f"/feed/muted/{row.id}/undo", fields)
                )
            return Toast(f"{name} is shown again.")
        case "followed":
            return await _followed_toast(app, scope, source, fields)
        case _ if done in _TOLD:
            try:
                found, said = await app.records.aread(lambda conn: _item_and_said(conn, scope, item))
            except NotFound:
                return None
            words, undo = _TOLD[done]
            told = words.format(shortened(found.title or host_and_path(found.url)))
            if not undo:
                return Toast(told)
            if not _is_so(said, done):
                return None
            return Toast(told, Undo("Undo", "/feed/act", {"item": item, "act": undo, **fields}))
        case _:
            return None


async def _followed_toast(app: App, scope: Scope, source: str, fields: dict[str, str]) -> Toast | None:
    try:
        row, followed = await app.records.aread(
            lambda conn: (find_source(conn, scope, source), followed_now(conn, scope, "source"))
        )
    except NotFound:
        return None
    if source not in followed:
        return None
    words = f"You follow {host_and_path(row.url)}: what is new of it comes into your feed."
    return Toast(words, Undo("Undo", f"/following/{followed[source]}/stop", fields))


def _item_and_said(conn: sa.Connection, scope: Scope, key: str) -> tuple[ItemRow, Said]:
    row = find_item(conn, scope, key, or_gone=True)
    return row, read_said(conn, scope, [row.id]).get(row.id, Said())


def _is_so(said: Said, act: str) -> bool:
    """Whether it has been said already: a form that is sent twice says it once."""
    if act in ("saved", "unsaved"):
        return said.is_saved == (act == "saved")
    return said.opinion == act


async def _enquire(app: App, scope: Scope, row: ItemRow, slate: str, position: int | None) -> Response:
    """
    Keep that somebody wants to hear from a vendor, and lead to the item, which links to the vendor's own page.

    Not straight on to it: forms lead to our own pages only, and browsers see to that.
    """
    if not can_enquire(row):
        raise InputWrong(
            "this is nobody's offer, so there is nobody to ask; expected an item of kind vendor", field="act"
        )
    if slate and position is not None:
        event = NewEvent(row.key, "enquired", id=event_id(slate, position, "enquired"), slate=slate, sender=scope)
    else:
        day = int(app.clock.now_s() // _DAY_S)
        event = NewEvent(row.key, "enquired", id=f"{row.id}-{day}-enquired", sender=scope)
    await tell_seen(app, scope, slate, position, event)
    return _back(item_href(row.key, slate, position), {"done": "enquired"})


def _filters(shelf: Shelf, only: Only) -> tuple[Filter, ...]:
    """A filter for each of category and region that has several values among what may be seen, or is chosen."""
    found: list[Filter] = []
    for name, chosen, values in (("category", only.category, shelf.categories), ("region", only.region, shelf.regions)):
        if len(values) > 1 or chosen:
            found.append(Filter(name, chosen, tuple(sorted({*values, chosen} - {""}, key=str.casefold))))
    return tuple(found)


def _path(only: Only) -> str:
    """The address of the feed that is limited so."""
    chosen = {name: value for name, value in (("category", only.category), ("region", only.region)) if value}
    return f"/feed?{urlencode(chosen)}" if chosen else "/feed"


async def _topics(app: App, scope: Scope, shelf: Shelf) -> tuple[str, ...]:
    """Topics that one could pick: categories of what is there, then what is spoken of most."""
    cards = await app.records.aread(lambda conn: list_entities(conn, scope, "", limit=_TOPICS))
    categories = shelf.categories[: _TOPICS // 2]
    named = {name.casefold(): name for name in reversed([*categories, *(one.name for one in cards)])}
    return tuple(reversed(named.values()))[:_TOPICS]


def _back(path: str, done: Mapping[str, str], anchor: str = "") -> RedirectResponse:
    """To where the form was, which tells what has been done."""
    parts = urlsplit(own_path(path))
    asked = [(name, value) for name, value in parse_qsl(parts.query) if not name.startswith("done")]
    query = urlencode([*asked, *done.items()])
    where = f"{parts.path}?{query}" if query else parts.path
    return RedirectResponse(f"{where}#{anchor}" if anchor else where, status_code=303)
