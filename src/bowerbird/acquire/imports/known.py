"""
The pages that a batch of rows is about.

A page is known by its identity, the key that `names.key_of` made of its id: that is its address, or, where it has an
address on the web, its `canonical`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.records.tables import job_urls, pages

__all__ = ["KnownPages", "decided_places"]

AT_ONCE: Final = 400  # databases bound the number of values in one statement


def decided_places(conn: sa.Connection, job: str, keys: Iterable[str]) -> dict[str, str]:
    """By key, where the rows stand that the job has decided under these keys."""
    found: dict[str, str] = {}
    for some in _parts(keys):
        rows = conn.execute(
            sa.select(job_urls.c.url, job_urls.c.anchor).where(
                job_urls.c.job == job, job_urls.c.url.in_(some), job_urls.c.state != "queued"
            )
        )
        found.update((row.url, row.anchor) for row in rows)
    return found


class KnownPages:
    """The stored pages of a batch, and which row of the job has taken which address."""

    def __init__(self, conn: sa.Connection, job: str, source: str, rows: Sequence[tuple[str, str | None]]) -> None:
        keys = {key for key, _ in rows}
        urls = {url for _, url in rows if url}
        self._by_key: dict[str, Any] = {}
        self._by_url: dict[str, Any] = {}
        columns = (pages.c.id, pages.c.url, pages.c.canonical, pages.c.state, pages.c.body_hash)
        for column, values in ((pages.c.url, keys | urls), (pages.c.canonical, keys)):
            for some in _parts(values):
                for row in conn.execute(sa.select(*columns).where(pages.c.source == source, column.in_(some))):
                    self._by_key[_key(row)] = row
                    self._by_url[row.url] = row
        self._places = decided_places(conn, job, [_key(self._by_url[url]) for url in urls if url in self._by_url])
        self._taken: dict[str, str] = {}

    def owner(self, key: str, url: str) -> str | None:
        """Where the row stands that had this address before; None if it is free, or this row's own."""
        if url in self._taken:
            return self._taken[url]
        page = self._by_url.get(url)
        if page is None or _key(page) == key:
            return None
        if key in self._by_key:  # both have pages: the address stays with the other
            return self._places.get(_key(page), "another item")
        return self._places.get(_key(page))

    def take(self, key: str, url: str | None, where: str) -> Any:
        """The row's page, under whatever id or address it was kept before; None when there is none."""
        if url:
            self._taken[url] = where
            if url in self._by_url:
                return self._by_url[url]
        return self._by_key.get(key)


def _key(page: Any) -> str:
    return str(page.canonical or page.url)


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    waiting = iter(values)
    while some := list(islice(waiting, AT_ONCE)):
        yield some
