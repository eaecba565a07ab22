"""`bowerbird experiments analyse`: what an experiment's sums say."""

import json
from typing import Annotated, Any

import typer

from bowerbird.cli.lines import opened
from bowerbird.cli.options import AsJson, print_json
from bowerbird.experiments.statistics import Analysis, Figure, Found, NonInferiority
from bowerbird.experiments.statistics import analyse as analysis_of
from bowerbird.kernel.errors import InputWrong

__all__ = ["analyse"]

MOST_CHARACTERS = 500_000_000


def analyse(
    file: Annotated[str, typer.Argument(help="JSON, a request; - reads standard input.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Say what came of an experiment: whether its units came in the right shares, and each variant against the control.

    The file holds, for each variant, how many units it had and the sums of what they did; nothing else is looked at.
    By default the figures hold at any number of looks ("sequential"). What cannot be told is null, with the reason.

    Example: `bowerbird experiments analyse signup.json --json`
    """
    found = analysis_of(_read(file))
    if as_json:
        print_json(found.to_json())
    else:
        _tell(found)


def _read(file: str) -> Any:
    with opened(file) as stream:
        text = stream.read(MOST_CHARACTERS + 1)
    if len(text) > MOST_CHARACTERS:
        raise InputWrong(f"more than {MOST_CHARACTERS:,} characters; give sums instead of values", field="file")
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as exc:
        raise InputWrong(f"no JSON: {exc}; expected one object", field="file") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, in which JSON would let the last of two equal names win."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InputWrong(f"{name!r} stands twice in one object; expected each name once", field=name)
        found[name] = value
    return found


def _tell(found: Analysis) -> None:
    options = found.options
    state = "as expected" if found.srm.ok else "MISMATCH"
    typer.echo(f"shares of units: {state} (p {found.srm.p:.3g}; at any number of looks {found.srm.p_any_time:.3g})")
    looks = "any number of looks" if options.analysis == "sequential" else "one look"
    measure = "relative" if options.is_relative else "absolute"
    typer.echo(f"{measure} lift, {100 * (1 - options.alpha):g}% interval of {looks}\n")
    names = {name: _plain(name) for name in (found.control, *found.results)}
    width = max(len(name) for name in names.values())
    typer.echo(f"{'':<{width}} {'units':>12} {'estimate':>12} {'lift':>10} {'interval':>24} {'p':>9}")
    typer.echo(f"{names[found.control]:<{width}} {found.n:>12,.0f} {_number(found.baseline):>12} {'control':>10}")
    for name, one in found.results.items():
        typer.echo(f"{names[name]:<{width}} {_row(one, options.is_relative)}")
        for line in _also(one, options.is_relative):
            typer.echo(f"{'':<{width}} {line}")
    for note in found.notes:
        typer.echo(f"note: {note}", err=True)


def _row(one: Found, is_relative: bool) -> str:
    told = one.headline
    verdict = "" if told.p is None else f"{told.p:>9.3g}{'  significant' if told.significant else ''}"
    lift, ends = _lift(told.lift, is_relative), _ends(told, is_relative)
    return f"{one.n:>12,.0f} {_number(one.estimate):>12} {lift:>10} {ends:>24} {verdict}".rstrip()


def _also(one: Found, is_relative: bool) -> list[str]:
    """What stands below a variant's row."""
    lines: list[str] = []
    if one.reason is not None:
        lines.append(f"no figure: {one.reason}")
    elif one.headline == one.sequential:
        lines.append(f"at one planned look {_ends(one.fixed, is_relative)}, p {one.fixed.p:.3g}")
    if one.p_adjusted is not None:
        word = "significant" if one.p_adjusted < one.headline.alpha else "not significant"
        lines.append(f"corrected for the number of variants: p {one.p_adjusted:.3g}, {word}")
    if one.non_inferiority is not None:
        lines.append(_guard(one.non_inferiority))
    return [*lines, *(f"note: {note}" for note in one.notes)]


def _guard(guard: NonInferiority) -> str:
    if guard.p is None:
        return "no figure of whether it is worse"
    word = "not worse" if guard.ok else "may be worse"
    return f"{word} by {guard.margin:g} or more (p {guard.p:.3g})"


def _plain(name: str) -> str:
    """A variant's name on one short line."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name[:40])


def _ends(figure: Figure, is_relative: bool) -> str:
    if figure.ci is None:
        return "–"
    low, high = figure.ci
    return f"{'-∞' if low is None else _lift(low, is_relative)} to {'∞' if high is None else _lift(high, is_relative)}"


def _lift(value: float | None, is_relative: bool) -> str:
    if value is None:
        return "–"
    return f"{value:+.2%}" if is_relative else f"{value:+.4g}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
