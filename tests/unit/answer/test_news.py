"""News: what became of what somebody relies on, as it is now, of nothing that they may not see."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from bowerbird.answer import Asker, Follower, begin_question, follow, save_answer
from bowerbird.answer.news import NewsItem, bring_back, find_news, put_aside, read_news
from bowerbird.feed import NewEvent, follow_thing, keep_events
from bowerbird.feed.renewal import renew_items
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import NotFound
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.records import Records, open_records
from bowerbird.records.tables import entities, items, pages, sources, versions
from bowerbird.testing.builders import Library, Stored
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex

URL = "https://docs.example.org/tower"
QUESTION = "How high is the Riverbank tower?"
FACT = "The Riverbank tower is 330 metres high."
TOWER = f"# The tower\n\n{FACT} It was built by the town in a long and rainy summer.\n\n{'It stands in a park. ' * 9}\n"
LOWER = TOWER.replace("330", "312")
DAY_S = 86_400.0


@dataclass
class Shelf:
    """A library with a page, and somebody who relies on it."""

    library: Library
    source: str
    first: Stored

    @property
    def records(self) -> Records:
        """Where all of it is."""
        return self.library.records

    @property
    def clock(self) -> ManualClock:
        """Its time."""
        return self.library.clock

    def news(self, scope: Scope | None = None) -> list[NewsItem]:
        """What the person is told."""
        of = scope or self.library.scope
        return self.records.read(lambda conn: read_news(conn, of, now_s=self.clock.now_s()))

    def cites(self, fact: str = FACT, *, text: str = QUESTION, conversation: str | None = None) -> str:
        """The id of an answer that rests on words of the page as it is now."""
        clock = self.clock

        def keep(conn: sa.Connection) -> str:
            now = conn.execute(
                sa.select(versions.c.id, versions.c.text)
                .join(pages, pages.c.version == versions.c.id)
                .where(pages.c.url == URL)
            ).one()
            start = now.text.index(fact)
            cited: dict[str, Any] = {"n": 1, "version": now.id, "start": start, "end": start + len(fact)}
            row = begin_question(conn, self.library.scope, text, conversation=conversation, clock=clock)
            save_answer(conn, row.id, {"claims": [{"citations": [cited]}]}, clock=clock)
            return row.id

        clock.advance(1)
        made = self.records.write(keep)
        clock.advance(1)
        return made

    def says(self, text: str) -> Stored:
        """The page says this from now on."""
        return self.library.page(self.source, URL, text, title="The tower")

    def saves(self, kind: str = "saved") -> None:
        """They save the page's item, or let it go."""
        renew_items(self.records, limit=9, clock=self.clock)
        self.clock.advance(1)

        def keep(conn: sa.Connection) -> None:
            key = conn.execute(sa.select(items.c.key).where(items.c.page == self.first.page)).scalar_one()
            event = NewEvent(key, kind, sender=self.library.scope)
            (kept,) = keep_events(conn, self.library.scope.workspace, [event], clock=self.clock)
            assert kept.state == "kept", kept

        self.records.write(keep)
        self.clock.advance(1)


@pytest.fixture
def shelf(records_url: str) -> Iterator[Shelf]:
    """Records with one page."""
    records = open_records(records_url)
    library = Library(records, ManualClock())
    source = library.source()
    yield Shelf(library, source, library.page(source, URL, TOWER, title="The tower"))
    records.close()


def test_a_page_that_an_answer_cites_and_that_changed_is_news(shelf: Shelf) -> None:
    """With the cited words, what took their place, where both stand, and the question."""
    question = shelf.cites()
    assert shelf.news() == []
    now = shelf.says(LOWER)
    (news,) = shelf.news()
    assert (news.kind, news.title, news.at) == ("change", "The tower", shelf.clock.now_s())
    assert [(one.kind, one.id, one.title) for one in news.reasons] == [("question", question, QUESTION)]
    ((was, is_now),) = news.pairs
    assert was is not None
    assert is_now is not None
    assert (was.version, was.text, TOWER[was.start : was.end]) == (shelf.first.version, FACT, FACT)
    assert (is_now.version, LOWER[is_now.start : is_now.end]) == (now.version, FACT.replace("330", "312"))


def test_what_a_page_says_again_is_no_news(shelf: Shelf) -> None:
    """It is as it was cited."""
    shelf.cites()
    shelf.says(LOWER)
    shelf.says(TOWER)
    assert shelf.news() == []


def test_two_answers_that_rest_on_a_page_are_one_piece_of_news(shelf: Shelf) -> None:
    """Which names both."""
    both = {shelf.cites(), shelf.cites("It was built by the town in a long and rainy summer.", text="Who built it?")}
    shelf.says("# The tower\n\nNobody remembers.\n")
    (news,) = shelf.news()
    assert {one.id for one in news.reasons} == both
    assert [now for _, now in news.pairs] == [None, None]


def test_an_answer_that_was_given_anew_rests_on_what_is_said_now(shelf: Shelf) -> None:
    """The one before it is of no interest any more."""
    question = shelf.cites()
    shelf.says(LOWER)
    (news,) = shelf.news()
    shelf.cites(FACT.replace("330", "312"), conversation=news.reasons[0].conversation)
    assert question in {one.id for one in news.reasons}
    assert shelf.news() == []


def test_a_saved_page_that_says_something_else_is_news(shelf: Shelf) -> None:
    """Its sentences that went, since it was saved; one that only grew is none, nor one that was let go."""
    shelf.saves()
    shelf.says(f"{TOWER}\n\nThere is a lift since May.\n")
    assert shelf.news() == []
    shelf.says(LOWER)
    (news,) = shelf.news()
    assert [one.kind for one in news.reasons] == ["saved"]
    assert [(was and was.text, now and now.text) for was, now in news.pairs] == [(FACT, FACT.replace("330", "312"))]
    shelf.saves("unsaved")
    assert shelf.news() == []


def test_what_changed_before_it_was_saved_is_no_news(shelf: Shelf) -> None:
    """It was saved as it is."""
    shelf.says(LOWER)
    shelf.saves()
    assert shelf.news() == []


def test_news_is_of_two_weeks(shelf: Shelf) -> None:
    """Then it is no news."""
    shelf.cites()
    shelf.says(LOWER)
    shelf.clock.advance(13 * DAY_S)
    assert len(shelf.news()) == 1
    shelf.clock.advance(2 * DAY_S)
    assert shelf.news() == []


def test_what_is_put_aside_stays_so_until_there_is_other_news_of_it(shelf: Shelf) -> None:
    """And can be brought back; of nobody else's news."""
    shelf.cites()
    shelf.says(LOWER)
    (news,) = shelf.news()
    scope, now_s = shelf.library.scope, shelf.clock.now_s()
    shelf.records.write(lambda conn: put_aside(conn, scope, news.key, now_s=now_s))
    shelf.records.write(lambda conn: put_aside(conn, scope, news.key, now_s=now_s))
    assert shelf.news() == []
    shelf.records.write(lambda conn: bring_back(conn, scope, news.key))
    assert shelf.news() == [news]
    shelf.records.write(lambda conn: put_aside(conn, scope, news.key, now_s=now_s))
    shelf.says(TOWER.replace("330", "299"))
    (other,) = shelf.news()
    assert other.key != news.key
    stranger = replace(scope, person=shelf.library.person("ben"))
    with pytest.raises(NotFound):
        shelf.records.write(lambda conn: put_aside(conn, stranger, other.key, now_s=now_s))


def test_nobody_is_told_of_what_they_may_not_see(shelf: Shelf) -> None:
    """Neither others' news, nor of a source that was closed since, nor to a key of other sources."""
    shelf.cites()
    shelf.saves()
    shelf.says(LOWER)
    scope = shelf.library.scope
    ben = replace(scope, person=shelf.library.person("ben"))
    assert shelf.news(ben) == []
    assert shelf.news(replace(scope, sources=("another",))) == []
    assert len(shelf.news(replace(scope, sources=(shelf.source,)))) == 1
    private = {"private_to": ben.person}
    shelf.records.write(lambda conn: conn.execute(sa.update(sources).values(private)))
    assert shelf.news() == []


def test_pages_that_differ_on_what_is_followed_are_news(shelf: Shelf) -> None:
    """Both sides with their places, since the newer of them came."""
    library = shelf.library
    library.arrange()
    named = shelf.records.read(
        lambda conn: conn.execute(
            sa.select(entities.c.id).where(entities.c.name.contains("Riverbank")).order_by(entities.c.id).limit(1)
        ).scalar_one()
    )
    shelf.records.write(lambda conn: follow_thing(conn, library.scope, "entity", str(named), clock=shelf.clock))
    assert shelf.news() == []
    library.page(shelf.source, f"{URL}/other", f"# A note\n\n{FACT.replace('330', '312')}\n", title="A note")
    library.arrange()
    (news,) = shelf.news()
    assert news.kind == "conflict"
    assert [(side.title, side.text) for side in news.sides] == [
        ("A note", FACT.replace("330", "312")),
        ("The tower", FACT),
    ]
    assert shelf.records.read(lambda conn: find_news(conn, library.scope, news.key, now_s=shelf.clock.now_s())) == news


class Desk:
    """Somebody who asks and follows, and the worker's part of it."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        records, clock, embedder, index = shelf.records, shelf.clock, HashEmbedder(dimensions=256), ModelIndex()
        self.asker = Asker(records, Searcher(records, index, embedder), clock)
        self.indexer = Indexer(records, index, embedder, clock)
        self.follower = Follower(records, lambda: nullcontext(self.asker), clock)
        self.index()

    def index(self) -> None:
        """Let all that is stored be found, and a job have ended that brought it."""
        self.shelf.library.arrange()
        while self.indexer.catch_up() or self.indexer.embed_some(64):
            pass

    def gather(self, text: str) -> None:
        """A job in which the page came to say this."""
        library = self.shelf.library
        job = library.job(self.shelf.source, "running")
        library.url(job, URL)
        self.shelf.says(text)
        self.index()
        library.clock.advance(1)
        library.end_job(job)
        library.clock.advance(1)


async def test_a_followed_question_that_is_answered_otherwise_is_news(shelf: Shelf) -> None:
    """What was said, what is said now, and the answer to read; its page is not told of as well."""
    desk = Desk(shelf)
    asked = await desk.asker.ask(QUESTION, shelf.library.scope)
    shelf.clock.advance(1)
    shelf.records.write(lambda conn: follow(conn, shelf.library.scope, "standing", asked.id, clock=shelf.clock))
    desk.gather(LOWER)
    assert await desk.follower.ask_again() == 1
    (news,) = shelf.news()
    assert (news.kind, news.title) == ("answer", QUESTION)
    assert news.reasons[0].conversation == asked.conversation
    assert news.reasons[0].id != asked.id
    ((was, now),) = news.pairs
    assert was is not None
    assert now is not None
    assert ("330" in was.text, "312" in now.text) == (True, True)


async def test_a_gap_that_is_filled_returns_to_who_asked(shelf: Shelf) -> None:
    """With what answers it; once it was asked again by hand, it is no news."""
    shelf.says("# Cakes\n\nA cake is baked for an hour in a warm oven. It is eaten cold.\n")
    desk = Desk(shelf)
    asked = await desk.asker.ask(QUESTION, shelf.library.scope)
    assert asked.abstained
    shelf.clock.advance(1)
    shelf.records.write(lambda conn: follow(conn, shelf.library.scope, "gap", asked.id, clock=shelf.clock))
    desk.gather(TOWER)
    assert await desk.follower.ask_again() == 1
    (news,) = shelf.news()
    assert (news.kind, news.title) == ("gap", QUESTION)
    ((was, now),) = news.pairs
    assert was is None
    assert now is not None
    assert TOWER[now.start : now.end].startswith("The Riverbank tower")
    await desk.asker.ask(QUESTION, shelf.library.scope, conversation=asked.conversation)
    assert shelf.news() == []


def test_a_saved_page_that_is_gone_is_news(shelf: Shelf) -> None:
    """It is not to be read there any more; and nothing of it when its source is somebody's own."""
    shelf.saves()
    shelf.clock.advance(1)
    now_s = shelf.clock.now_s()

    def go(conn: sa.Connection) -> None:
        conn.execute(sa.update(versions).values(gone_at=now_s))
        conn.execute(sa.update(pages).values(state="gone"))

    shelf.records.write(go)
    (news,) = shelf.news()
    assert (news.is_gone, news.pairs) == (True, ())
