"""Sentences with choices in them."""

from bench.quality.orders.choices import MACHINES, PEOPLE, drawn, written


def test_each_choice_is_taken_and_nothing_else_changes() -> None:
    """The same seed draws the same; no more different sentences come than there are."""
    line = "((Say|Write)) that ((he|she)) won."
    found = drawn(line, 10, seed=1)
    assert sorted(found) == ["Say that he won.", "Say that she won.", "Write that he won.", "Write that she won."]
    assert drawn(line, 2, seed=1) == drawn(line, 2, seed=1)
    assert len(drawn(line, 2, seed=1)) == 2
    assert drawn("Both (of them) may |stand|.", 3, seed=1) == ["Both (of them) may |stand|."]


def test_every_written_line_can_be_drawn_from() -> None:
    """No choice is left standing in what is learnt from."""
    for side in (MACHINES, PEOPLE):
        for name, lines in written(side).items():
            for line in lines:
                for said in drawn(line, 2, seed=1):
                    assert said.strip(), (side, name, line)
                    assert "((" not in said, (side, name, line)
