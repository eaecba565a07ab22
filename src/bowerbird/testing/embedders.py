"""An embedder for tests: no weights, the same vectors everywhere, and shared words make texts near."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\w+")


class HashEmbedder:
    """A bag of hashed words as a unit vector; a text without words gets one fixed vector."""

    def __init__(self, *, dimensions: int = 64) -> None:
        self.name = f"hash/{dimensions}"
        self.dimensions = dimensions

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors (n, dimensions) of `texts` in their order."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.lower()) or [""]:
                digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
                # A row of signs per word: two words are nearly orthogonal, so that what is shared decides.
                rng = np.random.default_rng(int.from_bytes(digest, "big"))
                vectors[row] += rng.choice(np.array([-1.0, 1.0], np.float32), self.dimensions)
        vectors += 1e-6  # words that cancel each other out still leave a direction
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def close(self) -> None:
        """Nothing to let go of."""
