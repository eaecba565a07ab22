"""
Every metric there is, with its labels; `/metrics` prints them. Names end in their unit.

Labels are from small closed sets, never from what a site or a person sent. Where SHARED is in the environment before
this module is imported, the counts are those of all processes that have it, kept in files of its folder.

One count there takes some microseconds. What is counted ten thousand times a second is counted by a `Tally`.
"""

import os
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

__all__ = [
    "AGENT_FAILURES",
    "AGENT_SCORES",
    "AGENT_SECONDS",
    "ANSWERS",
    "ANSWER_SECONDS",
    "CACHE_REQUESTS",
    "FEEDS",
    "FEED_SECONDS",
    "HTTP_REQUESTS",
    "HTTP_SECONDS",
    "INDEX_LAG",
    "INDEX_PASSAGES",
    "JOBS",
    "MODEL_CALLS",
    "MODEL_SECONDS",
    "MODEL_TOKENS",
    "MODEL_USD",
    "SEARCH_SECONDS",
    "SHARED",
    "Tally",
    "exposition",
]

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"  # a folder; the client library's name for it

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SLOW = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)

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
# Read from the records when they are asked for, so the process that was asked last knows best.
_LAST: Final = "mostrecent"
JOBS = Gauge("bowerbird_jobs", "Jobs in the records, by status.", ["status"], multiprocess_mode=_LAST)
INDEX_PASSAGES = Gauge("bowerbird_index_passages", "Passages that can be found.", multiprocess_mode=_LAST)
INDEX_LAG = Gauge(
    "bowerbird_index_lag_entries",
    "Entries of the index log that the index has not taken in yet.",
    multiprocess_mode=_LAST,
)
FEEDS = Counter("bowerbird_feeds_total", "Slates made, by what they were made from.", ["level"])
FEED_SECONDS = Histogram("bowerbird_feed_seconds", "Time to make one slate.", buckets=FAST)
MODEL_CALLS = Counter("bowerbird_model_calls_total", "Calls of the language model, by outcome.", ["outcome"])
MODEL_SECONDS = Histogram("bowerbird_model_seconds", "Time of one call of the language model.", buckets=SLOW)
MODEL_TOKENS = Counter("bowerbird_model_tokens_total", "Tokens read and written by the language model.", ["direction"])
MODEL_USD = Counter("bowerbird_model_cost_usd_total", "Cost of the language model, where prices are known.")
CACHE_REQUESTS = Counter(
    "bowerbird_cache_requests_total",
    "What a cache was asked: hit, stale (expired, and given all the same), miss; fill: how often it asked in turn.",
    ["tier", "outcome"],
)


class Tally:
    """
    A count that is kept in a plain number and told to its metric for every `each`, and whenever this process is asked.

    Of another process, `/metrics` may know up to `each` less than there were; what is lost when one is killed, too.
    """

    __slots__ = ("_each", "_metric", "_untold")

    def __init__(self, metric: Counter, each: int) -> None:
        self._metric = metric
        self._each = each
        self._untold = 0

    @classmethod
    def of(cls, metric: Counter, *, each: int = 100) -> "Tally":
        """The one of this metric with its labels; it is there as long as the metric."""
        return _tallies.setdefault(metric, cls(metric, each))

    def add(self) -> None:
        """One more."""
        self._untold += 1
        if self._untold >= self._each:
            self.tell()

    def tell(self) -> None:
        """Let the metric know of all there were."""
        untold, self._untold = self._untold, 0
        self._metric.inc(untold)


_tallies: dict[Counter, Tally] = {}


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    for tally in list(_tallies.values()):
        tally.tell()
    if SHARED not in os.environ:
        return generate_latest(REGISTRY)
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # the client library has no type for it
    return generate_latest(shared)
