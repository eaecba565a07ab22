"""
What follows from all that was decided and found: which entities are one thing, and what each page means.

A pure function of the decisions, in their order, of the senses that were found and of the links, so that undoing a
decision is leaving it out: the graph is then exactly what it would be without it. Decisions come first, because people
do; a sense parts and a link joins what they left open.

An entity points to what it was merged into, and only what stands for itself is ever made to point: no cycles can arise,
whoever merges what at the same time. What is parted takes along what had been merged into it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bowerbird.knowledge.entities.meant import sense_of

__all__ = ["Decision", "DecisionKind", "Link", "Sense", "State", "fold"]

DecisionKind = Literal["merge", "part", "split", "rename", "retype", "hide", "undo"]


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What a person decided.

    merge: `entity` is `other`. part: it is not. split: on `pages` the `members` (what was one thing then) mean `other`,
    which was made by it. rename, retype: `entity` is called, or of the type, `value`. undo: as if `undoes` were not.
    """

    id: int
    kind: DecisionKind
    entity: int
    other: int | None = None
    value: str = ""
    pages: tuple[int, ...] = ()
    members: tuple[int, ...] = ()
    undoes: int | None = None

    @property
    def about(self) -> set[int]:
        """The entities that it joins, parts or changes."""
        return {self.entity, *self.members, *([] if self.other is None else [self.other])}


@dataclass(frozen=True, slots=True)
class Link:
    """Two entities that were found to be one thing."""

    entity: int
    into: int
    score: float


@dataclass(frozen=True, slots=True)
class Sense:
    """What a source was found to mean by the name of `entity`; it did once, and does no longer, unless `apart`."""

    entity: int
    source: str
    means: int
    apart: bool


@dataclass(slots=True)
class State:
    """What is one thing with what, what pages mean by a name, and how things are shown."""

    senses: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    by_source: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    names: dict[int, str] = field(default_factory=dict[int, str])
    types: dict[int, str] = field(default_factory=dict[int, str])
    hidden: set[int] = field(default_factory=set[int])
    _into: dict[int, int] = field(default_factory=dict[int, int])
    _apart: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def thing(self, entity: int) -> int:
        """The entity that stands for all that are one with it."""
        while entity in self._into:
            entity = self._into[entity]
        return entity

    def meant(self, entity: int, page: int, source: str = "") -> int:
        """The thing that is meant where `page` of `source` says the name of `entity`."""
        return self.thing(sense_of(self.senses, self.by_source, entity, page, source))

    def are_apart(self, entity: int, other: int) -> bool:
        """Whether somebody decided that the things of the two are not one."""
        things = {self.thing(entity), self.thing(other)}
        return any({self.thing(one), self.thing(two)} == things for one, two in self._apart)

    def apply(self, decision: Decision) -> None:
        """Let the decision hold."""
        match decision.kind:
            case "merge" if decision.other is not None:
                self._merge(decision.entity, decision.other)
            case "part" if decision.other is not None:
                self._into.pop(decision.entity, None)
                self._apart.append((decision.entity, decision.other))
            case "split" if decision.other is not None:
                self.senses.update(dict.fromkeys(_places(decision), decision.other))
                self._apart.append((decision.entity, decision.other))
            case "rename":
                self.names[decision.entity] = decision.value
            case "retype":
                self.types[decision.entity] = decision.value
            case "hide":
                self.hidden.add(decision.entity)
            case _:
                pass

    def _merge(self, entity: int, other: int) -> None:
        things = {self.thing(entity), self.thing(other)}
        # Who merges what was parted before has changed their mind, or somebody else's.
        self._apart = [(one, two) for one, two in self._apart if {self.thing(one), self.thing(two)} != things]
        self.join(entity, other)

    def join(self, entity: int, other: int) -> None:
        """Make the thing of `entity` a part of the thing of `other`; nothing, if they are one."""
        mine, theirs = self.thing(entity), self.thing(other)
        if mine != theirs:
            self._into[mine] = theirs

    def find(self, senses: Sequence[Sense]) -> None:
        """
        Let the senses hold that were found; one that no source means any more leads on to what it was taken for.

        It does not where somebody parted it from what it was taken for, or split it: then its sources mean it again.
        """
        meant = {sense.means for sense in senses if sense.apart}
        decided = {entity for entity, _ in self._apart}
        home = [sense for sense in senses if sense.means not in meant]
        stay = {sense for sense in home if sense.means in decided or self.are_apart(sense.entity, sense.means)}
        for sense in sorted(senses, key=lambda sense: (sense.entity, sense.source)):
            if sense.apart or sense.means not in meant:
                self.by_source[sense.entity, sense.source] = sense.means
            if sense.apart:
                self._apart.append((sense.entity, sense.means))
            elif sense.means not in meant and sense not in stay:
                self.join(sense.means, sense.entity)


def fold(decisions: Sequence[Decision], links: Iterable[Link], senses: Sequence[Sense] = ()) -> State:
    """What follows from the decisions, in their order, then from the senses, then from the links, the surest first."""
    state = State()
    undone = {decision.undoes for decision in decisions}
    for decision in decisions:
        if decision.id not in undone:
            state.apply(decision)
        elif decision.kind == "split" and decision.other is not None:
            # The id of what it made goes on leading somewhere.
            state.join(decision.other, decision.entity)
    state.find(senses)
    for link in sorted(links, key=lambda link: (-link.score, link.entity)):
        if not state.are_apart(link.entity, link.into):
            state.join(link.entity, link.into)
    return state


def _places(decision: Decision) -> Iterable[tuple[int, int]]:
    return ((member, page) for member in decision.members for page in decision.pages)
