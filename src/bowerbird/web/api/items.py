"""`/v1/items`: what a feed can show."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from bowerbird.acquire import ImportRequest, Upload, check_import, coverage, request_import
from bowerbird.feed.listed import ItemRow, find_item, list_items, retire_item
from bowerbird.kernel.errors import InputWrong, LimitReached
from bowerbird.kernel.nouns import Scope
from bowerbird.web.access import Routes
from bowerbird.web.api.jobs import Job, job_json
from bowerbird.web.deps import MAX_ROW, AppDep, ScopeDep
from bowerbird.web.queries.jobs import find_job
from bowerbird.web.rows import Unread, read_rows, rows_body
from bowerbird.wiring import App

__all__ = ["IMPORT_NAME", "Item", "ItemList", "routes"]

routes = Routes(prefix="/v1/items", tags=["feed"])

IMPORT_NAME: Final = "items"  # of the source that they come into
BUSY_S: Final = 2.0  # until an import of some hundred rows has ended
_EXAMPLE: Final = {
    "id": "17",
    "title": "Ada Reed",
    "text": "Weddings in Otago.",
    "kind": "photographer",
    "category": "weddings",
    "region": "Otago",
    "quality": 0.9,
    "price": "1200 NZD",
    "tags": ["weddings"],
}
_BODY: Final = rows_body(
    "Items, at most 1,000: `id`, `title`, `text`, `kind`, and `url`, `category`, `region`, `quality` (0 to 1), `price`,"
    " `author`, `image`, `tags`, `created_at`, `embedding` (384 numbers by the default embedder).",
    _EXAMPLE,
)


class Item(BaseModel):
    """What a feed can show; `quote` is `text[start:end]` of the version, its key sentence."""

    id: str = Field(description="An imported item's own; `page-<number>` of what was gathered.")
    kind: str = Field(description="`page`, or an imported item's own.")
    title: str
    quote: str
    version: int = Field(description="At `/v1/versions/{version}`.")
    start: int
    end: int
    page: int
    source: str
    url: str
    category: Any = None
    region: Any = None
    price: Any = None
    author: Any = None
    image: Any = None
    tags: list[Any] = Field(default_factory=list[Any])
    quality: float = Field(description="From 0 to 1.")
    created_at: float = Field(description="When it was published, else first seen; seconds since 1970, UTC.")
    added_at: float


class ItemList(BaseModel):
    """Items, the last added first."""

    items: list[Item]
    next: int | None = Field(description="Ask again with `cursor` this for what follows; null: that was all.")


@routes.post("", status_code=202, operation_id="add_items", summary="Bring in items", openapi_extra=_BODY)
async def create(request: Request, app: AppDep, scope: ScopeDep, response: Response) -> Job:
    """
    Start the job that reads them; `/v1/jobs/{job}/urls` tells what became of each. The same `id` again is an update.

    One such job runs at a time: while it does, the answer is 429 and says when to come back.
    """
    rows = await read_rows(request)
    if not rows:
        raise InputWrong("no items: expected at least one", field="body")
    job = await _start(app, scope, rows)
    made = await app.records.aread(lambda conn: job_json(find_job(conn, scope, job), coverage.report(conn, job)))
    response.headers["Location"] = f"/v1/jobs/{job}"
    return made


@routes.get("", operation_id="list_items", summary="List items")
async def index(
    app: AppDep,
    scope: ScopeDep,
    *,
    kind: Annotated[str | None, Query(max_length=16, description="Only of this kind.")] = None,
    category: Annotated[str | None, Query(max_length=500, description="Only of this category.")] = None,
    region: Annotated[str | None, Query(max_length=500, description="Only of this region.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[int | None, Query(ge=1, le=MAX_ROW, description="The `next` of the answer before.")] = None,
) -> ItemList:
    """Those that you may see and that are shown now."""
    found = await app.records.aread(
        lambda conn: list_items(
            conn, scope, kind=kind, category=category, region=region, before=cursor, limit=limit + 1
        )
    )
    shown = found[:limit]
    return ItemList(items=[_item(one) for one in shown], next=shown[-1].id if len(found) > limit else None)


@routes.get("/{key:path}", operation_id="get_item", summary="One item")
async def show(app: AppDep, scope: ScopeDep, key: str) -> Item:
    """The item that is called so; a `/` in its id is written `%2F`."""
    return _item(await app.records.aread(lambda conn: find_item(conn, scope, key)))


@routes.delete("/{key:path}", status_code=204, operation_id="remove_item", summary="Take an item out")
async def remove(app: AppDep, scope: ScopeDep, key: str) -> None:
    """Out of the feed, the search and the answers, until it is imported again; only what was imported."""
    await app.records.awrite(lambda conn: retire_item(conn, scope, key, clock=app.clock))


async def _start(app: App, scope: Scope, rows: Sequence[Any]) -> str:
    """The id of the job; nothing is kept of rows whose job cannot begin."""
    caps = app.settings.imports
    upload = Upload(
        app.settings.uploads_dir, max_bytes=caps.max_upload_bytes, max_files=caps.max_files, clock=app.clock
    )

    def write() -> None:
        upload.begin("items.jsonl")
        for row in rows:
            # What is no JSON is refused where it is read, and told in the job's report as other rows are.
            upload.write(f"{'{' if isinstance(row, Unread) else json.dumps(row)}\n".encode())
        upload.end()

    def begin(conn: sa.Connection) -> str:
        wanted = ImportRequest(name=IMPORT_NAME, files=upload.files, kind="jsonl", upload=upload.id)
        return request_import(conn, check_import(wanted), scope, app.clock)[1]

    try:
        await run_in_threadpool(write)
        return await app.records.awrite(begin)
    except BaseException as exc:
        await run_in_threadpool(upload.discard)
        if isinstance(exc, InputWrong) and exc.field == "name":  # the name is ours: it is busy
            raise LimitReached("other items are being imported: send these again", retry_after_s=BUSY_S) from exc
        raise


def _item(one: ItemRow) -> Item:
    return Item(
        id=one.key,
        kind=one.kind,
        title=one.title,
        quote=one.quote,
        version=one.version,
        start=one.start,
        end=one.end,
        page=one.page,
        source=one.source,
        url=one.url,
        quality=one.quality,
        created_at=one.created_at,
        added_at=one.added_at,
        **one.fields,
    )
