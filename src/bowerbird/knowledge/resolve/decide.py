"""
What a person may decide of entities: merge, split, rename, retype, hide; and undo any of it.

Every decision is a row of `entity_decisions`, which only ever grows, and holds until it is undone, whatever is read
from the pages meanwhile. Writers take turns, so of two people who decide at once the second decides about what the
first left. Nobody decides about what they may not see.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, get_args

import sqlalchemy as sa

from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge.entities.candidate import Kind
from bowerbird.knowledge.entities.live import live
from bowerbird.knowledge.entities.meant import canonical
from bowerbird.knowledge.resolve.made import make_sense
from bowerbird.knowledge.resolve.settle import read_decisions, settle
from bowerbird.knowledge.resolve.state import Decision, DecisionKind
from bowerbird.records import visible
from bowerbird.records.tables import entities, entity_decisions, mentions, pages, sources

__all__ = ["KINDS", "MAX_NAME", "hide", "members_of", "merge", "part", "rename", "retype", "split", "undo"]

MAX_NAME: Final = 120  # characters
MAX_PAGES: Final = 1_000  # of one split
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


def merge(conn: sa.Connection, scope: Scope, entity: int, into: int, *, clock: Clock) -> Decision:
    """`entity` and all that is one with it is `into` from now on; raises InputWrong when it is already."""
    mine, theirs = _find(conn, scope, entity), _find(conn, scope, into)
    if mine.id == theirs.id:
        raise InputWrong(f"{mine.name!r} is one thing with that already; reload to see it as it is now", field="into")
    if _is_public(conn, mine.id) and not _is_public(conn, theirs.id):
        raise InputWrong(
            f"not everyone may see the pages that name {theirs.name!r}, so it cannot stand for {mine.name!r}; merge the"
            " other way round",
            field="into",
        )
    return _decide(conn, scope, "merge", mine.id, clock, other=theirs.id)


def part(conn: sa.Connection, scope: Scope, entity: int, member: int, *, clock: Clock) -> Decision:
    """`member`, with what had been merged into it, is a thing of its own again, and is not joined unasked any more."""
    thing = _find(conn, scope, entity)
    if member not in members_of(conn, thing.id) or member == thing.id:
        raise InputWrong(f"{member} was not merged into {thing.name!r}; reload to see what is", field="member")
    _may_see(conn, scope, [member])
    return _decide(conn, scope, "part", member, clock, other=thing.id)


def split(
    conn: sa.Connection, scope: Scope, entity: int, on_pages: Collection[int], name: str, *, clock: Clock
) -> Decision:
    """On these pages, `entity` means another thing of this name: the decision's `other`, made by it."""
    thing = _find(conn, scope, entity)
    called = _clean(name, "name")
    wanted = set(on_pages)
    if len(wanted) > MAX_PAGES:
        raise InputWrong(f"{len(wanted)} pages at once are too many, expected at most {MAX_PAGES}", field="pages")
    seen = _said_on(conn, thing.id, visible(scope))
    if not wanted or not wanted <= seen:
        raise InputWrong(
            f"choose pages that speak of {thing.name!r}, those on which it means something else", field="pages"
        )
    if wanted == _said_on(conn, thing.id, None):
        raise InputWrong(
            f"these are all the pages that speak of {thing.name!r}; if all of them mean something else, rename it",
            field="pages",
        )
    members = sorted(members_of(conn, thing.id))
    made = make_sense(conn, thing, called=called, kind=thing.type, clock=clock)
    return _decide(conn, scope, "split", thing.id, clock, other=made, pages=sorted(wanted), members=members)


def rename(conn: sa.Connection, scope: Scope, entity: int, name: str, *, clock: Clock) -> Decision:
    """The thing is shown by this name, whatever pages call it; it is still found by all its names."""
    thing = _find(conn, scope, entity)
    called = _clean(name, "name")
    if called == thing.name:
        raise InputWrong(f"it is called {called!r} already", field="name")
    return _decide(conn, scope, "rename", thing.id, clock, value=called)


def retype(conn: sa.Connection, scope: Scope, entity: int, kind: str, *, clock: Clock) -> Decision:
    """The thing is of this type, whatever was read from the pages."""
    thing = _find(conn, scope, entity)
    if kind not in KINDS:
        raise InputWrong(f"{kind[:40]!r} is no type, expected one of {', '.join(KINDS)}", field="type")
    if kind == thing.type:
        raise InputWrong(f"{thing.name!r} is of the type {kind} already", field="type")
    return _decide(conn, scope, "retype", thing.id, clock, value=kind)


def hide(conn: sa.Connection, scope: Scope, entity: int, *, clock: Clock) -> Decision:
    """The thing is in no list and beside nothing any more; its own page stays."""
    thing = _find(conn, scope, entity)
    if thing.hidden:
        raise InputWrong(
            f"the entity {thing.id} is hidden already; its history has the decision to undo", field="entity"
        )
    return _decide(conn, scope, "hide", thing.id, clock)


def undo(conn: sa.Connection, scope: Scope, decision: int, *, clock: Clock) -> Decision:
    """Let all be as if that had not been decided; raises InputWrong when it was undone, or something rests on it."""
    known = {one.id: one for one in read_decisions(conn, scope.workspace)}
    undone = {one.undoes for one in known.values()}
    wanted = known.get(decision)
    if wanted is None or wanted.kind == "undo":
        raise NotFound(f"no decision {decision}; an entity's page lists what was decided of it")
    _may_see(conn, scope, sorted(wanted.about))
    if decision in undone:
        raise InputWrong("somebody has undone that already; reload to see it as it is now", field="decision")
    if wanted.kind == "split":
        resting = [
            one.id for one in known.values() if one.id > decision and one.id not in undone and one.kind != "undo"
        ]
        resting = [one for one in resting if wanted.other in known[one].about]
        if resting:
            raise InputWrong(
                f"{len(resting)} later decisions are about what that split made; undo those first, the last one before",
                field="decision",
            )
    return _decide(conn, scope, "undo", wanted.entity, clock, other=wanted.other, undoes=decision)


def members_of(conn: sa.Connection, thing: int) -> set[int]:
    """The entities that are one with `thing`, itself among them."""
    return {thing, *conn.execute(sa.select(entities.c.id).where(entities.c.merged_into == thing)).scalars()}


def _decide(
    conn: sa.Connection,
    scope: Scope,
    kind: DecisionKind,
    entity: int,
    clock: Clock,
    *,
    other: int | None = None,
    value: str = "",
    pages: Sequence[int] = (),
    members: Sequence[int] = (),
    undoes: int | None = None,
) -> Decision:
    """Write it down, and let it hold; what it is about is compared anew with what may be one with it."""
    made = conn.execute(
        sa.insert(entity_decisions)
        .values(
            workspace=scope.workspace,
            at=clock.now_s(),
            person=scope.person,
            kind=kind,
            entity=entity,
            other=other,
            value=value,
            pages=list(pages),
            members=list(members),
            undoes=undoes,
        )
        .returning(entity_decisions.c.id)
    ).scalar_one()
    decision = Decision(made, kind, entity, other, value, tuple(pages), tuple(members), undoes)
    settle(conn, scope.workspace, decision.about)
    again = sa.update(entities).where(entities.c.id.in_(decision.about), entities.c.sense == 0)
    conn.execute(again.values(compared=False))
    return decision


def _find(conn: sa.Connection, scope: Scope, identifier: int) -> Any:
    """The row of what the entity is now; raises NotFound when nothing that `scope` may see speaks of it now."""
    thing = canonical(conn, scope.workspace, identifier)
    if thing is None or not _said_on(conn, thing, visible(scope)):
        raise NotFound(f"no entity {identifier}; `bowerbird entities` lists those there are")
    return conn.execute(sa.select(entities).where(entities.c.id == thing)).one()


def _said_on(conn: sa.Connection, thing: int, of_sources: "sa.Select[str] | None") -> set[int]:
    """The live pages that speak of the thing, those of some sources or all."""
    wanted = (
        sa.select(mentions.c.page)
        .distinct()
        .join(pages, pages.c.id == mentions.c.page)
        .where(mentions.c.entity == thing, live())
    )
    if of_sources is not None:
        wanted = wanted.where(mentions.c.source.in_(of_sources))
    return set(conn.execute(wanted).scalars())


def _may_see(conn: sa.Connection, scope: Scope, ids: Sequence[int]) -> None:
    """Raises NotFound when pages name one of the entities, and the person may see none of those."""
    said = sa.select(mentions.c.source).distinct().where(sa.or_(mentions.c.named.in_(ids), mentions.c.entity.in_(ids)))
    where = set(conn.execute(said).scalars())
    if where and not where & set(conn.execute(visible(scope)).scalars()):
        raise NotFound("no such decision or entity; an entity's page lists what was decided of it")


def _is_public(conn: sa.Connection, thing: int) -> bool:
    """Whether a page that everyone in the workspace sees speaks of it."""
    said = (
        sa.select(mentions.c.id)
        .join(sources, sources.c.id == mentions.c.source)
        .where(mentions.c.entity == thing, sources.c.private_to == "")
    )
    return conn.execute(said.limit(1)).first() is not None


def _clean(name: str, field: str) -> str:
    """The name in one line, without what cannot be seen."""
    clean = "".join(sign for sign in " ".join(name.split()) if sign.isprintable())
    if not clean:
        raise InputWrong("the name is empty, expected what it is called", field=field)
    if len(clean) > MAX_NAME:
        raise InputWrong(f"the name has {len(clean):,} characters, expected at most {MAX_NAME}", field=field)
    return clean
