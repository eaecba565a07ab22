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
        ("In 2021 the Riverbank data set held images of species, taken near Lake Omeo.", "contradicted"),
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
        "the claim says 15,900, the evidence 12,400",
    )


def test_without_evidence_nothing_is_supported() -> None:
    """A claim that cites nothing."""
    assert verify("Trees ask questions.", []).verdict == "unsupported"


def test_comparison_that_goes_the_other_way_contradicts() -> None:
    """More is not less."""
    evidence = "A forest needs more memory than a single tree."
    assert verify("A forest needs less memory than a single tree.", [evidence]).verdict == "contradicted"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The ring is 27 kilometres long.", "The ring is 27 km long and lies under two countries."),
        ("The ring is 27,000 metres long.", "The ring is 27 km long."),
        ("The fund holds $1,200,000.", "The fund holds $1.2 million."),
        ("Twelve of the boats sank on 2020-05-05.", "On 5 May 2020, 12 of the boats sank."),
        ("The law isn't in force.", "The law is not in force."),
        ("Sales fell by 4 percent in 2011.", "In 2011, sales fell by 4%."),
    ],
)
def test_same_thing_written_otherwise_is_supported(claim: str, evidence: str) -> None:
    """Units, scales, spelt numbers, dates and short forms are compared by what they say."""
    assert verify(claim, [evidence]).verdict == "supported"


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("The ring is 27 miles long.", "the claim measures in miles, the evidence in km"),
        ("The ring is 29 km long.", "the claim says 29 km, the evidence 27 km"),
        ("The ring is not 27 km long.", "one of the two denies what the other says"),
        ("The ring is 27 km short.", "the claim says 'short', the evidence 'long'"),
    ],
)
def test_one_changed_part_is_named(claim: str, reason: str) -> None:
    """The verdict says which part differs, and how."""
    verdict = verify(claim, ["The ring is 27 km long."])
    assert (verdict.verdict, reason in verdict.reasons) == ("contradicted", True)


def test_value_of_another_sentence_does_not_lend_itself() -> None:
    """Sixty-three stands in the evidence, but not where the claim puts it."""
    evidence = "The English built or seized 169 destroyers. The Germans lost 63 destroyers in the north."
    assert verify("The English built or seized 63 destroyers.", [evidence]).verdict == "contradicted"


def test_value_said_twice_must_be_there_twice() -> None:
    """Each place of the evidence proves one place of the claim."""
    evidence = "It won a prize for 12 million digits, where 10 million were asked for."
    assert verify("It won a prize for 12 million digits, where 12 million were asked for.", [evidence]).verdict != (
        "supported"
    )


def test_quote_that_the_evidence_denies_is_contradicted() -> None:
    """Word for word is no proof inside "it is not true that"."""
    verdict = verify("the bridge was closed", ["It is not true that the bridge was closed."])
    assert (verdict.verdict, verdict.reasons) == ("contradicted", ("the evidence quotes it to deny it",))


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Over 40 castles stand on the river.", "More than 40 castles stand on the river."),
        ("Over three boats sank that day.", "More than 3 boats sank that day."),
        (
            "The law is told in Hull, Memoirs, Vol. 2, p. 195.",
            "The law is told in Hull, Memoirs, Vol. 2, p. 195 (1948).",
        ),
        ("Sir H. Kennard denied it. He left on Monday.", "Sir H. Kennard denied it, too. He left on Monday."),
    ],
)
def test_bounds_and_shortened_words(claim: str, evidence: str) -> None:
    """What is "over" a number is "more than" it; a point after "Vol" or "p" ends no sentence."""
    assert verify(claim, [evidence]).verdict == "supported"


def test_name_in_the_place_of_another_is_seen_though_it_stands_elsewhere() -> None:
    """All its words are in the sentence."""
    evidence = "The entire traffic of the Internet in 2003, the year that saw the launch of Steam, was 9.3 exabytes."
    verdict = verify("The entire traffic of Steam in 2003 was 9.3 exabytes.", [evidence])
    assert verdict.verdict == "partial"
    assert "where the claim has 'Steam', the evidence has 'Internet'" in verdict.reasons


def test_other_words_are_weighed() -> None:
    """A name that is left out, and other words, are no reason to refuse a claim that the evidence holds."""
    evidence = ["Bowerbirds build a bower of twigs, which the males decorate with blue things to court females."]
    assert (
        verify("Male bowerbirds decorate a bower with blue things to court females.", evidence).verdict == "supported"
    )
    assert verify("Male bowerbirds decorate a bower with red things to court females.", evidence).verdict != "supported"


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Das Rathaus wurde 1740 gebaut.", "supported"),
        ("Das Rathaus wurde 1741 gebaut.", "unsupported"),
        ("Das Rathaus wurde nicht 1740 gebaut.", "unsupported"),
    ],
)
def test_of_another_language_only_what_is_quoted_is_supported(claim: str, expected: str) -> None:
    """What knows English alone says nothing of it."""
    verdict = verify(claim, ["Das Rathaus wurde 1740 gebaut."], language="de")
    assert (verdict.verdict, bool(verdict.reasons)) == (expected, True)
