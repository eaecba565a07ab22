"""`/healthz`, `/readyz`, `/metrics`: for who runs it."""

import anyio
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from bowerbird.ops.metrics import exposition
from bowerbird.web.deps import AppDep

__all__ = ["Health", "routes"]

routes = APIRouter(tags=["operations"])


class Health(BaseModel):
    """That it is well."""

    status: str = Field(description="Always ok; anything else is an error.")


@routes.get("/healthz", summary="Is the process alive")
async def healthz() -> Health:
    """Ok while the process answers at all."""
    return Health(status="ok")


@routes.get("/readyz", summary="Can it answer")
async def readyz(app: AppDep) -> Health:
    """Ok when the records answer; else 503."""
    await anyio.to_thread.run_sync(app.records.ping)
    return Health(status="ok")


@routes.get("/metrics", summary="Metrics in Prometheus' format", response_class=Response)
async def metrics() -> Response:
    """All metrics."""
    return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")
