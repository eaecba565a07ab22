"""
One shape for every error: RFC 9457 problem details for programs, a page with the same words for people.

    InputWrong 422 · NotFound 404 · Refused 401, 403 · Changed 409 · LimitReached 429
    NotSupported 501 · Unavailable 503 · the unforeseen 500, with a reference to quote
"""

import math
import secrets
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from bowerbird.feed import Changed
from bowerbird.kernel.errors import (
    BowerbirdError,
    InputWrong,
    LimitReached,
    NotFound,
    NotSupported,
    Refused,
    Unavailable,
)
from bowerbird.ops.logs import logger
from bowerbird.web.paths import OPENAI_PATHS
from bowerbird.web.render import render

__all__ = [
    "EXAMPLES",
    "MEDIA_TYPE",
    "OpenAIError",
    "Problem",
    "for_openai",
    "handle_errors",
    "problem_of",
    "refusal",
    "respond",
]

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_AFTER_S: Final = 5
_FAULT: Final = "Something failed that should not have. The log has it under {}; please report it"
_log = logger("api")


class OpenAIError(BaseModel):
    """The same problem as OpenAI's clients read it."""

    model_config = ConfigDict(frozen=True)

    message: str
    type: str
    param: str | None = None
    code: str


class Problem(BaseModel):
    """What went wrong (RFC 9457): what was seen, what was expected, what to do."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="A URI that names this kind of problem.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was seen, what was expected, what to do.")
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(description="The kind of problem as one word, to branch on.")
    field: str | None = Field(default=None, description="The field or parameter that is wrong, if it is one.")
    retry_after_s: int | None = Field(default=None, description="In how many seconds the same request can work.")
    reference: str | None = Field(default=None, description="What to quote when you report a fault of ours.")
    error: OpenAIError | None = Field(default=None, description="Where OpenAI's protocol is spoken: the same again.")


def handle_errors(app: FastAPI) -> None:
    """Answer the errors that routes raise on purpose, and the framework's own, in this shape."""
    for kind in (BowerbirdError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer)


def problem_of(error: Exception, path: str) -> Problem:
    """The problem that an error is for who sent the request."""
    match error:
        case NotFound():
            return _problem("not-found", 404, str(error), path)
        case InputWrong():
            return _problem("input-wrong", 422, str(error), path, field=error.field)
        case RequestValidationError():
            return _invalid(error, path)
        case Refused():
            return _problem("not-allowed", 403, str(error), path) if error.is_known else _unknown(error, path)
        case Changed():
            return _problem("changed", 409, str(error), path)
        case LimitReached():
            wait_s = math.ceil(error.retry_after_s)
            return _problem("limit-reached", 429, str(error), path).model_copy(update={"retry_after_s": wait_s})
        case NotSupported():
            return _problem("not-supported", 501, str(error), path)
        case Unavailable():
            known_s = error.retry_after_s
            wait_s = _RETRY_AFTER_S if known_s is None else max(1, math.ceil(known_s))
            when = "a moment" if known_s is None else f"{wait_s} s"
            problem = _problem("unavailable", 503, f"{error}. Try again in {when}", path)
            return problem.model_copy(update={"retry_after_s": wait_s})
        case HTTPException():
            return _framework(error, path)
        case _:
            reference = secrets.token_hex(4)
            return _problem("fault", 500, _FAULT.format(reference), path, reference=reference)


def for_openai(problem: Problem) -> Problem:
    """The problem with what OpenAI's clients look for in it."""
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    error = OpenAIError(message=problem.detail, type=kind, param=problem.field, code=problem.code)
    return problem.model_copy(update={"error": error})


def respond(request: Request, problem: Problem) -> Response:
    """The problem as the caller reads it: a page for people, problem details for programs."""
    headers: dict[str, str] = {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if problem.status == 401 and _wants_page(request):
        return RedirectResponse(f"/sign-in?{urlencode({'next': _come_back_to(request)})}", status_code=303)
    if _wants_page(request):
        response: Response = render(request, "problem.html", problem, here="other", status=problem.status)
    else:
        told = for_openai(problem) if request.url.path.startswith(OPENAI_PATHS) else problem
        body = told.model_dump(exclude_none=True)
        response = JSONResponse(body, status_code=problem.status, media_type=MEDIA_TYPE)
    response.headers.update(headers)
    return response


def _wants_page(request: Request) -> bool:
    """True when a person's browser asks for something that is not the API."""
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")


def _come_back_to(request: Request) -> str:
    """Where signing in leads: to the page that was asked for, or that the form stood on."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error, request.url.path)
    if problem.status >= 500:
        _log.warning("request.failed", code=problem.code, path=problem.instance, detail=problem.detail)
    return respond(request, problem)


def _problem(
    code: str, status: int, detail: str, path: str, *, field: str | None = None, reference: str | None = None
) -> Problem:
    return Problem(
        type=f"urn:bowerbird:problem:{code}",
        title=_TITLES.get(code, HTTPStatus(status).phrase),
        status=status,
        detail=detail,
        instance=path,
        code=code,
        field=field,
        reference=reference,
    )


_TITLES: Final = {
    "input-wrong": "This input cannot be used",
    "not-signed-in": "Nobody is signed in",
    "not-allowed": "You may not do this",
    "limit-reached": "Too many in too short a time",
    "not-found": "There is nothing here",
    "changed": "What it was made from has changed since",
    "not-supported": "This is not supported by the settings",
    "unavailable": "Not available just now",
    "fault": "A fault of ours",
    "wrong-host": "This server does not go by that name",
    "cross-site": "Another site sent this request",
    "too-large": "The request is too large",
}


def _unknown(error: Refused, path: str) -> Problem:
    return _problem("not-signed-in", 401, str(error), path)


def _invalid(error: RequestValidationError, path: str) -> Problem:
    """A parameter of the wrong kind; in the path it names something that cannot exist."""
    first = error.errors()[0]
    where, name = str(first["loc"][0]), ".".join(str(part) for part in first["loc"][1:])
    seen = "" if first["type"] == "missing" else f", got {_short(first.get('input'))}"
    detail = f"{name or where}: {str(first['msg']).lower()}{seen}"
    if where == "path":
        return _problem("not-found", 404, detail, path, field=name)
    return _problem("input-wrong", 422, detail, path, field=name or None)


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"


def _framework(error: HTTPException, path: str) -> Problem:
    if error.status_code == 404:
        return _problem("not-found", 404, f"No page or API has the path {path!r}; the start page is /", path)
    if error.status_code == 400:
        # What the framework says of a body that it cannot read at all, as one that is not UTF-8.
        return _problem("input-wrong", 422, "the body cannot be read; expected JSON in UTF-8, or a form", path)
    phrase = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    code = "too-large" if error.status_code == 413 else phrase
    return _problem(code, error.status_code, str(error.detail), path)


def refusal(code: str, status: int, detail: str, path: str) -> Problem:
    """A problem found before a route was reached."""
    return _problem(code, status, detail, path)


# One of each that the API can answer, by its status; for the API's description.
EXAMPLES: Final = {
    str(problem.status): problem
    for problem in (
        problem_of(
            Refused("nobody is signed in; send an API key as Authorization: Bearer …", is_known=False), "/v1/jobs"
        ),
        problem_of(
            Refused("this needs the role curator, Ada has reader; an admin can change that", is_known=True), "/v1/jobs"
        ),
        problem_of(NotFound("no job '01k'; /scraping/dashboard lists the jobs there are"), "/v1/jobs/01k"),
        problem_of(Changed("items of this slate have changed since it was made"), "/v1/feed/slates/01k"),
        refusal("too-large", 413, "a body of 70000 bytes, expected at most 65536; send less", "/v1/ask"),
        refusal("wrong-host", 421, "asked for host 'example.org', expected one of localhost, 127.0.0.1", "/v1/jobs"),
        problem_of(InputWrong("q is empty, expected words to look for", field="q"), "/v1/search"),
        problem_of(LimitReached("1,000 requests an hour are allowed for this key", retry_after_s=1260.0), "/v1/search"),
        problem_of(Exception(), "/v1/search").model_copy(
            update={"reference": "5f3c1a90", "detail": _FAULT.format("5f3c1a90")}
        ),
        problem_of(Unavailable("the records did not answer"), "/v1/search"),
    )
}
