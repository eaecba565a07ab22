"""Single files that somebody brings: what each says, and whether it is what its name claims."""

import hashlib
from pathlib import PurePosixPath
from typing import Any, Final

from bowerbird.reading.extract import extract
from bowerbird.reading.items import draft
from bowerbird.reading.kinds import DOCX, BodyKind, kind_of
from bowerbird.reading.refused import Refused

__all__ = ["read_file"]

# What a file's name promises, by its suffix: the media type that the web would send, and the kind it must then be.
_PROMISES: Final[dict[str, tuple[str, BodyKind]]] = {
    ".pdf": ("application/pdf", "pdf"),
    ".docx": (DOCX, "docx"),
    ".md": ("text/markdown", "markdown"),
    ".markdown": ("text/markdown", "markdown"),
    ".html": ("text/html", "html"),
    ".htm": ("text/html", "html"),
    ".xhtml": ("application/xhtml+xml", "html"),
}
_CALLED: Final = {"pdf": "a PDF", "docx": "a Word document", "html": "a web page", "feed": "a feed"}
_OLE: Final = b"\xd0\xcf\x11\xe0"  # how old Word files begin, and new ones that are locked with a password


def read_file(body: bytes, *, name: str) -> dict[str, Any]:
    """
    The draft of a file called `name`; its id is the caller's to give. Raises Refused.

    What a file asks of crawlers (noindex) is not asked of who owns it.
    """
    suffix = PurePosixPath(name).suffix.lower()
    media, promised = _PROMISES.get(suffix, ("text/plain", "text"))
    if suffix == ".docx" and body.startswith(_OLE):
        raise Refused("type", "it is locked with a password, or an old .doc; open it in Word and save it as DOCX")
    url = f"https://file.invalid/{name}"  # gives a page without a title its file's name, and leads nowhere
    found = kind_of(body, url=url, content_type=media) if body.strip() else promised
    if found != promised:
        seen = _CALLED.get(found, found)
        raise Refused("type", f"it is called {suffix or 'a text'} and holds {seen}; give it the name of what it is")
    said = extract(body, url=url, content_type=media)
    if not said.text.strip():
        raise Refused("empty", "there is no text in it")
    item = said.item
    row = {
        "id": "file",
        "title": said.title,
        "text": said.text,
        "kind": said.kind,
        "author": item.author,
        "category": item.category,
        "region": item.region,
        "created_at": said.published or said.modified,
        "tags": list(item.tags),
    }
    kept = draft(row, is_written=True)
    return {
        **kept,
        "page_starts": list(said.page_starts),
        "lang": said.lang[:8],
        "body_hash": hashlib.sha256(body).hexdigest(),
    }
