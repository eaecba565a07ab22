"""Where a form may lead back to, and where OpenAI's protocol is spoken."""

from typing import Final
from urllib.parse import urlsplit

__all__ = ["OPENAI_PATHS", "own_path"]

OPENAI_PATHS: Final = ("/v1/chat/", "/v1/models")


def own_path(path: str) -> str:
    """The path if it is one of ours; anything that a browser could take for another site leads to the start page."""
    parts = urlsplit(path)
    is_ours = not parts.scheme and not parts.netloc and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_ours and path.isprintable() else "/"
