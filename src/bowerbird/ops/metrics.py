"""
Every metric there is, with its labels; `/metrics` prints them. Names end in their unit.

Labels are from small closed sets, never from what a site or a person sent.
"""

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = [
    "AGENT_FAILURES",
    "AGENT_SCORES",
    "AGENT_SECONDS",
    "ANSWERS",
    "ANSWER_SECONDS",
    "HTTP_REQUESTS",
    "HTTP_SECONDS",
    "INDEX_LAG",
    "INDEX_PASSAGES",
    "JOBS",
    "SEARCH_SECONDS",
    "exposition",
]

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

HTTP_REQUESTS = Counter(
    "bowerbird_http_requests_total", "Requests answered, by route template and status.", ["method", "route", "status"]
)
HTTP_SECONDS = Histogram(
    "bowerbird_http_request_seconds", "Time to answer a request, by route template.", ["method", "route"], buckets=FAST
)
SEARCH_SECONDS = Histogram("bowerbird_search_seconds", "Time of one hybrid search.", buckets=FAST)
ANSWER_SECONDS = Histogram("bowerbird_answer_seconds", "Time from question to complete answer.", buckets=FAST)
ANSWERS = Counter("bowerbird_answers_total", "Questions answered, by outcome.", ["outcome"])
AGENT_SECONDS = Histogram("bowerbird_agent_seconds", "Time an agent took, by agent.", ["agent"], buckets=FAST)
AGENT_SCORES = Histogram(
    "bowerbird_agent_score",
    "How well an agent did by its own measure, by agent.",
    ["agent"],
    buckets=[tenth / 10 for tenth in range(1, 11)],
)
AGENT_FAILURES = Counter(
    "bowerbird_agent_failures_total", "Times an agent failed, by agent and kind of error.", ["agent", "error"]
)
JOBS = Gauge("bowerbird_jobs", "Jobs in the records, by status.", ["status"])
INDEX_PASSAGES = Gauge("bowerbird_index_passages", "Passages that can be found.")
INDEX_LAG = Gauge("bowerbird_index_lag_entries", "Entries of the index log that the index has not taken in yet.")


def exposition(registry: CollectorRegistry = REGISTRY) -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(registry)
