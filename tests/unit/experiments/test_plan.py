"""Plans: what is wrong with one is said, what is promised is hashed, and what changes safely is told apart."""

from typing import Any, Final, get_args

import pytest

from bowerbird.experiments import Plan, Rules, unsafe_changes
from bowerbird.experiments.plan import EVENT_KINDS, hash_of, is_hash_of, read
from bowerbird.feed.event import EventKind
from bowerbird.kernel.errors import InputWrong

TWO: Final = [{"name": "control"}, {"name": "treatment"}]
PLAN: Final[dict[str, Any]] = {
    "hypothesis": "Fresher feeds are opened more often.",
    "metric": "opened",
    "metrics": [
        {"name": "opened", "kinds": ["opened"]},
        {"name": "rate", "kinds": ["opened"], "of": "count", "per": ["shown"]},
    ],
    "guardrails": [{"metric": "rate", "margin": 0.02}],
}


def rules(**changed: Any) -> Rules:
    """Two variants, and what else is given."""
    return read(Rules, {"variants": TWO, **changed})


def weights(*given: float) -> list[dict[str, Any]]:
    return [{"name": f"v{number}", "weight": weight} for number, weight in enumerate(given)]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"variants": TWO[:1]}, "1 given, expected at least 2"),
        ({"variants": [TWO[0], TWO[0]]}, "the variant 'control' is there twice"),
        ({"variants": weights(0, 1)}, "the weight of 'v0' is 0; expected a number above 0"),
        ({"variants": weights(-1, 2)}, "the weight of 'v0' is -1"),
        ({"variants": weights(0.5, float("nan"))}, "the weight of 'v1' is nan"),
        ({"variants": weights(0.5, float("inf"))}, "the weight of 'v1' is inf"),
        ({"variants": weights(1, 10**400)}, "the weight of 'v1' is 1000"),
        ({"variants": weights(0.5, 0.4)}, "the weights add up to 0.9; expected 1"),
        ({"variants": weights(0.5, 0.50001)}, "add up to 1.00001"),
        ({"variants": weights(True, 1)}, r"variants\.0\.weight"),
        ({"variants": [{"name": "A b"}, TWO[1]]}, r"variants\.0\.name"),
        ({"control": "third"}, "the control 'third' is no variant; expected one of control, treatment"),
        ({"traffic": 0}, "traffic"),
        ({"traffic": 1.01}, "traffic"),
        ({"traffic": float("nan")}, "traffic"),
        ({"holdout": 0.6}, "holdout"),
        ({"layer_share": 0.5}, "layer_share is given without a layer"),
        ({"ramp": 1}, "ramp: Extra inputs"),
    ],
)
def test_rules_that_cannot_be_are_refused(changed: dict[str, Any], says: str) -> None:
    """By name, with what was seen and what was expected."""
    with pytest.raises(InputWrong, match=says):
        rules(**changed)


def test_weights_are_relative_when_whole_and_shares_otherwise() -> None:
    """A billionth off is rounding; 1 and 2 is a third and two thirds."""
    assert rules(variants=weights(1, 2)).weights == [("v0", 1), ("v1", 2)]
    assert rules(variants=weights(0.1, 0.2, 0.7)).weights[2] == ("v2", 0.7)
    assert len(rules(variants=weights(1 / 3, 1 / 3, 1 / 3 + 5e-10)).variants) == 3


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"metric": "saves"}, "no metric 'saves'; expected one of opened, rate"),
        ({"guardrails": [{"metric": "nps"}]}, "no metric 'nps'"),
        ({"metrics": [PLAN["metrics"][0]] * 2}, "the metric 'opened' is there twice"),
        ({"metrics": [{"name": "opened", "kinds": ["bought"]}]}, r"metrics\.0\.kinds\.0"),
        ({"metrics": [{"name": "opened", "kinds": []}]}, r"metrics\.0\.kinds"),
        ({"metrics": [{"name": "opened", "kinds": ["opened"], "per": ["shown"]}]}, "a ratio counts or sums"),
        ({"mde": 0}, "mde"),
        ({"alpha": float("nan")}, "alpha"),
        ({"hypothesis": ""}, "hypothesis"),
    ],
)
def test_plans_that_cannot_be_are_refused(changed: dict[str, Any], says: str) -> None:
    """An unknown metric is named beside those there are."""
    with pytest.raises(InputWrong, match=says):
        read(Plan, PLAN | changed)


def test_the_hash_is_of_what_is_promised_and_of_nothing_else() -> None:
    """The same for the same promise however its keys stand; another for any change of it."""
    plan, said = read(Plan, PLAN), rules()
    turned = read(Plan, dict(reversed(PLAN.items())))

    assert hash_of(plan, said) == hash_of(turned, said)
    assert len(hash_of(plan, said)) == 64
    for changed in ({"mde": 0.06}, {"hypothesis": "Fresher feeds are opened more often"}, {"direction": "higher"}):
        assert hash_of(read(Plan, PLAN | changed), said) != hash_of(plan, said)
    assert hash_of(plan, rules(traffic=0.5)) != hash_of(plan, said)


def condition(*values: object) -> list[dict[str, Any]]:
    return [{"attribute": "region", "test": "one_of", "values": list(values)}]


@pytest.mark.parametrize(
    ("old", "new", "is_safe"),
    [
        ({"traffic": 0.01}, {"traffic": 0.5}, True),
        ({"traffic": 0.5}, {"traffic": 0.01}, False),
        ({"conditions": condition("NZ")}, {"conditions": condition("NZ", "AU")}, True),
        ({"conditions": condition("NZ")}, {}, True),
        ({"conditions": condition("NZ", "AU")}, {"conditions": condition("NZ")}, False),
        ({}, {"conditions": condition("NZ")}, False),
        ({"holdout": 0.1}, {"holdout": 0.05}, True),
        ({"holdout": 0.05}, {"holdout": 0.1}, False),
        ({"layer": "l", "layer_share": 0.1}, {"layer": "l", "layer_share": 0.2}, True),
        ({"layer": "l", "layer_share": 0.2}, {"layer": "l", "layer_share": 0.1}, False),
        ({"layer": "l"}, {"layer": "m"}, False),
        ({}, {"variants": [*TWO, {"name": "third"}]}, False),
        ({}, {"variants": weights(1, 2)}, False),
        ({}, {"control": "treatment"}, False),
        ({}, {"control": "control"}, True),
        ({}, {"sticky": True}, False),
    ],
)
def test_a_change_is_safe_when_it_only_lets_more_in(old: dict[str, Any], new: dict[str, Any], is_safe: bool) -> None:
    """Everything else says why it is not."""
    assert (unsafe_changes(rules(**old), rules(**new)) == []) is is_safe


def test_metrics_are_of_what_the_log_can_hold() -> None:
    """The kinds are those of the feed's events, in its order."""
    assert get_args(EventKind) == EVENT_KINDS


def test_what_plans_learnt_to_say_later_breaks_no_earlier_promise() -> None:
    """The hash that this plan had before metrics could be winsorised or quantiles; saying it is another promise."""
    earlier = "5a32a6955596c10ee3791bca6c7bcb6e7757d5483323ab93b9d54d30baddc31f"
    assert hash_of(read(Plan, PLAN), rules()) == earlier
    for more in ({"quantile": 0.9}, {"winsorise": 0.99}):
        metric = {"name": "opened", "kinds": ["opened"], "of": "count"}
        cut = read(Plan, PLAN | {"metrics": [metric | more, PLAN["metrics"][1]]})
        assert hash_of(cut, rules()) != hash_of(read(Plan, PLAN | {"metrics": [metric, PLAN["metrics"][1]]}), rules())


def test_a_promise_of_the_days_when_only_cutting_was_known_is_kept() -> None:
    """The hash that this plan had when every metric said of itself that nothing is cut; and no other plan has it."""
    then = "60c84516a9247f2c0149807f0431792ec75c0bfcb27a459fe24c2a20af449786"
    assert is_hash_of(read(Plan, PLAN), rules(), then)
    assert is_hash_of(read(Plan, PLAN), rules(), hash_of(read(Plan, PLAN), rules()))
    for other in (
        PLAN | {"mde": 0.2},
        PLAN | {"metrics": [PLAN["metrics"][0] | {"quantile": 0.9, "of": "sum"}, PLAN["metrics"][1]]},
    ):
        assert not is_hash_of(read(Plan, other), rules(), then)
