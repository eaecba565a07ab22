"""The setting `llm` taken apart."""

import pytest

from bowerbird.kernel.errors import InputWrong
from bowerbird.models.address import LlmAddress, parse_llm


@pytest.mark.parametrize(
    ("llm", "address"),
    [
        ("none", None),
        ("", None),
        ("openai:gpt-5-mini", LlmAddress("openai", "gpt-5-mini")),
        ("anthropic:claude-x", LlmAddress("anthropic", "claude-x")),
        ("gemini:flash", LlmAddress("google", "flash")),
        ("google:flash", LlmAddress("google", "flash")),
        ("ollama:llama3.2:1b", LlmAddress("ollama", "llama3.2:1b")),
        ("http://127.0.0.1:8000/v1#m/x", LlmAddress("compatible", "m/x", "http://127.0.0.1:8000/v1")),
        ("https://llm.example.org/v1/#m", LlmAddress("compatible", "m", "https://llm.example.org/v1")),
        ("models/small.gguf", LlmAddress("local", "models/small.gguf")),
    ],
)
def test_every_form_names_a_model(llm: str, address: LlmAddress | None) -> None:
    """And a model's name may hold colons and slashes."""
    assert parse_llm(llm) == address


@pytest.mark.parametrize(
    ("llm", "says"),
    [
        ("gpt-5", "gpt-5"),
        ("openai:", "openai:"),
        ("https://llm.example.org/v1", "without a model"),
        ("https://user:secret@llm.example.org/v1#m", "models.api_key"),
        ("weights.bin", "weights.bin"),
    ],
)
def test_what_names_no_model_is_refused_with_what_may_be_written(llm: str, says: str) -> None:
    """The message never holds a key."""
    with pytest.raises(InputWrong, match="a path to a .gguf") as caught:
        parse_llm(llm)

    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_named_provider_may_be_elsewhere() -> None:
    """`models.base_url` says where."""
    assert parse_llm("ollama:m", base_url="http://gpu:11434/v1/") == LlmAddress("ollama", "m", "http://gpu:11434/v1")
