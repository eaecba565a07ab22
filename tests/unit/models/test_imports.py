"""What a process without a model does not pay for, and what is said when packages are missing."""

import subprocess
import sys

import pytest

HEAVY = ("pydantic_ai", "openai", "anthropic", "google.genai", "xllamacpp", "httpx2", "genai_prices")


def said_by(code: str) -> str:
    """What a fresh process prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_nothing_of_it_is_imported_without_a_model() -> None:
    """Neither by the wiring nor by opening the model of the default settings."""
    code = (
        "import sys\nimport bowerbird.wiring, bowerbird.answer.model_writer\n"
        "from bowerbird.settings import Settings\n"
        "assert bowerbird.wiring.model_of(Settings(), None, None) is None\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert said_by(code).strip() == "[]"


@pytest.mark.parametrize(
    ("llm", "missing", "extra"),
    [
        ("http://127.0.0.1:1/v1#m", "pydantic_ai", "bowerbird[models]"),
        ("anthropic:claude", "anthropic", "bowerbird[models]"),
        ("x.gguf", "xllamacpp", "bowerbird[local]"),
        ("x.gguf", "pydantic_ai", "bowerbird[local]"),
    ],
)
def test_a_package_that_is_missing_is_named_with_the_extra_that_brings_it(llm: str, missing: str, extra: str) -> None:
    """Bowerbird starts without them, and says what to install when they are wanted."""
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from bowerbird.models.open import open_model\nfrom bowerbird.settings import ModelSettings\n"
        f"try: open_model({llm!r}, ModelSettings(api_key='k'))\n"
        "except Exception as exc: print(type(exc).__name__, exc)"
    )
    said = said_by(code)

    assert said.startswith("NotSupported"), said
    assert extra in said
