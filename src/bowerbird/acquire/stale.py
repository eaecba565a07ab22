"""
Answers that no longer hold: in the transaction that changes a page, what was cited of it is read again in what it says
now. A page that did not change costs nothing, one that nobody cited a look into an index (decision 0013).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.reading import Text
from bowerbird.records import notices
from bowerbird.records.tables import citations, pages, questions, sources, versions

__all__ = ["STALE", "check_citations", "check_cited_pages"]

STALE: Final = "answer.stale"  # the notice's kind
_AT_ONCE: Final = 400  # databases bound the number of values in one statement
_TITLE_CHARACTERS: Final = 120
_LEFT: Final = (
    sa.select(citations.c.page)
    .join(versions, versions.c.id == citations.c.version)
    .where(citations.c.question == sa.bindparam("answered"), versions.c.gone_at.is_not(None))
    .distinct()
)


@dataclass(frozen=True, slots=True)
class _Now:
    """What a page says now, and the version that says it; None when it says nothing any more."""

    version: int | None
    texts: Sequence[Text]


def check_citations(conn: sa.Connection, changed: Sequence[int], *, now_s: float, also: str = "") -> None:
    """
    Flag what answers cite of these pages and they no longer say, and lift the flags of what they say again.

    Call it when the pages' new versions are kept, in the same transaction. `also` is what a page says that is not kept,
    because another page says nearly the same. Who asked is told once about each answer.
    """
    for first in range(0, len(changed), _AT_ONCE):
        cited = _cited(conn, changed[first : first + _AT_ONCE])
        for page, rows in groupby(cited, key=lambda row: row.page):
            _check_page(conn, page, list(rows), now_s=now_s, also=also)


def check_cited_pages(conn: sa.Connection, question: str, *, now_s: float) -> None:
    """Flag what an answer cites that changed while it was being written."""
    check_citations(conn, conn.execute(_LEFT, {"answered": question}).scalars().all(), now_s=now_s)


def _cited(conn: sa.Connection, changed: Sequence[int]) -> "Sequence[sa.Row[Any]]":
    """
    The citations of the pages; an answer as of a day stays true whatever comes.

    Not those of somebody who may not see the page any more: that it changed is nothing they should learn.
    """
    return conn.execute(
        sa.select(citations)
        .join(questions, questions.c.id == citations.c.question)
        .join(pages, pages.c.id == citations.c.page)
        .join(sources, sources.c.id == pages.c.source)
        .where(
            citations.c.page.in_(changed),
            questions.c.as_of.is_(None),
            sources.c.private_to.in_(("", questions.c.person)),
        )
        .order_by(citations.c.page, citations.c.version)
    ).all()


def _check_page(conn: sa.Connection, page: int, cited: "Sequence[sa.Row[Any]]", *, now_s: float, also: str) -> None:
    now = _now(conn, page, also)
    touched: set[str] = set()
    for version, rows in groupby(cited, key=lambda row: row.version):
        then = None if version == now.version else Text(_text(conn, version))
        for row in rows:
            holds = then is None or any(text.says(then, row.start, row.end) for text in now.texts)
            if holds == (row.stale_at is None):
                continue
            flag: dict[str, Any] = {"stale_at": None if holds else now_s, "stale_by": None if holds else now.version}
            one = citations.c.question == row.question, citations.c.n == row.n
            conn.execute(sa.update(citations).where(*one).values(flag))
            touched.add(row.question)
    for question in sorted(touched):
        _mark_answer(conn, question, now_s=now_s)


def _now(conn: sa.Connection, page: int, also: str) -> _Now:
    """What stands for the page: its own version, or that of the page which says the same."""
    row = conn.execute(sa.select(pages.c.state, pages.c.version, pages.c.same_as).where(pages.c.id == page)).one()
    texts = [Text(also)] if also else []
    version = row.version if row.state == "live" else None
    if row.state == "folded":
        kept = sa.select(pages.c.version).where(pages.c.id == row.same_as, pages.c.state == "live")
        version = conn.execute(kept).scalar()
    if version is not None:
        texts.append(Text(_text(conn, version)))
    return _Now(version, texts)


def _text(conn: sa.Connection, version: int) -> str:
    return str(conn.execute(sa.select(versions.c.text).where(versions.c.id == version)).scalar_one())


def _mark_answer(conn: sa.Connection, question: str, *, now_s: float) -> None:
    """Let the answer say since when it is stale, and tell who asked when it first is."""
    first = sa.select(sa.func.min(citations.c.stale_at)).where(citations.c.question == question)
    stale_at = conn.execute(first).scalar()
    row = conn.execute(sa.select(questions).where(questions.c.id == question)).one()
    conn.execute(sa.update(questions).where(questions.c.id == question).values(stale_at=stale_at))
    if stale_at is None or row.stale_at is not None:
        return
    notices.tell_once(
        conn,
        workspace=row.workspace,
        person=row.person,
        kind=STALE,
        text=f"An answer of yours went stale: {_shortened(row.text)}",
        href=f"/chat/{row.conversation}#question-{question}",
        now_s=now_s,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _TITLE_CHARACTERS else f"{text[: _TITLE_CHARACTERS - 1]}…"
