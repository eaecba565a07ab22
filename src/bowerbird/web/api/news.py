"""`/v1/news`: what became of what somebody relies on."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bowerbird.answer.news import NewsKind, bring_back, put_aside, read_news
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["ChangedOut", "NewsList", "NewsOut", "PlaceOut", "WhyOut", "routes"]

routes = Routes(prefix="/v1/news", tags=["feed"])


class PlaceOut(BaseModel):
    """Words of a stored page."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        description="What the version says from `start` to `end`, in one line; of an answer, the sentence that rests on"
        " it."
    )
    page: int
    version: int
    start: int
    end: int
    url: str
    title: str = ""
    at: float = Field(description="When the version was gathered, in seconds since 1970 (UTC).")
    value: str = Field(default="", description="What it gives for that on which pages differ, if that is known.")


class ChangedOut(BaseModel):
    """A sentence as it was, and as it is; null where nothing took, or had, its place."""

    was: PlaceOut | None
    now: PlaceOut | None


class WhyOut(BaseModel):
    """Why it concerns the person."""

    kind: Literal["question", "saved", "entity"]
    id: str = Field(description="Of their question, of the item that they saved, of the entity that they follow.")
    title: str = ""
    conversation: str = Field(default="", description="Of a question.")


class NewsOut(BaseModel):
    """A piece of news."""

    news: str = Field(description="Its id; another change of the same page has another one.")
    kind: NewsKind = Field(
        description="`change`: a page that an answer of theirs cites, or that they saved, says something else or is"
        " gone; `conflict`: pages differ on what they follow; `answer`: a question that they follow is answered"
        " otherwise; `gap`: a question that had no answer has one."
    )
    at: float = Field(description="Since when, in seconds since 1970 (UTC).")
    title: str
    is_gone: bool = Field(description="The page is no longer on its site.")
    subject: str | None = Field(description="On what pages differ.")
    why: list[WhyOut]
    changed: list[ChangedOut]
    sides: list[PlaceOut] = Field(description="Of a conflict, the newest first.")


class NewsList(BaseModel):
    """What somebody should be told, the newest first."""

    news: list[NewsOut]


@routes.get("", operation_id="list_news", summary="List what became of what somebody relies on")
async def index(app: AppDep, scope: ScopeDep) -> NewsList:
    """Of the last two weeks, as it is now; without what was put aside."""
    found = await app.records.aread(lambda conn: read_news(conn, scope, now_s=app.clock.now_s()))
    return NewsList(news=[NewsOut.model_validate(one.to_json()) for one in found])


@routes.post("/{news}/aside", status_code=204, operation_id="put_news_aside", summary="Put a piece of news aside")
async def aside(app: AppDep, scope: ScopeDep, news: str) -> None:
    """It is listed no more, until there is other news of the same."""
    await app.records.awrite(lambda conn: put_aside(conn, scope, news, now_s=app.clock.now_s()))


@routes.delete("/{news}/aside", status_code=204, operation_id="bring_news_back", summary="List it again")
async def again(app: AppDep, scope: ScopeDep, news: str) -> None:
    """As before."""
    await app.records.awrite(lambda conn: bring_back(conn, scope, news))
