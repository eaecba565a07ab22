"""`/experiments/learnings`: what was learnt, to be found before the same is tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response

from bowerbird.experiments import Learning, find_learnings
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.effects import lift_words, range_words
from bowerbird.web.listings import Link
from bowerbird.web.render import render
from bowerbird.web.words import Moment, moment, plural

__all__ = ["LearningLine", "LearningsPage", "learning_line", "routes"]

MOST = 200

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class LearningLine:
    """A learning, where it is from, and the effect that was seen."""

    text: str
    experiment: Link | None
    effect: str
    when: Moment


@dataclass(frozen=True, slots=True)
class LearningsPage:
    """Those that were found."""

    query: str
    lines: tuple[LearningLine, ...]
    summary: str


@routes.get("/experiments/learnings")
async def search(request: Request, app: AppDep, scope: ScopeDep, q: str = "") -> Response:
    """All, or those in which all words stand."""
    query = q[:500]
    found = await app.records.aread(lambda conn: find_learnings(conn, scope.workspace, query, limit=MOST))
    now_s = app.clock.now_s()
    page = LearningsPage(query, tuple(learning_line(one, now_s) for one in found), plural(len(found), "learning"))
    return render(request, "learnings.html", page, here="experiments")


def learning_line(one: Learning, now_s: float) -> LearningLine:
    """A learning as the pages show it."""
    return LearningLine(
        text=one.text,
        experiment=None if one.experiment is None else Link(f"/experiments/{one.experiment}", one.experiment),
        effect=_effect(one.effect or {}),
        when=moment(one.created_at, now_s),
    )


def _effect(effect: Mapping[str, Any]) -> str:
    """`saved: +4.2 % (likely between +1 % and +7.4 %), 8,000 people`; as much of it as is known."""
    lift, ci, n = effect.get("lift"), effect.get("ci"), effect.get("n")
    if not isinstance(lift, int | float):
        return ""
    words = f"{effect.get('metric', 'effect')}: {lift_words(lift)}"
    if isinstance(ci, list | tuple) and len(ci) == 2:
        words += f" (likely {range_words(ci[0], ci[1])})"
    return f"{words}, {plural(n, 'person', 'people')}" if isinstance(n, int) else words
