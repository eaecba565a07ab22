"""Writes the demonstration site's PDF: `python -m tests.sites.learning_curves`."""

from pathlib import Path

import bowerbird.demo
from tests.sites.paper import pdf

PLACE = Path(bowerbird.demo.__file__).parent / "site" / "files" / "learning-curves.pdf"
TITLE = "A short guide to learning curves"
PAGES = (
    (
        "# A short guide to learning curves",
        "",
        "The Riverbank Field Guide · Ines Halloran · 11 April 2025",
        "",
        "A learning curve shows how the error of a model changes as it is given more",
        "training examples. It answers the question that every project asks sooner or",
        "later: would more data help?",
        "",
        "# How to draw one",
        "",
        "1. Put a test set aside.",
        "2. Train the model on 10 per cent of the remaining examples, chosen at random.",
        "3. Note two numbers: the error on the examples it was trained on, and the error",
        "on the test set.",
        "4. Repeat with 20, 40, 60, 80 and 100 per cent, several times each.",
        "5. Plot both errors against the number of examples, with their spread.",
        "",
        "The training error usually rises, because many examples are harder to fit than a",
        "few. The test error usually falls. The space between the two curves is called the",
        "generalisation gap.",
    ),
    (
        "# How to read it",
        "",
        "A wide gap that is still closing means overfitting. The model has more freedom",
        "than the data can tie down. More data will help; so will a simpler model.",
        "",
        "Two curves that have met at a high error mean underfitting. The model is too",
        "simple, and no amount of data will help. Try better features or a richer model.",
        "",
        "Two curves that have met at a low error mean that you are done.",
        "",
        "A test error below the training error usually means that something is wrong: the",
        "test set is easier, or too small, or has leaked.",
        "",
        "# A rule of thumb",
        "",
        "On many problems the test error falls as a power of the number of examples: each",
        "doubling of the data removes a constant share of the error that can be removed.",
        "Plot both axes on a logarithmic scale; if the curve is a straight line, you can",
        "read off what the next doubling will bring, and decide whether it is worth the",
        "money.",
        "",
        "This text is dedicated to the public domain (CC0).",
    ),
)

if __name__ == "__main__":
    PLACE.write_bytes(pdf(PAGES, title=TITLE))
