"""How many people a plan needs: what is said finds the effect as often as is said."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bowerbird.experiments import Baseline, Experiment, Goal, Metric, Plan, Rules, Sizing, read, size
from bowerbird.experiments.advice import Known, advise
from bowerbird.experiments.plan import hash_of
from bowerbird.experiments.sizing import LARGEST
from bowerbird.experiments.statistics import Exposed, Imbalance, Moments, analyse, arm, relative, sequential

REACHED = (1_000, 1_900, 2_700, 4_000, 5_000, 6_200, 7_500, 9_000, 10_400)
SHARE = Baseline(5_000, 7.0, 0.1, 0.09, REACHED)
GOAL = Goal(mde=0.2, alpha=0.05, power=0.8)
SAVED = read(Metric, {"name": "saved", "kinds": ["saved"]})


def rules(*weights: int, **more: Any) -> Rules:
    """Variants of these weights, the control first."""
    return read(Rules, {"variants": [{"name": f"v{at}", "weight": one} for at, one in enumerate(weights)]} | more)


def sized(goal: Goal = GOAL, given: Rules | None = None, baseline: Baseline = SHARE) -> Sizing:
    """What the plan needs."""
    found = size(SAVED, given or rules(1, 1), baseline, goal)
    assert found is not None
    return found


def found_share(control: int, treatment: int, n_star: int, alpha: float = 0.05, lift: float = 0.2) -> float:
    """In how many of 4,000 experiments with so many people the effect is found."""
    rng = np.random.default_rng(17)
    done = [rng.binomial(n, p, 4_000).astype(float) for n, p in ((control, 0.1), (treatment, 0.1 * (1 + lift)))]
    first, second = (
        arm("proportion", Moments.of_sums(np.full(4_000, n), d[:, None], d[:, None, None]))
        for n, d in zip((control, treatment), done, strict=True)
    )
    return float(np.mean(sequential(relative(first, second), alpha=alpha, n_star=n_star).p < alpha))


def test_as_many_as_it_says_find_the_effect() -> None:
    """Four of five times, within two points; and its intervals are narrowest there."""
    found = sized()
    assert found.needed is not None
    half = found.needed // 2

    assert found_share(half, half, found.n_star) == pytest.approx(0.8, abs=0.02)
    assert found.n_star == pytest.approx(found.needed, rel=0.02)
    assert found.days == pytest.approx(SHARE.days_until(found.needed))


def test_unequal_variants_need_more_and_find_as_much() -> None:
    """One person of ten in the treatment."""
    found = sized(given=rules(9, 1))
    assert found.needed is not None
    assert found.needed > (sized().needed or 0)
    tried = found.needed // 10
    assert found_share(found.needed - tried, tried, found.n_star) == pytest.approx(0.8, abs=0.03)


def test_several_treatments_share_the_level_and_the_least_counts() -> None:
    """Three of them: each is compared at a third of alpha, with a quarter of the people."""
    found = sized(given=rules(1, 1, 1, 1))
    assert found.needed is not None
    quarter = found.needed // 4
    assert found_share(quarter, quarter, found.n_star, alpha=0.05 / 3) == pytest.approx(0.8, abs=0.03)


def test_who_is_compared_is_who_the_plan_waits_for() -> None:
    """Of four equal variants half of the people; the advice waits for as many, and not for twice as many."""
    found = sized(given=rules(1, 1, 1, 1))
    assert found.needed is not None
    assert found.n_star == pytest.approx(found.needed / 2, rel=0.02)
    uneven = sized(given=rules(8, 1, 1))
    assert uneven.n_star == pytest.approx(0.9 * (uneven.needed or 0), rel=0.02)
    assert waits(found.n_star, people=round(found.needed * 0.98)) is True
    assert waits(found.n_star, people=round(found.needed * 1.02)) is False


def waits(n_star: int, *, people: int) -> bool:
    """Whether the advice is to wait, when nothing is clear and so many people came to four equal variants."""
    plan = read(Plan, {"hypothesis": "h", "metric": "saved", "metrics": [SAVED.model_dump()], "n_star": n_star})
    variants = {f"v{at}": {"n": people // 4, "sum": people // 40} for at in range(4)}
    primary = analyse({"metric": "proportion", "control": "v0", "variants": variants, "n_star": n_star})
    four = rules(1, 1, 1, 1)
    one = Experiment(
        "e", "w", "four", "running", plan, four, hash_of(plan, four), four, None, None, 1, None, None, 0, 0, None, None
    )
    return advise(Known(one, True, None, Exposed(people, 0), Imbalance(None, None, 1.0), primary)).decision == "wait"


def test_the_curve_falls_and_meets_what_is_needed() -> None:
    """More people find smaller effects; between its points lies the plan's own; nothing beyond what anybody reads."""
    found = sized()
    assert found.needed is not None
    people, effects = [one.people for one in found.curve], [one.effect for one in found.curve]

    assert people == sorted(set(people))
    assert effects == sorted(effects, reverse=True)
    assert max(effects) <= LARGEST
    assert float(np.interp(found.needed, people, effects)) == pytest.approx(0.2, rel=0.03)
    assert [one.days for one in found.curve] == [SHARE.days_until(one.people) for one in found.curve]


def test_who_is_left_out_makes_it_take_longer() -> None:
    """Half of the traffic, a tenth held out, a fifth of a layer: as many people, after more days, fewer within each."""
    less = sized(given=rules(1, 1, traffic=0.5, holdout=0.1, layer="home", layer_share=0.2))
    assert less.needed == sized().needed
    assert less.needed is not None
    assert less.days == pytest.approx(SHARE.days_until(less.needed / 0.09))
    assert less.within == tuple((days, int(SHARE.people_within(days) * 0.09)) for days in (7, 14, 28))


def test_an_n_star_that_was_chosen_is_kept() -> None:
    """And costs people where it is far off."""
    chosen = sized(replace(GOAL, n_star=100))
    assert chosen.n_star == 100
    assert chosen.needed is not None
    assert chosen.needed > (sized().needed or 0)


def test_what_no_number_finds_is_said() -> None:
    """A share cannot rise above 1, an effect of a billionth is found by nobody; nothing known, nothing said."""
    assert sized(baseline=replace(SHARE, mean=0.9), goal=replace(GOAL, mde=0.5)).needed is None
    assert sized(replace(GOAL, mde=1e-9)).needed is None
    assert size(SAVED, rules(1, 1), replace(SHARE, mean=None, variance=None), GOAL) is None


def test_people_who_never_come_have_no_day() -> None:
    """When nobody new came in the last two weeks."""
    found = sized(baseline=replace(SHARE, reached=(300,) * len(REACHED)))
    assert found.needed is not None
    assert found.days is None
