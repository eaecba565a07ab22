"""`/v1/imports`: files and rows of items, brought in by a job."""

from typing import Any, Final, cast

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from bowerbird.acquire import ImportRequest, check_import, coverage, request_import
from bowerbird.web.api.jobs import Job, job_json
from bowerbird.web.deps import AppDep
from bowerbird.web.queries.jobs import find_job
from bowerbird.web.uploads import Received, receive
from bowerbird.wiring import App

__all__ = ["import_wanted", "routes", "start_import"]

routes = APIRouter(prefix="/v1/imports", tags=["jobs"])

_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {
                        "type": "array",
                        "items": {"type": "string", "format": "binary"},
                        "description": "PDF, DOCX, Markdown, HTML, text; JSON Lines, CSV, RSS, Atom.",
                    },
                    "name": {"type": "string", "maxLength": 100, "description": "The same again: an update."},
                    "kind": {"type": "string", "enum": ["auto", "jsonl", "csv", "feed", "file"], "default": "auto"},
                    "replace": {
                        "type": "string",
                        "enum": ["0", "1"],
                        "default": "0",
                        "description": "1: what is not in these files leaves the source.",
                    },
                },
            }
        }
    },
}


@routes.post("", status_code=201, summary="Bring in files and items", openapi_extra={"requestBody": _BODY})
async def create(request: Request, app: AppDep, response: Response) -> Job:
    """Store the files, and start the job that reads them; `/v1/jobs/{job}/urls` tells what was refused and why."""
    job = await start_import(app, await receive(request, app))
    made = await app.records.aread(lambda conn: job_json(find_job(conn, app.scope, job), coverage.report(conn, job)))
    response.headers["Location"] = f"/v1/jobs/{job}"
    return made


async def start_import(app: App, received: Received) -> str:
    """The id of the job of an upload; raises InputWrong, and then nothing of the upload is kept."""
    try:
        wanted = check_import(import_wanted(received))

        def begin(conn: sa.Connection) -> str:
            return request_import(conn, wanted, app.scope, app.clock)[1]

        return await app.records.awrite(begin)
    except BaseException:
        await run_in_threadpool(received.upload.discard)
        raise


def import_wanted(received: Received) -> ImportRequest:
    """What a form asks for; without a name, the first file's."""
    fields, files = received.fields, received.upload.files
    return ImportRequest(
        name=fields.get("name", "").strip() or (files[0].name.rpartition("/")[2] if files else "files"),
        files=files,
        kind=cast("Any", fields.get("kind") or "auto"),  # `check_import` says what it may be
        replace=fields.get("replace", "") in ("1", "true", "on"),
        upload=received.upload.id,
    )
