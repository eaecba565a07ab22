"""Engagement forecaster: what will be opened, going by what was."""

from bowerbird.feed.view import Scores, View

__all__ = ["Forecaster"]


class Forecaster:
    """The chance that was learnt from what everybody did, and this person above all."""

    name = "forecaster"
    duty = "Forecasts what you will open"
    prior = 0.10

    def score(self, view: View) -> Scores:
        """The chance that they welcome it, scaled to the best one here."""
        return view.welcome
