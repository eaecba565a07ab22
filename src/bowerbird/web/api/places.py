"""`/v1/experiments/places`: where the product itself can be put to the test, and what it does there now."""

from pydantic import BaseModel, Field

from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep

__all__ = ["PlaceList", "routes"]

routes = Routes(prefix="/v1/experiments", tags=["experiments"])


class PlaceVariant(BaseModel):
    """One of the things that the product can do at a place."""

    name: str
    does: str


class PlaceOut(BaseModel):
    """A place, to be named by the rules of an experiment."""

    place: str = Field(examples=["feed.agents"])
    tries: str = Field(description="What is tried there.")
    variants: list[PlaceVariant] = Field(description="The first is what the product does unless another was shipped.")
    given: str = Field(description="What who is in no experiment is given there now.")
    running: list[str] = Field(description="The experiments that run there; they share a layer.")


class PlaceList(BaseModel):
    """All of them."""

    places: list[PlaceOut]


@routes.get("/places", operation_id="list_places", summary="List where the product can be put to the test")
async def places(app: AppDep, scope: ScopeDep) -> PlaceList:
    """Name one as `place` in the rules of an experiment, and the product itself gives the variants."""
    tried = await app.trials.tried(scope.workspace)
    return PlaceList(places=[PlaceOut.model_validate(one.to_json()) for one in tried])
