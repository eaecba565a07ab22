"""Tables that spreadsheets open, safely: what a stranger wrote must not become a formula there."""

import csv
import io
from collections.abc import Sequence
from typing import Final

__all__ = ["csv_line"]

# How spreadsheets recognise a formula (OWASP, "CSV Injection").
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_line(cells: Sequence[str]) -> str:
    """A line of CSV; a cell that a spreadsheet would calculate gets an apostrophe in front."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(
        [f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell for cell in cells]
    )
    return out.getvalue()
