"""Tables that sort without a script, and the same tables as files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from starlette.responses import Response

from bowerbird.kernel.csvs import csv_line

__all__ = ["Column", "columns_of", "csv_file", "download", "is_descending"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, the name that `?sort=` calls it by ("" when it does not sort), and how it is sorted now."""

    title: str
    sort: str = ""
    is_number: bool = False
    is_hidden: bool = False  # its title is only read aloud
    href: str = ""
    order: Literal["", "none", "ascending", "descending"] = ""


def columns_of(path: str, columns: Iterable[Column], *, sort: str, order: str) -> tuple[Column, ...]:
    """The columns of the table at `path`, each with the link that sorts by it; the sorted one's turns the order."""
    return tuple(_linked(path, column, sort=sort, order=order) if column.sort else column for column in columns)


def is_descending(order: str) -> bool:
    """True when the greatest comes first."""
    return order == "descending"


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[str | float]]) -> Response:
    """The rows as a file to download."""
    lines = "".join(csv_line(row) for row in (head, *rows))
    return Response(lines, media_type="text/csv; charset=utf-8", headers=download(name))


def download(name: str) -> dict[str, str]:
    """The headers of a file that a browser keeps and no cache does."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}


def _linked(path: str, column: Column, *, sort: str, order: str) -> Column:
    is_sorted = column.sort == sort
    turned = "descending" if is_sorted and not is_descending(order) else "ascending"
    now: Literal["none", "ascending", "descending"] = "none"
    if is_sorted:
        now = "descending" if is_descending(order) else "ascending"
    return replace(column, href=f"{path}?{urlencode({'sort': column.sort, 'order': turned})}", order=now)
