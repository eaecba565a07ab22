"""
A plan that is kept, as the form that it could have been typed into.

Programs may plan more than the form holds: several metrics, other windows for some, what is winsorised. Such a plan has
no form; shown in one, keeping it would lose what the form does not know of.
"""

from dataclasses import replace

from bowerbird.experiments import Experiment, Plan, Rules
from bowerbird.web.plan_form import BLANK, GUARD_ROWS, PlanForm, checked, of_rules

__all__ = ["of_experiment"]


def of_experiment(one: Experiment) -> PlanForm | None:
    """The form of its plan and rules; None when it would be kept as another one."""
    form = of_rules(one.rules)
    plan = one.plan
    metrics = {metric.name: metric for metric in plan.metrics}
    primary = metrics[plan.metric]
    texts = {
        "name": one.name,
        "hypothesis": plan.hypothesis,
        "of": primary.of,
        "quantile": "" if primary.quantile is None else _percent(primary.quantile),
        "per": next(iter(primary.per), ""),
        "window": f"{primary.window_days:.12g}",
        "direction": plan.direction,
        "mde": _percent(plan.mde),
        "alpha": _percent(plan.alpha),
        "power": _percent(plan.power),
        "people": str(plan.n_star),
        "stop": plan.stop,
    }
    guards = [(metrics[it.metric].kinds[0], it.better, _percent(it.margin)) for it in plan.guardrails]
    form = replace(
        form,
        texts={**form.texts, **texts},
        kinds=frozenset(primary.kinds),
        guards=(*guards, *BLANK.guards[: max(GUARD_ROWS - len(guards), 1)]),
    )
    return form if _is_of(form, one) else None


def _is_of(form: PlanForm, one: Experiment) -> bool:
    """What would be kept of it is what is kept; the control is no field, and stays."""
    given = form.given()
    plan, _ = checked(Plan, given["plan"])
    rules, _ = checked(Rules, given["rules"] | {"control": one.rules.control})
    return bool(plan == one.plan and rules == one.rules)


def _percent(share: float) -> str:
    return f"{share * 100:.12g}"
