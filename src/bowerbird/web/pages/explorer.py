"""`/knowledge/explorer`: search what was gathered, entities and passages, narrowed by type, source and date."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.languages import LANGUAGES, language_name
from bowerbird.kernel.nouns import Hit, Scope
from bowerbird.knowledge import (
    EntityCard,
    Found,
    Searcher,
    SearchResult,
    entity_cards,
    find_entities,
    languages_of,
)
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.listings import EntityCardView, PassageView, entity_card_view, passage_view
from bowerbird.web.queries.sources import SourceRow, list_sources
from bowerbird.web.reading import Piece
from bowerbird.web.render import render
from bowerbird.web.words import count, host_and_path, plural

__all__ = ["Choice", "Explorer", "Facet", "Kept", "Narrowing", "PageFound", "Tab", "check_search", "explorer", "routes"]

_DAY_S: Final = 86_400.0
_DATES: Final = {
    "day": ("Last day", 1),
    "week": ("Last 7 days", 7),
    "month": ("Last 30 days", 30),
    "year": ("Last year", 365),
}
_KINDS: Final = {"": "Best", "things": "Things", "passages": "Passages", "pages": "Pages"}
_ENTITIES: Final = 60  # read, so that the types can be counted
_ENTITIES_SHOWN: Final = {True: 6, False: 24}  # beside passages, and alone
_PASSAGES: Final = 20
MAX_SEARCH_CHARACTERS: Final = 500

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the results are confined to; empty means not at all."""

    search: str = ""
    type: str = ""
    source: str = ""
    date: str = ""
    language: str = ""
    kind: str = ""  # which of the kinds of result is shown: "" for the best of all

    def href(self, **changed: str) -> str:
        """The explorer with some of it changed."""
        values = asdict(self) | changed
        kept = urlencode({name: value for name, value in values.items() if value})
        return f"/knowledge/explorer?{kept}" if kept else "/knowledge/explorer"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow; choosing the chosen one again takes it off."""

    href: str
    title: str
    count: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """Choices of one kind."""

    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of result, as a way to look at them."""

    href: str
    title: str
    count: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class PageFound:
    """A page with passages that were found."""

    href: str
    title: str
    where: str
    words: str
    text: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A filter that stays when something else is searched for."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Explorer:
    """The explorer with its results."""

    title: str
    query: str
    error: str
    summary: str
    is_empty: bool
    kept: tuple[Kept, ...]
    facets: tuple[Facet, ...]
    tabs: tuple[Tab, ...]
    entities_title: str
    entities: tuple[EntityCardView, ...]
    passages: tuple[PassageView, ...]
    pages: tuple[PageFound, ...]
    gather_href: str


@routes.get("/knowledge/explorer")
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    *,
    search: str = "",
    q: str = "",
    type: str = "",  # noqa: A002  the name people see in the address
    source: str = "",
    date: str = "",
    language: str = "",
    kind: str = "",
) -> HTMLResponse:
    """The results for `search` (the frame's own field calls it `q`)."""
    asked = Narrowing(
        search or q,
        type,
        source,
        date if date in _DATES else "",
        language if language in LANGUAGES else "",
        kind if kind in _KINDS else "",
    )
    now_s = app.clock.now_s()
    try:
        asked = replace(asked, search=check_search(asked.search))
    except InputWrong as wrong:
        everything = await app.records.aread(lambda conn: list_sources(conn, scope, limit=50))
        context = explorer(asked, everything, [], [], None, error=str(wrong))
        return render(request, "explorer.html", context, here="explore", status=422, brings_search=True)
    narrowed = replace(scope, sources=(source,)) if source else scope
    since = now_s - _DATES[asked.date][1] * _DAY_S if asked.date else None
    (sources, languages, found, cards), result = await asyncio.gather(
        app.records.aread(lambda conn: _read(conn, scope, narrowed, asked)),
        run_in_threadpool(_passages, app.searcher, asked, narrowed, since),
    )
    context = explorer(asked, sources, found, cards, result, languages=languages)
    return render(request, "explorer.html", context, here="explore", brings_search=True)


def check_search(text: str) -> str:
    """The search with its blanks tidied; empty is fine. Raises InputWrong when it is too long or not plain text."""
    if len(text) > MAX_SEARCH_CHARACTERS:
        raise InputWrong(
            f"the search has {len(text):,} characters, expected at most {MAX_SEARCH_CHARACTERS}: use fewer words",
            field="search",
        )
    tidy = " ".join(text.split())
    if not tidy.isprintable():
        raise InputWrong("the search holds control characters, expected plain text: type it anew", field="search")
    return tidy


def explorer(
    asked: Narrowing,
    sources: Sequence[SourceRow],
    found: Sequence[Found],
    cards: Sequence[EntityCard],
    result: SearchResult | None,
    *,
    languages: Mapping[str, int] = MappingProxyType({}),
    error: str = "",
) -> Explorer:
    """
    The page for what was asked and found: `found` is counted, `cards` are those of it that are shown.

    `languages` is how many pages there are in each.
    """
    hits = result.hits if result else ()
    of_type = _of_type(asked, found)
    kind = asked.kind if asked.search else ""
    pages = _pages_found(hits, asked.search)
    return Explorer(
        title=f"{asked.search}: search" if asked.search else "Explore",
        query=asked.search,
        error=error,
        summary=_summary(asked, sources, of_type, result),
        is_empty=not any(source.pages for source in sources),
        kept=tuple(Kept(name, value) for name, value in _filters(asked) if value),
        facets=_facets(asked, sources, found, hits, languages),
        tabs=_tabs(asked, of_type, hits, pages) if asked.search else (),
        entities_title="Things it speaks of" if asked.search else "What the pages speak of most",
        entities=tuple(entity_card_view(card) for card in cards),
        passages=tuple(passage_view(hit, asked.search) for hit in hits) if kind in ("", "passages") else (),
        pages=pages if kind == "pages" else (),
        gather_href=f"/scraping/new?{urlencode({'scraping-goal': f'Learn about {asked.search}'})}",
    )


def _read(
    conn: sa.Connection, all_of_it: Scope, narrowed: Scope, asked: Narrowing
) -> tuple[list[SourceRow], dict[str, int], list[Found], list[EntityCard]]:
    found = find_entities(conn, narrowed, asked.search, limit=_ENTITIES)
    cards = entity_cards(conn, narrowed, _shown(asked, _of_type(asked, found)))
    languages = languages_of(conn, narrowed) if asked.search else {}  # narrows what is found, and is not shown before
    return list_sources(conn, all_of_it, limit=50), languages, found, cards


def _passages(searcher: Searcher, asked: Narrowing, scope: Scope, since: float | None) -> SearchResult | None:
    """What the words and the meaning of the query find; None without a query."""
    if not asked.search:
        return None
    languages = [asked.language] if asked.language else None
    return searcher.search(asked.search, k=_PASSAGES, scope=scope, since=since, languages=languages)


def _filters(asked: Narrowing) -> tuple[tuple[str, str], ...]:
    """Those that stay when something else is searched for."""
    return ("source", asked.source), ("date", asked.date), ("language", asked.language)


def _of_type(asked: Narrowing, found: Sequence[Found]) -> list[Found]:
    return [one for one in found if not asked.type or one.type == asked.type]


def _shown(asked: Narrowing, of_type: Sequence[Found]) -> Sequence[Found]:
    """Those of which there is a card: to make one costs more than to find it."""
    kind = asked.kind if asked.search else ""
    return of_type[: _ENTITIES_SHOWN[bool(asked.search) and not kind]] if kind in ("", "things") else ()


def _summary(
    asked: Narrowing, sources: Sequence[SourceRow], things: Sequence[Found], result: SearchResult | None
) -> str:
    if result is None:
        total = sum(source.pages for source in sources)
        return f"{plural(total, 'page')} from {plural(len(sources), 'source')}."
    found = f"{plural(len(things), 'thing')} and {plural(len(result.hits), 'passage')}"
    return f"{found} for “{asked.search}”, found in {result.took_ms:.0f} ms"


def _tabs(
    asked: Narrowing, things: Sequence[Found], hits: Sequence[Hit], pages: Sequence[PageFound]
) -> tuple[Tab, ...]:
    counts = {"": "", "things": count(len(things)), "passages": count(len(hits)), "pages": count(len(pages))}
    return tuple(Tab(asked.href(kind=kind), title, counts[kind], kind == asked.kind) for kind, title in _KINDS.items())


def _pages_found(hits: Sequence[Hit], query: str) -> tuple[PageFound, ...]:
    """The pages of the hits, in the order of their best one, each with that."""
    on_page: dict[int, list[Hit]] = {}
    for hit in hits:
        on_page.setdefault(hit.passage.page, []).append(hit)
    found: list[PageFound] = []
    for of_page in on_page.values():
        best = passage_view(of_page[0], query)
        found.append(PageFound(best.href, best.title, best.where, plural(len(of_page), "passage"), best.text))
    return tuple(found)


def _facets(
    asked: Narrowing,
    sources: Sequence[SourceRow],
    found: Sequence[Found],
    hits: Sequence[Hit],
    languages: Mapping[str, int],
) -> tuple[Facet, ...]:
    types = Counter(one.type for one in found)
    type_facet = Facet("Type", _choices(asked, "type", {name: (name, count(n)) for name, n in types.most_common()}))
    by_source = Counter(hit.passage.source for hit in hits)
    named = {
        source.id: (
            _source_title(source, sources),
            count(by_source[source.id]) if asked.search else count(source.pages),
        )
        for source in sources
        if source.pages
    }
    source_facet = Facet("Source", _choices(asked, "source", named))
    facets = [type_facet, source_facet]
    if asked.search:
        dates = {name: (title, "") for name, (title, _) in _DATES.items()}
        facets.append(Facet("Date", _choices(asked, "date", dates)))
        spoken = {each: (language_name(each), count(number)) for each, number in languages.items()}
        if len(spoken) > 1 or asked.language:
            facets.append(Facet("Language", _choices(asked, "language", spoken)))
    return tuple(facet for facet in facets if facet.choices)


def _source_title(source: SourceRow, sources: Sequence[SourceRow]) -> str:
    """Where it is; with its goal when another source is there too."""
    where = host_and_path(source.url)
    is_only = sum(other.url == source.url for other in sources) == 1
    return where if is_only else f"{where}: {source.goal}"


def _choices(asked: Narrowing, name: str, values: Mapping[str, tuple[str, str]]) -> tuple[Choice, ...]:
    chosen = getattr(asked, name)
    return tuple(
        Choice(asked.href(**{name: "" if value == chosen else value}), title, number, value == chosen)
        for value, (title, number) in values.items()
    )
