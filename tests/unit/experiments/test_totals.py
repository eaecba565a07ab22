"""Sums that are kept up to date are those of the people's rows, at any time and to the last digit."""

import random
from collections import defaultdict
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bowerbird.experiments import catch_up, counting, forget_met, recount
from bowerbird.experiments.bots import MOST_IN_AN_HOUR
from bowerbird.experiments.totals import Figures, Totals, moved, totals_of
from bowerbird.feed import NewEvent
from bowerbird.records.migrations import run
from bowerbird.records.tables import events, experiment_units

from .conftest import PLAN, Lab

DAY_S = 86_400.0


def kept(lab: Lab, experiment: str) -> dict[tuple[str, str], Totals]:
    """As they are stored, without groups of which nobody is left."""
    found = lab.records.read(lambda conn: totals_of(conn, experiment, 1))
    return {group: sums for group, sums in found.items() if sums}


def anew(lab: Lab, experiment: str) -> dict[tuple[str, str], Totals]:
    """The same from all rows at once."""
    units = experiment_units.c
    wanted = sa.select(
        units.metric, units.variant, units.value, units.per, units.value_before, units.per_before
    ).where(units.experiment == experiment)  # fmt: skip
    rows: defaultdict[tuple[str, str], list[Figures]] = defaultdict(list)
    for metric, variant, value, per, before, per_before in lab.records.read(lambda conn: conn.execute(wanted).all()):
        rows[metric, variant].append((value, per, before, per_before))
    return {
        group: {name: parts for name, parts in moved({}, figures).items() if parts} for group, figures in rows.items()
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_they_are_those_of_the_rows_whatever_happens(lab: Lab, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Events and exposures in any order, values that swallow each other, people forgotten, events taken back."""
    monkeypatch.setattr(counting, "EVENTS_AT_ONCE", 7)
    monkeypatch.setattr(counting, "EXPOSURES_AT_ONCE", 2)
    draw = random.Random(seed)
    one = lab.running("one")
    people = [f"user-{number}" for number in range(8)]
    for person in people:
        lab.who(person)
    steps = 0
    for _ in range(90):
        lab.clock.advance(draw.choice([0, 60, DAY_S / 4]))
        match draw.choice("eeeeeexcccfr"):
            case "e":
                kind = draw.choice(["opened", "shown", "saved", "dwelt"])
                value = draw.choice([0.1, 1e17, 3.7, 1e-9]) if kind == "dwelt" else None
                lab.do(draw.choice(people), kind, at=lab.clock.now_s() - draw.choice([0, DAY_S]), value=value)
            case "x":
                lab.expose(draw.choice(people), name="one")
            case "c":
                lab.records.write(lambda conn: catch_up(conn, clock=lab.clock))
            case "f":
                who = lab.who(draw.choice(people)).person
                lab.records.write(lambda conn, who=who: forget_met(conn, who))  # type: ignore[misc]
            case _:
                some = sa.select(sa.func.min(events.c.id)).scalar_subquery()
                lab.records.write(lambda conn, some=some: conn.execute(sa.delete(events).where(events.c.id == some)))  # type: ignore[misc]
                after: int | None = 0
                while after is not None:
                    after = lab.records.write(lambda conn, at=after: recount(conn, one.id, at))  # type: ignore[misc]
        assert kept(lab, one.id) == anew(lab, one.id)
        steps += bool(kept(lab, one.id))
    lab.count()

    assert kept(lab, one.id) == anew(lab, one.id)
    assert steps > 20


def test_a_bot_takes_nobody_s_digits_with_it(lab: Lab) -> None:
    """Once it is known that it was one, the others' sums are as if it had never come."""
    one = lab.running("one", plan=PLAN | {"guardrails": []})
    lab.expose("a", "b", "bot", name="one")
    for person, value in (("a", 0.1), ("b", 0.7), ("bot", 1e30)):
        lab.do(person, "dwelt", value=value)
    lab.count()
    assert lab.sums("dwell", "one")["sum_sq"] == pytest.approx(1e60)

    lab.do_all([NewEvent(lab.item, "saved", person="bot") for _ in range(MOST_IN_AN_HOUR)])
    sums = lab.sums("dwell", "one")
    assert (sums["n"], sums["sum"], sums["sum_sq"]) == (2, 0.1 + 0.7, 0.1 * 0.1 + 0.7 * 0.7)
    assert kept(lab, one.id) == anew(lab, one.id)


def test_a_value_beyond_all_squares_leaves_the_figures_numbers(lab: Lab) -> None:
    """Such an event is refused; one that an older log has is cut, and the sums stay finite."""
    lab.running("one")
    lab.expose("a", "b", name="one")
    with pytest.raises(AssertionError, match="expected a number, up to 1e"):
        lab.do("a", "dwelt", value=1e200)
    lab.do("a", "dwelt", value=1.0)
    lab.records.write(lambda conn: conn.execute(sa.update(events).values(value=1e200)))
    lab.do("b", "dwelt", value=2.0)

    assert lab.sums("dwell", "one")["sum_sq"] == pytest.approx(1e150)


def test_figures_beyond_all_squares_of_before_the_totals_are_cut_where_they_are_stored(
    lab: Lab, records_url: str
) -> None:
    """So what is taken out of the totals later is what went in, and no count stops at it."""
    one = lab.running("one")
    lab.expose("a", "b", "c", name="one")
    for person, value in (("a", 0.25), ("b", 2.0), ("c", 4.0)):
        lab.do(person, "dwelt", value=value)
    lab.count()
    huge = sa.update(experiment_units).where(experiment_units.c.metric == "dwell")
    of = {name: experiment_units.c.person == lab.who(name).person for name in "ab"}
    migrate(records_url, "0016")
    lab.records.write(lambda conn: conn.execute(huge.where(of["a"]).values(value=1e200, per_before=-1e200)))
    lab.records.write(lambda conn: conn.execute(huge.where(of["b"]).values(value_before=1e308)))
    migrate(records_url, "head")

    assert kept(lab, one.id) == anew(lab, one.id)
    lab.records.write(lambda conn: forget_met(conn, lab.who("b").person))
    assert kept(lab, one.id) == anew(lab, one.id)
    lab.records.write(lambda conn: recount(conn, one.id))
    assert kept(lab, one.id) == anew(lab, one.id)
    sums = lab.sums("dwell", "one")
    assert (sums["n"], sums["sum"], sums["sum_sq"], sums["pre_sum"]) == (2, 4.25, 16.0625, 0.0)


def migrate(url: str, revision: str) -> None:
    """Bring the records' schema there, backwards too."""
    made = sa.make_url(url)
    if made.get_backend_name() == "postgresql":
        made = made.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(made, poolclass=sa.NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(run.__file__).parent))
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        if revision == "head":
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)
    engine.dispose()
