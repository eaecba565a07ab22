"""The vendors as data: what `vendors.json` says, and what it means by its trades and cities."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

__all__ = ["CITIES", "TRADES", "City", "Offer", "Rating", "Trade", "Vendor", "read_vendors"]


@dataclass(frozen=True, slots=True)
class City:
    """Where vendors are."""

    name: str
    region: str
    country: str  # ISO 3166
    currency: str  # ISO 4217

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return self.name.lower()

    @property
    def money(self) -> str:
        """What its dollars are called."""
        return "Australian dollars" if self.currency == "AUD" else "New Zealand dollars"


@dataclass(frozen=True, slots=True)
class Trade:
    """What vendors do, and how their pages speak of it."""

    name: str
    plural: str
    schema_type: str  # of schema.org
    manner: str  # the label of what they are like
    price: str  # the label of the least that one can pay them
    does: str  # "Walter is a celebrant in Queenstown who …"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be had, in dollars of the vendor's country."""

    name: str
    price: int
    what: str


@dataclass(frozen=True, slots=True)
class Rating:
    """What couples who were made up for the purpose thought, of 5."""

    couples: int
    mean: float


@dataclass(frozen=True, slots=True)
class Vendor:
    """Somebody who does not exist."""

    slug: str
    name: str
    trade: Trade
    city: City
    styles: tuple[str, ...]
    since: int
    listed: date
    changed: date
    about: tuple[str, ...]
    offers: tuple[Offer, ...]  # the cheapest first
    awards: tuple[str, ...]
    rating: Rating | None

    @property
    def path(self) -> str:
        """The path of its page."""
        return f"/vendors/{self.slug}.html"

    @property
    def picture(self) -> str:
        """The path of its picture."""
        return f"/pictures/{self.slug}.svg"

    @property
    def email(self) -> str:
        """An address that nobody can have (RFC 2606)."""
        return f"hello@{self.slug}.example"

    @property
    def price_from(self) -> int:
        """The least that one can pay it."""
        return self.offers[0].price


TRADES: Final[Mapping[str, Trade]] = {
    trade.name: trade
    for trade in (
        Trade("photographer", "photographers", "ProfessionalService", "Style", "Price from", "photographs weddings"),
        Trade("florist", "florists", "Florist", "Flowers", "Bouquets from", "makes bouquets"),
        Trade("venue", "venues", "EventVenue", "Kind of place", "Hire from", "can be hired"),
        Trade("celebrant", "celebrants", "ProfessionalService", "Manner", "Ceremonies from", "marries people"),
    )
}
CITIES: Final[Mapping[str, City]] = {
    city.name: city
    for city in (
        City("Melbourne", "Victoria", "AU", "AUD"),
        City("Sydney", "New South Wales", "AU", "AUD"),
        City("Brisbane", "Queensland", "AU", "AUD"),
        City("Hobart", "Tasmania", "AU", "AUD"),
        City("Adelaide", "South Australia", "AU", "AUD"),
        City("Auckland", "Auckland", "NZ", "NZD"),
        City("Wellington", "Wellington", "NZ", "NZD"),
        City("Queenstown", "Otago", "NZ", "NZD"),
        City("Christchurch", "Canterbury", "NZ", "NZD"),
    )
}


@cache
def read_vendors() -> tuple[Vendor, ...]:
    """All of them, in the file's order."""
    source = resources.files("bowerbird.demo.vendors") / "vendors.json"
    return tuple(_vendor(said) for said in json.loads(source.read_text("utf-8")))


def _vendor(said: Mapping[str, Any]) -> Vendor:
    return Vendor(
        slug=said["slug"],
        name=said["name"],
        trade=TRADES[said["category"]],
        city=CITIES[said["city"]],
        styles=tuple(said["styles"]),
        since=said["since"],
        listed=date.fromisoformat(said["listed"]),
        changed=date.fromisoformat(said["changed"]),
        about=tuple(said["about"]),
        offers=tuple(Offer(**offer) for offer in said["offers"]),
        awards=tuple(said["awards"]),
        rating=Rating(*said["rated"]) if said["rated"] else None,
    )
