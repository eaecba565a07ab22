"""Who may see what: the one place that turns a scope into sources. Every door filters by it."""

from functools import lru_cache
from typing import Final

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import persons, sources, workspaces

__all__ = ["is_visible", "local_scope", "permission_of", "visible", "visible_sources"]

LOCAL = "local"


# SQLAlchemy takes far longer to build a statement than a database to run a small one, and askers come again: what is
# asked with every request is built once for each.
@lru_cache(maxsize=1024)
def visible(scope: Scope) -> sa.Select[str]:
    """The ids of the sources that `scope` may see, as a subquery for `IN`."""
    rows = _seen_by(scope.workspace, scope.person)
    return rows if scope.sources is None else rows.where(sources.c.id.in_(scope.sources))


def _seen_by(workspace: str | sa.BindParameter[str], person: str | sa.BindParameter[str]) -> sa.Select[str]:
    return sa.select(sources.c.id).where(sources.c.workspace == workspace, sources.c.private_to.in_(("", person)))


def is_visible(scope: Scope, *, source: str, private_to: str) -> bool:
    """The same of one source of the scope's workspace, for rows that were read for several askers at once."""
    return private_to in ("", scope.person) and (scope.sources is None or source in scope.sources)


def visible_sources(conn: sa.Connection, scope: Scope) -> list[str]:
    """The ids of the sources that `scope` may see, oldest first."""
    found = conn.execute(_OLDEST_FIRST, {"of_workspace": scope.workspace, "of_person": scope.person}).scalars().all()
    return [source for source in found if scope.sources is None or source in scope.sources]


# One statement for everybody: each feed that is made asks, and each for another person.
_OLDEST_FIRST: Final = _seen_by(sa.bindparam("of_workspace"), sa.bindparam("of_person")).order_by(
    sources.c.created_at, sources.c.id
)


def local_scope(conn: sa.Connection, clock: Clock) -> Scope:
    """The workspace and person of a machine without accounts; made when they are first asked for."""
    found = conn.execute(
        sa.select(persons.c.workspace, persons.c.id).where(persons.c.external_id == LOCAL)
    ).one_or_none()
    if found is not None:
        return Scope(workspace=found.workspace, person=found.id)
    workspace, person, now = new_id(clock), new_id(clock), clock.now_s()
    conn.execute(sa.insert(workspaces).values(id=workspace, name="My workspace", created_at=now))
    conn.execute(
        sa.insert(persons).values(
            id=person, workspace=workspace, external_id=LOCAL, name="Local operator", created_at=now
        )
    )
    return Scope(workspace=workspace, person=person)


def permission_of(workspace: str) -> str:
    """The key that is marked when somebody in the workspace sees other sources than before (`marks.py`)."""
    return f"permission:{workspace}"
