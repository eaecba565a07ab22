"""`/healthz`, `/readyz`, `/metrics`: for who runs it."""

from typing import Literal

import anyio
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse, Response

from bowerbird.knowledge import log_length
from bowerbird.ops.metrics import INDEX_LAG, INDEX_PASSAGES, JOBS, exposition
from bowerbird.records import jobs
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep
from bowerbird.wiring import App

__all__ = ["Health", "gauge", "routes"]

routes = Routes(tags=["operations"])


class Health(BaseModel):
    """That it is well."""

    status: Literal["ok"] = Field(description="Anything else is an error.")


@routes.get("/healthz", operation_id="healthz", summary="Is the process alive")
async def healthz() -> Health:
    """Ok while the process answers at all."""
    return Health(status="ok")


@routes.get("/readyz", operation_id="readyz", summary="Can it answer", responses={503: {}})
async def readyz(app: AppDep) -> Health:
    """Ok when the records, the index and the bus answer; else 503."""
    await anyio.to_thread.run_sync(app.records.ping)
    await anyio.to_thread.run_sync(app.index.ping)
    await anyio.to_thread.run_sync(app.bus.ping)
    return Health(status="ok")


def gauge(app: App) -> None:
    """Set the gauges of what lies in the records and the index."""
    status_counts, behind = app.records.read(lambda conn: (jobs.counts(conn), log_length(conn, app.index.high_water())))
    for status in jobs.STATUSES:
        JOBS.labels(status).set(status_counts.get(status, 0))
    INDEX_PASSAGES.set(app.index.count())
    INDEX_LAG.set(behind)


@routes.get(
    "/metrics", operation_id="metrics", summary="Metrics in Prometheus' format", response_class=PlainTextResponse
)
async def metrics(app: AppDep) -> Response:
    """All metrics, those of jobs and the index as they are now."""
    await anyio.to_thread.run_sync(gauge, app)
    return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
