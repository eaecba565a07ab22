"""`/v1/feed.atom`: one's feed for feed readers, by a key or a session."""

from typing import Annotated, Any, Final

from fastapi import Query, Request
from starlette.responses import Response

from bowerbird.feed import MOST
from bowerbird.feed.variants import FEED_PLACES, Variants
from bowerbird.kernel.clock import utc
from bowerbird.web.access import Routes
from bowerbird.web.atom import MEDIA_TYPE, atom
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.pages.feed import cards_of
from bowerbird.web.pages.news import news_cards

__all__ = ["routes"]

_DEFAULT: Final = 20
_SENT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": "<feed></feed>"}}}
}

routes = Routes(prefix="/v1/feed.atom", tags=["feed"])


@routes.get(
    "",
    operation_id="get_feed_as_atom",
    summary="Get somebody's feed as Atom",
    response_class=Response,
    responses=_SENT,
)
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    n: Annotated[int, Query(ge=1, le=MOST, description="Entries, at most.")] = _DEFAULT,
) -> Response:
    """
    News, then the slate of the last five minutes.

    Entries have ids for ever; what is opened from there is told as looked at.
    """
    # A reader asks by the clock, and may show it to nobody: that is no meeting with what is tried.
    variants = Variants.of(await app.trials.look(scope, FEED_PLACES))
    served = await app.feeds.slate(scope, length=n, variants=variants)
    cards, now_s = await cards_of(app, scope, served), app.clock.now_s()
    news = await app.records.aread(lambda conn: news_cards(conn, scope, now_s=now_s))
    base = app.settings.public_url or f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
    own_path = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    made_at = utc(served.packed.made_at)
    body = atom(cards, scope, made_at=made_at, base=base.rstrip("/"), own_path=own_path, news=news)
    return Response(body, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers={"Cache-Control": "private, max-age=300"})
