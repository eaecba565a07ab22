"""`/palette`: where one can go from anywhere, narrowed by what was typed; the command palette shows it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Request
from starlette.responses import JSONResponse, Response

from bowerbird.answer import ConversationRow, list_conversations
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import EntityCard, list_entities
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.frame import Place
from bowerbird.web.listings import state_of
from bowerbird.web.pages.explorer import MAX_SEARCH_CHARACTERS
from bowerbird.web.queries.jobs import JobRow, list_jobs
from bowerbird.web.render import frame_of
from bowerbird.web.words import host_and_path, plural

__all__ = ["Group", "Target", "palette", "routes"]

_READ: Final = 40
_SHOWN: Final = 4

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Target:
    """Where one can go."""

    href: str
    icon: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Group:
    """Targets of one kind."""

    title: str
    items: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the records hold that one may want to go to."""

    jobs: Sequence[JobRow]
    conversations: Sequence[ConversationRow]
    entities: Sequence[EntityCard]


@routes.get("/palette")
async def show(request: Request, app: AppDep, scope: ScopeDep, q: str = "") -> Response:
    """What fits `q`, best first; without it the places and what is recent."""
    typed = " ".join(q[:MAX_SEARCH_CHARACTERS].split())
    known = await app.records.aread(lambda conn: _known(conn, scope, typed))
    groups = palette(typed, frame_of(request, "other").places, known)
    return JSONResponse({"groups": [asdict(group) for group in groups]}, headers={"Cache-Control": "private, no-store"})


def palette(typed: str, places: Sequence[Place], known: Known) -> tuple[Group, ...]:
    """The groups that have something in them. A place whose name begins so comes before the search for it."""
    home = Target("/", "house", "Home", "Go to the start page")
    targets = [home, *(Target(place.href, place.icon, place.title, place.words) for place in places)]
    named = [target for target in targets if typed and target.title.lower().startswith(typed.lower())]
    others = [target for target in targets if target not in named and _fits(typed, target)]
    groups = (
        Group("Go to", tuple(named)),
        Group("Find out", _find_out(typed)),
        Group("Things", tuple(_thing(card) for card in known.entities[:_SHOWN])),
        Group("Places", tuple(others)),
        Group("Jobs", _fitting(typed, [_job(job) for job in known.jobs])),
        Group("Conversations", _fitting(typed, [_conversation(row) for row in known.conversations])),
    )
    return tuple(group for group in groups if group.items)


def _known(conn: sa.Connection, scope: Scope, typed: str) -> Known:
    return Known(
        jobs=list_jobs(conn, scope, limit=_READ),
        conversations=list_conversations(conn, scope, limit=_READ),
        entities=list_entities(conn, scope, typed, limit=_SHOWN) if typed else (),
    )


def _find_out(typed: str) -> tuple[Target, ...]:
    if not typed:
        return ()
    return (
        Target(f"/knowledge/explorer?{urlencode({'search': typed})}", "search", f"Search for “{typed}”", ""),
        Target(f"/chat?{urlencode({'query': typed})}", "message-circle-question-mark", f"Ask “{typed}”", ""),
    )


def _thing(card: EntityCard) -> Target:
    words = f"{card.type}, {plural(card.mentions_count, 'mention')}"
    return Target(f"/knowledge/entities/{card.id}", "quote", card.name, words)


def _job(job: JobRow) -> Target:
    state = state_of(job.status)
    return Target(f"/scraping/jobs/{job.id}", state.icon, host_and_path(job.url), f"{state.title}: {job.goal}")


def _conversation(row: ConversationRow) -> Target:
    return Target(f"/chat/{row.id}", "message-circle-question-mark", row.title, "")


def _fitting(typed: str, targets: Sequence[Target]) -> tuple[Target, ...]:
    return tuple(target for target in targets if _fits(typed, target))[:_SHOWN]


def _fits(typed: str, target: Target) -> bool:
    """True when every word that was typed occurs in what the target is called."""
    told = f"{target.title} {target.words}".lower()
    return all(word in told for word in typed.lower().split())
