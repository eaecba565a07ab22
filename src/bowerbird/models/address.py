"""
The setting `llm` taken apart: which model, and where it is.

    none                              no model: answers are quoted
    openai:MODEL  anthropic:MODEL     a provider; google: and gemini: are the same
    ollama:MODEL                      an Ollama server, this machine's unless models.base_url says another
    http(s)://HOST/v1#MODEL           anything that speaks OpenAI's protocol; the model stands after the #
    PATH.gguf                         a file of weights, run on this machine
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bowerbird.kernel.errors import InputWrong

__all__ = ["LlmAddress", "parse_llm"]

Kind = Literal["openai", "anthropic", "google", "ollama", "compatible", "local"]

_PROVIDERS: dict[str, Kind] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google": "google",
    "gemini": "google",
    "ollama": "ollama",
}


@dataclass(frozen=True, slots=True)
class LlmAddress:
    """Which model, and where it is; `base_url` is empty for the provider's own."""

    kind: Kind
    model: str
    base_url: str = ""

    @property
    def path(self) -> Path:
        """The file of a local model."""
        return Path(self.model)


def parse_llm(llm: str, *, base_url: str = "") -> LlmAddress | None:
    """The address that a setting names, None for `none`; raises InputWrong with what may be written."""
    said = llm.strip()
    if said in ("", "none"):
        return None
    scheme, _, model = said.partition(":")
    if scheme in ("http", "https"):
        return _compatible(said)
    if scheme in _PROVIDERS and model:
        return LlmAddress(_PROVIDERS[scheme], model, base_url.rstrip("/"))
    if said.endswith(".gguf"):
        return LlmAddress("local", said)
    raise _wrong(f"got {said[:80]!r}")


def _compatible(said: str) -> LlmAddress:
    parts = urlsplit(said)
    if parts.username or parts.password:
        raise _wrong("a key belongs into models.api_key, not into the address")
    if not parts.hostname or not parts.fragment:
        raise _wrong(f"got {said[:80]!r} without a {'model' if parts.hostname else 'host'}")
    return LlmAddress("compatible", parts.fragment, said.partition("#")[0].rstrip("/"))


def _wrong(seen: str) -> InputWrong:
    return InputWrong(
        "llm: expected none, openai:MODEL, anthropic:MODEL, google:MODEL, ollama:MODEL, https://HOST/v1#MODEL or a "
        f"path to a .gguf; {seen}",
        field="llm",
    )
