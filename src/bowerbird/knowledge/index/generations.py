"""
Generations: the index as a row of folders of which one is in use, so that it can be made anew and taken back.

    CURRENT     {"current": "g000003", "previous": "g000002"}, replaced in one step
    g000002/    kept to roll back to
    g000003/    in use
    g000004/    being made, perhaps; without a lock on it, what a kill has left
"""

import fcntl
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from bowerbird.kernel.errors import InputWrong, StoreUnavailable
from bowerbird.knowledge.index.rows import Manifest, replace_file
from bowerbird.knowledge.index.writer import LOCK

__all__ = ["CURRENT", "Generations", "adopt", "create", "next_name", "prune", "read", "roll_back", "switch"]

CURRENT = "CURRENT"
_NAMES = "g[0-9][0-9][0-9][0-9][0-9][0-9]"


@dataclass(frozen=True, slots=True)
class Generations:
    """Which generation is in use, and which was before it."""

    current: str
    previous: str | None


def read(root: Path) -> Generations | None:
    """What `root` says is in use; None for a folder without an index."""
    path = root / CURRENT
    try:
        fields = json.loads(path.read_bytes())
        return Generations(current=fields["current"], previous=fields["previous"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StoreUnavailable(f"{str(path)!r} cannot be read ({exc!r}): bowerbird index rebuild") from exc


def create(root: Path, *, model: str, dimensions: int) -> str:
    """The name of a new, empty generation beside the one in use."""
    root.mkdir(parents=True, exist_ok=True)
    number = max((int(folder.name[1:]) for folder in root.glob(_NAMES)), default=0)
    while True:
        number += 1
        folder = root / f"g{number:06d}"
        try:
            folder.mkdir()
        except FileExistsError:  # another process makes one too
            continue
        (folder / "lexical").mkdir()
        Manifest(model=model, dimensions=dimensions).save(folder)
        return folder.name


def adopt(root: Path, building: Path) -> str:
    """Move the one generation of the index in the folder `building` beside those of `root`; its name there."""
    built = read(building)
    if built is None:
        raise StoreUnavailable(f"{str(building)!r} holds no index to take over: bowerbird index rebuild")
    root.mkdir(parents=True, exist_ok=True)
    name = next_name(root)
    (building / built.current).rename(root / name)
    shutil.rmtree(building)
    return name


def next_name(root: Path) -> str:
    """The name that a generation gets which is adopted now."""
    return f"g{1 + max((int(folder.name[1:]) for folder in root.glob(_NAMES)), default=0):06d}"


def switch(root: Path, name: str) -> None:
    """Use the generation `name` from now on; who searches an older one notices at the next search."""
    Manifest.load(root / name)
    before = read(root)
    previous = before.current if before is not None else None
    _write(root, Generations(current=name, previous=previous))


def roll_back(root: Path) -> Generations:
    """Use the previous generation again, and keep this one to come back to; says which is in use then."""
    before = read(root)
    if before is None or before.previous is None or not (root / before.previous).is_dir():
        raise InputWrong(f"there is no previous generation in {str(root)!r} to roll back to: bowerbird index rebuild")
    switch(root, before.previous)
    return Generations(current=before.previous, previous=before.current)


def prune(root: Path) -> list[str]:
    """Delete the generations that are neither in use, nor the previous one, nor being written; says which."""
    kept = read(root)
    names = {kept.current, kept.previous} if kept is not None else set[str | None]()
    unused = [folder for folder in sorted(root.glob(_NAMES)) if folder.name not in names and not _is_written(folder)]
    for folder in unused:
        shutil.rmtree(folder)
    return [folder.name for folder in unused]


def _write(root: Path, generations: Generations) -> None:
    fields = {"current": generations.current, "previous": generations.previous}
    replace_file(root / CURRENT, json.dumps(fields).encode())


def _is_written(folder: Path) -> bool:
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
