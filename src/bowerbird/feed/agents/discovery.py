"""Discovery: what fits the person."""

import numpy as np

from bowerbird.feed.view import Scores, View

__all__ = ["Discovery"]


class Discovery:
    """Near to their embedding, and to single things they liked: somebody with two interests lies between them."""

    name = "discovery"
    duty = "Finds what fits you"
    prior = 0.12

    def score(self, view: View) -> Scores:
        """Half by the whole of their taste, half by the nearest of what they liked."""
        if not view.is_known:
            return view.if_welcome(0.5 * view.quality + 0.5 * view.popularity)
        return view.if_welcome(np.clip(0.5 * view.affinity + 0.5 * view.nearest, 0.0, 1.0))
