"""Freshness: what is new here. It is plugged in by an entry point, as yours would be."""

from typing import Final

import numpy as np

from bowerbird.feed.catalogue import DAY_S
from bowerbird.feed.view import Scores, View

__all__ = ["Freshness"]

HALF_LIFE_S: Final = 3 * DAY_S


class Freshness:
    """What came lately, and what nobody has been shown yet: without it, it would never be."""

    name = "freshness"
    duty = "Shows what is new"
    prior = 0.06

    def score(self, view: View) -> Scores:
        """By how long it is here, and a little by whether it may fit."""
        new = 0.5 ** (np.minimum(view.known_s, 100 * HALF_LIFE_S) / HALF_LIFE_S)
        return view.if_welcome(np.clip(0.7 * new + 0.3 * np.clip(view.affinity, 0.0, 1.0), 0.0, 1.0))
