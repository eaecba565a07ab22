"""`bowerbird experiments learn` and `learnings`: what experiments taught, kept and found again."""

from typing import Annotated, Any

import sqlalchemy as sa
import typer

from bowerbird.cli.options import AsJson, DataDir, print_json, settings_for, with_app
from bowerbird.experiments import Learning, Prior, find_learnings, learn, prior_of
from bowerbird.kernel.clock import utc
from bowerbird.wiring import App

__all__ = ["recall", "remember"]


def remember(
    text: Annotated[str, typer.Argument(help="What it taught, also when nothing changed.", show_default=False)],
    *,
    experiment: Annotated[
        str | None, typer.Option(help="What it is from; the effect that was seen goes with it.", show_default=False)
    ] = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Write down what was learnt, for the next who has the idea.

    Example: `bowerbird experiments learn "Forecasts help who comes daily." --experiment feed-ranker`
    """

    async def work(opened: App) -> Learning:
        effect = (
            None if experiment is None else await opened.experiments.effect_seen(experiment, opened.scope.workspace)
        )
        return await opened.records.awrite(
            lambda conn: learn(conn, opened.scope, text, clock=opened.clock, experiment=experiment, effect=effect)
        )

    kept = with_app(settings_for(data), work)
    if as_json:
        print_json(_learning(kept))
    else:
        typer.echo(_learning_line(kept))


def recall(
    words: Annotated[str, typer.Argument(help="All stand in it; without any, the newest.")] = "",
    *,
    metric: Annotated[
        str | None, typer.Option(help="Only those with an effect on this metric.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """
    Find what was learnt, before the same is tried again; of a metric also how large effects on it were.

    Example: `bowerbird experiments learnings forecast`
    """

    async def work(opened: App) -> tuple[list[Learning], Prior | None]:
        def look(conn: sa.Connection) -> tuple[list[Learning], Prior | None]:
            workspace = opened.scope.workspace
            found = find_learnings(conn, workspace, words, metric=metric, limit=limit)
            return found, None if metric is None else prior_of(conn, workspace, metric)

        return await opened.records.aread(look)

    found, prior = with_app(settings_for(data), work)
    if as_json:
        told = None if prior is None else prior.to_json()
        print_json({"learnings": [_learning(one) for one in found], "prior": told})
        return
    for one in found:
        typer.echo(_learning_line(one))
    if prior is not None:
        typer.echo(
            f"Of {prior.learnings} on {prior.metric}: from {prior.lowest:+.2%} to {prior.highest:+.2%}, in the middle"
            f" {prior.middle:.2%} in size."
        )


def _learning(one: Learning) -> dict[str, Any]:
    return {
        "learning": one.id,
        "text": one.text,
        "experiment": one.experiment,
        "effect": None if one.effect is None else dict(one.effect),
        "created_at": one.created_at,
    }


def _learning_line(one: Learning) -> str:
    effect = one.effect or {}
    lift = effect.get("lift")
    seen = f" ({effect.get('metric', 'effect')} {lift:+.2%})" if isinstance(lift, int | float) else ""
    return f"{utc(one.created_at):%Y-%m-%d}  {one.experiment or '':<24}  {one.text}{seen}"
