"""The API under `/v1`: what the pages do, for programs. Errors are RFC 9457 problem details."""

from bowerbird.web.api import ask, health, jobs, keys, knowledge, people

__all__ = ["ROUTES"]

ROUTES = (jobs.routes, knowledge.routes, ask.routes, keys.routes, people.routes, health.routes)
