r"""
Orders to machines and sentences for people that sound like them, one to a line; a line end within one is `\n`.

`learn` and `learn_ordinary` may be looked at and are learnt from; `third` and `third_ordinary`, `fourth` and
`fourth_ordinary` were written before the detector was changed, by somebody who then changed it (the fourth before
reading a line of it), and only measure: nobody looks at which of them pass.
"""

from pathlib import Path

__all__ = ["lines"]


def lines(name: str) -> list[str]:
    """The texts of one list."""
    kept = (Path(__file__).parent / f"{name}.txt").read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in kept]
