"""
One frozen tree of settings: `BOWERBIRD_*` in the environment over a TOML file over the defaults.

A group's fields are named `BOWERBIRD_CRAWL__CONCURRENCY` in the environment and `[crawl] concurrency` in the file. An
unknown name is refused with the nearest one that exists. `docs/reference/settings.md` is generated from this module.
"""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bowerbird.kernel.errors import InputWrong

__all__ = [
    "GROUPS",
    "MOST_PROCESSES",
    "CrawlSettings",
    "ImportSettings",
    "ModelSettings",
    "RenderMode",
    "Settings",
    "load_settings",
]

PREFIX = "BOWERBIRD_"
MOST_PROCESSES = 10
# Read by the code that they switch, not part of the tree.
NOT_SETTINGS = frozenset(
    {
        "BOWERBIRD_BENCH_DATA",
        "BOWERBIRD_BENCH_PEERS",
        "BOWERBIRD_CONFIG",
        "BOWERBIRD_CRASH",
        "BOWERBIRD_FEED_SOCKETS",
        "BOWERBIRD_PARENT",
    }
)


def _text(value: object) -> str:
    match value:
        case tuple():
            return ",".join(value)
        case dict():
            return json.dumps(value)
        case SecretStr():
            return value.get_secret_value()
        case _:
            return str(value)


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


RenderMode = Literal["never", "auto", "always"]  # whether the scripts of pages are run; auto: where a page needs it

Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class CrawlSettings(BaseModel):
    """How sites are gathered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_agent: str = Field(default="Bowerbird/0.1", description="The name sites see and robots.txt is asked for.")
    max_pages: int = Field(default=2_000, gt=0, description="URLs asked for by one job unless it says otherwise.")
    max_depth: int = Field(default=20, ge=0, description="Links from the start page unless the job says otherwise.")
    max_minutes: float = Field(
        default=720.0, gt=0, description="Minutes that one job gathers, unless it says otherwise."
    )
    max_megabytes: float = Field(default=5_000.0, gt=0, description="MB received by one job, unless it says otherwise.")
    concurrency: int = Field(default=8, gt=0, le=64, description="Requests to one host at a time, at most.")
    delay_s: float = Field(default=0.0, ge=0, description="Least time between two requests to one host, in seconds.")
    timeout_s: float = Field(default=20.0, gt=0, description="Longest time for one response, in seconds.")
    max_page_bytes: int = Field(default=16_000_000, gt=0, description="Largest body read, after decompression.")
    render: RenderMode = Field(
        default="auto",
        description="Pages rendered with Chromium, unless the job says otherwise: `auto` those that show nothing"
        " without JavaScript, `never` none, `always` every one.",
    )
    chromium: str = Field(default="", description="Chromium's program; empty: the one that is installed.")
    memory_mb: int = Field(default=900, gt=0, description="Memory at which a crawling process is begun anew.")


class ImportSettings(BaseModel):
    """What may be brought in at once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_upload_bytes: int = Field(default=500_000_000, gt=0, description="Largest upload, all its files together.")
    max_file_bytes: int = Field(default=50_000_000, gt=0, description="Largest file that is read as a whole.")
    max_row_bytes: int = Field(default=1_000_000, gt=0, description="Longest line of JSON Lines, or record of CSV.")
    max_rows: int = Field(default=1_000_000, gt=0, description="Items of one import, at most.")
    max_files: int = Field(default=20_000, gt=0, description="Files of one import, at most.")


class ModelSettings(BaseModel):
    """How the language model is used; which one it is says `llm`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_key: SecretStr = Field(default=SecretStr(""), description="The provider's key. It is shown nowhere.")
    base_url: str = Field(default="", description="Where a named provider is, if not at its own address.")
    timeout_s: float = Field(default=60.0, gt=0, description="Longest time for one call, in seconds.")
    max_tokens: int = Field(default=1_000, gt=0, description="Tokens written in one call, at most.")
    context_tokens: int = Field(
        default=8_192, gt=0, description="Tokens that a local model reads and writes in one call, at most."
    )
    tokens_a_day: int = Field(
        default=2_000_000, gt=0, description="Tokens read and written a day (UTC) in a workspace, at most."
    )
    usd_a_day: float = Field(
        default=5.0, gt=0, description="Dollars a day (UTC) in a workspace, at most, where prices are known."
    )
    usd_per_million_in: float = Field(
        default=0.0, ge=0, description="Price of a million tokens read, where it is not known by itself."
    )
    usd_per_million_out: float = Field(
        default=0.0, ge=0, description="Price of a million tokens written, where it is not known by itself."
    )
    cache_days: float = Field(
        default=30.0, ge=0, description="Days for which the same request is not asked again; 0: always asked."
    )

    @property
    def has_price(self) -> bool:
        """Whether the operator says what tokens cost."""
        return self.usd_per_million_in > 0 or self.usd_per_million_out > 0

    def price(self, tokens_in: int, tokens_out: int) -> float:
        """What a call costs by the prices that the operator gave, in dollars."""
        return (tokens_in * self.usd_per_million_in + tokens_out * self.usd_per_million_out) / 1_000_000


class Settings(BaseSettings):
    """Everything an operator can set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid")

    data_dir: Path = Field(default=Path("bowerbird-data"), description="The folder that holds everything.")
    database_url: str = Field(
        default="",
        repr=False,  # it may hold a password
        description="Where the records are, `sqlite:///…` or `postgresql://…`; empty: bowerbird.db in the data folder.",
    )
    state_url: str = Field(
        default="embedded://",
        repr=False,  # it may hold a password
        description="Where letters between agents wait, and what caches share: `embedded://` here, or at `redis://…`.",
    )
    index_url: str = Field(default="", description="Where the search index is; empty: index/ in the data folder.")
    host: str = Field(default="127.0.0.1", description="The address to listen on; loopback until an admin exists.")
    port: int = Field(default=8080, ge=0, le=65_535, description="The port to listen on; 0 takes a free one.")
    processes: int = Field(
        default=0,
        ge=0,
        le=MOST_PROCESSES,
        description="Web processes that answer; 0: one for each core, but one beside a model run in this machine.",
    )
    public_url: str = Field(
        default="", description="The address people reach this server by, if another (https://birds.example.org)."
    )
    rate_limit_per_hour: int = Field(
        default=1000,
        gt=0,
        description="Requests an hour of a person or key. The local operator has no limit unless this is set.",
    )
    plans: dict[str, Annotated[int, Field(gt=0)]] = Field(
        default_factory=dict[str, int], description='Other limits by name, as JSON: {"partner": 10000}.'
    )
    allow_hosts: Names = Field(default=(), description="Private hosts (host or host:port) that may be gathered.")
    llm: str = Field(
        default="none",
        description="The language model: none, openai:MODEL, anthropic:MODEL, google:MODEL, ollama:MODEL,"
        " https://HOST/v1#MODEL (OpenAI's protocol) or a path to a .gguf.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level logged."
    )
    log_form: Literal["json", "console"] = Field(default="json", description="JSON lines, or colours for a person.")
    crawl: CrawlSettings = Field(default_factory=CrawlSettings, description="How sites are gathered.")
    imports: ImportSettings = Field(default_factory=ImportSettings, description="What may be brought in at once.")
    models: ModelSettings = Field(default_factory=ModelSettings, description="How the language model is used.")

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/")):
            raise ValueError("expected an address like https://birds.example.org, without a path")
        return value.rstrip("/")

    @property
    def records_url(self) -> str:
        """The URL of the records, with the data folder's own when none is set."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'bowerbird.db').absolute()}"

    def refuse_unknown_plan(self, plan: str | None) -> None:
        """Raises InputWrong for a plan that is not among the settings' plans."""
        if plan and plan not in self.plans:
            known = ", ".join(self.plans) or "none yet"
            raise InputWrong(f"no plan {plan[:40]!r}; the setting `plans` has {known}", field="plan")

    @property
    def index_dir(self) -> Path:
        """The folder of the embedded index."""
        return Path(self.index_url) if self.index_url else self.data_dir / "index"

    @property
    def stamps_path(self) -> Path:
        """The file by which the processes of this machine tell each other what changed; derived, and small."""
        return self.data_dir / "stamps"

    @property
    def shared_path(self) -> Path:
        """What the caches of this machine's processes share while `state_url` is embedded; derived."""
        return self.data_dir / "shared.db"

    @property
    def uploads_dir(self) -> Path:
        """Where uploads wait until their import has ended."""
        return self.data_dir / "uploads"

    def environ(self) -> dict[str, str]:
        """These settings as the environment of another process of ours."""
        flat = {name: getattr(self, name) for name in Settings.model_fields if name not in GROUPS}
        for group, kind in GROUPS.items():
            flat |= {f"{group}__{name}": getattr(getattr(self, group), name) for name in kind.model_fields}
        return {
            f"{PREFIX}{name.upper()}": _text(value)
            for name, value in flat.items()
            # Another process must know too whether the limit was chosen.
            if name != "rate_limit_per_hour" or name in self.model_fields_set
        }

    def shown(self) -> dict[str, str]:
        """What `environ` says, for people and logs: without passwords, and without the key of the model."""
        return self.environ() | {
            f"{PREFIX}DATABASE_URL": _without_password(self.database_url),
            f"{PREFIX}STATE_URL": _without_password(self.state_url),
            f"{PREFIX}LLM": _without_password(self.llm),
            f"{PREFIX}MODELS__API_KEY": "***" if self.models.api_key.get_secret_value() else "",
        }

    @property
    def public(self) -> SplitResult:
        """The parts of `public_url`; all empty when it is not set."""
        return urlsplit(self.public_url)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is handed in wins over the environment; `load_settings` hands in the file's values below both."""
        return (init_settings, env_settings)


def _without_password(url: str) -> str:
    # Up to the last @, since a password that should have been escaped may hold one itself.
    masked = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(password=)[^&]*", r"\1***", masked)


# The groups of settings, by the name of their table in the file.
GROUPS: Mapping[str, type[BaseModel]] = {"crawl": CrawlSettings, "imports": ImportSettings, "models": ModelSettings}


def load_settings(config: Path | None = None, **given: Any) -> Settings:
    """
    The settings of this process: `given` over the environment over the file (`BOWERBIRD_CONFIG`, or `config`).

    Raises InputWrong for an unknown name or a value of the wrong kind, naming the nearest or what was expected.
    """
    path = config or (Path(named) if (named := os.environ.get("BOWERBIRD_CONFIG")) else None)
    from_file = _read(path) if path else {}
    _refuse_unknown_variables(os.environ)
    values = _below_environment(from_file) | {key: value for key, value in given.items() if value is not None}
    try:
        return Settings(**values)
    except ValidationError as exc:
        raise InputWrong("; ".join(_explain(error) for error in exc.errors())) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as exc:
        raise InputWrong(f"settings file {str(path)!r} cannot be read: {exc.strerror}") from None
    except tomllib.TOMLDecodeError as exc:
        raise InputWrong(f"settings file {str(path)!r} is not TOML: {exc}") from None


def _below_environment(values: Mapping[str, Any]) -> dict[str, Any]:
    """The file's values without those that the environment sets."""
    return {key: value for key, value in values.items() if f"{PREFIX}{key.upper()}" not in os.environ}


def _names() -> list[str]:
    return [f"{PREFIX}{name.replace('.', '__').upper()}" for name in field_names()]


def field_names() -> list[str]:
    """Every setting there is, those of a group after its name and a dot."""
    names = [name for name in Settings.model_fields if name not in GROUPS]
    return names + [f"{group}.{name}" for group, kind in GROUPS.items() for name in kind.model_fields]


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = {*_names(), *(f"{PREFIX}{group.upper()}" for group in GROUPS), *NOT_SETTINGS}
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise InputWrong(f"unknown setting {name} in the environment; the nearest is {near[0]}")


def _explain(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, [*GROUPS, *field_names()], n=1, cutoff=0)
        return f"unknown setting {name!r}; the nearest is {near[0]!r}"
    return f"{name}: {error['msg'].lower()}, got {error['input']!r}"
