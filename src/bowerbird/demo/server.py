"""
The demonstration sites, served on this machine: forty pages about machine learning in `site/`, and `vendors/`.

The files of the first are as they are served, except that `{{origin}}` stands for the address, which is known only
then; those of the second are written from data.
"""

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Self

from bowerbird.demo.files import TEXT, Moved, SiteFile, content_type
from bowerbird.demo.handler import FileHandler
from bowerbird.demo.loopback import LoopbackServer
from bowerbird.demo.vendors import vendor_files

DEMO_GOAL = "learn about machine learning techniques"
DEMO_QUESTION = "What are the main types of machine learning?"

# The day of the last edit of whatever does not carry its own date (style sheet, robots.txt, pictures).
EDITED = datetime(2025, 9, 1, 8, 0, tzinfo=UTC)
MODIFIED = re.compile(rb'property="article:modified_time" content="([^"]+)"')


class SitePages:
    """Every file of a site, in memory, by its URL path; `/404.html` is among them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files: Mapping[str, SiteFile] = {f"/{name}": _site_file(name, body) for name, body in files.items()}

    def find(self, path: str) -> SiteFile | Moved | None:
        """The file at a decoded URL path, or where it moved, or nothing."""
        if path.endswith("/"):
            return self.files.get(path + "index.html")
        if path not in self.files and path + "/index.html" in self.files:
            return Moved(path + "/")
        return self.files.get(path)

    def missing(self) -> bytes:
        """The site's own page for an address that is not there."""
        return self.files["/404.html"].body


class DemoPages(SitePages):
    """The guide to machine learning."""

    def __init__(self, origin: str) -> None:
        root = resources.files("bowerbird.demo") / "site"
        super().__init__({name: body.replace(b"{{origin}}", origin.encode()) for name, body in _walk(root)})


class VendorPages(SitePages):
    """The directory of vendors."""

    def __init__(self, origin: str) -> None:
        super().__init__(vendor_files(origin))


class DemoSite:
    """A demonstration site at `url`, from entering the context to leaving it: the guide, or what `pages` are."""

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, pages: Callable[[str], SitePages] = DemoPages
    ) -> None:
        self._pages = pages
        self._server = LoopbackServer(host=host, port=port)
        self.url = self._server.url  # without a slash at the end

    def __enter__(self) -> Self:
        self._server.serve(partial(FileHandler, self._pages(self.url)))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()


def _walk(folder: Traversable, prefix: str = "") -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = prefix + entry.name
        found += _walk(entry, name + "/") if entry.is_dir() else [(name, entry.read_bytes())]
    return found


def _site_file(name: str, body: bytes) -> SiteFile:
    stated = MODIFIED.search(body)
    modified = datetime.fromisoformat(stated[1].decode()) if stated else EDITED
    kind = content_type(name)
    # A fixed time inside the gzip header: the same bytes on every start, as the strong validator promises.
    gzipped = gzip.compress(body, mtime=0) if kind.startswith(TEXT) else None
    return SiteFile(body, kind, hashlib.blake2b(body, digest_size=12).hexdigest(), modified, gzipped)
