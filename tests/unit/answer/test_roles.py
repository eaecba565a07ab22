"""Names that have changed places: only the order tells."""

import pytest

from bowerbird.answer.verify import verify

RIVER = "The Elbe rises in Bohemia near the border, and it is joined by no river of Saxony before Dresden."
WAR = "In 1018 Byzantium defeated Bulgaria after a long war."


@pytest.mark.parametrize(
    ("claim", "evidence", "because"),
    [
        ("In 1018 Bulgaria defeated Byzantium after a long war.", WAR, "stand the other way round"),
        (
            "The Bohemia rises in Elbe near the border, and no river of Saxony joins it before Dresden.",
            RIVER.replace("it is joined by no river of Saxony", "no river of Saxony joins it"),
            "stand the other way round",
        ),
        (
            "Two of the Luke Kuechly defenders were also selected to play in the Pro Bowl: Thomas Davis and Panthers.",
            "Two of the Panthers defenders were also selected to play in the Pro Bowl: Thomas Davis and Luke Kuechly.",
            "stands where the evidence has",
        ),
    ],
)
def test_another_in_the_place_of_one(claim: str, evidence: str, because: str) -> None:
    """Every word is there, and the claim is not proven."""
    verdict = verify(claim, [evidence])
    assert (verdict.verdict, because in " ".join(verdict.reasons)) == ("partial", True)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("After a long war Byzantium defeated Bulgaria in 1018.", WAR),
        ("Bulgaria was defeated by Byzantium after a long war in 1018.", WAR),
        (
            "Luke Kuechly and Thomas Davis were selected for the team.",
            "Thomas Davis and Luke Kuechly were selected for the team.",
        ),
    ],
)
def test_the_same_told_in_another_order(claim: str, evidence: str) -> None:
    """The other voice, another beginning, a list the other way round: nothing was swapped."""
    assert verify(claim, [evidence]).verdict == "supported"


def test_what_is_said_of_all_is_not_proven_by_some() -> None:
    """The claim says more than the evidence; where that says it of all, it may be worded otherwise."""
    some = "The museum shows some of the largest coins of the region."
    assert verify("The museum shows all of the largest coins of the region.", [some]).verdict == "partial"
    every = "In the museum all of the largest coins of the region are shown."
    assert verify("The museum shows all of the largest coins of the region.", [every]).verdict == "supported"
