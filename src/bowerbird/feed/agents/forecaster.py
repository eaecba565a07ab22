"""Engagement forecaster: what will be opened, going by what was."""

import numpy as np

from bowerbird.feed.view import Scores, View

__all__ = ["Forecaster"]


class Forecaster:
    """The item's rate among all people, raised or lowered by how the person stands to its kind of thing."""

    name = "forecaster"
    duty = "Forecasts what you will open"
    prior = 0.10

    def score(self, view: View) -> Scores:
        """The odds of its rate, times the odds that its likeness to their taste makes; scaled to the best one here."""
        rate = np.clip(view.rate, 1e-4, 1.0 - 1e-4)
        leaning = 4.0 * np.clip(view.nearest, -0.5, 1.0) + 1.5 * view.familiar - 0.5 * view.shown
        odds = rate / (1.0 - rate) * np.exp(leaning)
        chance = odds / (1.0 + odds)
        found: Scores = chance / max(float(chance.max(initial=0.0)), 1e-9)
        return found
