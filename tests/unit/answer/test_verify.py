"""The verdict of the verifier."""

import pytest

from bowerbird.answer import verify

EVIDENCE = "In 2021 the Riverbank data set held 12,400 images of 24 species, taken by six cameras near Lake Tyers."


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (EVIDENCE, "supported"),
        ("the **Riverbank data set**  held 12,400 images", "supported"),
        ("The Riverbank data set held 12400 images of 24 species in 2021.", "supported"),
        ("The Riverbank data set held 15,900 images of 24 species in 2021.", "contradicted"),
        ("In 2022 the Riverbank data set held 12,400 images.", "contradicted"),
        ("In 2021 the Riverbank data set never held images of species.", "contradicted"),
        ("In 2021 the Riverbank data set held images of species, taken near Lake Omeo.", "partial"),
        ("Bread is baked from flour, water and salt.", "unsupported"),
        ("", "unsupported"),
    ],
)
def test_verdict_follows_quote_slots_and_cover(claim: str, verdict: str) -> None:
    """Word for word first; another value contradicts, a missing name makes it partial, strange words unsupported."""
    assert verify(claim, [EVIDENCE]).verdict == verdict


def test_proof_scores_one_and_nothing_scores_nothing() -> None:
    """The score falls with the verdict, and the reasons say why."""
    scores = [
        verify(claim, [EVIDENCE]).score
        for claim in (EVIDENCE, "In 2021 the Riverbank data set held images, taken near Lake Omeo.", "Flour is white.")
    ]
    assert (scores[0], scores == sorted(scores, reverse=True), scores[2]) == (1.0, True, 0.0)
    assert verify("It held 15,900 images of species.", [EVIDENCE]).reasons == (
        "the claim says 15900 imag, the evidence 12400",
    )


def test_without_evidence_nothing_is_supported() -> None:
    """A claim that cites nothing."""
    assert verify("Trees ask questions.", []).verdict == "unsupported"


def test_comparison_that_goes_the_other_way_contradicts() -> None:
    """More is not less."""
    evidence = "A forest needs more memory than a single tree."
    assert verify("A forest needs less memory than a single tree.", [evidence]).verdict == "contradicted"
