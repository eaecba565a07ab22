"""Answers whose pages changed: flagged in the transaction that changes the page, told once, lifted when so again."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.acquire import store
from bowerbird.acquire.outcomes import Checked, Gone, Removed
from bowerbird.acquire.reasons import Reason
from bowerbird.answer import begin_question, save_answer
from bowerbird.records import Records, local_scope, open_records
from bowerbird.records.notices import Notice, newest
from bowerbird.records.tables import citations, pages, questions, versions
from tests.crawls import SITE, Crawls, prose, says

FACT = "The tower is 330 metres high."
PAGE = f"# The tower\n\nIt stands in a park. {FACT} It has three floors."
CHANGED = PAGE.replace("330", "312")


class Answered:
    """A crawled site and the answers that cite it."""

    def __init__(self, records: Records) -> None:
        self.crawls = Crawls(records)
        self.records = records
        self.crawls.begin()
        self.scope = records.write(lambda conn: local_scope(conn, self.crawls.clock))

    def crawl(self, text: str, path: str = "/a") -> str:
        """Another crawl, in which the page says this; what became of it."""
        self.crawls.begin()
        waiting = self.records.read(lambda conn: store.queued(conn, self.crawls.job))
        if SITE + path not in [row.url for row in waiting]:
            self.crawls.find(path)
        return self.crawls.decide(path, says(text))

    def cite(self, quote: str = FACT, *, as_of: float | None = None, path: str = "/a") -> str:
        """The id of an answer that rests on a quote of the page as it is now."""
        clock = self.crawls.clock

        def keep(conn: sa.Connection) -> str:
            newest_first = sa.select(versions.c.id, versions.c.text).order_by(versions.c.id.desc())
            found = conn.execute(
                newest_first.join(pages, pages.c.id == versions.c.page).where(pages.c.url == SITE + path).limit(1)
            ).one()
            start = found.text.index(quote)
            cited = {"n": 1, "version": found.id, "start": start, "end": start + len(quote)}
            row = begin_question(conn, self.scope, "How high is it?", conversation=None, clock=clock)
            conn.execute(sa.update(questions).where(questions.c.id == row.id).values(as_of=as_of))
            save_answer(conn, row.id, {"claims": [{"citations": [cited]}]}, clock=clock)
            return row.id

        return self.records.write(keep)

    def stale(self, question: str) -> tuple[float | None, float | None, int | None]:
        """Since when the answer is stale, since when its citation, and by which version."""
        columns = questions.c.stale_at, citations.c.stale_at.label("since"), citations.c.stale_by
        its = sa.select(*columns).join(citations, citations.c.question == questions.c.id)
        row = self.records.read(lambda conn: conn.execute(its.where(questions.c.id == question)).one())
        return (row.stale_at, row.since, row.stale_by)

    def told(self) -> list[Notice]:
        """What the person was told about their answers."""
        every = self.records.read(lambda conn: newest(conn, self.scope, limit=50))
        return [notice for notice in every if notice.kind == "answer.stale"]


@pytest.fixture
def answered(records_url: str) -> Iterator[Answered]:
    """A site that was not crawled yet."""
    records = open_records(records_url)
    yield Answered(records)
    records.close()


def test_what_a_page_no_longer_says_is_flagged(answered: Answered) -> None:
    """By the version that says something else; who asked is told where to look."""
    answered.crawl(PAGE)
    question = answered.cite()
    answered.crawl(CHANGED)
    now = answered.crawls.clock.now_s()
    newest_version = max(version for (version,) in answered.crawls.all(versions.c.id))
    assert answered.stale(question) == (now, now, newest_version)
    (notice,) = answered.told()
    assert notice.text == "An answer of yours went stale: How high is it?"
    assert notice.href.endswith(f"#question-{question}")


def test_what_it_still_says_is_not(answered: Answered) -> None:
    """Also when it moved, and another sentence changed."""
    answered.crawl(PAGE)
    question = answered.cite()
    assert answered.crawl(f"# The tower\n\n**{FACT}** It has four floors.\n\n- It stands in a park.") == "kept"
    assert answered.stale(question) == (None, None, None)
    assert answered.told() == []


def test_a_page_that_is_gone_says_nothing(answered: Answered) -> None:
    """404, noindex, and no longer in an import."""
    answered.crawl(PAGE)
    question = answered.cite()
    answered.crawls.begin()
    answered.crawls.decide("/a", Gone())
    now = answered.crawls.clock.now_s()
    assert answered.stale(question) == (now, now, None)
    answered.crawl(PAGE)
    assert answered.stale(question) == (None, None, None)
    answered.crawls.begin()
    answered.crawls.decide("/a", Removed())
    assert answered.stale(question)[0] is not None


def test_the_flag_is_lifted_and_nobody_is_told_twice(answered: Answered) -> None:
    """When a later version says it again; going stale once more is in the list, but no news."""
    answered.crawl(PAGE)
    question = answered.cite()
    answered.crawl(CHANGED)
    answered.crawl(PAGE)
    assert answered.stale(question) == (None, None, None)
    answered.crawl(CHANGED)
    assert answered.stale(question)[0] == answered.crawls.clock.now_s()
    assert len(answered.told()) == 1


def test_an_older_version_is_read_against_the_newest(answered: Answered) -> None:
    """An answer that outlived one change is flagged by the next."""
    answered.crawl(PAGE)
    question = answered.cite()
    answered.crawl(PAGE + " More.")
    assert answered.stale(question)[0] is None
    answered.crawl(CHANGED)
    assert answered.stale(question)[0] is not None


def test_an_answer_as_of_a_day_stays(answered: Answered) -> None:
    """It says what was so then."""
    answered.crawl(PAGE)
    question = answered.cite(as_of=answered.crawls.clock.now_s())
    answered.crawl(CHANGED)
    assert answered.stale(question) == (None, None, None)


def test_a_page_that_changed_while_the_answer_was_written(answered: Answered) -> None:
    """The answer is stale from the start."""
    answered.crawl(PAGE)
    before = answered.cite()
    answered.crawl(CHANGED)

    def late(conn: sa.Connection) -> str:
        version = conn.execute(sa.select(citations.c.version).where(citations.c.question == before)).scalar_one()
        start = PAGE.index(FACT)
        cited = {"n": 1, "version": version, "start": start, "end": start + len(FACT)}
        row = begin_question(conn, answered.scope, "How high?", conversation=None, clock=answered.crawls.clock)
        save_answer(conn, row.id, {"claims": [{"citations": [cited]}]}, clock=answered.crawls.clock)
        return row.id

    assert answered.stale(answered.records.write(late))[0] == answered.crawls.clock.now_s()


def test_a_duplicate_still_says_it(answered: Answered) -> None:
    """A page that is folded into another is not stale; one that moved is read at its new address."""
    answered.crawl(f"{PAGE} {prose('tower')}")
    question = answered.cite()
    answered.crawl(f"{PAGE.replace('330', '331')} {prose('tower')}", "/b")
    answered.crawls.begin()
    assert answered.crawls.decide("/a", says(f"{PAGE} {prose('tower')} Bye.")) in ("kept", "duplicate")
    assert answered.stale(question)[0] is None


def test_a_page_that_moved_is_read_at_its_new_address(answered: Answered) -> None:
    """What the new page does not say is stale."""
    answered.crawl(PAGE)
    question = answered.cite()
    crawls = answered.crawls
    crawls.begin()
    crawls.find("/new")
    crawls.decide("/new", says(CHANGED))
    crawls.decide("/a", None, reason=Reason.DUPLICATE, detail=f"{store.REDIRECTS_TO}{SITE}/new")
    assert answered.stale(question)[0] is None
    answered.records.write(
        lambda conn: store.finish(conn, crawls.job, crawls.epoch, reason=Reason.BUDGET, detail="", clock=crawls.clock)
    )
    assert answered.stale(question)[0] is not None


def test_pages_that_did_not_change_read_no_citations(answered: Answered) -> None:
    """However many answers rest on them."""
    answered.crawl(PAGE)
    answered.cite()
    seen: list[str] = []

    def listen(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        answered.crawls.begin()
        answered.crawls.decide("/a", Checked(None, None))
        answered.crawl(PAGE)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    assert seen
    assert not [statement for statement in seen if "citations" in statement]
