"""
What stands in a request to analyse, read with suspicion: a number that cannot be right is told, never computed with.

A variant is described by sums over its units (how they are called: `FIELDS`), by mean and spread, or by the values
themselves. Names that other tools use for the same sums are understood (`ALSO`).
"""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np

from bowerbird.experiments.statistics.analysis import Analysis, Measured, Options, compare
from bowerbird.experiments.statistics.checks import Srm
from bowerbird.experiments.statistics.fields import Fields, listed, seen
from bowerbird.experiments.statistics.metrics import Kind, are_enough, arm, quantile_arm, quantile_of, winsorise
from bowerbird.experiments.statistics.moments import Floats, Moments
from bowerbird.kernel.errors import InputWrong

__all__ = ["analyse"]

# Columns of a unit's row: the metric, its denominator, and both of the time before. Σ, Σ² and Σ of products, by name.
_SUMS: Final = {"y": "sum", "den": "den_sum", "pre": "pre_sum", "pre_den": "pre_den_sum"}
_PRODUCTS: Final = {
    ("y", "den"): "sum_den",
    ("y", "pre"): "sum_pre",
    ("y", "pre_den"): "sum_pre_den",
    ("den", "pre"): "den_pre",
    ("den", "pre_den"): "den_pre_den",
    ("pre", "pre_den"): "pre_pre_den",
}
_SPREAD: Final = ("mean", "sd", "variance")
_QUANTILE: Final = ("estimate", "lower", "upper")
FIELDS: Final = ("n", *_SUMS.values(), *(f"{one}_sq" for one in _SUMS.values()), *_PRODUCTS.values(), *_SPREAD,
                 *_QUANTILE, "values")  # fmt: skip
ALSO: Final = {
    other: name
    for name, others in {
        "n": "users units",
        "sum": "successes conversions num_sum numerator_sum main_sum",
        "sum_sq": "sum_squares sum_of_squares num_sum_sq numerator_sum_sq main_sum_squares",
        "den_sum": "denominator_sum sum_denominator",
        "den_sum_sq": "denominator_sum_sq denominator_sum_squares den_sum_squares",
        "sum_den": "sum_product sum_prod cross_sum sum_cross num_den_sum sum_num_den main_denominator_sum_product",
        "pre_sum": "covariate_sum x_sum sum_x",
        "pre_sum_sq": "pre_sum_squares covariate_sum_sq covariate_sum_squares x_sum_sq sum_x_sq",
        "sum_pre": "main_covariate_sum_product sum_xy sum_yx pre_cross",
        "sd": "std stddev",
        "variance": "var",
    }.items()
    for other in others.split()
}
_OPTIONS: Final = (
    "metric", "weights", "control", "variants", "alpha", "analysis", "n_star", "relative",
    "alternative", "margin", "better", "correction", "looks", "quantile", "interval", "winsorise",
)  # fmt: skip
_TOLD: Final = ("name", "description")  # for people

_NO_QUANTILE: Final = (float("nan"), float("nan"), float("nan"))
LEAST_ALPHA: Final = 1e-9
_EXACT: Final = 1e-9  # sums that should be equal may differ by so much of themselves


def analyse(request: object, *, checked: Srm | None = None) -> Analysis:
    """
    What `bowerbird experiments analyse` tells of this request (docs/howto/experiments-analyse.md).

    `checked` is what the check of the shares found, where it was made already; else it is made, as for one look.

    Raises InputWrong, with the field, for what cannot be right. What is right but not enough (no units, a constant
    metric, a baseline of 0) is answered, with None and the reason.
    """
    fields = Fields("the request", request)
    fields.refuse_others((*_OPTIONS, *_TOLD))
    kind = cast(Kind, fields.choice("metric", ("mean", "proportion", "ratio", "quantile")))
    variants = Fields("variants", fields.need("variants"))
    if len(variants.given) < 2:
        raise InputWrong(
            f"variants has {len(variants.given)}, expected two or more: a control and what is tried", field="variants"
        )
    for name in variants.given:
        if not name.strip() or any(unicodedata.category(letter) == "Cs" for letter in name):
            raise InputWrong(f"a variant is called {seen(name)}, expected a name that can be written", field="variants")
    control = fields.need("control")
    if not isinstance(control, str) or control not in variants.given:
        raise InputWrong(f"control is {seen(control)}, expected one of {listed(variants.given)}", field="control")
    weights, notes = _weights(fields, list(variants.given))
    read = {name: Fields(f"variant {name!r}", given).renamed(ALSO) for name, given in variants.given.items()}
    measured = _quantiles(fields, read) if kind == "quantile" else _moments(kind, fields, read)
    options = _options(fields)
    return compare(kind, measured, control=control, weights=weights, options=options, notes=notes, checked=checked)


def _options(fields: "Fields") -> Options:
    side = fields.choice("alternative", ("two-sided", "greater", "less"), "two-sided")
    margin = fields.number("margin", above=0) if fields.has("margin") else None
    looks = fields.number("looks", 1.0, above=0)
    if looks != int(looks):
        raise InputWrong(f"looks is {looks}, expected a whole number", field="looks")
    plain = Options()
    return Options(
        alpha=fields.number("alpha", plain.alpha, above=LEAST_ALPHA, below=0.5),
        analysis=cast(Any, fields.choice("analysis", ("fixed", "sequential"), plain.analysis)),
        n_star=fields.number("n_star", plain.n_star, above=0),
        is_relative=fields.truth("relative", plain.is_relative),
        side=cast(Any, side),
        correction=cast(Any, fields.choice("correction", ("none", "holm", "bh"), plain.correction)),
        margin=margin,
        better=cast(Any, fields.choice("better", ("higher", "lower"), plain.better)),
        looks=int(looks),
    )


def _weights(fields: Fields, names: list[str]) -> tuple[Mapping[str, float], tuple[str, ...]]:
    """The expected shares, and what is to be said of them."""
    if not fields.has("weights"):
        return dict.fromkeys(names, 1.0), ("no weights were given: equal shares were expected",)
    given = Fields("weights", fields.given["weights"])
    for name in given.given:
        if name not in names:
            raise InputWrong(
                f"weights has {name!r}, and variants has not; add it there, with n 0 if nobody came", field="weights"
            )
    weights = {name: given.number(name) for name in names}
    if min(weights.values()) < 0 or not any(weights.values()):
        raise InputWrong(f"weights are {seen(weights)}, expected none below 0 and not all 0", field="weights")
    total = sum(weights.values())
    notes = [] if abs(total - 1) < 1e-6 else [f"weights add up to {total:g}: they were taken as shares of that"]
    notes += [f"{name!r} has weight 0: it is left out of the check of shares" for name in names if not weights[name]]
    return weights, tuple(notes)


def _moments(kind: Kind, fields: Fields, read: Mapping[str, Fields]) -> Mapping[str, Measured]:
    """Of a mean, proportion or ratio."""
    for given in read.values():
        given.refuse_others(FIELDS)
    if any(given.has("values") for given in read.values()):
        return _of_values(kind, fields, read)
    if fields.has("winsorise"):
        raise InputWrong(
            "winsorise needs values: sums cannot be cut; cut them where they are summed", field="winsorise"
        )
    columns = ["y", "den"] if kind == "ratio" else ["y"]
    if any(given.has(_SUMS["pre"]) for given in read.values()):
        columns += ["pre", "pre_den"] if kind == "ratio" else ["pre"]
    return {name: _of_sums(kind, given, columns) for name, given in read.items()}


def _of_values(kind: Kind, fields: Fields, read: Mapping[str, Fields]) -> Mapping[str, Measured]:
    if kind == "ratio":
        raise InputWrong("values of a ratio: expected sums of both parts and of their product", field="values")
    values = {name: _numbers(given) for name, given in read.items()}
    if fields.has("winsorise"):
        if kind != "mean":
            raise InputWrong(f"winsorise with metric {kind!r}: only means can be winsorised", field="winsorise")
        values = winsorise(values, fields.number("winsorise", above=0.5, below=1))
    for name, some in values.items():
        if kind == "proportion" and not np.isin(some, (0.0, 1.0)).all():
            raise InputWrong(f"values of variant {name!r} are not all 0 or 1; use metric 'mean'", field="values")
    return {name: Moments.of_values(some) for name, some in values.items()}


def _numbers(given: Fields) -> Floats:
    values = given.need("values")
    if not isinstance(values, list):
        raise InputWrong(f"values of {given.place} is {seen(values)}, expected a list of numbers", field="values")
    each = Fields(f"values of {given.place}", {f"[{at}]": value for at, value in enumerate(values)})
    found = np.array([each.number(at) for at in each.given], np.float64)
    if given.has("n") and given.count("n") != len(found):
        raise InputWrong(f"n of {given.place} is {given.given['n']}, and there are {len(found)} values", field="n")
    return found


def _of_sums(kind: Kind, given: Fields, columns: list[str]) -> Moments:
    """The moments that the sums tell, when they can be those of so many units."""
    n = given.count("n")
    sums = np.zeros(len(columns))
    products = np.zeros((len(columns), len(columns)))
    for i, column in enumerate(columns):
        sums[i], products[i, i] = _sums(kind, given, column, n)
        for j, other in enumerate(columns[:i]):
            products[i, j] = products[j, i] = given.number(_PRODUCTS[other, column])
    if n == 0 and (sums.any() or products.any()):
        raise InputWrong(f"{given.place} has sums and n 0; expected n above 0, or sums of 0", field="n")
    moments = Moments.of_sums(n, sums, products)
    _check(given, columns, moments, products)
    return moments


def _sums(kind: Kind, given: Fields, column: str, n: float) -> tuple[float, float]:
    """Σ and Σ² of a column."""
    name = _SUMS[column]
    if column == "y" and kind != "ratio" and not given.has(name):
        return _spread(kind, given, n)
    if column == "y" and given.has("mean"):
        raise InputWrong(f"{given.place} has sum and mean; leave one of them out", field="mean")
    total = given.number(name)
    if kind != "proportion" or (column == "pre" and given.has(f"{name}_sq")):
        squares = given.number(f"{name}_sq")
        return total, squares
    if total < 0 or total > n or total != int(total):
        raise InputWrong(
            f"{name} of {given.place} is {total:g}, expected a whole number from 0 to n ({n:g}): how many units did it;"
            " for other values use metric 'mean'",
            field=name,
        )
    if given.has(f"{name}_sq") and given.number(f"{name}_sq") != total:
        raise InputWrong(
            f"{name}_sq of {given.place} is {seen(given.given[f'{name}_sq'])} and {name} {total:g}: of values that are"
            " 0 or 1 they are the same; for other values use metric 'mean'",
            field=f"{name}_sq",
        )
    return total, total


def _spread(kind: Kind, given: Fields, n: float) -> tuple[float, float]:
    """Σ and Σ² from a mean and how far units are from it."""
    if kind == "proportion" or not given.has("mean"):
        raise InputWrong(f"{given.place} has no 'sum'; add it (of a proportion: how many units did it)", field="sum")
    mean = given.number("mean")
    spread = given.number("variance") if given.has("variance") else given.number("sd") ** 2
    if spread < 0 or (given.has("sd") and given.number("sd") < 0):
        raise InputWrong(f"the spread of {given.place} is below 0; expected 0 or more", field="sd")
    return n * mean, (n - 1) * spread + n * mean**2 if n else 0.0


def _check(given: Fields, columns: list[str], moments: Moments, products: Floats) -> None:
    """Raise InputWrong when no units have such sums."""
    spread = np.diagonal(moments.scatter)
    for i, column in enumerate(columns):
        name = _SUMS[column]
        low = moments.mean[i] ** 2 * float(moments.n)
        if products[i, i] < 0 or spread[i] < -_EXACT * low:
            raise InputWrong(
                f"{name}_sq of {given.place} is {products[i, i]:g}, and with this {name} and n it is at least {low:g};"
                " expected the sum of the squares of all values",
                field=f"{name}_sq",
            )
        if float(moments.n) == 1 and spread[i] > _EXACT * low:
            raise InputWrong(f"{name}_sq of {given.place} is not the square of {name}, and n is 1", field=f"{name}_sq")
        for j in range(i):
            most = float(np.sqrt(max(spread[i], 0.0) * max(spread[j], 0.0)))
            noise = _EXACT * float(np.sqrt(products[i, i] * products[j, j]))
            if abs(moments.scatter[i, j]) > most * (1 + _EXACT) + noise:
                product = _PRODUCTS[columns[j], column]
                raise InputWrong(
                    f"{product} of {given.place} is {products[i, j]:g}, which no values with the other sums have;"
                    " expected the sum of the products of both, unit by unit",
                    field=product,
                )


def _quantiles(fields: Fields, read: Mapping[str, Fields]) -> Mapping[str, Measured]:
    """Of quantiles: from values, or from estimates with intervals, with the sums of clusters where there are any."""
    q = fields.number("quantile", above=0, below=1)
    level = fields.number("interval", 0.95, above=0, below=1)
    if fields.has("winsorise"):
        raise InputWrong(
            "winsorise with metric 'quantile': a quantile is not moved by extremes; leave it out", field="winsorise"
        )
    return {name: _quantile(given, q, level) for name, given in read.items()}


def _quantile(given: Fields, q: float, level: float) -> Measured:
    given.refuse_others(("n", *_QUANTILE, "values", "sum", "sum_sq", "den_sum", "den_sum_sq", "sum_den"))
    if given.has("values"):
        values = _numbers(given)
        found = quantile_of(values, q, level=level)
        return quantile_arm(len(values), *(found or _NO_QUANTILE), level=level)
    n = given.count("n")
    estimate, low, high = (given.number(name) for name in _QUANTILE)
    if not low <= estimate <= high:
        raise InputWrong(
            f"{given.place}: expected lower ≤ estimate ≤ upper, and not {low:g}, {estimate:g}, {high:g}", field="lower"
        )
    count, inflation = n, 1.0
    if given.has("den_sum"):
        count = given.count("den_sum")
        shares = arm("ratio", _of_sums("ratio", given, ["y", "den"]))
        inflation = float(shares.variance / n) / (q * (1 - q) / count) if n > 1 and count else 0.0
    if not are_enough(count, q, level=level):
        return quantile_arm(n, *_NO_QUANTILE)
    return quantile_arm(n, estimate, low, high, level=level, inflation=inflation)
