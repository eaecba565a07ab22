"""Items for tests of what people do with them."""

import sqlalchemy as sa

from bowerbird.feed import Slate, local_feeds
from bowerbird.feed.renewal import renew_items
from bowerbird.records.tables import items
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder

__all__ = ["furnish", "make_slate"]

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


async def make_slate(library: Library, *, length: int = 20) -> Slate:
    """A slate of the local person's, kept in the records."""
    feeds = local_feeds(library.records, lambda topic: HashEmbedder(dimensions=384).embed([topic])[0], library.clock)
    try:
        return (await feeds.slate(library.scope, length=length, fresh=True)).slate
    finally:
        await feeds.close()
