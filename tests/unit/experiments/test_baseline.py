"""What is known of a metric before the experiment: what people here did lately."""

from typing import Any

import numpy as np
import pytest

from bowerbird.experiments import Baseline, Baselines, Metric, baseline_of, read
from bowerbird.experiments.baseline import DAYS, KEPT_S
from bowerbird.experiments.bots import MOST_IN_AN_HOUR
from bowerbird.feed import NewEvent

from .conftest import Lab

DAY_S = 86_400.0


def metric(**fields: Any) -> Metric:
    """Of who saved, unless it says otherwise."""
    return read(Metric, {"name": "m", "kinds": ["saved"], "window_days": 7} | fields)


def known(lab: Lab, **fields: Any) -> Baseline:
    """By the log as it is."""
    return lab.records.read(
        lambda conn: baseline_of(conn, lab.scope.workspace, metric(**fields), now_s=lab.clock.now_s())
    )


def days_ago(lab: Lab, days: float) -> float:
    """That time."""
    return lab.clock.now_s() - days * DAY_S


def week(lab: Lab) -> list[float]:
    """Twelve people looked at something; the n-th stayed for n times n seconds, in two parts, the first not at all."""
    stays = [float(number * number) for number in range(12)]
    for number, stay in enumerate(stays):
        lab.do(f"user-{number}", "shown", at=days_ago(lab, 6))
        if stay:
            for part in (0.25, 0.75):
                lab.do(f"user-{number}", "dwelt", at=days_ago(lab, 3), value=part * stay)
    return stays


def test_a_mean_is_over_everybody_who_was_here(lab: Lab) -> None:
    """Those who did nothing of it count with 0; mean and variance are those of people, not of events."""
    stays = week(lab)
    found = known(lab, kinds=["dwelt"], of="sum")

    assert found.people == 12
    assert found.days == pytest.approx(6, abs=0.01)
    assert found.mean == pytest.approx(np.mean(stays))
    assert found.variance == pytest.approx(np.var(stays, ddof=1))


def test_a_proportion_and_a_ratio(lab: Lab) -> None:
    """Eleven of twelve did it; and a ratio of what all did, with the delta method's variance."""
    week(lab)
    for _ in range(2):
        lab.do("user-1", "shown", at=days_ago(lab, 1))
    did, often = known(lab, kinds=["dwelt"]), known(lab, kinds=["dwelt"], of="count", per=["shown"])

    assert did.mean == pytest.approx(11 / 12)
    assert did.variance == pytest.approx(11 / 12 * 1 / 12)
    above, below = np.array([0.0] + [2.0] * 11), np.array([1.0, 3.0] + [1.0] * 10)
    ratio = above.sum() / below.sum()
    assert often.mean == pytest.approx(ratio)
    assert often.variance == pytest.approx(np.var(above - ratio * below, ddof=1) / below.mean() ** 2)


def test_a_quantile_is_that_of_everybody(lab: Lab) -> None:
    """Between two ranks; of too few people it is not known."""
    stays = week(lab)
    found = known(lab, kinds=["dwelt"], of="sum", quantile=0.6)

    assert found.mean == pytest.approx(np.quantile(stays, 0.6))
    assert found.variance is not None
    assert found.variance > 0
    assert known(lab, kinds=["dwelt"], of="sum", quantile=0.95).mean is None


def test_what_does_not_vary_cannot_be_planned_with(lab: Lab) -> None:
    """Nobody here, nobody who did it, everybody who did: people are counted, and mean and variance are not told."""
    assert known(lab) == Baseline(0, 0.0, None, None, (0,) * len(DAYS))
    week(lab)
    assert (known(lab).people, known(lab).mean) == (12, None)
    assert known(lab, kinds=["shown"]).mean is None
    assert known(lab, kinds=["saved"], of="count", per=["liked"]).mean is None


def test_only_the_window_counts_and_bots_do_not(lab: Lab) -> None:
    """Somebody of eight days ago is not among those of the last seven; nor is who did a thousand things in an hour."""
    week(lab)
    lab.do("earlier", "dwelt", at=days_ago(lab, 8), value=10.0)
    at = days_ago(lab, 2) // 3_600 * 3_600
    lab.do_all([NewEvent(lab.item, "saved", at=at, person="bot") for _ in range(MOST_IN_AN_HOUR + 1)])

    assert known(lab, kinds=["dwelt"], of="sum").people == 12
    assert known(lab, kinds=["saved"]).mean is None
    assert dict(zip(DAYS, known(lab).reached, strict=True)) == {
        1: 0, 2: 0, 3: 0, 5: 11, 7: 12, 10: 13, 14: 13, 21: 13, 28: 13
    }  # fmt: skip


def test_people_to_come_are_those_of_lately(lab: Lab) -> None:
    """Between known days on a straight line, later as many new ones a day as in the last two weeks; and back again."""
    found = Baseline(100, 7.0, 0.1, 0.09, (10, 20, 30, 40, 50, 60, 70, 84, 98))

    assert [found.people_within(days) for days in (0.5, 1, 4, 14, 28, 38)] == [5, 10, 35, 70, 98, 118]
    for people in (3, 10, 45, 98, 150):
        days = found.days_until(people)
        assert days is not None
        assert found.people_within(days) == pytest.approx(people)
    nobody_new = Baseline(5, 7.0, 0.1, 0.09, (5,) * len(DAYS))
    assert (nobody_new.days_until(5), nobody_new.days_until(6)) == (1.0, None)


async def test_they_are_looked_up_once_in_some_minutes(lab: Lab) -> None:
    """Asked again at once they are those of before; a while later those of now."""
    kept = Baselines(lab.records, lab.clock)
    week(lab)
    wanted = metric(kinds=["dwelt"])
    first = await kept.of(lab.scope.workspace, wanted)
    lab.do("somebody", "saved")
    assert await kept.of(lab.scope.workspace, wanted) == first
    lab.clock.advance(KEPT_S + 1)
    assert (await kept.of(lab.scope.workspace, wanted)).people == first.people + 1
    await kept.close()
    await kept.close()
