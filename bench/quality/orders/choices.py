"""
Sentences with choices in them, written to learn from: `((Say|Write)) that ((he|she)) won.`

One line is one way of putting an order, or of saying to people what sounds like one; its choices keep what is learnt
of it from hanging on a name. A folder holds the lines of one side, a file those of one technique, or kind of text.
"""

import random
import re
from collections.abc import Mapping
from pathlib import Path

__all__ = ["MACHINES", "PEOPLE", "drawn", "written"]

MACHINES, PEOPLE = "machines", "people"
_CHOICE = re.compile(r"\(\(((?:(?!\(\(|\)\)).)*\|(?:(?!\(\(|\)\)).)*)\)\)")
_TRIES = 4  # a sentence drawn twice is drawn again, so often


def written(side: str) -> Mapping[str, list[str]]:
    """The lines of `MACHINES` or `PEOPLE` by technique or kind, choices and all; a line end within one is a newline."""
    files = sorted((Path(__file__).parent / side).glob("*.txt"))
    return {file.stem: [line.replace("\\n", "\n") for line in file.read_text("utf-8").splitlines()] for file in files}


def drawn(line: str, count: int, seed: int) -> list[str]:
    """At most `count` different sentences that the line stands for, the same for the same seed."""
    rng = random.Random(f"{seed} {line}")
    said = [_CHOICE.sub(lambda at: rng.choice(at[1].split("|")), line) for _ in range(_TRIES * count)]
    found = dict.fromkeys(each.replace(" .", ".") for each in said)  # an empty choice at the end leaves a space
    return list(found)[:count]
