"""The forecast: it finds what made people welcome things, and says how sure one may be."""

from dataclasses import replace

import numpy as np
import pytest

from bowerbird.learn.forecast import LEAST_PEOPLE, LEAST_WINS, Forecast, Trials, fit

PEOPLE = 120
EACH = 100
FACTS = np.array([-1.5, 1.2, -0.8])
SPREAD = np.array([1.2, 0.8, 0.0])  # of tastes along each trait: in the last, people do not differ


def simulated(seed: int, *, people: int = PEOPLE, each: int = EACH) -> tuple[Trials, np.ndarray[tuple[int], np.dtype]]:
    """Trials of people whose tastes are known, and the true chance of each."""
    rng = np.random.default_rng(seed)
    count = people * each
    person = np.repeat(np.arange(people), each)
    facts = np.column_stack((np.ones(count), rng.normal(size=(count, 2))))
    traits = rng.normal(size=(count, 3))
    tastes = rng.normal(size=(people, 3)) * SPREAD
    chance = 1 / (1 + np.exp(-(facts @ FACTS + (traits * tastes[person]).sum(1))))
    won = rng.random(count) < chance
    trials = Trials(
        person=person,
        facts=facts,
        traits=traits,
        won=won,
        sure=won,
        weight=np.ones(count),
        own=np.ones(count),
        held=rng.random(count) < 0.1,
        others=np.zeros((count, 2)),
    )
    return trials, chance


def learnt(trials: Trials) -> Forecast:
    """What these trials teach."""
    found = fit(trials, people=int(trials.person.max(initial=0)) + 1, rounds=12)
    assert found is not None
    return found


def test_the_weights_of_facts_are_found() -> None:
    """Weights that made the data are found, up to what twelve thousand trials leave open."""
    trials, _ = simulated(1)

    assert learnt(trials).weights == pytest.approx(FACTS, abs=0.12)


def test_where_people_do_not_differ_no_taste_is_seen() -> None:
    """The learnt spread of tastes is that of the people, and almost nothing along what they have in common."""
    trials, _ = simulated(2)

    spread = np.sqrt(np.diag(np.linalg.inv(learnt(trials).precision)))

    assert spread[:2] == pytest.approx(SPREAD[:2], rel=0.25)
    assert spread[2] < 0.25


def test_a_taste_is_found_from_the_persons_own_trials() -> None:
    """For somebody whom it was not learnt from, the chances of new things go with the true ones."""
    found = learnt(simulated(3)[0])
    trials, chance = simulated(4, people=1, each=400)
    old, new = np.arange(300), np.arange(300, 400)

    taste = found.taste(trials.those(old))
    expected = found.chance(trials.facts[new], trials.traits[new], taste, trials.others[new])

    assert np.corrcoef(expected, chance[new])[0, 1] > 0.95


def test_of_whom_nothing_is_known_is_expected_to_be_like_the_others() -> None:
    """Without trials the taste is the mean one."""
    trials, _ = simulated(5)
    found = learnt(trials)

    assert found.taste(trials.those(np.arange(0))) == pytest.approx(found.mean)


def test_chances_are_calibrated_on_what_was_not_learnt_from() -> None:
    """Of things with about the same chance, about that share is won, in people and trials that are new."""
    found = learnt(simulated(6)[0])
    trials, _ = simulated(7)
    new = np.arange(len(trials)) % EACH >= EACH // 2
    expected = np.empty(len(trials))
    for person in range(PEOPLE):
        own = trials.person == person
        taste = found.taste(trials.those(own & ~new))
        expected[own] = found.chance(trials.facts[own], trials.traits[own], taste, trials.others[own])
    expected, won = expected[new], trials.won[new]

    for low, high in ((0.0, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 1.0)):
        some = (expected >= low) & (expected < high)
        assert won[some].mean() == pytest.approx(expected[some].mean(), abs=0.04), (low, high)


def test_the_scale_is_set_by_the_newest() -> None:
    """Where what is held out is won at random, chances are drawn together."""
    trials, _ = simulated(8)
    by_luck = np.random.default_rng(0).random(len(trials)) < 0.3
    upset = replace(trials, won=np.where(trials.held, by_luck, trials.won))

    assert learnt(upset).scale[1] < 0.5 * learnt(trials).scale[1]


def test_what_others_did_counts_as_far_as_the_newest_bear_it_out() -> None:
    """What moves the odds of the held trials gets its weight, what does not gets none."""
    trials, chance = simulated(12, each=300)
    rng = np.random.default_rng(0)
    others = rng.normal(size=(len(trials), 2))
    odds = np.log(chance / (1 - chance)) + 0.9 * others[:, 0]
    told = replace(
        trials, others=others, won=np.where(trials.held, rng.random(len(odds)) < 1 / (1 + np.exp(-odds)), trials.won)
    )

    found = learnt(told).others

    assert found[0] == pytest.approx(0.9, abs=0.2)
    assert abs(found[1]) < 0.15


def test_what_is_doubted_counts_only_if_it_is_plain() -> None:
    """A doubted column of noise counts for nothing at all, one that plainly tells something counts as it would."""
    trials, chance = simulated(13, each=300)
    rng = np.random.default_rng(1)
    others = rng.normal(size=(len(trials), 2))
    odds = np.log(chance / (1 - chance)) + 0.9 * others[:, 0]
    told = replace(
        trials, others=others, won=np.where(trials.held, rng.random(len(odds)) < 1 / (1 + np.exp(-odds)), trials.won)
    )

    found = fit(told, people=PEOPLE, rounds=12, doubted=(0, 1))

    assert found is not None
    assert found.others[0] > 0.5
    assert found.others[1] == 0.0


def test_one_odd_opening_turns_no_taste_around() -> None:
    """An opening that nothing confirmed, of what is otherwise never welcome, moves a taste less than a sure one."""
    trials, _ = simulated(9)
    found = learnt(trials)
    far = np.array([6.0, 0.0, 0.0])
    own = trials.those(trials.person == 0)
    won = Trials(
        person=np.zeros(9, np.int64),
        facts=np.tile([1.0, 0.0, 0.0], (9, 1)),
        traits=np.tile(far, (9, 1)),
        won=np.arange(9) == 8,
        sure=np.zeros(9, np.bool_),
        weight=np.ones(9),
        own=np.ones(9),
        held=np.zeros(9, np.bool_),
        others=np.zeros((9, 2)),
    )
    assert len(own) == EACH

    doubted, believed = found.taste(won), found.taste(replace(won, sure=won.won))

    assert doubted[0] < believed[0]


def test_the_same_trials_teach_the_same() -> None:
    """Twice the same arrays give the same numbers, bit for bit, in whatever order people stand."""
    trials, _ = simulated(10)

    first, second = learnt(trials), learnt(trials)

    assert np.array_equal(first.weights, second.weights)
    assert np.array_equal(first.precision, second.precision)
    assert first.scale == second.scale


def test_too_little_teaches_nothing() -> None:
    """Below so many wins, of so many people, and where everything is won, there is no forecast."""
    trials, _ = simulated(11)
    few_wins = trials.those(np.flatnonzero(np.cumsum(trials.won) < LEAST_WINS))
    few_people = trials.those(trials.person < LEAST_PEOPLE - 1)
    never_lost = trials.those(trials.won)

    for some in (few_wins, few_people, never_lost, trials.those(np.arange(0))):
        assert fit(some, people=PEOPLE) is None


def test_what_is_no_number_is_left_out() -> None:
    """Trials with NaN or infinity teach nothing, and spoil nothing."""
    trials, _ = simulated(12)
    facts, traits, own = trials.facts.copy(), trials.traits.copy(), trials.own.copy()
    facts[::50, 1], traits[1::50, 0], own[2::50] = np.nan, np.inf, np.nan
    spoilt = np.zeros(len(trials), np.bool_)
    spoilt[::50] = spoilt[1::50] = spoilt[2::50] = True

    found, expected = learnt(replace(trials, facts=facts, traits=traits, own=own)), learnt(trials.those(~spoilt))

    assert found.weights == pytest.approx(expected.weights)
    assert np.isfinite(found.precision).all()
