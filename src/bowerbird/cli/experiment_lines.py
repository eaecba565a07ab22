"""What experiments amount to, as lines for a terminal."""

from collections.abc import Mapping

import typer

from bowerbird.experiments import AlwaysOn, BySegment, Report, Results
from bowerbird.experiments.statistics import Found

__all__ = ["tell_always_on", "tell_report", "tell_results", "tell_segments"]


def tell_results(came: Results | None) -> None:
    """Who came, and each metric's means, or quantiles."""
    if came is None:
        return
    for name, each in came.exposures.items():
        also = f", {each.multiple} of them shown another too" if each.multiple else ""
        bots = f"; {each.bots} bots left out" if each.bots else ""
        typer.echo(f"  {name:<16} {each.people:>8} people{also}{bots}")
    if came.shares.because is not None:
        typer.echo(f"  Locked: {came.shares.because}.")
    for metric, request in came.requests.items():
        figures = (_figure_of(request["metric"], name, known) for name, known in request["variants"].items())
        typer.echo(f"  {metric}: {', '.join(figures)}")


def _figure_of(kind: str, name: str, sums: Mapping[str, float]) -> str:
    if kind == "quantile":
        return f"{name} {sums['estimate']:.4g}" if sums["n"] else f"{name} –"
    below = sums["den_sum"] if kind == "ratio" else sums["n"]
    return f"{name} {sums['sum'] / below:.4g}" if below else f"{name} –"


def tell_report(seen: Report) -> None:
    """Whether it can be trusted, what it says, and what to do."""
    typer.echo(f"{seen.experiment}: {seen.state}, phase {seen.phase}")
    for name, each in seen.variants.items():
        bots = f"; {each.bots} bots left out" if each.bots else ""
        typer.echo(f"  {name:<16} {each.people:>8} people, {each.expected:.0f} expected{bots}")
    if seen.locked:
        typer.echo(f"Locked: {seen.locked_because}.")
        for suspect in seen.mismatch:
            typer.echo(f"  {suspect.says}")
        if not seen.mismatch:
            typer.echo("  It is alike everywhere: look at what assigns people, or loses them afterwards.")
    for metric, measured in (seen.metrics or {}).items():
        mark = ", by which it is decided" if measured.is_primary else ""
        typer.echo(f"{metric}{mark}")
        for variant, found in measured.analysis.results.items():
            typer.echo(f"  {variant:<16} {_lift(found)}")
    for one in seen.guardrails or ():
        typer.echo(f"Guardrail, {one.state}: {one.says}")
    for fading in seen.novelty or ():
        if fading.word != "none":
            typer.echo(
                f"The effect of {fading.variant} goes from {fading.early:.3g} to {fading.late:.3g}: {fading.word}"
            )
    what = f"{seen.advice.decision} {seen.advice.variant or ''}".strip()
    typer.echo(f"Advice: {what}. {'; '.join(seen.advice.reasons)}")


def _lift(found: Found) -> str:
    figure = found.headline
    if figure.lift is None or figure.ci is None or figure.ci[0] is None or figure.ci[1] is None:
        return f"– ({found.reason})"
    sure = "surely" if figure.significant else "not surely"
    return f"{figure.lift:+.2%}, from {figure.ci[0]:+.2%} to {figure.ci[1]:+.2%} at any time; {sure} different"


def tell_always_on(seen: AlwaysOn) -> None:
    """How often nothing was called a difference."""
    if seen.reason is not None:
        typer.echo(f"Nothing can be told yet: {seen.reason}.")
        return
    typer.echo(f"{seen.draws} draws of {seen.people} people, each looked at {seen.looks} times; called different:")
    for kind, rates in seen.rates.items():
        typer.echo(f"  {kind:<8} {rates.at_any_time:>5.0%}  (by a test for one look: {rates.for_one_look:.0%})")
    typer.echo(f"Up to {seen.alpha:.0%} are called so by chance{'' if seen.ok else ': these are more'}.")


def tell_segments(seen: BySegment) -> None:
    """For whom a metric changed, and by how much."""
    typer.echo(f"{seen.experiment}, phase {seen.phase}: {seen.metric}")
    if seen.dimensions is None:
        typer.echo(f"Locked: {seen.locked_because}.")
        return
    if seen.reason is not None:
        typer.echo(f"Nothing is told by segment: {seen.reason}.")
        return
    if not seen.dimensions:
        typer.echo("Of all people in it the same was known, so nothing parts them.")
        return
    mark = "%" if seen.measure == "relative" else ""
    for one in seen.dimensions:
        typer.echo(f"{one.name} (p {one.p:.2g} that it is alike for all)")
        for segment in one.segments:
            for variant, effect in segment.effects.items():
                people = sum(segment.people.values())
                said = effect.reason or _against(effect.lift, effect.elsewhere, effect.differs, mark)
                typer.echo(f"  {segment.value:<20} {people:>8} people  {variant}: {said}")
    typer.echo(f"Corrected for {seen.asked} comparisons of some with everybody else, at any time.")


def _against(lift: float | None, elsewhere: float | None, differs: str | None, mark: str) -> str:
    sure = "not known to differ" if differs is None else f"surely {differs}"
    return f"{_figure(lift, mark)}, {_figure(elsewhere, mark)} for everybody else; {sure}"


def _figure(lift: float | None, mark: str) -> str:
    if lift is None:
        return "–"
    return f"{lift:+.2%}" if mark else f"{lift:+.3g}"
