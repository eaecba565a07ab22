"""Bringing files in by API and page: what becomes a job, what is refused, and that nothing is left behind."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bowerbird.kernel.csvs import csv_line
from bowerbird.records.tables import jobs, sources

from .conftest import Site


def left(tmp_path: Path) -> list[str]:
    """What uploads there are on the disk."""
    folder = tmp_path / "uploads"
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def stored(path: str) -> bytes:
    """What a file on the disk holds."""
    return Path(path).read_bytes()


def args(site: Site) -> dict[str, Any]:
    """What the only job is told."""
    return dict(site.library.records.read(lambda conn: conn.execute(sa.select(jobs.c.args)).scalar_one()))


async def test_an_upload_becomes_a_job(site: Site, tmp_path: Path) -> None:
    """Files are stored below the data folder under names of ours, fields beside them are read, before or after."""
    files = [("files", ("b.jsonl", b'{"id": "1"}')), ("files", ("../evil.txt", b"words")), ("files", ("", b""))]
    made = await site.client.post("/v1/imports", files=files, data={"name": "birds", "replace": "1"})
    told = args(site)

    assert (made.status_code, made.json()["status"], made.json()["url"]) == (201, "queued", "import:birds")
    assert made.headers["location"] == f"/v1/jobs/{made.json()['job']}"
    assert [(file["name"], bool(file["refused"])) for file in told["files"]] == [
        ("b.jsonl", False),
        ("../evil.txt", True),
    ]
    assert (told["replace"], told["kind"], left(tmp_path)) == (True, "auto", [told["upload"]])
    assert stored(told["files"][0]["path"]) == b'{"id": "1"}'


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"files": [("files", ("a.txt", b"x"))], "data": {"kind": "sheet"}}, "auto, jsonl"),
        ({"files": [("files", ("a.txt", b"x"))], "data": {"name": "a/b"}}, "without `/`"),
        ({"files": [("other", ("", b""))]}, "at least one file"),
        ({"json": {}}, "multipart/form-data"),
        ({"content": b"nonsense", "headers": {"content-type": "multipart/form-data; boundary=x"}}, "as it should be"),
        (
            {
                "content": b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhalf',
                "headers": {"content-type": "multipart/form-data; boundary=x"},
            },
            "in the middle of a file",
        ),
        ({"files": [("files", ("a.txt", b"x"))], "data": {"name": "n" * 5_000}}, "4,096 bytes"),
        ({"files": [("files", ("a" * 10_000, b"x"))]}, "names of the files"),
        ({"files": [("files", ("a.txt", b"x" * 300_000))]}, "more than 200,000 bytes"),
    ],
    ids=["kind", "name", "no file", "json", "nonsense", "cut off", "long field", "long file name", "too large"],
)
async def test_what_is_no_upload_is_refused(site: Site, tmp_path: Path, request_: dict[str, Any], says: str) -> None:
    """With problem details; nothing stays on the disk or in the records."""
    answer = await site.client.post("/v1/imports", **request_)

    assert (answer.status_code, says in answer.json()["detail"]) == (422, True), answer.text
    assert left(tmp_path) == []
    assert site.library.records.read(lambda conn: conn.execute(sa.select(sa.func.count(jobs.c.id))).scalar_one()) == 0


async def test_a_body_beyond_the_cap_is_refused_at_once(site: Site, tmp_path: Path) -> None:
    """By its declared length, before a byte of it is read; other doors keep their small cap."""
    answer = await site.client.post("/v1/imports", files=[("files", ("a", b"x" * 2_000_000))])
    other = await site.client.post("/v1/jobs", content=b"x" * 100_000)

    assert (answer.status_code, other.status_code, left(tmp_path)) == (413, 413, [])


async def test_a_client_that_leaves_while_it_uploads_leaves_nothing(site: Site, tmp_path: Path) -> None:
    """The connection breaks after the first megabytes were written."""
    transport = site.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": head + b"x" * 50_000, "more_body": True},
        {"type": "http.disconnect"},
    ]
    seen_while_uploading: list[list[str]] = []

    async def receive() -> dict[str, Any]:
        if len(messages) == 1:
            seen_while_uploading.append(left(tmp_path))
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        await asyncio.sleep(0)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/imports",
        "raw_path": b"/v1/imports",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost:8080"), (b"content-type", b"multipart/form-data; boundary=x")],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8080),
    }
    await transport.app(scope, receive, send)

    assert (len(seen_while_uploading[0]), left(tmp_path)) == (1, [])


async def test_the_form_starts_a_job_or_says_what_is_wrong(site: Site, tmp_path: Path) -> None:
    """As a browser without scripts sends it."""
    html = {"accept": "text/html"}
    shown = await site.get("/scraping/import?name=birds")
    wrong = await site.client.post("/scraping/import", files=[("files", ("", b""))], data={"name": "b"}, headers=html)
    started = await site.client.post("/scraping/import", files=[("files", ("a.txt", b"words"))], headers=html)
    url = site.library.records.read(lambda conn: conn.execute(sa.select(sources.c.url)).scalar_one())

    assert 'value="birds"' in shown.text
    assert 'enctype="multipart/form-data"' in shown.text
    assert (wrong.status_code, "at least one file" in wrong.text) == (422, True)
    assert (started.status_code, url) == (303, "import:a.txt")
    assert started.headers["location"].startswith("/scraping/jobs/")


@pytest.fixture
async def job(site: Site) -> str:
    """An import that has ended, with one row kept and three refused."""
    source = site.library.source("import:my%20birds", "What was brought in from files")
    job = site.library.job(source, kind="import", args={"files": [], "upload": "x"})
    page = site.library.page(source, "import:my%20birds/b1", "Bird words.", title="Bird")
    site.library.url(job, "import:my%20birds/b1", page=page.page, anchor="b.jsonl, line 1")
    for line in (2, 3, 4):
        site.library.url(
            job,
            f"import:my%20birds/b.jsonl#{line}",
            "skipped",
            reason="invalid",
            detail=f"=cmd|' /C calc'!A{line}",
            anchor=f"b.jsonl, line {line}",
        )
    return job


async def test_the_report_is_read_a_part_at_a_time(site: Site, job: str) -> None:
    """State, reason and detail of every row, in order; `next` leads on, and filters hold."""
    first = (await site.client.get(f"/v1/jobs/{job}/urls?state=skipped&limit=2")).json()
    second = (await site.client.get(f"/v1/jobs/{job}/urls?state=skipped&limit=2&after={first['next']}")).json()
    none = (await site.client.get(f"/v1/jobs/{job}/urls?reason=type")).json()
    unknown = await site.client.get("/v1/jobs/nothing/urls")

    assert [row["where"] for row in first["urls"] + second["urls"]] == [f"b.jsonl, line {n}" for n in (2, 3, 4)]
    assert first["urls"][0] == {
        "url": "import:my%20birds/b.jsonl#2",
        "where": "b.jsonl, line 2",
        "state": "skipped",
        "reason": "invalid",
        "detail": "=cmd|' /C calc'!A2",
        "page": None,
        "bytes": 0,
    }
    assert (second["next"], none["urls"], unknown.status_code) == (None, [], 404)


async def test_the_job_page_shows_what_was_refused(site: Site, job: str) -> None:
    """By name, with the reason; rows lead to what is stored of them; it is brought in again, not gathered again."""
    page = await site.get(f"/scraping/jobs/{job}")
    dashboard = await site.get("/scraping/dashboard")

    assert page.text.count("data-refused") == 3
    assert "<h1>my birds</h1>" in page.text
    assert 'href="/knowledge/pages/' in page.text
    assert 'href="/scraping/import?name=my+birds"' in page.text
    assert f"/scraping/jobs/{job}/retry" not in page.text
    assert 'href="import:' not in page.text + dashboard.text
    assert "my birds" in dashboard.text


async def test_a_stored_import_has_no_live_page(site: Site, job: str) -> None:
    """Nothing leads to an address that no browser can open."""
    found = (await site.client.get(f"/v1/jobs/{job}/urls?state=kept")).json()["urls"][0]
    page = await site.get(f"/knowledge/pages/{found['page']}")
    page = await site.get(page.headers["location"]) if page.status_code in (302, 303, 307) else page

    assert "my birds/b1" in page.text
    assert 'href="import:' not in page.text
    assert "Open the live page" not in page.text


async def test_the_report_opens_in_a_spreadsheet_without_calculating(site: Site, job: str) -> None:
    """What a stranger wrote stays text there."""
    answer = await site.client.get(f"/scraping/jobs/{job}/report.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))

    assert answer.headers["content-type"].startswith("text/csv")
    assert rows[0] == ["where", "state", "reason", "detail", "url"]
    assert rows[2][3] == "'=cmd|' /C calc'!A2"
    assert len(rows) == 5


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_as_a_formula(start: str) -> None:
    """Each sign that a spreadsheet takes for one gets an apostrophe in front."""
    (cells,) = csv.reader(io.StringIO(csv_line((f"{start}1+1", "plain"))))

    assert cells == [f"'{start}1+1", "plain"]


async def test_an_upload_is_not_tried_again(site: Site, job: str) -> None:
    """Its files are gone; the answer says what to do."""
    answer = await site.client.post(f"/v1/jobs/{job}/retry")

    assert (answer.status_code, "upload them again" in answer.json()["detail"]) == (422, True)
