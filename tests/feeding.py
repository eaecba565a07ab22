"""Items for tests of what people do with them."""

import sqlalchemy as sa

from bowerbird.feed.items import renew_items
from bowerbird.records.tables import items
from bowerbird.testing.builders import Library

__all__ = ["furnish"]

TEXT = "# A note\n\n" + "The bowerbird gathers blue things and arranges them before its bower. " * 5


def furnish(library: Library, number: int = 3, *, private_to: str | None = None) -> dict[str, int]:
    """Items `page-1`, `page-2`, … of a source, in fresh records; their rows by their keys."""
    source = library.source(person=private_to)
    for each in range(number):
        library.page(source, f"https://docs.example.org/{each}", TEXT, title=f"Note {each}")
    renew_items(library.records, limit=number, clock=library.clock)
    return library.records.read(
        lambda conn: {row.key: row.id for row in conn.execute(sa.select(items.c.key, items.c.id))}
    )
