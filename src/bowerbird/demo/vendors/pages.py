"""The vendors as a site: a page each, lists by trade, by city and by both, and what a crawler looks for."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from itertools import product
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from bowerbird.demo.vendors.data import CITIES, TRADES, City, Trade, Vendor, read_vendors
from bowerbird.demo.vendors.pictures import drawn

__all__ = ["SITE", "vendor_files"]

SITE: Final = "The Confetti Ledger"
_FOLDER: Final = "bowerbird.demo.vendors"


@dataclass(frozen=True, slots=True)
class _List:
    """A list of vendors: of a trade, of a city, or of a trade in a city."""

    path: str
    title: str
    trade: Trade | None
    city: City | None
    vendors: tuple[Vendor, ...]

    @property
    def changed(self) -> date:
        """When it last said something else."""
        return max(vendor.changed for vendor in self.vendors)


def vendor_files(origin: str) -> dict[str, bytes]:
    """Every file of the site by its name, without a slash before it; `origin` is where it is served."""
    writer = _Writer(origin)
    return {name.removeprefix("/"): text.encode() for name, text in writer.files()}


class _Writer:
    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._vendors = read_vendors()
        self._templates = Environment(
            loader=PackageLoader("bowerbird.demo.vendors"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"dollars": _dollars, "day": _day, "listed": _listed}
        self._templates.globals |= {"site": SITE, "origin": origin, "trades": TRADES, "cities": CITIES}

    def files(self) -> Iterator[tuple[str, str]]:
        """Names and texts."""
        lists = list(_lists(self._vendors))
        changed = max(vendor.changed for vendor in self._vendors)
        yield "/index.html", self._page("index.html", "/", changed, count=len(self._vendors))
        yield "/about.html", self._page("about.html", "/about.html", changed)
        yield "/404.html", self._page("missing.html", "/404.html", changed)
        for each in lists:
            yield each.path, self._page("list.html", each.path, each.changed, here=each, others=_beside(each, lists))
        for vendor in self._vendors:
            near = [one for one in self._vendors if one.city == vendor.city and one != vendor]
            data = json.dumps(self._stated(vendor), ensure_ascii=False, indent=1).replace("<", "\\u003c")
            yield (
                vendor.path,
                self._page("vendor.html", vendor.path, vendor.changed, vendor=vendor, near=near, data=data),
            )
            yield vendor.picture, drawn(vendor)
        yield "/assets/site.css", (resources.files(_FOLDER) / "assets" / "site.css").read_text("utf-8")
        yield "/robots.txt", f"User-agent: *\nAllow: /\n\nSitemap: {self._origin}/sitemap.xml\n"
        dated = [("/", changed), ("/about.html", changed), *((one.path, one.changed) for one in lists)]
        dated += [(vendor.path, vendor.changed) for vendor in self._vendors]
        yield "/sitemap.xml", self._templates.get_template("sitemap.xml").render(dated=dated)

    def _page(self, template: str, path: str, changed: date, **values: Any) -> str:
        return self._templates.get_template(template).render(path=path, changed=changed, **values) + "\n"

    def _stated(self, vendor: Vendor) -> dict[str, Any]:
        """What the page states for machines, in the words of schema.org."""
        stated: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": vendor.trade.schema_type,
            "@id": f"{self._origin}{vendor.path}#vendor",
            "name": vendor.name,
            "description": vendor.about[0],
            "url": f"{self._origin}{vendor.path}",
            "image": f"{self._origin}{vendor.picture}",
            "email": vendor.email,
            "foundingDate": str(vendor.since),
            "address": {
                "@type": "PostalAddress",
                "addressLocality": vendor.city.name,
                "addressRegion": vendor.city.region,
                "addressCountry": vendor.city.country,
            },
            "priceRange": f"{_dollars(vendor.price_from)}–{_dollars(vendor.offers[-1].price)}",
            "makesOffer": [
                {
                    "@type": "Offer",
                    "name": offer.name,
                    "description": offer.what,
                    "price": str(offer.price),
                    "priceCurrency": vendor.city.currency,
                    "category": vendor.trade.plural,
                }
                for offer in vendor.offers
            ],
            "keywords": list(vendor.styles),
        }
        if vendor.awards:
            stated["award"] = list(vendor.awards)
        if vendor.rating is not None:
            stated["aggregateRating"] = {
                "@type": "AggregateRating",
                "name": f"{vendor.rating.mean} of 5 by {vendor.rating.couples} couples invented for this site",
                "ratingValue": vendor.rating.mean,
                "ratingCount": vendor.rating.couples,
                "bestRating": 5,
            }
        return stated


def _lists(vendors: Sequence[Vendor]) -> Iterator[_List]:
    """Those that have two vendors at least: a list of one is its page."""
    trades: Sequence[Trade | None] = [*TRADES.values(), None]
    cities: Sequence[City | None] = [None, *CITIES.values()]
    for trade, city in product(trades, cities):
        here = tuple(
            sorted(
                (one for one in vendors if trade in (None, one.trade) and city in (None, one.city)),
                key=lambda one: (one.trade.plural, one.price_from),
            )
        )
        if (trade is None and city is None) or len(here) < 2:
            continue
        what = trade.plural.capitalize() if trade else "Wedding vendors"
        where = f" in {city.name}" if city else " in Australia and New Zealand"
        yield _List(_list_path(trade, city), what + where, trade, city, here)


def _list_path(trade: Trade | None, city: City | None) -> str:
    return "/" + "/".join([trade.plural if trade else "in", *([city.slug] if city else ["index"])]) + ".html"


def _beside(here: _List, lists: Sequence[_List]) -> Mapping[str, str]:
    """Titles and paths of lists that share its trade or its city."""
    return {
        one.title: one.path
        for one in lists
        if one != here and ((here.trade and one.trade == here.trade) or (here.city and one.city == here.city))
    }


def _dollars(amount: int) -> str:
    return f"${amount:,}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
