"""The API under `/v1`: what the pages do, for programs. Errors are RFC 9457 problem details."""

from bowerbird.web.api import (
    agents,
    answers,
    ask,
    atom,
    completions,
    decisions,
    events,
    experiments,
    feed,
    follows,
    health,
    imports,
    items,
    jobs,
    keys,
    knowledge,
    live,
    people,
    tables,
)

__all__ = ["ROUTES"]

ROUTES = (
    jobs.routes,
    imports.routes,
    knowledge.routes,
    decisions.routes,
    tables.routes,
    ask.routes,
    completions.routes,
    answers.routes,
    follows.routes,
    feed.routes,
    atom.routes,
    items.routes,
    events.routes,
    experiments.routes,
    experiments.always_on,
    experiments.learnings,
    agents.routes,
    keys.routes,
    people.routes,
    live.routes,
    health.routes,
)
