"""`/feed/items/{key}`: an item with its proof, what is like it, and why one would be shown it."""

from dataclasses import dataclass
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import Query, Request
from starlette.responses import Response

from bowerbird.feed import NewEvent, Profile, called_follows
from bowerbird.feed.listed import ItemRow, find_item, read_items
from bowerbird.feed.variants import FEED_PLACES, Variants
from bowerbird.kernel.errors import Unavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.ops.logs import logger
from bowerbird.web.access import Routes
from bowerbird.web.cards import Card, Slated, Why, can_enquire, card, did_words, shortened, stated, why_of
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.pages.feed import CARDS, event_id, tell_seen, toast_of
from bowerbird.web.queries.items import Said, read_said
from bowerbird.web.render import render
from bowerbird.web.words import host_and_path, moment, plural, text_fragment
from bowerbird.wiring import App

__all__ = ["Fact", "ItemPage", "routes"]

_SIMILAR: Final = 6
_ALIKE_ENOUGH: Final = 0.25  # as in a slate: below, an item is not said to be like another
_DAY_S: Final = 86_400

routes = Routes(include_in_schema=False)
_log = logger("api")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the item states of itself."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ItemPage:
    """The page."""

    card: Card
    facts: tuple[Fact, ...]
    live_href: str
    enquire_href: str  # their own page, once one wants to ask; empty before, and where nobody can be asked
    enquire_host: str
    page_href: str
    similar: tuple[Card, ...]
    reasons: tuple[str, ...]  # why one would be shown it, or is not
    path: str  # where its forms lead back to
    tells: str  # the place whose events scripts tell of; empty: none


@routes.get("/feed/items/{key:path}")
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    key: str,
    *,
    slate: Annotated[str, Query(max_length=40)] = "",
    position: Annotated[int | None, Query(ge=0, le=1_000)] = None,
    done: str = "",
    done_source: Annotated[str, Query(alias="done-source", max_length=40)] = "",
) -> Response:
    """The item; that it was opened is kept."""
    row = await app.records.aread(lambda conn: find_item(conn, scope, key, or_gone=True))
    profile = await app.feeds.profile(scope)  # as it was before this was opened
    if not done:
        await _opened(app, scope, row, slate, position)
    around = await app.feeds.around(scope, row.id, most=_SIMILAR)

    def read(conn: sa.Connection) -> tuple[dict[int, ItemRow], dict[int, Said]]:
        ids = [*around.similar, *([] if around.liked is None else [around.liked])]
        return read_items(conn, scope, ids=ids), read_said(conn, scope, [row.id, *around.similar])

    others, said = await app.records.aread(read)
    now_s = app.clock.now_s()
    page = ItemPage(
        card=card(
            row,
            said.get(row.id, Said()),
            now_s=now_s,
            why=await _why_now(app, scope, row, profile),
            slate=slate,
            position=position,
        ),
        facts=_facts(row, now_s),
        live_href=text_fragment(row.url, row.quote) if row.url.startswith(("http://", "https://")) else "",
        enquire_href=row.url if done == "enquired" and can_enquire(row) else "",
        enquire_host=host_and_path(row.url),
        page_href=f"/knowledge/pages/{row.page}",
        similar=tuple(
            card(others[item], said.get(item, Said()), now_s=now_s) for item in around.similar if item in others
        ),
        reasons=_reasons(row, profile, others.get(around.liked or 0)),
        path=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        tells=slate if slate and position is not None else "",
    )
    toast = await toast_of(app, scope, done, item=key, source=done_source, back=page.card.href)
    return render(request, "item.html", page, here="feed", toast=toast)


async def _opened(app: App, scope: Scope, row: ItemRow, slate: str, position: int | None) -> None:
    """Keep that it was opened from its slate, else that it was looked at today; the page is shown all the same."""
    if slate and position is not None:
        event = NewEvent(row.key, "opened", id=event_id(slate, position, "opened"), slate=slate, sender=scope)
    else:
        day = int(app.clock.now_s() // _DAY_S)
        event = NewEvent(row.key, "viewed", id=f"{row.id}-{day}-viewed", sender=scope)
    try:
        await tell_seen(app, scope, slate, position, event)
    except Unavailable as error:
        _log.warning("feed.event_not_kept", error=str(error))


async def _why_now(app: App, scope: Scope, row: ItemRow, profile: Profile) -> Why | None:
    """Why it is in the person's feed now; None when it is not. They are shown no feed, so they meet nothing by it."""
    variants = Variants.of(await app.trials.look(scope, FEED_PLACES))
    served = await app.feeds.slate(scope, length=CARDS, variants=variants)
    entry = next((one for one in served.slate.entries if one.item == row.id), None)
    if entry is None:
        return None
    wanted = [entry.because] if entry.because else []
    found, followed = await app.records.aread(
        lambda conn: (read_items(conn, scope, keys=wanted), called_follows(conn, scope, [entry.follow]))
    )
    slated = Slated.of(served.slate, profile, app.feeds.agents)
    return why_of(entry, slated, liked=next(iter(found.values()), None), follows=followed.get(entry.follow))


def _reasons(row: ItemRow, profile: Profile, liked: ItemRow | None) -> tuple[str, ...]:
    """Sentences about it and the person, the weightiest first."""
    reasons: list[str] = []
    if row.is_gone:
        reasons.append("It is shown in no feed any more: its page is no longer on its site.")
    if row.source in profile.muted:
        reasons.append("You hid its source, so it is not shown to you.")
    if row.id in profile.unwanted:
        reasons.append("You said that you do not want it, so what is like it is shown less.")
    if row.id in profile.saved:
        reasons.append("You keep it. What is like it is shown more, and it may come back to you after a month.")
    elif liked is not None:
        reasons.append(
            f"It is like “{shortened(liked.title or host_and_path(liked.url))}”, which {_did(profile, liked)}."
        )
    elif profile.is_new:
        reasons.append(
            "Nothing is known of you yet, so you are shown what is new, what is good, and what others liked."
        )
    else:
        reasons.append("It is like nothing that you did so far: it would come as a surprise.")
    if row.id in profile.shown:
        reasons.append(
            f"You were shown it {plural(profile.shown[row.id][0], 'time')} lately; the more often in vain, the rarer."
        )
    return tuple(reasons)


def _did(profile: Profile, liked: ItemRow) -> str:
    return did_words(profile, liked.id)


def _facts(row: ItemRow, now_s: float) -> tuple[Fact, ...]:
    names = ("category", "region", "price", "author", "tags")
    facts = [Fact(name.capitalize(), value) for name in names if (value := stated(row.fields, name))]
    if row.kind != "page":
        facts.insert(0, Fact("Kind", row.kind))
    return (*facts, Fact("Source", host_and_path(row.source_url)), Fact("Dated", moment(row.created_at, now_s).exact))
