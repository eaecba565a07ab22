"""Vectors of the texts of a bench, kept between runs: embedding takes far longer than everything that is measured."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bowerbird.models import Embedder

__all__ = ["vectors_of"]

AT_ONCE = 256


def vectors_of(embedder: Embedder, texts: Sequence[str], *, label: str) -> NDArray[np.float32]:
    """The unit vectors (n, d) of `texts`, from `BOWERBIRD_BENCH_CACHE` when these very texts were embedded before."""
    folder = Path(os.environ.get("BOWERBIRD_BENCH_CACHE", Path(tempfile.gettempdir()) / "bowerbird-bench"))
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256("\0".join([embedder.name, *texts]).encode()).hexdigest()[:24]
    path = folder / f"{digest}.npy"
    if not path.exists():
        parts: list[NDArray[np.float32]] = []
        for first in range(0, len(texts), AT_ONCE):
            print(f"{label}: embedding {first} of {len(texts)}", flush=True)
            parts.append(embedder.embed(texts[first : first + AT_ONCE]))
        temporary = path.with_suffix(".new.npy")
        np.save(temporary, np.concatenate(parts))
        temporary.replace(path)
    found: NDArray[np.float32] = np.load(path)
    return found
