"""
What an experiment is: its rules (who gets what), its metrics, and what was promised before it began.

Plans come from people, as JSON: what is wrong with one is said in words. What is promised (hypothesis, metric,
direction, smallest effect, size, when it stops) is hashed at the start; `hash_of` of what is stored later shows whether
anybody changed it since.
"""

import hashlib
import json
import math
from collections.abc import Container, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, ValidationError, model_validator
from pydantic_core import ErrorDetails

from bowerbird.experiments.targeting import MOST_CONDITIONS, Condition, lets_in_all_of
from bowerbird.kernel.errors import InputWrong

__all__ = [
    "EVENT_KINDS",
    "Guardrail",
    "Metric",
    "Name",
    "Plan",
    "Rules",
    "VariantRule",
    "canonical",
    "hash_of",
    "is_hash_of",
    "read",
    "told",
    "unsafe_changes",
]

DAY_S: Final = 86_400.0
MOST_WEIGHT: Final = 10**9
# What people do, as the feed's log has it (`feed/events.py`).
EventKind = Literal[
    "shown", "opened", "dwelt", "saved", "unsaved", "liked", "disliked", "hidden", "shared", "dismissed", "enquired",
    "asked", "cited_opened", "viewed",
]  # fmt: skip
EVENT_KINDS: Final[tuple[str, ...]] = get_args(EventKind)
Name = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$", examples=["feed-ranker"])]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Model = TypeVar("Model", bound=BaseModel)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VariantRule(_Part):
    """A variant and how many get it."""

    name: Name
    weight: StrictInt | StrictFloat = Field(
        default=1, description="Whole numbers are relative to each other; with fractions, all weights add up to 1."
    )


class Rules(_Part):
    """Who is in, and who gets what."""

    variants: tuple[VariantRule, ...] = Field(min_length=2, max_length=20)
    control: Name | None = Field(default=None, description="What the others are compared with; else the first variant.")
    traffic: Share = Field(default=1.0, description="Share of who could be in that is.")
    conditions: tuple[Condition, ...] = Field(default=(), max_length=MOST_CONDITIONS)
    layer: Name | None = Field(default=None, description="Experiments of one layer have nobody in common.")
    layer_share: Annotated[float, Field(ge=0.0001, le=1, allow_inf_nan=False)] = Field(
        default=1.0, description="Share of the layer that is reserved, to 0.01 %."
    )
    holdout: Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)] = Field(
        default=0.0, description="Share of the workspace's people that no experiment with a holdout touches."
    )
    sticky: bool = Field(default=False, description="In a new phase, who had a variant keeps it.")
    place: Name | None = Field(
        default=None,
        description="Where the product itself is put to the test (`GET /v1/experiments/places`); the variants are some"
        " of the place's. Without it, whoever asks for the variants gives them.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [variant.name for variant in self.variants]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the variant {twice!r} is there twice; expected each name once")
        if self.control is not None and self.control not in names:
            raise ValueError(f"the control {self.control!r} is no variant; expected one of {', '.join(names)}")
        _ensure_weights(self.variants)
        if self.layer is None and self.layer_share != 1.0:
            raise ValueError("layer_share is given without a layer; name the layer, or use traffic")
        return self

    @property
    def control_name(self) -> str:
        """What the others are compared with, and who is not in the experiment gets."""
        return self.control or self.variants[0].name

    @property
    def weights(self) -> list[tuple[str, float]]:
        """By variant, in their order."""
        return [(variant.name, variant.weight) for variant in self.variants]


class Metric(_Part):
    """What is counted of a person's events in a window of time from their exposure on."""

    name: Name
    kinds: tuple[EventKind, ...] = Field(min_length=1)
    of: Literal["any", "count", "sum"] = Field(
        default="any", description="`any`: 1 for who did it; `count`: how often; `sum`: of the events' values."
    )
    per: tuple[EventKind, ...] = Field(
        default=(), description="Of a ratio: what is counted below the line (`opened` per `shown`)."
    )
    window_days: Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)] = 14.0
    before_days: Annotated[float, Field(ge=0, le=90, allow_inf_nan=False)] = Field(
        default=7.0, description="The same counted before the exposure, which reduces the variance (CUPED); 0: nothing."
    )

    winsorise: Annotated[float, Field(gt=0.5, lt=1)] | None = Field(
        default=None,
        description="Values above this percentile (0.99) of everybody in the experiment, those with none included,"
        " count as much as it: a few who do very much hide what the others do. Of means only.",
    )

    quantile: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None,
        description="Not the mean is compared, but the value (a count or a sum, one a person) that so large a share of"
        " people (0.9) does not exceed; those who did nothing have 0. What was done before does not adjust it.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.per and self.of == "any":
            raise ValueError("a ratio counts or sums; `of` is any, expected count or sum")
        if self.quantile is not None and (self.of == "any" or self.per):
            seen = "a ratio" if self.per else "who did it"
            raise ValueError(f"quantile is of {seen}; only counts and sums of a person have one, leave it out")
        if self.winsorise is not None and self.form != "mean":
            raise ValueError(f"winsorise is of a {self.form}; only means can be winsorised, leave it out")
        return self

    @property
    def form(self) -> Literal["mean", "proportion", "ratio", "quantile"]:
        """As what it is analysed."""
        if self.quantile is not None:
            return "quantile"
        return "ratio" if self.per else "proportion" if self.of == "any" else "mean"


class Guardrail(_Part):
    """A metric that must not become worse by more than a margin."""

    metric: Name
    margin: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        default=0.0, description="Relative to the control: 0.02 lets it be 2 % worse."
    )
    better: Literal["higher", "lower"] = "higher"


class Plan(_Part):
    """What is promised before anything is known."""

    hypothesis: Annotated[str, Field(min_length=1, max_length=2_000)]
    metric: Name = Field(description="By which it is decided: the name of one of `metrics`.")
    direction: Literal["higher", "lower", "either"] = "either"
    mde: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = Field(
        default=0.05, description="The smallest relative effect that matters."
    )
    alpha: Annotated[float, Field(gt=0, le=0.2, allow_inf_nan=False)] = 0.05
    power: Annotated[float, Field(ge=0.5, lt=1, allow_inf_nan=False)] = 0.8
    n_star: Annotated[int, Field(ge=10, le=10**9)] = Field(
        default=5_000,
        description="People, of the control and one variant, at which a decision is expected; the intervals are"
        " narrowest there.",
    )
    stop: Annotated[str, Field(max_length=2_000)] = Field(default="", description="When it ends, in words.")
    metrics: tuple[Metric, ...] = Field(min_length=1, max_length=50)
    guardrails: tuple[Guardrail, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        names = [metric.name for metric in self.metrics]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the metric {twice!r} is there twice; expected each name once")
        for asked in (self.metric, *(guardrail.metric for guardrail in self.guardrails)):
            if asked not in names:
                raise ValueError(f"no metric {asked!r}; expected one of {', '.join(names)}, or define it in metrics")
        return self


def read(model: type[Model], given: Mapping[str, Any]) -> Model:
    """What was given, as that model; raises InputWrong with the first thing that is wrong with it."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        raise told(wrong)[0] from None


def told(wrong: ValidationError, *, percent: Container[str] = ()) -> list[InputWrong]:
    """All that is wrong, in words, each with where it stands; bounds of what is in `percent` are said as percent."""
    return [_told(one, percent) for one in wrong.errors(include_url=False)]


def _told(one: ErrorDetails, percent: Container[str]) -> InputWrong:
    where = ".".join(map(str, one["loc"]))
    scale, unit = (100, " %") if where in percent else (1, "")
    bounds = {
        name: f"{bound * scale:g}{unit}" if isinstance(bound, int | float) else bound
        for name, bound in one.get("ctx", {}).items()
    }
    words = _WORDS.get(one["type"])
    said = one["msg"].removeprefix("Value error, ") if words is None else words.format_map(bounds)
    return InputWrong(f"{where}: {said}" if where else said, field=where or None)


# What pydantic calls by the names of types.
_WORDS: Final = {
    "string_pattern_mismatch": "expected 1 to 64 small letters, digits, dots, dashes and underscores, the first and the"
    " last a letter or a digit",
    "string_too_short": "nothing is there; expected a text",
    "string_too_long": "expected at most {max_length} characters",
    "too_short": "{actual_length} given, expected at least {min_length}",
    "too_long": "too many, expected at most {max_length}",
    "greater_than": "expected a number above {gt}",
    "greater_than_equal": "expected a number, at least {ge}",
    "less_than": "expected a number below {lt}",
    "less_than_equal": "expected a number, at most {le}",
    "finite_number": "expected a finite number",
    "float_parsing": "expected a number",
    "float_type": "expected a number",
    "int_type": "expected a number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "missing": "it is missing",
}


def canonical(value: object) -> str:
    """The one JSON text of that value: keys in order, no spaces, numbers as Python writes them."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def hash_of(plan: Plan, rules: Rules) -> str:
    """SHA-256 of what is promised, in hexadecimal digits."""
    return _hash_of(plan, rules, leaves_out=_CAME_LATER)


def is_hash_of(plan: Plan, rules: Rules, promised: str) -> bool:
    """Whether that is promised; also by the hash of the days when plans said of every metric that nothing is cut."""
    return promised in (hash_of(plan, rules), _hash_of(plan, rules, leaves_out=_CAME_LATER[1:]))


def _hash_of(plan: Plan, rules: Rules, *, leaves_out: Sequence[str]) -> str:
    promised = {"plan": plan.model_dump(mode="json"), "rules": rules.model_dump(mode="json")}
    if rules.place is None:
        del promised["rules"]["place"]  # what was promised before there were places stays as it was promised
    for metric in promised["plan"]["metrics"]:
        for name in leaves_out:
            if metric[name] is None:
                del metric[name]
    return hashlib.sha256(canonical(promised).encode()).hexdigest()


# What plans have learnt to say since: saying nothing of it, an earlier plan has the hash that it had.
_CAME_LATER: Final = ("winsorise", "quantile")


def unsafe_changes(old: Rules, new: Rules) -> list[str]:
    """
    Why changing the rules needs a new phase, one reason a change; empty when the phase can go on.

    What only lets more people in leaves everybody where they are: more traffic, a larger share of the layer, a smaller
    holdout, conditions that hold for more.
    """
    reasons: list[str] = []
    if old.weights != new.weights:
        reasons.append("the variants or their weights are others, so people would change sides")
    if old.control_name != new.control_name:
        reasons.append("the control is another, so what was seen compares with something else")
    if old.layer != new.layer:
        reasons.append("the layer is another, so other people are in")
    if new.traffic < old.traffic:
        reasons.append(f"the traffic falls from {old.traffic:g} to {new.traffic:g}, so some who were in are not")
    if new.layer_share < old.layer_share:
        reasons.append(
            f"the share of the layer falls from {old.layer_share:g} to {new.layer_share:g}, so some who were in are not"
        )
    if new.holdout > old.holdout:
        reasons.append(f"the holdout grows from {old.holdout:g} to {new.holdout:g}, so some who were in are not")
    if not lets_in_all_of(new.conditions, old.conditions):
        reasons.append("the conditions may leave out some who were in")
    if new.sticky != old.sticky:
        reasons.append("who keeps a variant is decided otherwise")
    if new.place != old.place:
        reasons.append("the place is another, so the variants are of something else")
    return reasons


def _ensure_weights(variants: Sequence[VariantRule]) -> None:
    for variant in variants:
        if not 0 < variant.weight <= MOST_WEIGHT:
            seen = str(variant.weight)[:40]
            raise ValueError(
                f"the weight of {variant.name!r} is {seen}; expected a number above 0, up to a billion. Leave a variant"
                " out that nobody should get"
            )
    if all(isinstance(variant.weight, int) for variant in variants):
        return
    total = math.fsum(variant.weight for variant in variants)
    if abs(total - 1) > 1e-9:
        raise ValueError(
            f"the weights add up to {total:.12g}; expected 1 (to 1e-9), or whole numbers, which are relative"
        )
