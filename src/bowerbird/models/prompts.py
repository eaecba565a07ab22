"""
Text that others wrote, marked as data for a model.

    [[9f3c…:passage 1]]
    whatever a page says
    [[9f3c…:end passage 1]]

The boundary is drawn anew for each call and stated in the prompt, so no page can hold the mark that ends it; a text
that holds it all the same is an accident that is undone by drawing again.
"""

import secrets
from collections.abc import Sequence
from importlib import resources

__all__ = ["marked", "new_boundary", "prompt"]


def new_boundary(texts: Sequence[str]) -> str:
    """A mark of 128 random bits that is in none of `texts`."""
    while True:
        boundary = secrets.token_hex(16)
        if not any(boundary in text for text in texts):
            return boundary


def marked(text: str, label: str, boundary: str) -> str:
    """`text` between two marks that name it."""
    return f"[[{boundary}:{label}]]\n{text}\n[[{boundary}:end {label}]]"


def prompt(package: str, name: str, **values: str) -> str:
    """The prompt in `prompts/name` of a package, with `{{value}}` filled in from `values`."""
    text = (resources.files(package) / "prompts" / name).read_text("utf-8")
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", value)
    return text.strip()
