"""The API under `/v1`: what the pages do, for programs. Errors are RFC 9457 problem details."""

from bowerbird.web.api import (
    agents,
    answers,
    ask,
    atom,
    boards,
    completions,
    decisions,
    events,
    feed,
    follows,
    health,
    imports,
    items,
    jobs,
    keys,
    knowledge,
    live,
    news,
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
    news.routes,
    boards.routes,
    items.routes,
    events.routes,
    agents.routes,
    keys.routes,
    people.routes,
    live.routes,
    health.routes,
)
