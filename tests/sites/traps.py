"""Sites without an end: calendars, session numbers, paths that grow, pages full of links."""

from datetime import date, timedelta
from hashlib import blake2b

from tests.sites.speaker import Reply, Visit
from tests.sites.web import HTML, Web


def _html(title: str, body: str) -> Reply:
    page = f"<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1>{body}</html>"
    return Reply(page.encode(), headers={"Content-Type": HTML})


def _query(target: str, name: str, default: str) -> str:
    for pair in target.partition("?")[2].split("&"):
        key, _, value = pair.partition("=")
        if key == name and value:
            return value
    return default


def many_links(web: Web, *, count: int = 10_000, path: str = "/links") -> str:
    """The URL of a page with that many links to pages that are all there."""
    web.under(f"{path}/", lambda visit: _html(visit.target, "<p>One of very many."))
    links = "".join(f'<li><a href="{path}/{n}">Page number {n}</a>' for n in range(count))
    return web.page(path, f"<!doctype html><title>Many links</title><ul>{links}</ul>")


def calendar(web: Web, *, path: str = "/calendar") -> str:
    """The URL of a calendar that has a next month, for ever, and links each day."""

    def month(visit: Visit) -> Reply:
        first = date.fromisoformat(_query(visit.target, "month", "2025-01") + "-01")
        after, before = first + timedelta(days=31), first - timedelta(days=1)
        days = "".join(f'<a href="{path}?day={first:%Y-%m}-{n:02d}">{n}</a> ' for n in range(1, 29))
        return _html(
            f"Events in {first:%B %Y}",
            f'<p>No events.<p>{days}<p><a href="{path}?month={before:%Y-%m}">Previous month</a> '
            f'<a href="{path}?month={after:%Y-%m}">Next month</a>',
        )

    return web.route(path, month)


def sessions(web: Web, *, path: str = "/shop") -> str:
    """The URL of five pages that put a new session number into every link each time they are read."""

    def page(visit: Visit) -> Reply:
        here = visit.target.partition("?")[0]
        number = blake2b(f"{visit.target}{visit.at_s}".encode(), digest_size=12).hexdigest()
        links = "".join(f'<li><a href="{path}/{n}?PHPSESSID={number}">Shelf {n}</a>' for n in range(5))
        return _html(f"Shelf {here}", f"<p>What is on shelf {here}.<ul>{links}</ul>")

    return web.under(path, page)


def deep(web: Web, *, path: str = "/deep") -> str:
    """The URL of a page whose relative link leads one folder deeper, to the same page, for ever."""
    return web.under(f"{path}/", lambda _: _html("Deep", '<p>Down.<p><a href="again/">Deeper</a>'))


def alternating(web: Web, *, path: str = "/a") -> str:
    """The URL of pages that link to ever longer mixtures of two folder names."""
    body = '<p>Left or right.<p><a href="left/">Left</a> <a href="right/">Right</a>'
    return web.under(f"{path}/", lambda _: _html("Fork", body))


def facets(web: Web, *, path: str = "/list") -> str:
    """The URL of one list that can be sorted and filtered without end, each way with an address of its own."""

    def listing(visit: Visit) -> Reply:
        query = visit.target.partition("?")[2]
        links = [f'<a href="{path}?{query}&sort={by}">by {by}</a>' for by in ("name", "date", "price")]
        links += [f'<a href="{path}?{query}&f{n}=1">filter {n}</a>' for n in range(8) if f"f{n}=1" not in query]
        return _html("The list", "<p>Apples, pears, plums.<p>" + " ".join(links))

    return web.route(path, listing)


def twins(web: Web, *, path: str = "/wiki") -> str:
    """The URL of a site where every address exists, says the same, and links to ten random others."""

    def page(visit: Visit) -> Reply:
        seed = blake2b(visit.target.encode(), digest_size=20).hexdigest()
        links = " ".join(f'<a href="{path}/{seed[n * 4 : n * 4 + 4]}">{n}</a>' for n in range(10))
        return _html("The same again", f"<p>Every page of this site says the same.<p>{links}")

    return web.under(path, page)
