"""A plan, its rules and what became of it in the words of the pages."""

from collections.abc import Mapping
from typing import Any, Final

from bowerbird.experiments import Condition, Metric, Plan, Rules
from bowerbird.web.power import percent
from bowerbird.web.words import count, plural

__all__ = ["plan_lines", "rule_lines", "step_words"]

_TESTS: Final = {
    "one_of": "is",
    "none_of": "is not",
    "at_least": "is at least",
    "at_most": "is at most",
    "given": "is known",
    "missing": "is not known",
}
_BETTER: Final = {"higher": "more is better", "lower": "less is better", "either": "either way is worth knowing"}
_STEPS: Final = {
    "created": "Planned",
    "started": "Started",
    "changed": "Changed who gets what",
    "planned anew": "Changed the plan",
    "new phase": "Began a new phase: everybody was drawn anew",
    "stopped": "Stopped",
    "learnt": "Wrote down what was learnt",
}


def plan_lines(plan: Plan) -> tuple[tuple[str, str], ...]:
    """What is promised, line by line."""
    metrics = {metric.name: metric for metric in plan.metrics}
    primary = metrics[plan.metric]
    lines = [
        ("Decided by", f"{_metric(primary)}; {_BETTER[plan.direction]}"),
        ("Smallest change that matters", percent(plan.mde)),
        ("Decided at about", f"{count(plan.n_star)} people of the control and one variant"),
        ("Chance of a false alarm", percent(plan.alpha)),
        ("Chance to find the change", percent(plan.power)),
    ]
    for guard in plan.guardrails:
        way = "fall" if guard.better == "higher" else "rise"
        lines.append(
            ("Must not get worse", f"{_metric(metrics[guard.metric])}: must not {way} by {percent(guard.margin)}")
        )
    seen = {plan.metric, *(guard.metric for guard in plan.guardrails)}
    lines += [("Also counted", _metric(metric)) for name, metric in metrics.items() if name not in seen]
    return (*lines, *((("Ends", plan.stop),) if plan.stop else ()))


def rule_lines(rules: Rules) -> tuple[tuple[str, str], ...]:
    """Who is in, and who gets what."""
    total = sum(weight for _, weight in rules.weights)
    shares = ", ".join(f"{name} {percent(weight / total, 3)}" for name, weight in rules.weights)
    lines = [("Variants", shares), ("Compared with", rules.control_name), ("Takes part", percent(rules.traffic))]
    if rules.place is not None:
        lines.insert(0, ("The product is tried at", rules.place))
    lines += [("Only people whose", _condition(one)) for one in rules.conditions]
    if rules.layer is not None:
        lines.append(("Layer", f"{rules.layer}, {percent(rules.layer_share)} of it"))
    if rules.holdout:
        lines.append(("Kept out of everything", percent(rules.holdout)))
    if rules.sticky:
        lines.append(("In a new phase", "people keep the variant that they had"))
    return tuple(lines)


def step_words(action: str, detail: Mapping[str, Any]) -> tuple[str, str]:
    """What was done, and what was said about it."""
    said = detail.get("reasons", "")
    reasons = "; ".join(map(str, said)) if isinstance(said, list) else str(said)
    if "decision" in detail:
        variant = f" {detail['variant']}" if detail.get("variant") and detail["decision"] == "ship" else ""
        return f"Decided: {detail['decision']}{variant}", reasons
    return _STEPS.get(action, action.capitalize()), reasons


def _metric(metric: Metric) -> str:
    kinds = " or ".join(kind.replace("_", " ") for kind in metric.kinds)
    within = f"within {plural(round(metric.window_days), 'day')}"
    if metric.per:
        below = " or ".join(kind.replace("_", " ") for kind in metric.per)
        return f"{metric.name}: {kinds} for each {below}, {within}"
    told = {
        "any": f"how many people did it ({kinds})",
        "count": f"how often each did it ({kinds})",
        "sum": f"the sum of values ({kinds})",
    }
    return f"{metric.name}: {told[metric.of]}, {within}"


def _condition(one: Condition) -> str:
    values = " or ".join(str(value) for value in one.values)
    return f"{one.attribute} {_TESTS[one.test]} {values}".rstrip()
