"""`/feed/news`: what became of what somebody relies on; each is put aside when they have done with it."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.answer.news import bring_back, put_aside, read_news
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.frame import Toast, Undo
from bowerbird.web.news import NewsCard, news_card
from bowerbird.web.paths import own_path
from bowerbird.web.render import render

__all__ = ["NewsPage", "news_cards", "news_toast", "routes"]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class NewsPage:
    """All news, the newest first."""

    news: tuple[NewsCard, ...]
    path: str = "/feed/news"


@routes.get("/feed/news")
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    done: str = "",
    done_news: Annotated[str, Query(alias="done-news", max_length=100)] = "",
) -> Response:
    """The list; what has just been put aside can be brought back."""
    now_s = app.clock.now_s()
    page = NewsPage(await app.records.aread(lambda conn: news_cards(conn, scope, now_s=now_s)))
    return render(request, "news.html", page, here="feed", toast=news_toast(done, done_news, page.path))


@routes.post("/feed/news/{news}/aside")
async def aside(app: AppDep, scope: ScopeDep, news: str, back: Annotated[str, Form()] = "/feed/news") -> Response:
    """They have done with it."""
    await app.records.awrite(lambda conn: put_aside(conn, scope, news, now_s=app.clock.now_s()))
    query = urlencode({"done": "aside", "done-news": news})
    return RedirectResponse(f"{own_path(back).partition('?')[0]}?{query}", status_code=303)


@routes.post("/feed/news/{news}/back")
async def again(app: AppDep, scope: ScopeDep, news: str, back: Annotated[str, Form()] = "/feed/news") -> Response:
    """They have not."""
    await app.records.awrite(lambda conn: bring_back(conn, scope, news))
    return RedirectResponse(own_path(back).partition("?")[0], status_code=303)


def news_cards(conn: sa.Connection, scope: Scope, *, now_s: float) -> tuple[NewsCard, ...]:
    """The news of who asks, as cards."""
    return tuple(news_card(one, now_s=now_s) for one in read_news(conn, scope, now_s=now_s))


def news_toast(done: str, news: str, back: str) -> Toast | None:
    """What has just been put aside, and the form that brings it back."""
    if done != "aside" or not news:
        return None
    return Toast("It is put aside.", Undo("Undo", f"/feed/news/{news}/back", {"back": back}))
