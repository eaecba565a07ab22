"""Items as somebody may see them: one, some, a list, and taking an imported one out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.acquire import check_citations, is_import
from bowerbird.acquire.pages import leave_answers
from bowerbird.feed.item_changes import mark_changed, next_seqs
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records import visible
from bowerbird.records.tables import items, pages, sources, versions

__all__ = ["ItemRow", "find_item", "list_items", "read_items", "retire_item"]

_COLUMNS: Final = tuple(column for column in items.c if column.name != "vector")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with where it stands; its quote is `text[start:end]` of the version."""

    id: int
    key: str
    kind: str
    title: str
    quote: str
    start: int
    end: int
    url: str
    fields: Mapping[str, Any]
    quality: float
    has_vector: bool
    created_at: float
    added_at: float
    page: int
    version: int
    source: str
    source_url: str
    language: str  # of its text; empty where it is not known
    is_gone: bool  # its page is no longer on its site


def find_item(conn: sa.Connection, scope: Scope, key: str, *, or_gone: bool = False) -> ItemRow:
    """The item that is called so; raises NotFound when there is none that is shown, or was, and the scope may see."""
    wanted = _items(scope) if or_gone else _shown(scope)
    row = conn.execute(wanted.where(items.c.key == _storable(key))).one_or_none()
    if row is None:
        raise NotFound(f"no item {key[:80]!r}; GET /v1/items lists those that are there")
    return _item(row)


def read_items(
    conn: sa.Connection, scope: Scope, *, ids: Collection[int] = (), keys: Collection[str] = ()
) -> dict[int, ItemRow]:
    """Those of the items that the scope may see, by row id, gone ones too; some hundred at most."""
    if not ids and not keys:
        return {}
    wanted = sa.or_(items.c.id.in_(ids), items.c.key.in_(keys))
    return {row.id: _item(row) for row in conn.execute(_items(scope).where(wanted))}


def list_items(
    conn: sa.Connection,
    scope: Scope,
    *,
    kind: str | None = None,
    category: str | None = None,
    region: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[ItemRow]:
    """Up to `limit` items that were added last, before the row `before`; only those of that kind, category, region."""
    wanted = _shown(scope).order_by(items.c.id.desc()).limit(limit)
    if kind is not None:
        wanted = wanted.where(items.c.kind == _storable(kind))
    for name, value in (("category", category), ("region", region)):
        if value is not None:
            wanted = wanted.where(items.c.fields[name].as_string() == _storable(value))
    if before is not None:
        wanted = wanted.where(items.c.id < before)
    return [_item(row) for row in conn.execute(wanted)]


def retire_item(conn: sa.Connection, scope: Scope, key: str, *, clock: Clock) -> None:
    """
    Take an imported item out of the feed, the search and the answers, until it is imported again.

    Raises NotFound, or InputWrong for one that was gathered: it would come back with its page.
    """
    item = find_item(conn, scope, key)
    if not is_import(item.source_url):
        raise InputWrong(
            f"{key[:80]!r} was gathered from {item.url[:200]}: it goes when its page does; only what was imported can"
            " be taken out",
            field="key",
        )
    now_s = clock.now_s()
    leave_answers(conn, item.page, now=now_s)
    conn.execute(sa.update(pages).where(pages.c.id == item.page).values(state="gone", body_hash=None, checked_at=now_s))
    check_citations(conn, [item.page], now_s=now_s)
    conn.execute(sa.update(items).where(items.c.id == item.id).values(gone_at=now_s, seq=next(next_seqs(conn))))
    mark_changed(conn, [item.id])


def _items(scope: Scope) -> sa.Select[Any]:
    return (
        sa.select(
            *_COLUMNS, items.c.vector.is_not(None).label("has_vector"), sources.c.url.label("source_url"),
            versions.c.language,
        )
        .join(sources, sources.c.id == items.c.source)
        .join(versions, versions.c.id == items.c.version)
        .where(items.c.workspace == scope.workspace, items.c.source.in_(visible(scope)))
    )  # fmt: skip


def _shown(scope: Scope) -> sa.Select[Any]:
    return _items(scope).where(items.c.gone_at.is_(None))


def _storable(text: str) -> str:
    """The text as a database could hold it: one that it could not is nobody's."""
    return text.encode("utf-8", "replace").decode()


def _item(row: Any) -> ItemRow:
    return ItemRow(
        id=row.id,
        key=row.key,
        kind=row.kind,
        title=row.title,
        quote=row.quote,
        start=row.quote_start,
        end=row.quote_end,
        url=row.url,
        fields=row.fields,
        quality=row.quality,
        has_vector=bool(row.has_vector),
        created_at=row.created_at,
        added_at=row.added_at,
        page=row.page,
        version=row.version,
        source=row.source,
        source_url=row.source_url,
        language=row.language or "",
        is_gone=row.gone_at is not None,
    )
