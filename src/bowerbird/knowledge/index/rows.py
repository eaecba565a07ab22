"""
The files of a generation beside Tantivy's: append-only arrays, and the manifest that says how much of each counts.

    manifest.json   which is replaced in one step, and is the commit of everything
    rows.bin        a row (ROW) for each passage that was ever added
    dead.bin        numbers of rows that no longer count
    vectors.bin     unit vectors, float32, in the order they came
    owners.bin      for each vector, the number of its row
    graph-N.faiss   an HNSW graph over the first N vectors

What lies in a file beyond the manifest's count was left by a kill; nobody reads it, and it is written over.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bowerbird.kernel.errors import StoreUnavailable

__all__ = [
    "DEAD",
    "MANIFEST",
    "OWNERS",
    "ROW",
    "ROWS",
    "VECTORS",
    "Manifest",
    "Stamp",
    "append",
    "mapped",
    "replace_file",
    "stamp",
]

FORMAT = 1
MANIFEST, ROWS, DEAD, VECTORS, OWNERS = "manifest.json", "rows.bin", "dead.bin", "vectors.bin", "owners.bin"
# Words are kept as their number in the manifest's list of names.
ROW = np.dtype(
    [
        ("passage", "<i8"),
        ("page", "<i8"),
        ("at_s", "<f8"),
        ("workspace", "<i4"),
        ("source", "<i4"),
        ("kind", "<i4"),
        ("tags", "<i4"),
    ]
)
# Changes whenever a file is replaced.
Stamp = tuple[int, int]
_REBUILD = "make it anew with: bowerbird index rebuild"


@dataclass(frozen=True, slots=True)
class Manifest:
    """How much of each file counts, and up to where in the index log that is."""

    model: str
    dimensions: int
    seq: int = 0
    rows: int = 0
    dead: int = 0
    vectors: int = 0
    graph: int = 0  # vectors that the graph covers; 0: there is no graph
    names: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # with endings of their own in which there was a passage
    format: int = FORMAT

    @classmethod
    def load(cls, folder: Path) -> "Manifest":
        """The manifest of a generation; raises StoreUnavailable when it cannot be used."""
        path = folder / MANIFEST
        try:
            fields: dict[str, Any] = json.loads(path.read_bytes())
            if fields.get("format") != FORMAT:
                raise StoreUnavailable(f"{str(path)!r} has format {fields.get('format')!r}, not {FORMAT}: {_REBUILD}")
            names = tuple(str(name) for name in fields.pop("names"))
            languages = tuple(str(language) for language in fields.pop("languages", ()))
            return cls(**fields, names=names, languages=languages)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
            raise StoreUnavailable(f"{str(path)!r} cannot be read ({exc!r}): {_REBUILD}") from exc

    def save(self, folder: Path) -> None:
        """Make this what counts, in one step."""
        replace_file(folder / MANIFEST, json.dumps(asdict(self), ensure_ascii=False).encode())


def append(path: Path, array: NDArray[Any], *, after: int) -> None:
    """Write `array` behind the first `after` items of the file, and wait until the disk has it."""
    if not len(array):
        return
    data = np.ascontiguousarray(array)
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(after * (data.nbytes // len(data)))
        file.write(data.tobytes())
        file.flush()
        os.fsync(file.fileno())


def mapped(path: Path, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """The first items of the file, read from disk when they are looked at."""
    if shape[0] == 0:
        return np.empty(shape, dtype)
    try:
        return np.asarray(np.memmap(path, dtype, "r", shape=shape))
    except (OSError, ValueError) as exc:
        raise StoreUnavailable(f"{str(path)!r} is shorter than its manifest says ({exc}): {_REBUILD}") from exc


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step that outlives a power cut."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def stamp(path: Path) -> Stamp | None:
    """The stamp of the file at `path`; None when there is none."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return None
    return seen.st_ino, seen.st_mtime_ns
