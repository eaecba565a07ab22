"""`/v1/imports`: files and rows of items, brought in by a job."""

from typing import Any, Final

from fastapi import Request, Response

from bowerbird.acquire import coverage
from bowerbird.web.access import Routes
from bowerbird.web.api.jobs import Job, job_json
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.queries.jobs import find_job
from bowerbird.web.uploads import receive, start_import

__all__ = ["routes"]

routes = Routes(prefix="/v1/imports", tags=["jobs"])

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


@routes.post(
    "",
    status_code=201,
    operation_id="import_files",
    summary="Bring in files and items",
    openapi_extra={"requestBody": _BODY},
)
async def create(request: Request, app: AppDep, scope: ScopeDep, response: Response) -> Job:
    """Store the files, and start the job that reads them; `/v1/jobs/{job}/urls` tells what was refused and why."""
    job = await start_import(app, scope, await receive(request, app))
    made = await app.records.aread(lambda conn: job_json(find_job(conn, scope, job), coverage.report(conn, job)))
    response.headers["Location"] = f"/v1/jobs/{job}"
    return made
