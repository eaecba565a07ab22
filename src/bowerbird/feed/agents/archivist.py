"""Archivist: what they keep coming back to."""

from typing import Final

import numpy as np

from bowerbird.feed.catalogue import DAY_S
from bowerbird.feed.view import Scores, View

__all__ = ["Archivist"]

RESURFACE_S: Final = 30 * DAY_S


class Archivist:
    """Long-term interests; what was saved and forgotten comes back; what was shown and passed over does not."""

    name = "archivist"
    duty = "Remembers what you keep, and brings it back"
    prior = 0.08

    def score(self, view: View) -> Scores:
        """By what they keep over a year, less for each time that it was shown in vain."""
        forgotten = np.isfinite(view.saved_s) & (view.saved_s > RESURFACE_S)
        fading = 0.6 ** np.minimum(view.shown, 10.0)
        liking = view.if_welcome(np.clip(np.clip(view.kept, 0.0, 1.0) * fading, 0.0, 1.0))
        return np.clip(np.where(forgotten, 0.8 * fading, liking), 0.0, 1.0)
