"""Questions that were asked again for somebody and are answered otherwise, or at all: what was said, and what is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from bowerbird.answer.history import Cited, QuestionRow, cited_versions, find_conversation
from bowerbird.answer.news.news import NewsItem, NewsKind, Pair, Place, Reason
from bowerbird.answer.seen import as_seen, versions_in
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import notices

__all__ = ["find_answers"]

ANSWERS: Final = 20  # that were told of last
SHOWN: Final = 3  # sentences
# Who asks again tells so (`answer/following.py`), with a link to the question as it was asked again.
_KINDS: Final[Mapping[str, NewsKind]] = {"answer.changed": "answer", "answer.found": "gap"}

_Json = Mapping[str, Any]


def find_answers(conn: sa.Connection, scope: Scope, *, since_s: float) -> list[NewsItem]:
    """Those of the person since then, each question once, as it was answered last."""
    rows = conn.execute(
        sa.select(notices.c.kind, notices.c.href, notices.c.at)
        .where(
            notices.c.workspace == scope.workspace,
            notices.c.person == scope.person,
            notices.c.kind.in_(list(_KINDS)),
            notices.c.at > since_s,
        )
        .order_by(notices.c.id.desc())
        .limit(ANSWERS)
    ).all()
    told = [_told(conn, scope, _KINDS[row.kind], row.href, row.at) for row in rows]
    return [one for one in told if one is not None]


def _told(conn: sa.Connection, scope: Scope, kind: NewsKind, href: str, at_s: float) -> NewsItem | None:
    conversation, _, question = href.removeprefix("/chat/").partition("#question-")
    try:
        asked = find_conversation(conn, scope, conversation)
    except NotFound:
        return None
    row = next((one for one in asked if one.id == question), None)
    if row is None:
        return None
    same = [one for one in asked if one.text == row.text and one.answer is not None]
    if not same or same[-1].id != row.id:
        return None  # it was asked again since
    before = same[-2] if len(same) > 1 else None
    pairs = _pairs(conn, scope, before, row)
    if not pairs:
        return None  # it rests on what they may not see any more
    reason = Reason("question", row.id, row.text, row.conversation)
    return NewsItem(f"{kind}-{row.id}", kind, at_s, row.text, (reason,), pairs)


def _pairs(conn: sa.Connection, scope: Scope, before: QuestionRow | None, row: QuestionRow) -> tuple[Pair, ...]:
    """What is not said any more, beside what is said now, as far as they may see either."""
    answers = [one.answer for one in (before, row) if one is not None and one.answer is not None]
    cited = cited_versions(conn, scope, {version for answer in answers for version in versions_in(answer)})
    was = _claims(before.answer if before is not None else None, cited)
    now = _claims(row.answer, cited)
    said, told = {place.text for place in now}, {place.text for place in was}
    went = [place for place in was if place.text not in said][:SHOWN]
    came = [place for place in now if place.text not in told][:SHOWN]
    longest = range(max(len(went), len(came)))
    return tuple((went[n] if n < len(went) else None, came[n] if n < len(came) else None) for n in longest)


def _claims(answer: _Json | None, cited: Mapping[int, Cited]) -> list[Place]:
    """Each sentence of an answer, at the first place that it rests on."""
    if answer is None:
        return []
    seen = as_seen(answer, cited.keys(), is_own=True)
    return [] if seen["abstained"] else [_place(claim, cited) for claim in seen["claims"] if claim["citations"]]


def _place(claim: _Json, cited: Mapping[int, Cited]) -> Place:
    citations: Sequence[_Json] = claim["citations"]
    first = citations[0]
    of = cited[first["version"]]
    return Place(
        page=of.page,
        version=of.version,
        start=first["start"],
        end=first["end"],
        text=" ".join(claim["text"].split()),
        url=first["url"],
        title=first["title"],
        at=of.fetched_at,
    )
