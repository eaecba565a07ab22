"""Lines of CSV that no spreadsheet takes for anything but values."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

__all__ = ["csv_line"]

# A spreadsheet runs what begins so, and a site chooses what its texts begin with (OWASP, CSV injection).
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")


def csv_line(cells: Sequence[str | float]) -> str:
    """A line of CSV; what a spreadsheet would run is kept from it by an apostrophe. A number stays one."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return line.getvalue()


def _harmless(value: str | float) -> str | float:
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULAS) else value
