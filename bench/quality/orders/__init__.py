r"""
Orders to machines and sentences for people that sound like them, one to a line; a line end within one is `\n`.

`learn` and `learn_ordinary` may be looked at and are learnt from; so are the lines with choices of `machines` and
`people` (`choices.py`). The third and the fourth list, and the sentences beside them, were written before the detector
was changed, by somebody who then changed it (the fourth before reading a line of it), the fifth by a stranger. They
only measure: nobody looks at which of them pass, and whoever writes to learn from has not read them.
"""

from pathlib import Path

__all__ = ["lines"]


def lines(name: str) -> list[str]:
    """The texts of one list."""
    kept = (Path(__file__).parent / f"{name}.txt").read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in kept]
