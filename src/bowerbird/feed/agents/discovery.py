"""Discovery: what fits the person."""

import numpy as np

from bowerbird.feed.view import Scores, View

__all__ = ["Discovery"]


class Discovery:
    """
    Near to their embedding, and to single things they liked: somebody with two interests lies between them. And what
    is new of what they follow.
    """

    name = "discovery"
    duty = "Finds what fits you"
    prior = 0.12

    def score(self, view: View) -> Scores:
        """Half by the whole of their taste, half by the nearest of what they liked; or by what they follow."""
        fits = 0.5 * view.affinity + 0.5 * view.nearest if view.is_known else 0.5 * view.quality + 0.5 * view.popularity
        return view.if_welcome(np.clip(np.maximum(fits, view.followed), 0.0, 1.0))
