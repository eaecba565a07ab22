"""A folder of files served as a site on this machine, as a plain web server would."""

import gzip
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Self

from bowerbird.demo.files import Moved, SiteFile, content_type
from bowerbird.demo.handler import FileHandler
from bowerbird.demo.loopback import LoopbackServer


class Folder:
    """
    The files below `root`, read anew for each request; `index.html` stands for its folder.

    Symbolic links are followed (documentation packages use them), `..` is not. A file that is there only as
    `NAME.gz` is served as `NAME`, unpacked or with `Content-Encoding: gzip`, as the client likes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, path: str) -> SiteFile | Moved | None:
        """The file at a decoded URL path, or where it moved, or nothing."""
        parts = PurePosixPath(path).parts[1:]
        if ".." in parts or "\0" in path:
            return None
        place = self.root.joinpath(*parts)
        if place.is_dir():
            return self._read(place / "index.html") if path.endswith("/") else Moved(path + "/")
        return self._read(place)

    def missing(self) -> bytes:
        """A plain page that says so."""
        return b"<!doctype html><title>Not found</title><h1>Not found</h1>"

    def _read(self, place: Path) -> SiteFile | None:
        packed = place.with_name(place.name + ".gz")
        if place.is_file():
            body, gzipped, real = place.read_bytes(), None, place
        elif packed.is_file():
            gzipped, real = packed.read_bytes(), packed
            body = gzip.decompress(gzipped)
        else:
            return None
        stat = real.stat()
        # Time and size, as nginx does: a hash would cost more than the rest of the request.
        etag = f"{stat.st_mtime_ns:x}-{stat.st_size:x}"
        modified = datetime.fromtimestamp(int(stat.st_mtime), UTC)
        return SiteFile(body, content_type(place.name), etag, modified, gzipped)


class FolderSite:
    """The folder at `root` as a site at `url`, from entering the context to leaving it."""

    def __init__(self, root: Path | str, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = LoopbackServer(host=host, port=port)
        self._folder = Folder(Path(root))
        self.url = self._server.url  # without a slash at the end

    def __enter__(self) -> Self:
        self._server.serve(partial(FileHandler, self._folder))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
