"""The vector of a text that was embedded before, by any process: words come again, and a model takes milliseconds."""

import hashlib
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bowerbird.ops.shared import Shared

__all__ = ["remembering"]

VECTORS_S: Final = 7 * 86_400.0

Vector = NDArray[np.float32]


def remembering(
    embed: Callable[[str], Vector], shared: Shared, *, model: str, dimensions: int
) -> Callable[[str], Vector]:
    """
    What gives the same vectors, from the shared tier where they are; kept there for seven days.

    By the digest of the text: whoever reads the tier can tell whether a text that they guess was asked for, and no more
    of it than its vector says. A text never changes, so only the model is a version.
    """

    def vector(text: str) -> Vector:
        key = f"vector:{hashlib.sha256(text.encode()).hexdigest()}"
        kept = shared.get({key: model}).get(key)
        if kept is not None and len(kept) == 4 * dimensions:
            found: Vector = np.frombuffer(kept, np.float32)
            if np.isfinite(found).all():
                return found
        made = embed(text).astype(np.float32)
        shared.put({key: made.tobytes()}, {key: model}, lifetime_s=VECTORS_S)
        return made

    return vector
