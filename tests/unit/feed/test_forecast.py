"""What a workspace teaches: from events in the records to what a person is expected to welcome."""

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from bench.quality.feed_records import Written, write_world
from bench.quality.feed_world import NOW, History, World, history, world
from bowerbird.feed.agents import default_agents
from bowerbird.feed.catalogue import Catalogue
from bowerbird.feed.forecast import FeedForecast, learn, read_tries
from bowerbird.feed.panel import Panel
from bowerbird.feed.profile import Profile, read_profile
from bowerbird.feed.ranker import Ranker, prior_rates
from bowerbird.feed.tries import Tries
from bowerbird.kernel.clock import ManualClock
from bowerbird.knowledge.index.nearest import Floats
from bowerbird.records import Records, open_records
from bowerbird.records.tables import feed_people, items

CLOCK = ManualClock(NOW)


class Past:
    """A small world in the records, with what was learnt of it."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.w: World = world(5, items=400, people=60)
        self.history: History = history(self.w)
        self.written: Written = write_world(records, CLOCK, self.w, self.history)
        self.catalogue = Catalogue(self.written.scope.workspace, CLOCK)
        records.read(self.catalogue.catch_up)
        found = learn(self.tries(), self.catalogue, now_s=NOW)
        assert found is not None
        self.forecast: FeedForecast = found

    def tries(self) -> list[Tries]:
        """Of everybody."""
        return self.records.read(lambda conn: read_tries(conn, self.written.scope.workspace))

    def profile(self, person: int) -> Profile:
        """Of the person with this number."""
        return self.records.read(lambda conn: read_profile(conn, self.written.scopes[person], clock=CLOCK))

    def chances(
        self, profile: Profile, topics: list[Floats] | None = None
    ) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """What they are expected to welcome, by row; nothing counted as shown before."""
        rows = np.arange(self.catalogue.size)
        taste = self.forecast.taste(profile.scope.person, profile.tries, topics or [], self.catalogue, now_s=NOW)
        return self.forecast.chance(self.catalogue, rows, taste, np.zeros(len(rows)), now_s=NOW)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """One for all tests: it is only read."""
    folder: Path = tmp_path_factory.mktemp("past")
    return Past(open_records(f"sqlite:///{folder / 'records.db'}"))


def busiest(past: Past) -> int:
    """Who did most."""
    return int(np.argmax(past.history.acts))


def test_what_was_opened_is_expected_rather_than_what_was_passed_over(past: Past) -> None:
    """For most people, what they opened has the greater chances."""
    better = []
    for person in np.flatnonzero(past.history.acts >= 10):
        chances = past.chances(past.profile(int(person)))
        opened = past.history.opened[person]
        better.append(chances[opened].mean() > 1.3 * chances[~opened].mean())

    assert np.mean(better) > 0.9


def test_chances_are_chances(past: Past) -> None:
    """They lie between 0 and 1, and none is no number; also for somebody of whom nothing is known."""
    for profile in (past.profile(busiest(past)), Profile(past.written.scopes[0], NOW)):
        chances = past.chances(profile)

        assert ((chances >= 0) & (chances <= 1)).all()


def test_a_topic_counts_before_anything_was_done(past: Past) -> None:
    """Somebody new who picks what an item is about is expected to welcome it more than without."""
    nobody = Profile(past.written.scopes[0], NOW)
    row = int(np.argmax(past.catalogue.quality[: past.catalogue.size]))
    topic = past.catalogue.unit(np.array([row]))[0]

    assert past.chances(nobody, [topic])[row] > past.chances(nobody)[row]


def test_the_same_records_teach_the_same(past: Past) -> None:
    """Two processes that read the same have the same forecast."""
    again = learn(past.tries(), past.catalogue, now_s=NOW)

    assert again is not None
    assert np.array_equal(again.learnt.weights, past.forecast.learnt.weights)
    assert again.learnt.scale == past.forecast.learnt.scale


def test_too_few_events_teach_nothing(past: Past) -> None:
    """With what five people did there is no forecast, and none with what nobody did."""
    assert learn(past.tries()[:5], past.catalogue, now_s=NOW) is None
    assert learn([], past.catalogue, now_s=NOW) is None


def test_an_item_that_came_since_has_a_chance(past: Past, tmp_path: Path) -> None:
    """An item of a row that the catalogue did not have when it was learnt is weighed like any other."""
    other = Past(open_records(f"sqlite:///{tmp_path / 'records.db'}"))
    first = other.catalogue.size

    def change(conn: sa.Connection) -> None:
        conn.execute(sa.update(items).where(items.c.id == 7).values(seq=first + 1, title="Renamed"))

    other.records.write(change)
    other.records.read(other.catalogue.catch_up)
    chances = other.chances(other.profile(busiest(other)))

    assert len(chances) == first + 1
    assert chances[first] == pytest.approx(chances[6], abs=1e-4)


def test_what_was_reset_teaches_nothing(past: Past, tmp_path: Path) -> None:
    """What somebody did before they began anew is not among the tries."""
    other = Past(open_records(f"sqlite:///{tmp_path / 'records.db'}"))
    before = len(other.tries())
    person = other.written.scopes[busiest(other)]
    row = {
        "person": person.person,
        "workspace": person.workspace,
        "interests": [],
        "surprise": 0.3,
        "muted": [],
        "reset_at": NOW,
        "updated_at": NOW,
    }
    other.records.write(lambda conn: conn.execute(sa.insert(feed_people).values(row)))

    assert len(other.tries()) == before - 1


def test_a_slate_by_the_forecast_holds_what_has_the_best_chances(past: Past) -> None:
    """The slate's mean chance is far above that of all, and nothing in it was opened or hidden before."""
    person = busiest(past)
    agents = default_agents()
    panel = Panel(agents, CLOCK, deadline_s=5.0)
    profile = past.profile(person)
    try:
        slate = Ranker(panel, lambda _: np.zeros(384, np.float32), CLOCK).make(
            profile,
            past.catalogue,
            past.catalogue.visible(past.written.sources),
            prior_rates(agents, {}, {}),
            length=10,
            seed=1,
            forecast=past.forecast,
        )
    finally:
        panel.close()
    shown = np.array([entry.item - 1 for entry in slate.entries])
    chances = past.chances(profile)

    assert chances[shown].mean() > 3 * chances.mean()
    assert not past.history.hidden[person, shown].any()
