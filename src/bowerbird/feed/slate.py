"""
A slate: what one person is shown in one go, and all that is needed to make it again.

`inputs` of the records hold the candidates, every agent's scores for them, the posteriors and how likely each agent is
drawn by them, the seed and the weights. Vectors are not kept with it, as they are with the items; their digest is, so
that a replay tells when they have changed since and never gives another slate for the one that was.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.compose import Chosen, Inputs, Likeness, Weights, compose
from bowerbird.feed.compose import without as leave_out
from bowerbird.feed.only import EVERYTHING, Only
from bowerbird.feed.variants import USUAL, Variants
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import BowerbirdError, InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.learn import Beliefs, former_win_probabilities
from bowerbird.records import visible_sources
from bowerbird.records.tables import slates

__all__ = [
    "Changed",
    "Entry",
    "Level",
    "Replayed",
    "Slate",
    "forget_slates",
    "keep_slates",
    "newest_slate",
    "pack",
    "replay",
    "unpack",
]

Level = Literal["agents", "simple", "trending"]

FORM: Final = 1  # of what is packed
FORM_IMAGINED: Final = (
    2  # … of one that was drawn by a network, which versions that knew none do not take for the other
)
KEPT_SHOWN_S: Final = 90 * 86_400.0
KEPT_UNSHOWN_S: Final = 86_400.0  # made, and never told to have been seen
_AT_ONCE: Final = 500


class Changed(BowerbirdError):
    """What the slate was made from is not what it was: it cannot be made again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in its place, with what speaks for it."""

    item: int  # row id
    key: str
    title: str
    score: float
    why: dict[str, float]  # each agent's share; they sum to the score
    propensity: float
    nominated_by: tuple[str, ...]
    explored: bool
    because: str = ""  # the key of what they liked that it is most like
    rewarded: float = 0.0  # by how many people lately, those long ago counting for less
    follow: str = ""  # the id of what they follow that it is new of

    def to_json(self) -> dict[str, Any]:
        """As programs get it: rounded, so that a page of twenty is small; the shares still sum to the score."""
        why = {agent: round(share, 4) for agent, share in self.why.items()}
        return {
            "id": self.key,
            "title": self.title,
            "score": round(sum(why.values()), 4),
            "why": why,
            "propensity": round(self.propensity, 6),
            "explored": self.explored,
            "because": self.because or None,
            "follow": self.follow or None,
        }


@dataclass(frozen=True, slots=True)
class Slate:
    """An ordered page of a feed."""

    id: str
    scope: Scope
    made_at: float
    level: Level
    entries: tuple[Entry, ...]
    length: int = 0  # places asked for
    only: Only = EVERYTHING
    inputs: bytes = b""
    stamps: tuple[int, ...] = ()  # of what it rests on, as they were when it was made
    took_ms: float = 0.0
    agents: tuple[tuple[str, float, float | None, str], ...] = ()  # name, ms, mean score, error
    variants: Variants = USUAL

    @property
    def explored(self) -> float:
        """The share of places that the agent that is believed to be best would have filled otherwise."""
        return sum(entry.explored for entry in self.entries) / len(self.entries) if self.entries else 0.0


def pack(given: Inputs, vectors: NDArray[np.int8]) -> bytes:
    """The inputs as they are kept; some kilobytes."""
    head: dict[str, Any] = {
        "form": FORM if given.imagined is None else FORM_IMAGINED,
        "seed": given.seed,
        "length": given.length,
        "names": given.names,
        "n": len(given.items),
        "weights": asdict(given.weights),
        "wanted": given.wanted.tolist(),
        "alpha": given.beliefs.alpha.tolist(),
        "beta": given.beliefs.beta.tolist(),
        "wins": given.chances.tolist(),
        "vectors": _digest(vectors),
    }
    if given.variants:
        head["variants"] = dict(given.variants)
    imagined = np.empty(0, np.uint16) if given.imagined is None else given.imagined
    if given.imagined is not None:
        head["indices"] = given.imagined.shape[1]
    arrays = (
        given.items.astype("<i8"),
        given.steps.astype("<u2"),
        given.sources.astype("<i4"),
        given.categories.astype("<i4"),
        imagined.astype("<u2"),
    )
    return zlib.compress(b"\n".join((json.dumps(head).encode(), b"".join(array.tobytes() for array in arrays))), 1)


def unpack(packed: bytes) -> tuple[Inputs, str]:
    """The inputs, and the digest of the vectors that were with them. Raises Changed for those of another version."""
    line, _, data = zlib.decompress(packed).partition(b"\n")
    head: dict[str, Any] = json.loads(line)
    if head["form"] not in (FORM, FORM_IMAGINED):
        raise Changed("this slate was kept by another version of the program, which makes slates otherwise")
    n, k = head["n"], len(head["names"])
    at = 0

    def take(dtype: str, count: int) -> NDArray[Any]:
        nonlocal at
        found = np.frombuffer(data, dtype, count, at)
        at += found.nbytes
        return found

    beliefs = Beliefs(np.array(head["alpha"]), np.array(head["beta"]))
    return Inputs(
        seed=head["seed"],
        length=head["length"],
        names=tuple(head["names"]),
        beliefs=beliefs,
        items=take("<i8", n),
        steps=take("<u2", k * n).reshape(k, n),
        sources=take("<i4", n),
        categories=take("<i4", n),
        imagined=take("<u2", k * head["indices"]).reshape(k, -1) if "indices" in head else None,
        wanted=np.array(head["wanted"], np.float64),
        weights=Weights(**head["weights"]),
        wins=np.array(head["wins"]) if "wins" in head else former_win_probabilities(beliefs),
        variants=head.get("variants", {}),
    ), head["vectors"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A slate made again."""

    id: str
    made_at: float
    without: tuple[str, ...]
    agents: tuple[str, ...]  # who had a say in it
    entries: tuple[Entry, ...]
    is_same: bool  # the items in their places, and their propensities, are those that were given out
    variants: Mapping[str, str] = field(default_factory=dict[str, str])  # by place, those that were not usual

    def to_json(self) -> dict[str, Any]:
        """As programs get it: `{"slate", "made_at", "agents", "variants", "without", "is_same", "items": […]}`."""
        return {
            "slate": self.id,
            "made_at": self.made_at,
            "agents": list(self.agents),
            "variants": dict(self.variants),
            "without": list(self.without),
            "is_same": self.is_same,
            "items": [entry.to_json() for entry in self.entries],
        }


def replay(
    conn: sa.Connection, scope: Scope, slate: str, catalogue: Catalogue, *, without: Sequence[str] = ()
) -> Replayed:
    """
    The slate made again from what was kept, as it was or as it would have been `without` some agents.

    Raises NotFound; InputWrong for agents that had no say in it; Changed when its items' vectors are others now, or
    the person may not see any more what would be in it.
    """
    row = conn.execute(
        sa.select(slates.c.inputs, slates.c.places, slates.c.made_at).where(
            slates.c.id == slate, slates.c.workspace == scope.workspace, slates.c.person == scope.person
        )
    ).one_or_none()
    if row is None or not row.inputs:
        raise NotFound(f"no slate {slate[:40]!r} of this person that was made by agents")
    given, digest = unpack(row.inputs)
    agents = given.names
    for name in without:
        if name not in agents:
            raise InputWrong(f"no agent {name[:40]!r} had a say; expected of {', '.join(agents)}", field="without")
        given = leave_out(given, name)
    rows = catalogue.rows_of(given.items.tolist())
    if (rows < 0).any() or _digest(vectors := catalogue.vectors[rows]) != digest:
        raise Changed("items of this slate have changed since it was made, so it cannot be made again")
    chosen = compose(given, Likeness(vectors))
    placed = [int(rows[one.at]) for one in chosen]
    seen = set(visible_sources(conn, scope))
    if any(catalogue.source_ids[catalogue.sources[row]] not in seen for row in placed):
        raise Changed("this person may not see any more all that would be in this slate")
    return Replayed(
        id=slate,
        made_at=row.made_at,
        without=tuple(without),
        agents=agents,
        entries=tuple(_entry(one, catalogue, row) for one, row in zip(chosen, placed, strict=True)),
        is_same=[[one.item, one.propensity] for one in chosen] == [place[:2] for place in row.places],
        variants=given.variants,
    )


def _entry(one: Chosen, catalogue: Catalogue, row: int) -> Entry:
    return Entry(
        item=one.item,
        key=catalogue.keys[row],
        title=catalogue.titles[row],
        score=one.score,
        why=one.why,
        propensity=one.propensity,
        nominated_by=one.nominated_by,
        explored=one.explored,
    )


def keep_slates(conn: sa.Connection, made: Sequence[Slate]) -> None:
    """Keep slates, each once."""
    rows = [
        {
            "id": slate.id,
            "workspace": slate.scope.workspace,
            "person": slate.scope.person,
            "made_at": slate.made_at,
            "length": slate.length,
            "limited_to": str(slate.only),
            "level": slate.level,
            "entries": [_kept(entry) for entry in slate.entries],
            "stamps": list(slate.stamps),
            "places": [[entry.item, entry.propensity, list(entry.nominated_by)] for entry in slate.entries],
            "inputs": slate.inputs,
        }
        for slate in made
    ]
    if rows:
        conn.execute(sa.insert(slates), rows)


def _kept(entry: Entry) -> dict[str, Any]:
    # Not by `asdict`, which copies all that is in it.
    return {name: getattr(entry, name) for name in _ENTRY}


_ENTRY: Final = tuple(field.name for field in fields(Entry))


def newest_slate(
    conn: sa.Connection, scope: Scope, length: int, *, since_s: float, only: Only = EVERYTHING
) -> Slate | None:
    """The last slate of these items that was made for the person since then, if it had as many places."""
    row = conn.execute(_NEWEST, {"of": scope.person, "since_s": since_s, "only": str(only)}).one_or_none()
    if row is None or row.length != length or row.level != "agents":
        return None
    given: list[dict[str, Any]] = [entry | {"nominated_by": tuple(entry["nominated_by"])} for entry in row.entries]
    entries = tuple(Entry(**entry) for entry in given)
    return Slate(row.id, scope, row.made_at, row.level, entries, length=row.length, only=only, stamps=tuple(row.stamps))


# Built once: to build a statement takes longer than to run it.
_NEWEST: Final = (
    sa.select(slates.c.id, slates.c.made_at, slates.c.level, slates.c.length, slates.c.entries, slates.c.stamps)
    .where(
        slates.c.person == sa.bindparam("of"),
        slates.c.made_at > sa.bindparam("since_s"),
        slates.c.limited_to == sa.bindparam("only"),
    )
    .order_by(slates.c.made_at.desc(), slates.c.id.desc())
    .limit(1)
)


def forget_slates(conn: sa.Connection, *, clock: Clock) -> int:
    """Forget some of the slates that are old, or were never shown; how many, 0 when there are no more."""
    now_s = clock.now_s()
    old = (
        sa.select(slates.c.id)
        .where(
            slates.c.made_at < now_s - KEPT_UNSHOWN_S,
            sa.or_(slates.c.shown_at.is_(None), slates.c.made_at < now_s - KEPT_SHOWN_S),
        )
        .order_by(slates.c.made_at)
        .limit(_AT_ONCE)
    )
    return conn.execute(sa.delete(slates).where(slates.c.id.in_(old))).rowcount


def _digest(vectors: NDArray[np.int8]) -> str:
    return hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()
