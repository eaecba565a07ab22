"""Records with items, people and what they did."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest
import sqlalchemy as sa

from bowerbird.experiments import (
    Experiment,
    Experiments,
    Exposed,
    Meeting,
    Plan,
    Results,
    Rules,
    UnitBuckets,
    catch_up,
    create,
    expose,
    find,
    read,
    results,
    start,
)
from bowerbird.feed import NewEvent, keep_events
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.nouns import Scope
from bowerbird.records import Records, open_records
from bowerbird.records.tables import persons
from bowerbird.testing.builders import Library
from tests.feeding import furnish

START_S: Final = 1_780_000_000.0  # in 2026
PLAN: Final[dict[str, Any]] = {
    "hypothesis": "Fresher feeds are opened more often.",
    "metric": "opened",
    "metrics": [
        {"name": "opened", "kinds": ["opened"]},
        {"name": "saves", "kinds": ["saved"], "of": "count"},
        {"name": "dwell", "kinds": ["dwelt"], "of": "sum"},
        {"name": "rate", "kinds": ["opened"], "of": "count", "per": ["shown"]},
    ],
    "guardrails": [{"metric": "rate", "margin": 0.02}],
}
RULES: Final[dict[str, Any]] = {"variants": [{"name": "control"}, {"name": "treatment"}]}


@dataclass
class Lab:
    """A workspace in which experiments are made."""

    library: Library
    item: str

    @property
    def records(self) -> Records:
        """Where all of it is."""
        return self.library.records

    @property
    def clock(self) -> ManualClock:
        """Its time."""
        return self.library.clock

    @property
    def scope(self) -> Scope:
        """Who runs the experiments."""
        return self.library.scope

    def who(self, external_id: str) -> Scope:
        """A person, who is made when first named."""
        wanted = sa.select(persons.c.id).where(
            persons.c.workspace == self.scope.workspace, persons.c.external_id == external_id
        )
        found = self.records.read(lambda conn: conn.execute(wanted).scalar_one_or_none())
        return Scope(self.scope.workspace, found or self.library.person(external_id))

    def draft(self, name: str = "ranker", *, plan: Mapping[str, Any] = PLAN, **rules: Any) -> Experiment:
        """A new experiment that has not begun."""
        made = read(Plan, plan), read(Rules, RULES | rules)
        return self.records.write(lambda conn: create(conn, self.scope, name, *made, clock=self.clock))

    def running(self, name: str = "ranker", *, plan: Mapping[str, Any] = PLAN, **rules: Any) -> Experiment:
        """A new experiment that has begun."""
        self.draft(name, plan=plan, **rules)
        return self.records.write(lambda conn: start(conn, self.scope, name, clock=self.clock))

    def find(self, name: str = "ranker") -> Experiment:
        """As it is stored now."""
        return self.records.read(lambda conn: find(conn, self.scope.workspace, name))

    def expose(
        self, *people: str, name: str = "ranker", shown: str | None = None, **attributes: object
    ) -> list[Exposed]:
        """What becomes of these people, of whom that is known."""
        meetings = [Meeting(name, self.who(one).person, UnitBuckets(one), attributes, shown) for one in people]
        return self.records.write(lambda conn: expose(conn, self.scope.workspace, meetings, clock=self.clock))

    def do(self, person: str, kind: str, *, at: float | None = None, value: float | None = None) -> None:
        """Let a person do something with the item; also twice in a moment."""
        self.do_all([NewEvent(self.item, kind, at=at, person=person, value=value)])

    def do_all(self, done: Sequence[NewEvent]) -> None:
        """All of that; each is another event."""
        told = [
            NewEvent(one.item, one.kind, at=one.at, person=one.person, value=one.value, id=f"{self._number()}")
            for one in done
        ]
        kept = self.records.write(lambda conn: keep_events(conn, self.scope.workspace, told, clock=self.clock))
        assert {one.state for one in kept} <= {"kept"}, kept

    def count(self) -> None:
        """Count all that waits."""
        while self.records.write(lambda conn: catch_up(conn, clock=self.clock)):
            pass

    def results(self, name: str = "ranker", phase: int | None = None) -> Results:
        """What is known once all is counted."""
        self.count()

        def read(conn: sa.Connection) -> Results:
            return results(conn, find(conn, self.scope.workspace, name), phase=phase, clock=self.clock)

        return self.records.read(read)

    def sums(self, metric: str, name: str = "ranker") -> dict[str, float]:
        """Of both variants together: n, and each sum of the metric."""
        variants = self.results(name).requests[metric]["variants"].values()
        return {key: sum(one[key] for one in variants) for key in next(iter(variants))}

    _told: int = 0

    def _number(self) -> int:
        self._told += 1
        return self._told


@pytest.fixture
def lab(records_url: str) -> Iterator[Lab]:
    """Records with one item, on the chosen backend; the clock stands in 2026."""
    records = open_records(records_url)
    clock = ManualClock(START_S)
    library = Library(records, clock)
    (key,) = furnish(library, 1)
    yield Lab(library, key)
    records.close()


@pytest.fixture
async def service(lab: Lab) -> AsyncIterator[Experiments]:
    """What requests ask."""
    opened = Experiments(lab.records, lab.clock)
    yield opened
    await opened.close()
