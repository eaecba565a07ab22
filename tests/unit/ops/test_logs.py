"""Logs: one JSON object a line, whatever a site sent, and no secrets."""

import io
import json
import logging

import pytest

from bowerbird.ops import logs


@pytest.fixture
def out() -> io.StringIO:
    """Where the lines go."""
    stream = io.StringIO()
    logs.configure(level="info", form="json", stream=stream)
    return stream


def test_a_line_is_one_json_object_with_its_component(out: io.StringIO) -> None:
    """Event, fields, level, time and component, whatever line breaks a site sent."""
    logs.logger("scraping").info("page.skipped", url='http://x/\r\n{"level": "forged"}', reason="robots")
    lines = out.getvalue().splitlines()
    line = json.loads(lines[0])

    assert len(lines) == 1
    assert (line["event"], line["component"], line["level"], line["reason"]) == (
        "page.skipped",
        "scraping",
        "info",
        "robots",
    )
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "name", ["password", "api_key", "Authorization", "session_cookie", "access_token", "client_secret"]
)
def test_what_smells_of_a_secret_is_masked(out: io.StringIO, name: str) -> None:
    """The value of a secret never reaches a log."""
    logs.logger("api").info("signed_in", **{name: "hunter2"})

    assert "hunter2" not in out.getvalue()


def test_the_password_of_a_url_is_masked(out: io.StringIO) -> None:
    """A database URL is logged without its password."""
    logs.logger("database").info("opened", url="postgresql://bower:hunter2@host/db")

    assert json.loads(out.getvalue())["url"] == "postgresql://bower:***@host/db"


def test_libraries_speak_the_same_form(out: io.StringIO) -> None:
    """A warning of a library is a JSON line too."""
    logging.getLogger("some.library").warning("took %s s", 3)

    assert json.loads(out.getvalue())["event"] == "took 3 s"


def test_below_the_level_nothing_is_written(out: io.StringIO) -> None:
    """Debug lines are dropped at info."""
    logs.logger("worker").debug("noise")

    assert out.getvalue() == ""
