"""Near-duplicates fold, pages of one template about different things do not."""

import pytest

from bowerbird.reading.neardup import Signature, bands, is_near, signature, similarity

WORDS = [f"word{n}" for n in range(3000)]
LONG = " ".join(WORDS[:600])


def share_a_band(a: Signature, b: Signature) -> bool:
    """True if looking one up finds the other."""
    return bool(set(bands(a)) & set(bands(b)))


@pytest.mark.parametrize(
    ("other", "near"),
    [
        (LONG, True),
        (LONG.upper().replace(" ", ",\n"), True),
        (f"Print this page. {LONG} Back to the top.", True),
        (LONG.replace("word300", "changed"), True),
        (" ".join(WORDS[300:900]), False),
        (" ".join(WORDS[1000:1600]), False),
    ],
)
def test_a_copy_with_small_changes_is_near(other: str, *, near: bool) -> None:
    """Layout, case, a line more or a word changed make no new page; half another text does."""
    ours, theirs = signature(LONG), signature(other)
    assert is_near(ours, theirs) is near
    assert share_a_band(ours, theirs) or not near


def test_another_title_is_another_page() -> None:
    """Two classes documented in the same words, but for their names, are two pages; a print version is one."""
    text = f"{LONG} KDTree"
    tree = signature(text, title="sklearn.neighbors.KDTree")
    assert not is_near(tree, signature(text, title="sklearn.neighbors.BallTree"))
    assert is_near(tree, signature(text, title="sklearn.neighbors.KDTree (print version)"))
    assert is_near(tree, signature(text))


def test_the_first_heading_stands_for_a_missing_title() -> None:
    """The title is read from the text when it is not given."""
    assert not is_near(signature(f"# One thing\n\n{LONG}"), signature(f"# Other thing\n\n{LONG}"))


def test_a_short_page_is_near_only_its_equal() -> None:
    """A word in twenty is a large part of what a short page says."""
    short = "Opening hours: Monday to Friday, nine to five, closed on public holidays in the region."
    assert is_near(signature(short), signature(short.upper()))
    assert not is_near(signature(short), signature(short.replace("five", "six")))
    assert share_a_band(signature(short), signature(short))


def test_pages_without_words_are_never_near() -> None:
    """Nothing is not a duplicate of nothing."""
    assert not is_near(signature(""), signature("…"))


def test_the_estimate_is_the_share_of_common_shingles() -> None:
    """Two texts with 400 of 798 shingles in common are about half alike."""
    assert similarity(signature(LONG), signature(" ".join(WORDS[200:800]))) == pytest.approx(398 / 798, abs=0.12)


def test_scripts_without_spaces_are_compared_by_character() -> None:
    """One sentence added to a Chinese text does not make another text of it."""
    text = "".join(chr(0x4E00 + n) for n in range(400))
    assert is_near(signature(text), signature(text + "你好世界"))


def test_a_signature_survives_its_storing() -> None:
    """What is stored comes back, title and all; bands fit their column and differ in their place."""
    ours = signature(LONG, title="A title of five words")
    assert Signature.from_bytes(ours.to_bytes()) == ours
    assert len(set(bands(ours))) == 16
    assert max(map(len, bands(ours))) <= 40


def test_a_signature_is_the_same_on_every_machine() -> None:
    """Signatures are stored: another version must not give others. When this fails, all pages must be signed anew."""
    assert signature("one two three four", title="five").to_bytes()[-8:].hex() == "02000000cbccb23c"
    assert bands(signature(LONG))[0] == "0-cc89ac84ab6c0a87"
