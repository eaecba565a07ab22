"""One shape for every error, from wherever it comes."""

import io

import httpx
import pytest

from bowerbird.kernel.errors import InputWrong, NotFound, NotSupported, StoreUnavailable
from bowerbird.web.problems import Problem, problem_of

from .conftest import Site

LONG = "x" * 70_000


def assert_problem(response: httpx.Response, status: int, code: str) -> Problem:
    """The response is problem details with these; returned for what else a test asks."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate_json(response.content)
    assert (problem.status, problem.code, problem.type) == (status, code, f"urn:bowerbird:problem:{code}")
    assert problem.title
    assert problem.detail
    return problem


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InputWrong("seen x, expected y", field="url"), 422, "input-wrong"),
        (NotFound("no job"), 404, "not-found"),
        (NotSupported("set x"), 501, "not-supported"),
        (StoreUnavailable("no answer"), 503, "unavailable"),
        (ZeroDivisionError("secret detail"), 500, "fault"),
    ],
)
def test_errors_are_sorted_by_who_must_act(error: Exception, status: int, code: str) -> None:
    """Each kind has its status; what was not foreseen shows a reference and none of its detail."""
    problem = problem_of(error, "/v1/x")
    assert (problem.status, problem.code, problem.instance) == (status, code, "/v1/x")
    assert "secret" not in problem.detail
    assert (problem.reference is None) == (status != 500)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "field"),
    [
        ("GET", "/v1/nothing", None, 404, "not-found", None),
        ("GET", "/v1/jobs/none", None, 404, "not-found", None),
        ("GET", "/v1/pages/abc", None, 404, "not-found", "page"),
        ("GET", "/v1/pages/7", None, 404, "not-found", None),
        ("GET", "/v1/entities/7", None, 404, "not-found", None),
        ("DELETE", "/v1/jobs", None, 405, "method-not-allowed", None),
        ("GET", "/v1/search", None, 422, "input-wrong", "q"),
        ("GET", "/v1/search?q=%20", None, 422, "input-wrong", "q"),
        ("GET", "/v1/search?q=a&limit=0", None, 422, "input-wrong", "limit"),
        ("GET", "/v1/search?q=a%00b", None, 422, "input-wrong", "search"),
        ("POST", "/v1/jobs", {"url": "file:///etc/passwd", "goal": "g"}, 422, "input-wrong", "base-url"),
        ("POST", "/v1/jobs", {"url": "http://169.254.169.254/", "goal": "g"}, 422, "input-wrong", "base-url"),
        ("POST", "/v1/jobs", {"url": "http://127.0.0.1/", "goal": " "}, 422, "input-wrong", "scraping-goal"),
        ("POST", "/v1/jobs", {"url": "http://127.0.0.1/"}, 422, "input-wrong", "goal"),
        ("POST", "/v1/jobs", {"url": "http://127.0.0.1/", "goal": "g", "more": 1}, 422, "input-wrong", "more"),
        ("POST", "/v1/ask", {"question": ""}, 422, "input-wrong", "query"),
        ("POST", "/v1/ask", {"question": "a\u0007b"}, 422, "input-wrong", "query"),
        ("POST", "/v1/ask", {"question": "why " * 600}, 422, "input-wrong", "query"),
        ("POST", "/v1/ask", {"question": LONG}, 413, "too-large", None),
        ("GET", "/v1/preview?url=gopher://x", None, 422, "input-wrong", "base-url"),
        ("GET", "/static/none.css", None, 404, "not-found", None),
    ],
)
async def test_the_api_answers_errors_as_problem_details(
    site: Site, *, method: str, path: str, body: object, status: int, code: str, field: str | None
) -> None:
    """Whatever is wrong with a request, its answer has the one shape and names the field."""
    response = await site.client.request(method, path, json=body) if body else await site.client.request(method, path)
    problem = assert_problem(response, status, code)
    assert (problem.field, problem.instance) == (field, path.partition("?")[0])


async def test_nothing_is_left_of_a_refused_job(site: Site) -> None:
    """What is refused at the door leaves no source and no job."""
    await site.client.post("/v1/jobs", json={"url": "http://10.0.0.1/", "goal": "g"})
    assert (await site.client.get("/v1/jobs")).json() == {"jobs": []}


async def test_broken_json_is_refused_with_its_place(site: Site) -> None:
    """The parser's words say where."""
    response = await site.client.post("/v1/ask", content=b'{"question": ', headers={"content-type": "application/json"})
    assert_problem(response, 422, "input-wrong")


async def test_a_body_that_is_not_utf_8_is_refused_with_what_was_expected(site: Site) -> None:
    """The framework's own words would not say what to send."""
    response = await site.client.post("/v1/ask", content=b"\xff\xfe{", headers={"content-type": "application/json"})
    assert "UTF-8" in assert_problem(response, 422, "input-wrong").detail


async def test_people_get_the_same_words_as_a_page(site: Site) -> None:
    """A browser that asks for HTML gets HTML, with what was said escaped."""
    response = await site.get("/knowledge/pages/7?start=<script>")
    assert response.status_code == 422
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>This input cannot be used</h1>" in response.text
    assert "&lt;script&gt;" in response.text
    assert "<script>" not in response.text.replace("<script type", "")


async def test_a_fault_of_ours_is_told_with_a_reference_and_the_headers(site: Site, log_lines: io.StringIO) -> None:
    """The reader gets a reference, the log has it with the trace; no detail leaks, and the headers are there."""
    site.asker.says = [ZeroDivisionError("secret detail")]
    response = await site.client.post("/v1/ask", json={"question": "why is that?"})
    problem = assert_problem(response, 500, "fault")
    assert "secret" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert problem.reference is not None
    assert problem.reference in log_lines.getvalue()
    assert "ZeroDivisionError" in log_lines.getvalue()
