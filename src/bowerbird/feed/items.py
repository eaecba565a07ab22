"""
Items: what a feed can show, made from pages by rules that can be read here and in `worth.py`; when: `renewal.py`.

A page is an item while it is live, nobody's duplicate, and long enough (`worth.MIN_PAGE_CHARS`; what somebody imported
as an item is one however short it is).

    kind      an imported item's own; `vendor` of a gathered page that states to be of a business that offers something
              at a price; `page` of all else that was gathered or read from a file
    key       an imported item's own id (a file's path in what was imported), `page-<number>` of a gathered page; behind
              the source's id and a `/` when another item of the workspace has that key already. It stays.
    fields    category, region, price, author, image and tags, as the page states them
    created   when it was published, else when it was first fetched
    vector    what the item brought with it, else the mean of its passages' vectors (`item_vectors.py`)
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import sqlalchemy as sa

from bowerbird.feed.item_changes import parts
from bowerbird.feed.worth import HEAD_CHARS, MIN_PAGE_CHARS, key_sentence, quality
from bowerbird.models import MiniLM
from bowerbird.records.tables import pages, sources, versions

__all__ = ["PAGE", "VENDOR", "Draft", "fields_of", "kind_of", "read_drafts"]

PAGE: Final = "page"
VENDOR: Final = "vendor"
FIELDS: Final = ("category", "region", "price", "author", "image", "tags")
READ_KINDS: Final = frozenset({"html", "pdf", "docx", "markdown", "text", "feed"})  # of bodies, not of items
# What schema.org calls businesses that one may want to hire, visit or buy from.
BUSINESSES: Final = frozenset({
    "AutomotiveBusiness", "Bakery", "BarOrPub", "BeautySalon", "BedAndBreakfast", "CafeOrCoffeeShop", "ChildCare",
    "DaySpa", "Dentist", "EntertainmentBusiness", "EventVenue", "FinancialService", "Florist", "FoodEstablishment",
    "GardenStore", "HairSalon", "HealthAndBeautyBusiness", "HomeAndConstructionBusiness", "Hotel", "JewelryStore",
    "LegalService", "LocalBusiness", "LodgingBusiness", "ProfessionalService", "RealEstateAgent", "Resort",
    "Restaurant", "SportsActivityLocation", "Store", "TravelAgency", "Winery",
})  # fmt: skip
IMPORTED: Final = "import:"
MAX_KEY_BYTES: Final = 2_000  # databases bound what they index

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """An item as its page would have it now."""

    page: int
    version: int
    workspace: str
    source: str
    name: str  # the key that it would like
    is_shown: bool
    values: Values

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it may get, the best first; nobody else's import can have the last."""
        return self.name, f"{self.source}/{self.name}", f"{self.source}//{self.page}"


def read_drafts(conn: sa.Connection, wanted: Sequence[int]) -> list[Draft]:
    """The items that these pages would be now, of those that are live and nobody's duplicate."""
    first_fetched = (
        sa.select(sa.func.min(versions.c.fetched_at))
        .where(versions.c.page == pages.c.id)
        .correlate(pages)
        .scalar_subquery()
    )
    found = (
        sa.select(
            pages.c.id,
            pages.c.source,
            pages.c.url,
            pages.c.canonical,
            pages.c.title,
            pages.c.kind,
            pages.c.fields,
            pages.c.language,
            pages.c.version,
            pages.c.published_at,
            sources.c.workspace,
            sources.c.url.label("source_url"),
            sa.func.substr(versions.c.text, 1, HEAD_CHARS).label("head"),
            sa.func.length(versions.c.text).label("chars"),
            first_fetched.label("first_fetched_at"),
        )
        .join(sources, sources.c.id == pages.c.source)
        .join(versions, versions.c.id == pages.c.version)
        .where(pages.c.state == "live", pages.c.same_as.is_(None))
        .order_by(pages.c.id)
    )
    return [_draft(row) for some in parts(sorted(wanted)) for row in conn.execute(found.where(pages.c.id.in_(some)))]


def _draft(row: Any) -> Draft:
    key = key_sentence(row.head, row.language)
    kind = kind_of(row.kind, row.fields)
    return Draft(
        page=row.id,
        version=row.version,
        workspace=row.workspace,
        source=row.source,
        name=_name(row),
        is_shown=row.chars >= MIN_PAGE_CHARS or (row.kind not in READ_KINDS | {PAGE} and row.chars > 0),
        values={
            "version": row.version,
            "kind": kind,
            "title": row.title,
            "quote": key.span.of(row.head),
            "quote_start": key.span.start,
            "quote_end": key.span.end,
            "url": row.url,
            "fields": fields_of(row.fields),
            "quality": quality(row.fields, row.head, chars=row.chars, is_dated=row.published_at is not None, key=key),
            "created_at": row.first_fetched_at if row.published_at is None else row.published_at,
            "vector": _brought_vector(row.fields),
        },
    )


def kind_of(of_page: str, fields: Mapping[str, Any]) -> str:
    """The kind of an item whose page is of that kind and states these fields."""
    if of_page not in READ_KINDS:
        return of_page
    return VENDOR if str(fields.get("type")) in BUSINESSES and fields.get("price") else PAGE


def fields_of(of_page: Mapping[str, Any]) -> Values:
    """What of a page's fields is its item's."""
    found = {name: of_page[name] for name in FIELDS if of_page.get(name) not in (None, "", [])}
    if "tags" in found and not isinstance(found["tags"], list):
        found["tags"] = [found["tags"]]
    return found


def _name(row: Any) -> str:
    """The id under which the page was imported, else one made from its number."""
    for address in (row.canonical, row.url):
        if address and row.source_url.startswith(IMPORTED) and address.startswith(f"{row.source_url}/"):
            name = unquote(address.removeprefix(f"{row.source_url}/"), errors="replace").replace("\0", "")
            if 0 < len(name.encode()) <= MAX_KEY_BYTES:
                return name
    return f"page-{row.id}"


def _brought_vector(fields: Mapping[str, Any]) -> bytes | None:
    """The vector that an imported item brought with it, as `reading/items.py` keeps it."""
    kept = fields.get("embedding")
    if not isinstance(kept, str):
        return None
    try:
        vector = base64.b64decode(kept, validate=True)
    except binascii.Error:
        return None  # a page's own field of that name
    return vector if len(vector) == 2 * MiniLM.dimensions else None
