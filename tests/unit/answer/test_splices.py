"""Claims that copy the beginning of a sentence and end as it does not."""

import re

import pytest

from bowerbird.answer import verify

TOWER = "The old tower was built in Paris by Gustave Eiffel for the fair, and is visited by millions of people."
FLOOD = "Many cellars stood under water during the great flood of 1910, which nobody had foreseen."


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        ("The old tower was built in Paris beside a harbour for fishing boats.", "'built in Paris' .* no 'beside'"),
        ("The old tower was built in Paris during the great flood of 1910.", "the end of another sentence"),
        ("Many cellars stood under water in the castle of the bishop.", "no 'castle'"),
    ],
)
def test_another_end_leaves_a_claim_half_proven(claim: str, says: str) -> None:
    """Whether that end stands in another sentence or nowhere; the reason names the last words that are there."""
    found = verify(claim, [TOWER, FLOOD])
    assert found.verdict == "partial"
    (reason,) = found.reasons
    assert re.search(says, reason)


def test_what_one_sentence_says_across_the_seam_is_no_splice() -> None:
    """Both sides of it stand together somewhere."""
    evidence = "Boiling is at 100 degrees under normal pressure. Water boils at 100 degrees, or 212 on the other scale."
    assert verify("Water boils at 100 degrees under normal pressure.", [evidence]).verdict == "supported"


@pytest.mark.parametrize(
    "claim",
    [
        TOWER,
        "The old tower was built in Paris by Gustave Eiffel.",
        "The old tower was built in Paris for the fair.",  # what is between was left out
        "In Paris the old tower was built by Gustave Eiffel for the fair.",
        "The old tower was built in Paris by Gustave Eiffel, and many cellars stood under water.",
        "The old tower was built in Paris by Gustave Eiffel and many cellars stood under water.",
        "Many cellars stood under water during the great flood of 1910, which no one had foreseen.",
    ],
)
def test_what_is_shortened_moved_or_joined_is_no_splice(claim: str) -> None:
    """A sentence may lose its middle, and two may stand side by side."""
    assert verify(claim, [TOWER, FLOOD]).verdict == "supported"
