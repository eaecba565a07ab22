"""Files of JSON, a value a line, for commands that go on after a bad one."""

import json
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bowerbird.kernel.errors import InputWrong

__all__ = ["Line", "opened", "read_lines"]

MAX_LINE = 4_000_000  # characters: an answer with the text of some books as its evidence


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not empty, with its number from 1."""

    number: int
    text: str

    def value(self) -> Any:
        """The JSON on it; raises InputWrong with what is wrong."""
        if len(self.text) > MAX_LINE:
            raise InputWrong(f"{len(self.text)} characters, expected at most {MAX_LINE}")
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            raise InputWrong(f"no JSON: {self.text.strip()[:60]!r}") from None


@contextmanager
def read_lines(file: str) -> Generator[tuple[Iterator[Line], int | None]]:
    """The lines of a file, or of standard input for "-", as they come; and how many, where that is known."""
    with opened(file) as stream:
        yield (
            (Line(number, text) for number, text in enumerate(stream, start=1) if text.strip()),
            _count(file) if file != "-" else None,
        )


@contextmanager
def opened(file: str) -> Generator[IO[str]]:
    """The file as text, or standard input for "-"; raises InputWrong when it cannot be read."""
    if file == "-":
        yield sys.stdin
        return
    try:
        lines = Path(file).open(encoding="utf-8-sig", errors="replace")  # noqa: SIM115 - closed below
    except OSError as exc:
        raise InputWrong(f"{file!r} cannot be read: {exc.strerror}; expected a file of lines", field="file") from None
    with lines:
        yield lines


def _count(file: str) -> int | None:
    if not Path(file).is_file():
        return None  # a pipe is read once
    with Path(file).open("rb") as stream:
        return sum(1 for line in stream if line.strip())
