"""Laws of what people decide of entities: whatever they do in whatever order, undoing it leaves the graph as it was."""

from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge.entities import Candidate, Mention, Mentioned, store
from bowerbird.knowledge.relations import Stated
from bowerbird.knowledge.resolve import (
    Decision,
    Link,
    Sense,
    fold,
    hide,
    merge,
    part,
    rename,
    retype,
    settle,
    split,
    undo,
)
from bowerbird.knowledge.resolve.settle import read_decisions
from bowerbird.records import Records, open_records
from bowerbird.records.tables import (
    entities,
    entity_links,
    entity_senses,
    entity_sources,
    mentions,
    persons,
    relations,
    workspaces,
)
from bowerbird.testing.builders import Library

NAMES = ("tree", "forest", "wood", "grove", "bush")
PAGES = 3

Graph = dict[str, Any]

_decisions = st.lists(
    st.tuples(
        st.sampled_from(["merge", "part", "split", "rename", "hide"]), st.integers(0, 4), st.integers(0, 4)
    ).filter(lambda one: one[1] != one[2]),
    max_size=8,
)
_links = st.lists(st.builds(Link, st.integers(0, 4), st.integers(0, 4), st.sampled_from([0.8, 0.9])), max_size=4)


_senses = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 2), st.booleans()), max_size=4, unique_by=lambda one: one[:2]
).map(lambda drawn: [Sense(entity, str(source), 20 + entity, apart) for entity, source, apart in drawn])


def _decided(drawn: list[tuple[Any, int, int]]) -> list[Decision]:
    return [
        Decision(n, kind, entity, 10 + n, pages=(other,), members=(entity,))
        if kind == "split"
        else Decision(n, kind, entity, other, f"name {n}")
        for n, (kind, entity, other) in enumerate(drawn, start=1)
    ]


@given(drawn=_decisions, links=_links, senses=_senses, which=st.integers(1, 8))
def test_what_is_undone_changes_nothing(
    drawn: list[tuple[Any, int, int]], links: list[Link], senses: list[Sense], which: int
) -> None:
    """Any decision, undone at the end, might as well not have been made; and nothing goes in circles."""
    decisions = _decided(drawn)
    undone = [*decisions, Decision(99, "undo", 0, undoes=which)]
    without = [one for one in decisions if one.id != which]
    one, other = fold(undone, links, senses), fold(without, links, senses)
    places = [(page, str(page % 3)) for page in range(5)]
    for entity in range(5):
        assert one.thing(entity) == other.thing(entity)
        assert [one.meant(entity, *place) for place in places] == [other.meant(entity, *place) for place in places]
    assert (one.names, one.hidden) == (other.names, other.hidden)


@given(drawn=_decisions, links=_links)
def test_the_last_word_on_two_things_holds(drawn: list[tuple[Any, int, int]], links: list[Link]) -> None:
    """What was parted last is not joined by what was found; what was merged last is one."""
    decisions = _decided(drawn)
    parted = fold([*decisions, Decision(50, "part", 1, fold(decisions, links).thing(1))], links)
    assert fold(decisions, links).thing(1) == 1 or parted.thing(1) != fold(decisions, links).thing(1)
    merged = fold([*decisions, Decision(50, "merge", 1, 2)], links)
    assert merged.thing(1) == merged.thing(2)


@given(drawn=_decisions, links=_links, senses=_senses)
def test_what_people_said_of_a_page_comes_before_what_was_found_of_its_source(
    drawn: list[tuple[Any, int, int]], links: list[Link], senses: list[Sense]
) -> None:
    """A split holds on its pages, and one thing is meant where somebody merged what had been parted unasked."""
    decisions = _decided(drawn)
    split = fold([*decisions, Decision(50, "split", 1, 60, pages=(9,), members=(1,))], links, senses)
    assert split.meant(1, 9, "1") == split.thing(60)
    merged = fold([*decisions, Decision(50, "merge", 21, 1)], links, senses)
    assert merged.thing(21) == merged.thing(1)
    for place in ((8, "1"), (8, "2")):
        assert merged.meant(1, *place) == merged.thing(1)


@given(drawn=_decisions, links=_links)
def test_what_came_home_stands_for_itself_where_somebody_parted_it(
    drawn: list[tuple[Any, int, int]], links: list[Link]
) -> None:
    """Its source means it then; until that it is the thing that it was taken for."""
    decisions, senses = _decided(drawn), [Sense(1, "1", 21, apart=False)]
    before = fold(decisions, links, senses)
    assert before.thing(21) == before.thing(1) == before.meant(21, 8, "1")
    parted = fold([*decisions, Decision(50, "part", 21, before.thing(1))], links, senses)
    assert parted.meant(1, 8, "1") == parted.thing(21) == 21
    assert parted.meant(1, 8, "2") == parted.thing(1) != 21


class Curating(RuleBasedStateMachine):
    """People decide about five names on three pages, and undo, while pages are read again and links are found."""

    records: Records
    clock = ManualClock()

    @initialize()
    def begin(self) -> None:
        """A workspace of its own in which each page names all five."""
        workspace, person = new_id(self.clock), new_id(self.clock)

        def make(conn: sa.Connection) -> None:
            conn.execute(sa.insert(workspaces).values(id=workspace, name="W", created_at=0.0))
            conn.execute(
                sa.insert(persons).values(id=person, workspace=workspace, external_id=person, name="P", created_at=0.0)
            )

        self.records.write(make)
        library = Library(self.records, self.clock)
        library.scope = self.scope = Scope(workspace, person)
        self.sources = [library.source(f"https://{name}.example/") for name in ("a", "b")]
        self.pages = [library.page(self._source(n), f"https://a.example/{n}", " ".join(NAMES)) for n in range(PAGES)]
        for n in range(PAGES):
            self._read(n)
        self.ids = self.records.read(
            lambda conn: list(conn.execute(sa.select(entities.c.id).where(entities.c.workspace == workspace)).scalars())
        )
        self.made: list[tuple[int, Graph]] = []  # decisions that hold, with the graph before each
        self.first = self._graph()

    def _source(self, page: int) -> str:
        return self.sources[page % 2]

    def _read(self, page: int) -> None:
        found = [Candidate(name, name, "term", (), (Mention(n, n + 1, 0, 9),)) for n, name in enumerate(NAMES)]
        at = Span(0, 1), Span(1, 2), Span(0, 9)
        stated = [
            Stated("part_of", name, NAMES[n - 1], NAMES[n - 1], "", *at, "sentence", "part of", 0.9)
            for n, name in enumerate(NAMES)
        ]
        said = Mentioned(self._source(page), self.pages[page].page, self.pages[page].version, found, stated)
        self.records.write(lambda conn: store(conn, self.scope.workspace, [said], clock=self.clock))

    def _graph(self) -> Graph:
        def look(conn: sa.Connection) -> Graph:
            rows = conn.execute(sa.select(entities).where(entities.c.workspace == self.scope.workspace)).all()
            ids = [row.id for row in rows]
            said = sa.select(mentions.c.named, mentions.c.page, mentions.c.entity).where(mentions.c.named.in_(ids))
            told = sa.select(
                relations.c.subject_named,
                relations.c.object_named,
                relations.c.page,
                relations.c.subject,
                relations.c.object,
            ).where(relations.c.subject_named.in_(ids))
            senses = sa.select(entity_senses).where(entity_senses.c.entity.in_(ids))
            return {
                "entities": {
                    row.id: (row.merged_into, row.name, row.type, row.hidden) for row in rows if row.sense == 0
                },
                "mentions": {(row.named, row.page): row.entity for row in conn.execute(said)},
                "relations": {tuple(row) for row in conn.execute(told)},
                "senses": {tuple(row) for row in conn.execute(senses)},
            }

        return self.records.read(look)

    def _decide(self, work: Any) -> None:
        before = self._graph()
        try:
            decision = self.records.write(work)
        except InputWrong:
            assert self._graph() == before
        else:
            self.made.append((decision.id, before))
            if decision.kind == "split":
                self.ids.append(decision.other)

    @rule(one=st.integers(0, 7), two=st.integers(0, 7))
    def merges(self, one: int, two: int) -> None:
        """Two things become one."""
        entity, into = self.ids[one % len(self.ids)], self.ids[two % len(self.ids)]
        self._decide(lambda conn: merge(conn, self.scope, entity, into, clock=self.clock))

    @rule(one=st.integers(0, 7))
    def parts(self, one: int) -> None:
        """What was merged stands for itself again."""
        entity = self.ids[one % len(self.ids)]
        self._decide(lambda conn: part(conn, self.scope, entity, entity, clock=self.clock))

    @rule(one=st.integers(0, 7), on=st.sets(st.integers(0, PAGES - 1), min_size=1))
    def splits(self, one: int, on: set[int]) -> None:
        """On some pages another thing is meant."""
        entity, chosen = self.ids[one % len(self.ids)], [self.pages[n].page for n in on]
        self._decide(lambda conn: split(conn, self.scope, entity, chosen, "another", clock=self.clock))

    @rule(one=st.integers(0, 7), how=st.sampled_from(["rename", "retype", "hide"]), what=st.sampled_from(["a", "b"]))
    def changes(self, one: int, how: str, what: str) -> None:
        """It is called otherwise, is something else, or is hidden."""
        entity = self.ids[one % len(self.ids)]
        if how == "rename":
            self._decide(lambda conn: rename(conn, self.scope, entity, what, clock=self.clock))
        elif how == "retype":
            kind = "person" if what == "a" else "place"
            self._decide(lambda conn: retype(conn, self.scope, entity, kind, clock=self.clock))
        else:
            self._decide(lambda conn: hide(conn, self.scope, entity, clock=self.clock))

    @rule(one=st.integers(0, 4), two=st.integers(0, 4), score=st.sampled_from([0.8, 0.9]))
    @precondition(lambda self: not self.made)
    def links(self, one: int, two: int, score: float) -> None:
        """The scorer finds two to be one, before anybody decides."""

        def find(conn: sa.Connection) -> None:
            conn.execute(sa.delete(entity_links).where(entity_links.c.entity == self.ids[one]))
            conn.execute(sa.insert(entity_links).values(entity=self.ids[one], into=self.ids[two], score=score, at=0.0))
            settle(conn, self.scope.workspace, [*self.ids])

        if one != two:
            self.records.write(find)
            self.first = self._graph()

    @rule(one=st.integers(0, 4), source=st.integers(0, 1), apart=st.booleans())
    @precondition(lambda self: not self.made)
    def senses(self, one: int, source: int, apart: bool) -> None:
        """A source is found to mean something else by a name, or not any longer, before anybody decides."""

        def find(conn: sa.Connection) -> None:
            here = sa.and_(entity_sources.c.entity == self.ids[one], entity_sources.c.source == self.sources[source])
            means = conn.execute(sa.select(entity_sources.c.means).where(here)).scalar()
            if means is None:
                row = conn.execute(sa.select(entities).where(entities.c.id == self.ids[one])).one()
                values = row._asdict() | {"name": "other", "read_name": "other", "sense": 50 + source}
                del values["id"]
                means = conn.execute(sa.insert(entities).values(values).returning(entities.c.id)).scalar_one()
                self.ids.append(means)
            conn.execute(sa.update(entity_sources).where(here).values(means=means, apart=apart))
            settle(conn, self.scope.workspace, [self.ids[one]])

        self.records.write(find)
        self.first = self._graph()

    @rule(page=st.integers(0, PAGES - 1))
    def reads(self, page: int) -> None:
        """A page is read again: what was decided survives it."""
        before = self._graph()
        self._read(page)
        assert self._graph() == before

    @rule()
    @precondition(lambda self: self.made)
    def undoes_the_last(self) -> None:
        """The graph is exactly what it was before."""
        decision, before = self.made.pop()
        self.records.write(lambda conn: undo(conn, self.scope, decision, clock=self.clock))
        assert self._graph() == before

    @rule(which=st.integers(0, 7))
    @precondition(lambda self: self.made)
    def undoes_any(self, which: int) -> None:
        """What was decided later stays, so the graphs before those are no longer what undoing them leads to."""
        place = which % len(self.made)
        try:
            self.records.write(lambda conn: undo(conn, self.scope, self.made[place][0], clock=self.clock))
        except InputWrong:
            return  # something rests on it
        del self.made[place]
        again = [decision for decision, _ in self.made]
        self.made = [(decision, self._without(again[n:])) for n, decision in enumerate(again)]

    def _without(self, left_out: list[int]) -> Graph:
        """The graph as the law has it: by all decisions but these."""
        decisions = self.records.read(lambda conn: read_decisions(conn, self.scope.workspace))
        undone = [Decision(10**6 + one, "undo", 0, undoes=one) for one in left_out]
        return self._by_law([*decisions, *undone])

    def _by_law(self, decisions: list[Decision]) -> Graph:
        def look(conn: sa.Connection) -> Graph:
            links = [
                Link(row.entity, row.into, row.score)
                for row in conn.execute(sa.select(entity_links).where(entity_links.c.entity.in_(self.ids)))
            ]
            found = sa.select(entity_sources).where(
                entity_sources.c.entity.in_(self.ids), entity_sources.c.means.is_not(None)
            )
            senses = [Sense(row.entity, row.source, row.means, row.apart) for row in conn.execute(found)]
            state = fold(decisions, links, senses)
            rows = conn.execute(sa.select(entities).where(entities.c.workspace == self.scope.workspace)).all()
            plain = [row for row in rows if row.sense == 0]
            by_name = {row.key: row.id for row in plain}
            ends = [(by_name[name], by_name[NAMES[n - 1]]) for n, name in enumerate(NAMES)]
            return {
                "entities": {
                    row.id: (
                        None if state.thing(row.id) == row.id else state.thing(row.id),
                        state.names.get(row.id, row.read_name),
                        state.types.get(row.id, row.read_type),
                        row.id in state.hidden,
                    )
                    for row in plain
                },
                "mentions": {
                    (row.id, one.page): state.meant(row.id, one.page, self._source(n))
                    for row in plain
                    for n, one in enumerate(self.pages)
                },
                "relations": {
                    (
                        one,
                        two,
                        at.page,
                        state.meant(one, at.page, self._source(n)),
                        state.meant(two, at.page, self._source(n)),
                    )
                    for one, two in ends
                    for n, at in enumerate(self.pages)
                },
                "senses": {(entity, page, means) for (entity, page), means in state.senses.items()},
            }

        return self.records.read(look)

    @invariant()
    def follows_the_law(self) -> None:
        """What hangs together was worked out anew as if everything had been."""
        decisions = self.records.read(lambda conn: read_decisions(conn, self.scope.workspace))
        assert self._graph() == self._by_law(decisions)

    def teardown(self) -> None:
        """All undone, the graph is the first one."""
        for decision, _ in reversed(self.made):
            self.records.write(partial(undo, scope=self.scope, decision=decision, clock=self.clock))
        assert self._graph() == self.first


@pytest.mark.timeout(300)
def test_merge_split_and_undo_in_any_order_return_the_graph_exactly(records_url: str) -> None:
    """On the records themselves."""
    records = open_records(records_url)
    machine = type("Machine", (Curating,), {"records": records})
    try:
        run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=20))
    finally:
        records.close()
