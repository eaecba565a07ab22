"""`/experiments/{name}/segments`: whether a metric changed alike for everybody, and for whom it did not."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Request
from starlette.responses import Response

from bowerbird.experiments import find
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.render import render
from bowerbird.web.segments_view import SegmentsView, segments_view

__all__ = ["SegmentsPage", "routes"]

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SegmentsPage:
    """A metric by segment, and the other metrics."""

    name: str
    metric: str
    metrics: tuple[str, ...]
    view: SegmentsView


@routes.get("/experiments/{name}/segments")
async def show(
    request: Request, app: AppDep, scope: ScopeDep, name: Annotated[str, Path(max_length=64)], metric: str = ""
) -> Response:
    """The page."""
    one = await app.records.aread(lambda conn: find(conn, scope.workspace, name))
    names = tuple(each.name for each in one.plan.metrics)
    chosen = metric if metric in names else one.plan.metric
    if one.phase:
        view = segments_view(await app.experiments.by_segment(name, scope.workspace, metric=chosen))
    else:
        view = SegmentsView(("Nobody is in it yet: it is told once it runs.",), (), "")
    page = SegmentsPage(name, chosen, names, view)
    return render(request, "experiment_segments.html", page, here="experiments")
