"""The news of a person, less what they have put aside."""

import sqlalchemy as sa

from bowerbird.answer.news.answers import find_answers
from bowerbird.answer.news.changes import find_changes
from bowerbird.answer.news.conflicts import find_conflicts
from bowerbird.answer.news.news import NEW_S, NewsItem
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.records.tables import news_put_aside

__all__ = ["bring_back", "find_news", "put_aside", "read_news"]

_FORGOTTEN_S = 90 * 86_400.0  # after which nothing can be news any more that was put aside


def read_news(conn: sa.Connection, scope: Scope, *, now_s: float) -> list[NewsItem]:
    """What the person should be told, the newest first; some tens of pieces at most."""
    aside = set(conn.execute(sa.select(news_put_aside.c.news).where(news_put_aside.c.person == scope.person)).scalars())
    return [one for one in _all(conn, scope, now_s) if one.key not in aside]


def find_news(conn: sa.Connection, scope: Scope, key: str, *, now_s: float) -> NewsItem:
    """One piece of news, also if it was put aside; raises NotFound."""
    found = next((one for one in _all(conn, scope, now_s) if one.key == key), None)
    if found is None:
        raise NotFound(f"no news {key[:80]!r}; `GET /v1/news` lists yours")
    return found


def put_aside(conn: sa.Connection, scope: Scope, key: str, *, now_s: float) -> None:
    """Tell the person no more of it, until there is other news of the same; raises NotFound."""
    find_news(conn, scope, key, now_s=now_s)
    bring_back(conn, scope, key)
    conn.execute(sa.delete(news_put_aside).where(news_put_aside.c.at < now_s - _FORGOTTEN_S))
    values = {"person": scope.person, "news": key, "workspace": scope.workspace, "at": now_s}
    conn.execute(sa.insert(news_put_aside).values(values))


def bring_back(conn: sa.Connection, scope: Scope, key: str) -> None:
    """Take `put_aside` back; what is told already stays so."""
    conn.execute(sa.delete(news_put_aside).where(news_put_aside.c.person == scope.person, news_put_aside.c.news == key))


def _all(conn: sa.Connection, scope: Scope, now_s: float) -> list[NewsItem]:
    since_s = now_s - NEW_S
    found = [
        *find_changes(conn, scope, since_s=since_s),
        *find_answers(conn, scope, since_s=since_s),
        *find_conflicts(conn, scope, since_s=since_s),
    ]
    return sorted(found, key=lambda one: (-one.at, one.key))
