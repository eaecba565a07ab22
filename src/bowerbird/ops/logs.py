"""
Structured logs: one JSON object a line (or colours, for a person at a terminal), with the component that speaks.

Events are past-tense names with fields: `log.info("page.skipped", url=url, reason="robots")`. Everything a site sent is
data: the JSON encoder escapes it, and the console renderer shows it as `repr`. Names that smell of secrets are masked.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger

__all__ = ["Component", "configure", "logger"]

Component = Literal["agent", "api", "database", "scraping", "worker", "search"]

SECRET = re.compile(r"pass(word|wd)?$|secret|token|api_?key|authorization|cookie|dsn", re.IGNORECASE)
URL_PASSWORD = re.compile(r"(?P<scheme>\w+://[^/\s:@]*):[^/\s@]+@")


def configure(*, level: str = "info", form: Literal["json", "console"] = "json", stream: TextIO | None = None) -> None:
    """Send all logs, the libraries' too, to `stream` (standard error) from `level` on."""
    out = stream if stream is not None else sys.stderr
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer] if form == "json" else [*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        foreign_pre_chain=[*shared, structlog.processors.format_exc_info],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def logger(component: Component) -> FilteringBoundLogger:
    """A logger whose lines say which part of the product speaks."""
    return cast("FilteringBoundLogger", structlog.get_logger(component=component))


def _mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if SECRET.search(name):
            event[name] = "***"
        elif isinstance(value, str) and "://" in value:
            event[name] = URL_PASSWORD.sub(r"\g<scheme>:***@", value)
    return event
