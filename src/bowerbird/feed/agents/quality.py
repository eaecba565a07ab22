"""Quality: what is worth reading."""

import numpy as np

from bowerbird.feed.view import Scores, View

__all__ = ["Quality"]


class Quality:
    """What it is by itself, and how often it was worth it to those who were shown it."""

    name = "quality"
    duty = "Looks for what is worth reading"
    prior = 0.10

    def score(self, view: View) -> Scores:
        """Half by its own quality, half by its rate against the best one here."""
        best = max(float(view.rate.max(initial=0.0)), 1e-9)
        return view.if_welcome(np.clip(0.5 * view.quality + 0.5 * view.rate / best, 0.0, 1.0))
