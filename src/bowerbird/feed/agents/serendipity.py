"""Serendipity: what they did not expect, and would welcome."""

import numpy as np

from bowerbird.feed.view import Scores, View

__all__ = ["Serendipity"]


class Serendipity:
    """Unlike what they liked so far, not of their usual categories, and yet good by all that others say."""

    name = "serendipity"
    duty = "Surprises you"
    prior = 0.05

    def score(self, view: View) -> Scores:
        """The geometric mean of how unexpected it is and how welcome it may be."""
        unexpected = np.clip(1.0 - np.maximum(view.nearest, view.affinity), 0.0, 1.0) * (1.0 - 0.7 * view.familiar)
        best = max(float(view.rate.max(initial=0.0)), 1e-9)
        welcome = 0.4 * view.quality + 0.3 * view.rate / best + 0.3 * np.clip(view.affinity + 0.2, 0.0, 1.0)
        found: Scores = np.sqrt(np.clip(unexpected * welcome, 0.0, 1.0))
        return view.if_welcome(found)
