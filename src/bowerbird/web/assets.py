"""
Static files under names that carry their content's hash, so that they may be cached for ever.

    static/app.js  →  /static/app.3f9c01d2ab.js     (its `import "./dom.js"` rewritten to the hashed name of that)
    static/icons/*.svg  →  one sprite, /static/icons.….svg

All files are read once at start: they are few and small, and a changed file needs a new name anyway.
"""

import gzip
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from starlette.datastructures import Headers
from starlette.responses import Response

__all__ = ["Asset", "Assets"]

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_IMPORT = re.compile(r'(?P<before>\bfrom\s+|\bimport\s+)"\./(?P<name>[a-z-]+\.js)"')
_SVG_INSIDE = re.compile(r"<svg[^>]*>(?P<inside>.*)</svg>", re.DOTALL)
# What every Lucide icon says on its <svg>; said once on each symbol instead.
_ICON_STROKE = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    hashed_name: str
    content_type: str
    body: bytes
    packed: bytes

    @property
    def etag(self) -> str:
        """Its strong validator; the name's hash is one already."""
        return f'"{self.hashed_name}"'


class Assets:
    """The static files of the product, by plain and by hashed name."""

    def __init__(self, assets: Iterable[tuple[str, Asset]]) -> None:
        self._by_name = dict(assets)
        self._by_hashed_name = {asset.hashed_name: asset for asset in self._by_name.values()}

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The files of a folder (not of its sub-folders), and its `icons/` as one sprite."""
        sources = {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        sources["icons.svg"] = _sprite(sorted((folder / "icons").glob("*.svg")))
        done: dict[str, Asset] = {}
        for name in sources:
            _make(name, sources, done, ())
        return cls(done.items())

    def url(self, name: str) -> str:
        """Where a file is found; a name that does not exist is our own mistake."""
        return f"/static/{self._by_name[name].hashed_name}"

    def respond(self, hashed_name: str, headers: Headers) -> Response | None:
        """The answer to a request for a hashed name; None when there is no such file."""
        asset = self._by_hashed_name.get(hashed_name)
        if asset is None:
            return None
        sent = {"Cache-Control": _FOR_EVER, "ETag": asset.etag, "Vary": "Accept-Encoding"}
        if headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=sent)
        if "gzip" in headers.get("accept-encoding", ""):
            return Response(asset.packed, media_type=asset.content_type, headers=sent | {"Content-Encoding": "gzip"})
        return Response(asset.body, media_type=asset.content_type, headers=sent)


def _make(name: str, sources: dict[str, str], done: dict[str, Asset], path: tuple[str, ...]) -> Asset:
    """Hash a file after the files it imports, because their names are part of its content."""
    if name in done:
        return done[name]
    assert name not in path, f"static modules import each other in a circle: {' → '.join((*path, name))}"

    def rename(match: re.Match[str]) -> str:
        imported = _make(match["name"], sources, done, (*path, name))
        return f'{match["before"]}"./{imported.hashed_name}"'

    body = _IMPORT.sub(rename, sources[name]).encode("utf-8")
    file = Path(name)
    hashed_name = f"{file.stem}.{hashlib.sha256(body).hexdigest()[:10]}{file.suffix}"
    asset = Asset(hashed_name, _TYPES[file.suffix], body, gzip.compress(body, 9, mtime=0))
    done[name] = asset
    return asset


def _sprite(icons: Iterable[Path]) -> str:
    """One SVG file with a `<symbol>` an icon, used as `<use href="/static/icons.….svg#search">`."""
    symbols = "".join(_symbol(path) for path in icons)
    return f'<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence: icons/LICENSE -->{symbols}</svg>'


def _symbol(path: Path) -> str:
    match = _SVG_INSIDE.search(path.read_text("utf-8"))
    assert match is not None, f"{path} is not an SVG file"
    inside = " ".join(match["inside"].split())
    return f'<symbol id="{path.stem}" viewBox="0 0 24 24" {_ICON_STROKE}>{inside}</symbol>'
