"""
Pages that somebody relies on and that changed: what their answers cite and pages no longer say, and what they saved.

An answer that was given anew since relies on what it cites now. Of a saved page the sentences that went are told, of
one that only grew nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.answer.news.news import NewsItem, Place, Reason
from bowerbird.kernel.nouns import Scope, Span
from bowerbird.knowledge import Stood, stood_in, successors
from bowerbird.records import visible
from bowerbird.records.saved import saved_items
from bowerbird.records.tables import citations, items, pages, questions, versions

__all__ = ["find_changes"]

PAGES: Final = 20  # that changed last
SHOWN: Final = 3  # sentences of a page
CHARACTERS: Final = 200_000  # of a text that is read
_TRIED: Final = 60  # new sentences that one which went is compared with
_FLAGGED: Final = 200  # citations
_AT_ONCE: Final = 400  # databases bound the number of values in one statement


@dataclass(slots=True)
class _Relied:
    """A page that changed, and what of it they rely on."""

    page: int
    at: float
    cited: list[Stood] = field(default_factory=list["Stood"])  # texts are read later
    reasons: list[Reason] = field(default_factory=list["Reason"])
    saved_as: int | None = None  # the version that they saved


def find_changes(conn: sa.Connection, scope: Scope, *, since_s: float) -> list[NewsItem]:
    """The pages that changed since then, the last ones first."""
    relied: dict[int, _Relied] = {}
    _add_cited(conn, scope, relied, since_s)
    _add_saved(conn, scope, relied, since_s)
    newest = sorted(relied.values(), key=lambda one: (-one.at, one.page))[:PAGES]
    rows = _page_rows(conn, scope, [one.page for one in newest])
    texts = _Texts(conn, _versions_of(newest, rows))
    told = (_told(one, rows[one.page], texts) for one in newest if one.page in rows)
    return [one for one in told if one is not None]


def _add_cited(conn: sa.Connection, scope: Scope, relied: dict[int, _Relied], since_s: float) -> None:
    again = questions.alias("again")
    was_asked_again = sa.exists().where(
        again.c.person == questions.c.person,
        again.c.conversation == questions.c.conversation,
        again.c.text == questions.c.text,
        again.c.asked_at > questions.c.asked_at,
        again.c.answered_at.is_not(None),
    )
    rows = conn.execute(
        sa.select(citations, questions.c.text, questions.c.conversation)
        .join(questions, questions.c.id == citations.c.question)
        .where(
            questions.c.workspace == scope.workspace,
            questions.c.person == scope.person,
            questions.c.stale_at.is_not(None),
            questions.c.as_of.is_(None),
            citations.c.stale_at > since_s,
            ~was_asked_again,
        )
        .order_by(citations.c.stale_at.desc(), citations.c.question, citations.c.n)
        .limit(_FLAGGED)
    )
    for row in rows:
        one = relied.setdefault(row.page, _Relied(row.page, row.stale_at))
        stood = Stood(row.version, Span(row.start, row.end), "")
        if stood not in one.cited:
            one.cited.append(stood)
        reason = Reason("question", row.question, row.text, row.conversation)
        if reason not in one.reasons:
            one.reasons.append(reason)


def _add_saved(conn: sa.Connection, scope: Scope, relied: dict[int, _Relied], since_s: float) -> None:
    saved = saved_items(conn, scope)
    ids = list(saved)
    for first in range(0, len(ids), _AT_ONCE):
        rows = conn.execute(
            sa.select(items.c.id, items.c.key, items.c.title, items.c.page, pages.c.state, versions.c.fetched_at,
                      versions.c.gone_at, versions.c.id.label("version"))
            .join(pages, pages.c.id == items.c.page)
            .join(versions, versions.c.id == pages.c.version)
            .where(
                items.c.id.in_(ids[first : first + _AT_ONCE]),
                pages.c.state.in_(("live", "gone")),
                sa.or_(versions.c.fetched_at > since_s, versions.c.gone_at > since_s),
            )
        )  # fmt: skip
        for row in rows:
            at = row.gone_at if row.state == "gone" and row.gone_at is not None else row.fetched_at
            if at <= max(saved[row.id], since_s):
                continue
            one = relied.setdefault(row.page, _Relied(row.page, at))
            one.at = max(one.at, at)
            one.saved_as = _version_at(conn, row.page, saved[row.id])
            one.reasons.append(Reason("saved", row.key, row.title))


def _version_at(conn: sa.Connection, page: int, at_s: float) -> int | None:
    """What the page said then."""
    then = sa.select(versions.c.id).where(versions.c.page == page, versions.c.fetched_at <= at_s)
    return conn.execute(then.order_by(versions.c.fetched_at.desc(), versions.c.id.desc()).limit(1)).scalar()


def _page_rows(conn: sa.Connection, scope: Scope, ids: Sequence[int]) -> "dict[int, sa.Row[Any]]":
    """The pages that they may see, with the version that says what stands for them now."""
    wanted = sa.select(pages).where(pages.c.id.in_(ids), pages.c.source.in_(visible(scope)))
    return {row.id: row for row in conn.execute(wanted)}


def _versions_of(relied: Iterable[_Relied], rows: "Mapping[int, sa.Row[Any]]") -> set[int]:
    wanted: set[int] = set()
    for one in relied:
        if one.page in rows:
            wanted |= {stood.version for stood in one.cited}
            wanted |= {version for version in (one.saved_as, rows[one.page].version) if version is not None}
    return wanted


class _Texts:
    """Stored texts, and their sentences."""

    def __init__(self, conn: sa.Connection, ids: Iterable[int]) -> None:
        self._rows = {
            row.id: row
            for row in conn.execute(
                sa.select(versions.c.id, versions.c.text, versions.c.fetched_at, versions.c.language).where(
                    versions.c.id.in_(list(ids))
                )
            )
        }
        self._said: dict[int, list[Stood]] = {}

    def is_whole(self, version: int) -> bool:
        """Whether all of it is read."""
        return len(self._rows[version].text) <= CHARACTERS

    def said(self, version: int) -> list[Stood]:
        """Its sentences; of a long text those at its beginning."""
        if version not in self._said:
            row = self._rows[version]
            self._said[version] = stood_in(row.text[:CHARACTERS], version, row.language or "")
        return self._said[version]

    def stood(self, one: Stood) -> Stood:
        """The same with its text."""
        return Stood(one.version, one.span, " ".join(one.span.of(self._rows[one.version].text).split()))

    def place(self, one: Stood | None, page: "sa.Row[Any]") -> Place | None:
        """Where it stands."""
        if one is None:
            return None
        return Place(
            page=page.id,
            version=one.version,
            start=one.span.start,
            end=one.span.end,
            text=one.text,
            url=page.url,
            title=page.title,
            at=self._rows[one.version].fetched_at,
        )


def _told(one: _Relied, page: "sa.Row[Any]", texts: _Texts) -> NewsItem | None:
    is_gone = page.state == "gone"
    pairs = _pairs(one, page, texts)
    if not pairs and not (is_gone and one.saved_as is not None):
        return None
    return NewsItem(
        key=f"change-{page.id}-{'gone' if is_gone else page.version}",
        kind="change",
        at=one.at,
        title=page.title,
        reasons=tuple(one.reasons),
        pairs=tuple((texts.place(was, page), texts.place(now, page)) for was, now in pairs),
        is_gone=is_gone,
    )


def _pairs(one: _Relied, page: "sa.Row[Any]", texts: _Texts) -> list[tuple[Stood | None, Stood | None]]:
    """What they cite with what took its place; of what they only saved, what went."""
    now = page.version if page.state == "live" else None
    after = texts.said(now) if now is not None else []
    went = [texts.stood(stood) for stood in one.cited]
    if not went and now is not None and one.saved_as is not None:
        went = _went(texts.said(one.saved_as), after) if texts.is_whole(one.saved_as) and texts.is_whole(now) else []
    before = {stood.text for stood in texts.said(went[0].version)} if went else set[str]()
    came = [stood for stood in after if stood.text not in before]
    return successors(went[:SHOWN], came, tried=_TRIED)


def _went(before: Sequence[Stood], after: Sequence[Stood]) -> list[Stood]:
    said = {stood.text for stood in after}
    return [stood for stood in before if stood.text not in said]
