"""The crawl in the records: one transaction a batch, and what it makes of pages."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.acquire import coverage, store
from bowerbird.acquire.outcomes import Checked, Found, Gone, Outcome, Removed
from bowerbird.acquire.reasons import Reason
from bowerbird.kernel.errors import Fenced
from bowerbird.records import open_records
from bowerbird.records.tables import index_log, passages, versions
from tests.crawling import adds_up
from tests.crawls import SITE, Crawls, prose, says


@pytest.fixture
def crawls(records_url: str) -> Iterator[Crawls]:
    """Records with a source whose first crawl has begun."""
    records = open_records(records_url)
    made = Crawls(records)
    made.begin()
    yield made
    records.close()


def test_a_page_is_kept_then_unchanged_then_changed_then_gone(crawls: Crawls) -> None:
    """Each text is a version; what is replaced or gone leaves the answers in the same transaction."""
    assert crawls.decide("/", says(prose("home"))) == "kept"
    crawls.cut()
    crawls.begin()
    assert crawls.decide("/", Checked('"2"', None)) == "unchanged"
    crawls.begin()
    assert crawls.decide("/", says(prose("home"), body_hash="other markup")) == "unchanged"
    crawls.begin()
    assert crawls.decide("/", says(prose("house"))) == "kept"
    crawls.cut()
    crawls.begin()
    assert crawls.decide("/", Gone()) == "deleted"
    assert crawls.states() == {"/": "gone"}
    assert [gone is not None for (gone,) in crawls.all(versions.c.gone_at)] == [True, True]
    assert [live for (live,) in crawls.all(passages.c.live)] == [False, False]
    assert crawls.all(index_log.c.op, index_log.c.passage) == [("remove", 1), ("remove", 2)]


def test_a_page_that_comes_back_is_kept_again(crawls: Crawls) -> None:
    """Gone pages are not asked for by themselves; when one is linked again it is a new version."""
    crawls.find("/a")
    crawls.decide("/a", says(prose("a")))
    crawls.begin()
    assert crawls.decide("/a", Gone()) == "deleted"
    crawls.begin()
    assert [row.url for row in crawls.records.read(lambda conn: store.queued(conn, crawls.job))] == [f"{SITE}/"]
    crawls.find("/a")
    assert crawls.decide("/a", says(prose("a"))) == "kept"
    assert crawls.states()["/a"] == "live"


def test_errors_take_nothing_away_but_noindex_does(crawls: Crawls) -> None:
    """A page that cannot be had now stays in the answers; one that asks not to be kept leaves them."""
    crawls.decide("/", says(prose("home")))
    crawls.cut()
    crawls.begin()
    assert crawls.decide("/", None) == "error"
    assert crawls.all(passages.c.live) == [(True,)]
    crawls.begin()
    assert crawls.decide("/", Removed(), reason=Reason.NOINDEX) == "noindex"
    assert crawls.all(passages.c.live) == [(False,)]


def test_an_unknown_page_that_is_not_there_is_an_error(crawls: Crawls) -> None:
    """404 deletes only what was kept before."""
    assert crawls.decide("/", Gone()) == "error"
    assert crawls.states() == {}


def test_like_pages_are_folded(crawls: Crawls) -> None:
    """The first is kept, the others point to it and have no version."""
    crawls.find("/a", "/b")
    assert crawls.decide("/a", says(prose("a"))) == "kept"
    assert crawls.decide("/b", says(prose("a"))) == "duplicate"
    assert crawls.states() == {"/a": "live", "/b": "folded"}
    assert crawls.all(sa.func.count(versions.c.id)) == [(1,)]
    crawls.begin()
    assert crawls.decide("/b", Checked(None, None)) == "duplicate"


def test_the_address_that_a_page_names_as_its_own_is_kept(crawls: Crawls) -> None:
    """A page that names another address yields to it, whichever comes first; if it is not there, it stays."""
    crawls.find("/copy", "/own", "/other", "/lost")
    near = prose("a", 60) + " and a little more"
    assert crawls.decide("/copy", says(near, canonical=f"{SITE}/own")) == "kept"
    assert crawls.decide("/own", says(prose("a", 55))) == "kept"
    assert crawls.decide("/other", says(prose("a", 65), canonical=f"{SITE}/own")) == "duplicate"
    assert crawls.decide("/lost", says(prose("z"), canonical=f"{SITE}/nowhere")) == "kept"
    assert crawls.states() == {"/copy": "folded", "/own": "live", "/other": "folded", "/lost": "live"}
    seen = crawls.records.read(lambda conn: coverage.report(conn, crawls.job))
    assert (seen.kept, seen.skipped, seen.queued) == (2, {"duplicate": 2}, 1)


def test_a_page_that_names_something_else_entirely_is_not_believed(crawls: Crawls) -> None:
    """A site whose pages all name the home page as theirs loses none of them."""
    assert crawls.decide("/", says(prose("home"))) == "kept"
    crawls.find("/a")
    assert crawls.decide("/a", says(prose("a"), canonical=f"{SITE}/")) == "kept"


def test_when_the_kept_page_goes_its_duplicate_is_read_whole(crawls: Crawls) -> None:
    """Its row waits again, without validators, whether it was passed before or comes after."""
    crawls.find("/a", "/b")
    crawls.decide("/a", says(prose("a")))
    crawls.decide("/b", says(prose("a")))
    crawls.begin()
    assert crawls.decide("/b", Checked(None, None)) == "duplicate"
    assert crawls.decide("/a", Gone()) == "deleted"
    assert crawls.row("/b").url == f"{SITE}/b"
    known = crawls.records.read(lambda conn: store.known_pages(conn, crawls.source))
    assert (known[f"{SITE}/b"].etag, known[f"{SITE}/b"].body_hash) == (None, None)
    assert crawls.decide("/b", says(prose("a"))) == "kept"
    assert crawls.states() == {"/a": "gone", "/b": "live"}


def test_a_moved_page_leaves_the_answers_once_its_new_address_is_kept(crawls: Crawls) -> None:
    """A redirect takes nothing away by itself; the kept target does."""
    crawls.find("/old")
    crawls.decide("/old", says(prose("old")))
    crawls.begin()
    crawls.find("/new")
    detail = f"{store.REDIRECTS_TO}{SITE}/new"
    assert crawls.decide("/old", None, reason=Reason.DUPLICATE, detail=detail) == "duplicate"
    assert crawls.states() == {"/old": "live"}
    crawls.decide("/new", says(prose("new")))

    def finish(conn: sa.Connection) -> int:
        return store.finish(conn, crawls.job, crawls.epoch, reason=Reason.BUDGET, detail="", clock=crawls.clock)

    assert crawls.records.write(finish) == 1
    assert crawls.states() == {"/old": "folded", "/new": "live"}
    seen = crawls.records.read(lambda conn: coverage.report(conn, crawls.job))
    assert adds_up(seen)
    assert seen.queued == 0


def test_an_old_owner_writes_nothing(crawls: Crawls) -> None:
    """Each way into the store asks for the epoch first."""
    old, row = crawls.epoch - 1, crawls.row("/")

    def attempt(conn: sa.Connection) -> None:
        store.decide(conn, crawls.job, old, [Outcome(row)], source=crawls.source, clock=crawls.clock)

    with pytest.raises(Fenced):
        crawls.records.write(attempt)
    with pytest.raises(Fenced):
        crawls.records.write(lambda conn: store.begin(conn, crawls.job, old, source=crawls.source, clock=crawls.clock))
    with pytest.raises(Fenced):
        crawls.records.write(
            lambda conn: store.add(conn, crawls.job, old, [Found(f"{SITE}/x", "", 1)], clock=crawls.clock)
        )
    with pytest.raises(Fenced):
        crawls.records.write(
            lambda conn: store.finish(conn, crawls.job, old, reason=Reason.BUDGET, detail="", clock=crawls.clock)
        )
    assert [each.url for each in crawls.records.read(lambda conn: store.queued(conn, crawls.job))] == [f"{SITE}/"]


def test_a_url_is_decided_once(crawls: Crawls) -> None:
    """A second outcome for the same URL changes nothing, and brings nothing."""
    row = crawls.row("/")
    crawls.decide("/", says(prose("home")))
    late = Outcome(row, found=[Found(f"{SITE}/late", "", 1)]).skipped(Reason.ERROR)

    def again(conn: sa.Connection) -> list[store.Decided]:
        return store.decide(conn, crawls.job, crawls.epoch, [late], source=crawls.source, clock=crawls.clock)

    assert crawls.records.write(again) == []
    seen = crawls.records.read(lambda conn: coverage.report(conn, crawls.job))
    assert (seen.seen, seen.kept) == (1, 1)


def test_followers_see_every_url_once_and_in_order(crawls: Crawls) -> None:
    """`recent` gives what was decided after the last one seen, also when many are decided at once."""
    crawls.find(*(f"/{number}" for number in range(5)))
    crawls.decide("/", says(prose("home")), found=[Found("https://else.example/", "", 1, reason=Reason.OFF_HOST)])
    seen: list[str] = []
    after = 0
    for number in range(5):
        crawls.decide(f"/{number}", None)
        rows = crawls.recent(after, limit=2)
        seen += [row.url for row in rows]
        after = rows[-1].id
    assert seen == [f"{SITE}/", "https://else.example/", *(f"{SITE}/{number}" for number in range(5))]
    newest = crawls.records.read(lambda conn: coverage.newest(conn, crawls.job, limit=2))
    assert [row.url for row in newest] == [f"{SITE}/4", f"{SITE}/3"]


def test_the_map_counts_folders(crawls: Crawls) -> None:
    """A folder's counts hold those of its subfolders; other sites are left out."""
    crawls.find("/a/b/1", "/a/2", "/c/3")
    crawls.decide("/a/b/1", says(prose("a")), found=[Found("https://else.example/", "", 1, reason=Reason.OFF_HOST)])
    root = crawls.records.read(lambda conn: coverage.site_map(conn, crawls.job))
    assert root.counts == {"queued": 3, "kept": 1}
    assert [(node.path, dict(node.counts)) for node in root.children] == [
        ("/a/", {"kept": 1, "queued": 1}),
        ("/c/", {"queued": 1}),
    ]
    assert [node.path for node in root.children[0].children] == ["/a/b/"]
