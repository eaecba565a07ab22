"""
The form of a plan: what was typed, as it was typed, and the request of the API that it stands for.

What is wrong is what the API would say; here it is only put at its field. So the form reads texts as numbers where they
are some, percent as shares, and leaves the rest to be refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from starlette.datastructures import ImmutableMultiDict

from bowerbird.experiments import Place, Rules
from bowerbird.experiments.plan import EVENT_KINDS, told
from bowerbird.kernel.errors import InputWrong

__all__ = [
    "BLANK",
    "CONDITION_ROWS",
    "GUARD_ROWS",
    "VARIANT_ROWS",
    "Fields",
    "PlanForm",
    "at_place",
    "checked",
    "of_rules",
    "typed",
]

Fields = ImmutableMultiDict[str, Any]
VARIANT_ROWS: Final = 4
GUARD_ROWS: Final = 3
CONDITION_ROWS: Final = 3
MOST_ROWS: Final = 25  # more than any plan may have
TEXTS: Final = (
    "name", "hypothesis", "of", "quantile", "per", "window", "direction", "mde", "traffic", "alpha", "power", "people",
    "stop", "layer", "layer-share", "holdout", "sticky", "place",
)  # fmt: skip
# Where the form shows what is wrong with what: the first that it begins with.
_PLACES: Final = (
    ("name", "name"),
    ("plan.hypothesis", "hypothesis"),
    ("plan.metrics.0.kinds", "kinds"),
    ("plan.metrics.0.per", "per"),
    ("plan.metrics.0.quantile", "quantile"),
    ("plan.metrics.0.window_days", "window"),
    ("plan.metrics.0", "of"),
    ("plan.metrics", "guards"),
    ("plan.guardrails", "guards"),
    ("plan.n_star", "people"),
    *((f"plan.{one}", one) for one in ("direction", "mde", "alpha", "power", "stop")),
    ("plan", "guards"),
    ("rules.variants", "variants"),
    ("rules.conditions", "conditions"),
    ("rules.layer_share", "layer-share"),
    *((f"rules.{one}", one) for one in ("traffic", "layer", "holdout", "sticky", "place")),
    ("rules", "variants"),
)
_MORE: Final = frozenset(
    {"conditions", "guards", "quantile", "alpha", "power", "people", "stop", "layer", "layer-share", "holdout"}
)
_PERCENT: Final = frozenset(
    {
        "plan.mde",
        "plan.alpha",
        "plan.power",
        "plan.metrics.0.quantile",
        "rules.traffic",
        "rules.layer_share",
        "rules.holdout",
    }
    | {f"plan.guardrails.{row}.margin" for row in range(MOST_ROWS)}
)


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What was typed, and what is wrong with it by field."""

    texts: Mapping[str, str]
    kinds: frozenset[str]
    variants: tuple[tuple[str, str], ...]  # name, weight
    guards: tuple[tuple[str, str, str], ...]  # kind, better, margin
    conditions: tuple[tuple[str, str, str], ...]  # attribute, test, values
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_more(self) -> bool:
        """True when the folded fields need to be seen."""
        return bool(_MORE & self.errors.keys())

    def but(self, wrong: Sequence[InputWrong]) -> "PlanForm":
        """The same with what is wrong; of each field the first thing."""
        errors: dict[str, str] = {}
        for one in wrong:
            where = one.field or "name"
            said = str(one).removeprefix(f"{where}: ")
            errors.setdefault(_place(where, said), _said(where, said))
        return replace(self, errors=errors)

    def given(self) -> dict[str, Any]:
        """The request that it stands for, which may be refused."""
        return {"name": self.texts["name"].strip(), "plan": self._plan(), "rules": self.rules()}

    def rules(self) -> dict[str, Any]:
        """Who is in, and who gets what."""
        text = self.texts
        layer = text["layer"].strip()
        share = _share(text["layer-share"], 1.0)
        return {
            "variants": [
                {"name": name.strip(), "weight": _number(weight, 1)} for name, weight in self.variants if name.strip()
            ],
            "traffic": _share(text["traffic"], 1.0),
            "conditions": [
                {"attribute": attribute.strip(), "test": test, "values": _values(values)}
                for attribute, test, values in self.conditions
                if attribute.strip()
            ],
            "layer": layer or None,
            "layer_share": share,
            "holdout": _share(text["holdout"], 0.0),
            "sticky": bool(text["sticky"]),
            "place": text["place"].strip() or None,
        }

    def metric(self) -> dict[str, Any]:
        """By which it is decided."""
        text = self.texts
        kinds = [kind for kind in EVENT_KINDS if kind in self.kinds]
        of, per = text["of"] or "any", text["per"]
        name = "-or-".join(kinds)[:40].rstrip("-") or "metric"
        ending = {"any": "", "count": "-count", "sum": "-sum"}.get(of, "")
        which = text["quantile"].replace("%", "").strip()
        tail = f"{ending}{f'-per-{per}' if per else ''}{f'-p{which}' if which.isdecimal() else ''}"
        metric: dict[str, Any] = {
            "name": f"{name}{tail}"[:64],
            "kinds": kinds,
            "of": of,
        }
        if per:
            metric["per"] = [per]
        if which:
            metric["quantile"] = _share(which, 0.0)
        if text["window"].strip():
            metric["window_days"] = _number(text["window"])
        return metric

    def _plan(self) -> dict[str, Any]:
        text, metric = self.texts, self.metric()
        guards = [row for row in self.guards if row[0]]
        # What many people do of one kind each; as the metric itself, where that is the same.
        plain = {name: one for name, one in metric.items() if name != "quantile"}
        others = {kind: {**plain, "name": kind, "kinds": [kind], "of": "any", "per": []} for kind, _, _ in guards}
        others = {kind: one for kind, one in others.items() if kind != metric["name"]}
        plan: dict[str, Any] = {
            "hypothesis": text["hypothesis"].strip(),
            "metric": metric["name"],
            "direction": text["direction"] or "either",
            "mde": _share(text["mde"], 0.05),
            "alpha": _share(text["alpha"], 0.05),
            "power": _share(text["power"], 0.8),
            "stop": text["stop"].strip(),
            "metrics": [metric, *others.values()],
            "guardrails": [
                {"metric": kind, "better": better or "higher", "margin": _share(margin, 0.0)}
                for kind, better, margin in guards
            ],
        }
        if text["people"].strip():
            plan["n_star"] = _number(text["people"].replace(",", ""))
        return plan


BLANK: Final = PlanForm(
    texts=dict.fromkeys(TEXTS, "")
    | {"of": "any", "window": "14", "direction": "higher", "mde": "5", "traffic": "100", "alpha": "5", "power": "80"}
    | {"layer-share": "100", "holdout": "0"},
    kinds=frozenset(),
    variants=(("control", "1"), ("treatment", "1"), *(("", "1"),) * (VARIANT_ROWS - 2)),
    guards=(("", "higher", "2"),) * GUARD_ROWS,
    conditions=(("", "one_of", ""),) * CONDITION_ROWS,
)


def at_place(place: Place) -> PlanForm:
    """A plan for that place: what is usual there against the first that is not, or all of them where they are few."""
    names = [variant.name for variant in place.variants]
    names = names if len(names) <= VARIANT_ROWS else names[:2]
    variants = [*((name, "1") for name in names), *[("", "1")] * (VARIANT_ROWS - len(names))]
    return replace(BLANK, texts={**BLANK.texts, "place": place.name}, variants=tuple(variants))


def typed(fields: Fields) -> PlanForm:
    """What a request's form holds; a row that is not there is empty."""
    return PlanForm(
        texts={name: str(fields.get(name, "")) for name in TEXTS},
        kinds=frozenset(map(str, fields.getlist("kind"))),
        variants=_rows(fields, ("variant", "weight"), VARIANT_ROWS),
        guards=_rows(fields, ("guard", "guard-better", "guard-margin"), GUARD_ROWS),
        conditions=_rows(fields, ("attribute", "test", "values"), CONDITION_ROWS),
    )


def of_rules(rules: Rules) -> PlanForm:
    """The rules of an experiment, to be changed."""
    variants = [(one.name, f"{one.weight:g}") for one in rules.variants]
    conditions = [(one.attribute, one.test, ", ".join(map(_written, one.values))) for one in rules.conditions]
    texts = {
        "traffic": f"{rules.traffic * 100:g}",
        "layer": rules.layer or "",
        "layer-share": f"{rules.layer_share * 100:g}",
        "holdout": f"{rules.holdout * 100:g}",
        "sticky": "1" if rules.sticky else "",
        "place": rules.place or "",
    }
    return replace(
        BLANK,
        texts={**BLANK.texts, **texts},
        variants=(*variants, *[("", "1")] * max(VARIANT_ROWS - len(variants), 1)),
        conditions=(*conditions, *[("", "one_of", "")] * max(CONDITION_ROWS - len(conditions), 1)),
    )


def checked(model: type[BaseModel], given: Mapping[str, Any], *, under: str = "") -> tuple[Any, list[InputWrong]]:
    """What was given as that model, or None and all that is wrong with it; `under` is where it stands in a request."""
    try:
        return model.model_validate(given), []
    except ValidationError as wrong:
        percent = {one.removeprefix(under) for one in _PERCENT}
        return None, [
            InputWrong(str(one).removeprefix(f"{one.field}: "), field=f"{under}{one.field or ''}".rstrip("."))
            for one in told(wrong, percent=percent)
        ]


def _place(where: str, said: str) -> str:
    if said.startswith("layer_share"):
        return "layer"
    return next((place for start, place in _PLACES if where == start or where.startswith(f"{start}.")), "name")


def _said(where: str, said: str) -> str:
    """With the row that it is about, where there are several."""
    parts = where.split(".")
    row = next((int(part) + 1 for part in parts if part.isdecimal()), None)
    return said if row is None or parts[1] == "metrics" else f"row {row}: {said}"


def _rows(fields: Fields, names: Sequence[str], least: int) -> tuple[Any, ...]:
    columns = [[str(one) for one in fields.getlist(name)][:MOST_ROWS] for name in names]
    length = max(least, *map(len, columns))
    return tuple(zip(*([*column, *[""] * (length - len(column))] for column in columns), strict=True))


def _number(text: str, otherwise: float | None = None) -> float | str | None:
    """The number that a text is; a text that is none, to be refused."""
    tidy = text.strip()
    if not tidy:
        return otherwise
    try:
        return int(tidy) if tidy.isascii() and tidy.isdecimal() and len(tidy) < 20 else float(tidy[:40])
    except ValueError:
        return tidy[:40]


def _share(text: str, otherwise: float) -> float | str | None:
    """The share that a text in percent is."""
    number = _number(text.replace("%", ""))
    if number is None:
        return otherwise
    return number if isinstance(number, str) else round(number / 100, 12)


def _values(text: str) -> list[Any]:
    """Between commas; what reads as a number, a truth or a text in quotes is that."""
    return [_value(part.strip()) for part in text.split(",") if part.strip()]


def _value(part: str) -> object:
    try:
        value = json.loads(part)
    except ValueError:
        return part
    return value if isinstance(value, str | int | float) else part


def _written(value: object) -> str:
    """As it is typed, so that it is read as the same."""
    return value if isinstance(value, str) and _value(value) == value and "," not in value else json.dumps(value)
