"""`/knowledge/pages/{id}`: a stored page, one of its versions, with the cited span marked and scrolled to."""

from dataclasses import dataclass, replace
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import Query, Request
from starlette.responses import HTMLResponse

from bowerbird.kernel.errors import InputWrong, NotFound
from bowerbird.kernel.languages import language_name
from bowerbird.kernel.nouns import Scope, Span
from bowerbird.kernel.paging import page_number
from bowerbird.knowledge import PageVersion, current_version, read_version
from bowerbird.knowledge.words import is_english
from bowerbird.web.access import Routes
from bowerbird.web.deps import MAX_ROW, AppDep, RowId, ScopeDep
from bowerbird.web.reading import Group, read, window
from bowerbird.web.render import render
from bowerbird.web.words import Moment, host_and_path, moment, paged, plural, text_fragment

__all__ = ["Fact", "StoredPage", "VersionLink", "routes", "stored_page"]

# What the evidence panel carries around a citation.
_FRAGMENT_CHARACTERS: Final = 12_000

routes = Routes(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about a page."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class VersionLink:
    """One of the page's versions."""

    href: str
    fetched: Moment
    is_shown: bool


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A stored page as it is shown."""

    title: str
    language: str  # where it is not in English
    where: str
    url: str
    live_href: str
    self_href: str
    current_href: str | None
    fetched: Moment
    gone: Moment | None
    is_current: bool
    groups: tuple[Group, ...]
    before_href: str | None
    after_href: str | None
    facts: tuple[Fact, ...]
    versions: tuple[VersionLink, ...]


@routes.get("/knowledge/pages/{page}")
async def show(
    request: Request,
    app: AppDep,
    scope: ScopeDep,
    page: RowId,
    *,
    version: Annotated[int | None, Query(le=MAX_ROW)] = None,
    start: int | None = None,
    end: int | None = None,
    at: int = Query(default=0, ge=0),
    fragment: bool = False,
) -> HTMLResponse:
    """The page, or with `fragment` only what the evidence panel shows of it."""
    found = await app.records.aread(lambda conn: find_version(conn, scope, page=page, version=version))
    size = _FRAGMENT_CHARACTERS if fragment else None
    context = stored_page(found, cited=_span(found, start, end), at=at, now_s=app.clock.now_s(), size=size)
    return render(request, "parts/evidence.html" if fragment else "page.html", context, here="explore")


def find_version(conn: sa.Connection, scope: Scope, *, page: int, version: int | None) -> PageVersion:
    """A version of this page, its newest when none is named; raises NotFound."""
    found = read_version(conn, scope, current_version(conn, scope, page) if version is None else version)
    if found.page != page:
        raise NotFound(f"version {version} is not one of page {page}; its own page is /knowledge/pages/{found.page}")
    return found


def stored_page(
    version: PageVersion, *, cited: Span | None, at: int, now_s: float, size: int | None = None
) -> StoredPage:
    """A version as it is shown, from the part that holds `cited` or begins at `at`."""
    part = window(version.text, cited, start=at, size=size) if size else window(version.text, cited, start=at)
    here = f"/knowledge/pages/{version.page}?version={version.id}"
    newest = version.versions[0]
    number = page_number(version.page_starts, cited.start) if cited else None
    span = f"&start={cited.start}&end={cited.end}" if cited else ""
    return StoredPage(
        title=version.title or host_and_path(version.url),
        language="" if is_english(version.written.language) else version.written.language,
        where=paged(host_and_path(version.url), number),
        url=version.url,
        live_href=text_fragment(version.url, cited.of(version.text) if cited else "", page_number=number),
        self_href=f"{here}{span}#cited" if cited else here,
        current_href=f"/knowledge/pages/{version.page}" if newest.id != version.id else None,
        fetched=moment(version.fetched_at, now_s),
        gone=moment(version.gone_at, now_s) if version.gone_at is not None else None,
        is_current=version.is_current,
        groups=_without_title(read(version.text, part.span, cited, version.written), version.title),
        before_href=f"{here}&at={part.before}" if part.before is not None else None,
        after_href=f"{here}&at={part.after}" if part.after is not None else None,
        facts=_facts(version, number, now_s),
        versions=tuple(
            VersionLink(
                f"/knowledge/pages/{version.page}?version={mark.id}",
                moment(mark.fetched_at, now_s),
                mark.id == version.id,
            )
            for mark in version.versions
        ),
    )


def _without_title(groups: tuple[Group, ...], title: str) -> tuple[Group, ...]:
    """The groups without a first heading that only repeats the title, unless it is what was cited."""
    if not groups or groups[0].kind != "heading":
        return groups
    pieces = [piece for cell in groups[0].lines[0].cells for piece in cell]
    if any(piece.marked for piece in pieces) or "".join(piece.text for piece in pieces).strip() != title.strip():
        return groups
    rest = groups[0].lines[1:]
    return (replace(groups[0], lines=rest), *groups[1:]) if rest else groups[1:]


def _facts(version: PageVersion, number: int | None, now_s: float) -> tuple[Fact, ...]:
    facts = [Fact("Kind", version.kind), Fact("Length", plural(len(version.text.split()), "word"))]
    if number is not None:
        facts.insert(0, Fact("Page", f"{number} of {len(version.page_starts)}"))
    elif version.page_starts:
        facts.insert(0, Fact("Pages", str(len(version.page_starts))))
    spoken = dict.fromkeys([version.written.language, *(language for _, language in version.written.runs)])
    if named := [language_name(each) for each in spoken if each]:
        facts.append(Fact("Languages" if len(named) > 1 else "Language", ", ".join(named)))
    if version.published_at is not None:
        facts.append(Fact("Published", moment(version.published_at, now_s).exact))
    facts.append(Fact("Version", str(version.id)))
    return tuple(facts)


def _span(version: PageVersion, start: int | None, end: int | None) -> Span | None:
    if start is None and end is None:
        return None
    length = len(version.text)
    if start is None or end is None or not 0 <= start < end <= length:
        raise InputWrong(
            f"start={start} and end={end} name no part of a text of {length:,} characters;"
            f" expected 0 ≤ start < end ≤ {length}",
            field="start",
        )
    return Span(start, end)
