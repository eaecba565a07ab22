"""What is learnt from what people do: arrays in, arrays out; nothing here has heard of events or records."""

from bowerbird.learn.enr import Enr, drawn, imagined_chances
from bowerbird.learn.thompson import Beliefs, beliefs, draws, former_win_probabilities, win_probabilities

__all__ = [
    "Beliefs",
    "Enr",
    "beliefs",
    "drawn",
    "draws",
    "former_win_probabilities",
    "imagined_chances",
    "win_probabilities",
]
