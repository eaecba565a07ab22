"""`/v1/search`, `/v1/entities`, `/v1/pages`, `/v1/preview`: what was gathered, and what would be."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bowerbird.acquire import Preview, preview
from bowerbird.kernel.errors import InputWrong
from bowerbird.knowledge import PageVersion, entity, links_between, list_entities, read_version
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, RowId, ScopeDep
from bowerbird.web.pages.explorer import check_search
from bowerbird.web.pages.stored_page import find_version
from bowerbird.web.words import bytes_words, duration, plural

__all__ = ["Entities", "EntityLinks", "PagePreview", "SearchResults", "StoredVersion", "preview_words", "routes"]

routes = Routes(prefix="/v1", tags=["knowledge"])

Moment = Annotated[float | None, Query(ge=0, le=1e11, allow_inf_nan=False)]


class SearchHit(BaseModel):
    """A passage that was found; `text == version_text[start:end]`, in code points."""

    passage: int
    url: str
    title: str
    version: int
    start: int
    end: int
    page_number: int | None = Field(default=None, description="In a document that has pages (a PDF), from 1.")
    language: str = Field(description="That most of it is written in (a primary subtag); empty: not known.")
    text: str
    score: float
    scores: dict[str, float | None] = Field(description="What each half gave: bm25, dense.")


class SearchResults(BaseModel):
    """Passages, best first."""

    query: str
    took_ms: float
    hits: list[SearchHit]


class MentionOut(BaseModel):
    """A place that speaks of an entity; `quote == version_text[start:end]`, in code points."""

    version: int
    start: int
    end: int
    quote: str
    url: str
    title: str


class EvidenceOut(MentionOut):
    """A sentence, row or line that states something; `start` and `end` are its own, the others what it says there."""

    gathered_at: float = Field(description="When the version was, seconds since 1970, UTC.")
    subject_start: int = Field(description="May be outside the sentence: in the title above a table.")
    subject_end: int
    value_start: int
    value_end: int
    how: str = Field(description="sentence, definition, table, infobox or data.")
    confidence: float


class RelationOut(BaseModel):
    """What one entity is to another, or a date or an amount that it has; once however many pages state it."""

    type: str = Field(examples=["located_in"])
    subject: int
    subject_name: str
    entity: int | None = Field(description="The other entity; null where it is a value.")
    name: str = Field(description="Of the other entity, or the value.")
    value: str = Field(description="As the surest page writes it.")
    normalised: str = Field(description="Of a value: as any page would write it.", examples=["1950-05-04", "3000 AUD"])
    confidence: float = Field(description="The share of what is found in such a place that is right.")
    pages_count: int
    evidence: list[EvidenceOut] = Field(description="The surest of each page, the surest page first.")


class EntityOut(BaseModel):
    """What the pages speak of."""

    id: int
    name: str
    type: str = Field(examples=["concept"])
    aliases: list[str]
    mentions: list[MentionOut]
    relations: list[RelationOut]
    mentions_count: int
    pages_count: int


class Neighbour(BaseModel):
    """An entity that the same sentences speak of."""

    id: int
    name: str
    type: str
    together: int = Field(description="In how many sentences.")


class WholeEntity(EntityOut):
    """All that is known of one entity."""

    neighbours: list[Neighbour]


class NamedEntity(BaseModel):
    """An entity on a way."""

    id: int
    name: str
    type: str


class LinkStep(BaseModel):
    """Two entities, and what joins them."""

    one: NamedEntity
    other: NamedEntity
    by: Literal["relation", "sentence", "page"] = Field(
        description="A page states a relation; the same sentence names both; or the same page does."
    )
    relation: str | None = Field(description="What is stated, if anything.", examples=["is_a"])
    subject: int | None = Field(description="The one of the two whose relation it is.")
    evidence: list[MentionOut] = Field(
        description="Whole sentences that say so; by a page one that names the one, and one that names the other."
    )


class EntityLinks(BaseModel):
    """The ways from one entity to another."""

    one: NamedEntity
    other: NamedEntity
    same: bool = Field(description="Whether both are one thing, so that nothing has to link them.")
    paths: list[list[LinkStep]] = Field(description="The shortest first, of three steps at most; none: nothing does.")


class Entities(BaseModel):
    """Entities with the places that speak of them."""

    entities: list[EntityOut]


class VersionMark(BaseModel):
    """One of a page's versions."""

    version: int
    fetched_at: float = Field(description="Seconds since 1970, UTC.")
    gone_at: float | None


class StoredVersion(BaseModel):
    """A stored page in one of its versions."""

    page: int
    version: int
    url: str
    title: str
    kind: str
    language: str = Field(description="That most of it is written in (a primary subtag); empty: not known.")
    text: str = Field(description="What offsets count in, in code points.")
    page_starts: list[int] = Field(description="Of a PDF: the offset in `text` at which each of its pages begins.")
    fetched_at: float
    gone_at: float | None
    is_current: bool
    published_at: float | None
    versions: list[VersionMark] = Field(description="Newest first.")


class PagePreview(BaseModel):
    """What gathering a URL would mean; numbers nobody knows yet are null."""

    url: str
    words: str = Field(description="The same in a sentence.")
    robots_allow: bool
    crawl_delay_s: float | None
    sitemap_pages: int | None
    pages: int | None
    minutes: float | None
    megabytes: float | None


@routes.get("/search", operation_id="search", summary="Find passages")
async def search(
    app: AppDep,
    scope: ScopeDep,
    *,
    q: Annotated[str, Query(description="Words or a question.", examples=["gradient boosting"])],
    limit: Annotated[int, Query(ge=1, le=100, description="Passages, at most.")] = 10,
    kind: Annotated[
        str | None, Query(description="Only pages that are html, pdf, docx, markdown, text or feed.")
    ] = None,
    source: Annotated[str | None, Query(description="Only from this source.")] = None,
    since: Annotated[Moment, Query(description="Only pages dated from then on, seconds since 1970.")] = None,
    until: Annotated[Moment, Query(description="Only pages dated before, seconds since 1970.")] = None,
    language: Annotated[str | None, Query(description="Only pages in this language: en, de …", max_length=8)] = None,
) -> SearchResults:
    """Passages by their words and by their meaning."""
    query = check_search(q)
    if not query:
        raise InputWrong("q is empty, expected words to look for", field="q")
    narrowed = replace(scope, sources=(source,)) if source is not None else scope
    kinds = [kind] if kind is not None else None
    languages = [language] if language is not None else None
    result = await run_in_threadpool(
        app.searcher.search,
        query,
        k=limit,
        scope=narrowed,
        kinds=kinds,
        since=since,
        until=until,
        languages=languages,
    )
    return SearchResults.model_validate(result.to_json())


@routes.get("/entities", operation_id="list_entities", summary="List what the pages are about")
async def entities(
    app: AppDep,
    scope: ScopeDep,
    q: Annotated[str, Query(description="Words in the name; empty: the most important ones.")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Entities:
    """Entities by name or importance, each with the sentences it rests on."""
    query = check_search(q)
    cards = await app.records.aread(lambda conn: list_entities(conn, scope, query, limit=limit))
    return Entities(entities=[EntityOut.model_validate(card.to_json()) for card in cards])


@routes.get("/entities/{identifier}", operation_id="read_entity", summary="Read an entity")
async def one_entity(app: AppDep, scope: ScopeDep, identifier: RowId) -> WholeEntity:
    """All that is known of one entity; by the number of something merged into it, what it has become."""
    found = await app.records.aread(lambda conn: entity(conn, scope, identifier))
    return WholeEntity.model_validate(found.to_json())


@routes.get(
    "/entities/{identifier}/links/{other}", operation_id="link_entities", summary="Find what links two entities"
)
async def links(
    app: AppDep,
    scope: ScopeDep,
    identifier: RowId,
    other: RowId,
    limit: Annotated[int, Query(ge=1, le=20, description="Ways, at most.")] = 5,
) -> EntityLinks:
    """Ways over what pages state and what their sentences name, each step with the words that say it."""
    found = await app.records.aread(lambda conn: links_between(conn, scope, identifier, other, limit=limit))
    return EntityLinks.model_validate(found.to_json())


@routes.get("/pages/{page}", operation_id="read_page", summary="Read a stored page")
async def page(
    app: AppDep,
    scope: ScopeDep,
    page: RowId,
    version: Annotated[int | None, Query(ge=1, le=2**53, description="Empty: the newest.")] = None,
) -> StoredVersion:
    """The stored text of a page, in any of its versions."""
    return _stored(await app.records.aread(lambda conn: find_version(conn, scope, page=page, version=version)))


@routes.get("/versions/{version}", operation_id="read_version", summary="Read what a citation points into")
async def one_version(app: AppDep, scope: ScopeDep, version: RowId) -> StoredVersion:
    """The page of a version, with the text that its citations' offsets count in."""
    return _stored(await app.records.aread(lambda conn: read_version(conn, scope, version)))


def _stored(found: PageVersion) -> StoredVersion:
    return StoredVersion(
        page=found.page,
        version=found.id,
        url=found.url,
        title=found.title,
        kind=found.kind,
        language=found.written.language,
        text=found.text,
        page_starts=list(found.page_starts),
        fetched_at=found.fetched_at,
        gone_at=found.gone_at,
        is_current=found.is_current,
        published_at=found.published_at,
        versions=[
            VersionMark(version=mark.id, fetched_at=mark.fetched_at, gone_at=mark.gone_at) for mark in found.versions
        ],
    )


@routes.get("/preview", operation_id="preview", summary="See what gathering a URL would mean", tags=["jobs"])
async def look(
    app: AppDep,
    url: Annotated[
        str, Query(max_length=2048, description="Where it would start.", examples=["https://docs.example.org/"])
    ],
) -> PagePreview:
    """A short look at robots.txt, the sitemap and the start page, within some five seconds; nothing is kept."""
    agent = app.settings.crawl.user_agent.partition("/")[0]
    seen = await run_in_threadpool(preview, url, app.policy, agent=agent, clock=app.clock)
    return PagePreview(
        url=url,
        words=preview_words(seen),
        robots_allow=seen.robots_allow,
        crawl_delay_s=seen.crawl_delay_s,
        sitemap_pages=seen.sitemap_pages,
        pages=seen.pages,
        minutes=seen.minutes,
        megabytes=seen.megabytes,
    )


def preview_words(seen: Preview) -> str:
    """What gathering would mean, in a sentence or two."""
    if not seen.robots_allow:
        return "The site's robots.txt asks crawlers not to fetch this address, so nothing would be kept."
    told = ["The site allows it."]
    if seen.pages is None:
        told.append("It has no sitemap, so how much there is shows while it is gathered.")
    else:
        size = f", about {bytes_words(seen.megabytes * 1e6)}" if seen.megabytes is not None else ""
        time = f", {duration(seen.minutes * 60)} if all are fetched" if seen.minutes is not None else ""
        told.append(f"Its sitemap names {plural(seen.pages, 'page')}{size}{time}.")
    if seen.crawl_delay_s:
        told.append(f"It asks for {duration(seen.crawl_delay_s)} between two requests.")
    return " ".join(told)
