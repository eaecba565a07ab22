"""
The OpenAPI document: what integrators program against, served at `/openapi.json` and kept in `docs/reference`.

FastAPI says what routes take and give. What stands before all routes it does not know, so that is said here, from the
tables that decide it: who may come in (`access.py`), and what can be refused on the way (`middleware.py`, `door.py`).
"""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI

from bowerbird.web.access import ACCESS
from bowerbird.web.problems import EXAMPLES, MEDIA_TYPE, Problem
from bowerbird.web.viewer import SESSION_COOKIE

__all__ = ["describe"]

_JOB: Final = {"$ref": "#/components/schemas/Job"}
_RESPONSES: Final = "#/components/responses/"
_LIMITS: Final = {
    "RateLimit-Limit": "Requests an hour that are allowed.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until they are counted anew.",
}
_SECURITY: Final = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`bwb_…`), made under Settings → Keys or by `POST /v1/keys`. A server that has no"
        " accounts yet takes everyone on its own machine for its operator, and needs none.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "A browser's session, as signing in gives it; over https its name begins with `__Host-`. What"
        " changes something must come with `Origin` or `Sec-Fetch-Site`.",
    },
}
_USER: Final = {
    "name": "user",
    "in": "query",
    "required": False,
    "description": "The id that you give a person: the request is made for them, and they are made when first named."
    " Needs an API key of the role operator or above.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "example": "customer-42",
}
# The document names the parts of a path and not how they are read: `{key:path}`.
_ROLES: Final = {route.replace(":path}", "}"): role for route, role in ACCESS.items()}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of the application's API; made once."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        for path, method, operation in _operations(document):
            _complete(operation, path, method)
        parts = document["components"]
        parts["schemas"]["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own shape of errors, which is not ours
            del parts["schemas"][unused]
        parts["responses"] = {problem.code: _refusal(problem) for problem in EXAMPLES.values()}
        parts["headers"] = {name: {"description": words, "schema": _WHOLE} for name, words in _LIMITS.items()}
        parts["parameters"] = {"user": _USER}
        parts["securitySchemes"] = _SECURITY
        document["servers"] = [{"url": "/", "description": "The server that the document comes from."}]
    assert app.openapi_schema is not None
    return app.openapi_schema


_WHOLE: Final = {"type": "integer", "minimum": 0}


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _complete(operation: dict[str, Any], path: str, method: str) -> None:
    """Add what happens before the route: who is let in, and what is refused."""
    role = _ROLES[f"{method.upper()} {path}"]
    is_api = path.startswith("/v1/")
    statuses = {"403", "413", "421", "500"}
    if role is not None:
        statuses |= {"401", "429", "503"}
        operation["security"] = [{"key": []}, {"session": []}]
        operation["description"] += f"\n\nNeeds the role {role.word}."
    else:
        operation["security"] = []
    if is_api:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/user"})
        statuses |= {"404", "422"}
    responses = operation["responses"]
    for status in ("422", "4XX", "5XX"):
        responses.pop(status, None)
    # What a route says itself of a refusal is only that there is one.
    given = [response for status, response in responses.items() if status not in EXAMPLES]
    for status in {"201", "202"} & responses.keys():
        is_new = status == "201" or "{" not in path
        if is_new and responses[status]["content"]["application/json"]["schema"] == _JOB:
            responses[status]["headers"] = {"Location": {"description": "The job.", "schema": {"type": "string"}}}
    for response in given if role is not None else ():
        response["headers"] = response.get("headers", {}) | {
            name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS
        }
    operation["responses"] = {
        status: {"$ref": _RESPONSES + EXAMPLES[status].code} if status in EXAMPLES else responses[status]
        for status in sorted(statuses | responses.keys())
    }


def _refusal(problem: Problem) -> dict[str, Any]:
    """One kind of problem, with what comes beside it."""
    headers: dict[str, Any] = {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = {"description": "Seconds until the same request can work.", "schema": _WHOLE}
    if problem.status == 429:
        headers |= {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}
    if problem.status == 401:
        headers["WWW-Authenticate"] = {"description": "How to come in.", "schema": {"type": "string"}}
    return {
        "description": f"{problem.title} (`{problem.code}`).",
        **({"headers": headers} if headers else {}),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": problem.model_dump(exclude_none=True),
            }
        },
    }
