"""Settings: from where, in which order, and what is refused."""

from pathlib import Path
from typing import Any

import pytest

from bowerbird.kernel.errors import InputWrong
from bowerbird.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test says itself what the environment holds."""
    monkeypatch.delenv("BOWERBIRD_DATA_DIR", raising=False)


def test_given_wins_over_environment_over_file_over_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of sources, for four settings that differ in where they are set."""
    (tmp_path / "bowerbird.toml").write_text('port = 1\nhost = "file"\nlog_level = "error"\n')
    monkeypatch.setenv("BOWERBIRD_PORT", "2")
    monkeypatch.setenv("BOWERBIRD_HOST", "environment")
    found = load_settings(tmp_path / "bowerbird.toml", port=3)

    assert (found.port, found.host, found.log_level, found.log_form) == (3, "environment", "error", "json")


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """`BOWERBIRD_ALLOW_HOSTS=a,b:1` is two hosts."""
    monkeypatch.setenv("BOWERBIRD_ALLOW_HOSTS", " intranet, 10.0.0.1:8000 ,")

    assert load_settings().allow_hosts == ("intranet", "10.0.0.1:8000")


def test_an_unknown_variable_is_refused_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typing error does not silently leave the default."""
    monkeypatch.setenv("BOWERBIRD_ALOW_HOSTS", "x")

    with pytest.raises(InputWrong, match="BOWERBIRD_ALOW_HOSTS.*BOWERBIRD_ALLOW_HOSTS"):
        load_settings()


def test_an_unknown_key_of_the_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    """Also inside a group."""
    (tmp_path / "bowerbird.toml").write_text("[crawl]\nconcurency = 3\n")

    with pytest.raises(InputWrong, match="crawl.concurency.*crawl.concurrency"):
        load_settings(tmp_path / "bowerbird.toml")


@pytest.mark.parametrize(("name", "value", "says"), [("port", 70_000, "65535"), ("log_level", "loud", "'loud'")])
def test_a_wrong_value_is_refused_with_what_was_expected(name: str, value: Any, says: str) -> None:
    """The message names the setting, the value and the bound."""
    with pytest.raises(InputWrong, match=f"{name}.*{says}"):
        load_settings(**{name: value})


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read"), ("port = ", "not TOML")])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None, says: str) -> None:
    """Missing and broken files are told apart."""
    path = tmp_path / "bowerbird.toml"
    if content is not None:
        path.write_text(content)

    with pytest.raises(InputWrong, match=says):
        load_settings(path)


def test_the_environment_of_a_child_gives_it_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the parent resolved, the worker process gets."""
    mine = load_settings(port=1, allow_hosts="a,b:2", data_dir=Path("x"), crawl={"concurrency": 3})
    for name, value in mine.environ().items():
        monkeypatch.setenv(name, value)

    assert load_settings() == mine


def test_every_setting_has_a_sentence() -> None:
    """The reference page has something to say about each."""
    fields = [*Settings.model_fields.values(), *load_settings().crawl.__class__.model_fields.values()]

    assert [field.description for field in fields if not (field.description or "").endswith(".")] == []
