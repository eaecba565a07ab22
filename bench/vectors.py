"""Vectors of the texts of a bench, kept between runs: embedding takes far longer than everything that is measured."""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bowerbird.models import Embedder
from bowerbird.models.embed import readings
from bowerbird.models.in_context import packed, unpacked

__all__ = ["TextVectors", "vectors_of"]

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


class TextVectors:
    """Vectors of single texts, kept between runs by the text: for a bench that meets few of a large set."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        folder = Path(os.environ.get("BOWERBIRD_BENCH_CACHE", Path(tempfile.gettempdir()) / "bowerbird-bench"))
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"texts-{hashlib.sha256(embedder.name.encode()).hexdigest()[:12]}.npz"
        self._known: dict[str, NDArray[np.float32]] = {}
        self._words: dict[str, NDArray[np.float32]] = {}
        if self._path.exists():
            with np.load(self._path) as stored:
                self._known = dict(zip(stored["hashes"].tolist(), stored["vectors"], strict=True))

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The unit vectors (n, d) of `texts`."""
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        fresh = {key: text for key, text in zip(hashes, texts, strict=True) if key not in self._known}
        if fresh:
            self._known |= dict(zip(fresh, self._embedder.embed(list(fresh.values())), strict=True))
        return np.stack([self._known[key] for key in hashes])

    def words_of(self, text: str) -> NDArray[np.float32]:
        """The unit vectors (w, n) of the words of `text` in their context, as the records would keep them."""
        if text not in self._words:
            made = readings(self._embedder, [text])[0].words
            if made is None:
                raise TypeError(f"{self._embedder.name!r} tells no words, expected MiniLM")
            self._words[text] = unpacked(packed(made))
        return self._words[text]

    def save(self) -> None:
        """Keep them for the next run."""
        temporary = self._path.with_suffix(".new.npz")
        np.savez(temporary, hashes=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
        temporary.replace(self._path)
