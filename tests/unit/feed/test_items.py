"""Items are as their pages are: made, changed, let go and brought back; found cheaply, embedded when they can be."""

import base64
import hashlib
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bowerbird.acquire.imports.keeping import Entry, Place, keep
from bowerbird.acquire.pages import leave_answers
from bowerbird.feed.item_vectors import fill_vectors, lacking_vectors
from bowerbird.feed.renewal import ItemRenewal, renew_items, review_items
from bowerbird.knowledge.indexer import model_text
from bowerbird.reading.items import draft
from bowerbird.records import jobs, quoted
from bowerbird.records.tables import embeddings, items, pages, passages, versions
from bowerbird.testing.builders import Library, Stored

TOWER = "# The tower\n\n" + "The tower is 330 metres high and was built in 1889. " * 6
RIVER = "# The river\n\n" + "The river is 776 kilometres long and ends in the sea. " * 6
MODEL = "a-model"


def rows(library: Library) -> list[Any]:
    """All items, in the order in which they were made."""
    return list(library.records.read(lambda conn: conn.execute(sa.select(items).order_by(items.c.id)).all()))


def only(library: Library) -> Any:
    (row,) = rows(library)
    return row


def renew(library: Library, limit: int = 100) -> int:
    return renew_items(library.records, limit=limit, clock=library.clock)


def go(library: Library, stored: Stored, state: str = "gone") -> None:
    """The page is gone, or the duplicate of another."""

    def work(conn: sa.Connection) -> None:
        leave_answers(conn, stored.page, now=library.clock.now_s())
        conn.execute(sa.update(pages).where(pages.c.id == stored.page).values(state=state))

    library.records.write(work)


def change(library: Library, stored: Stored, **values: Any) -> None:
    library.records.write(lambda conn: conn.execute(sa.update(pages).where(pages.c.id == stored.page).values(values)))


def bring(library: Library, source: str, *given: dict[str, Any], name: str = "notes") -> None:
    """Import items into the source."""
    job = library.job(source, status="queued", kind="import")

    def work(conn: sa.Connection) -> None:
        lease = jobs.claim(conn, owner="test", lease_s=60, clock=library.clock, kinds=("import",), job=job)
        assert lease is not None
        place = Place(job, lease.epoch, source, f"import:{name}")
        entries = [Entry("notes.jsonl", number + 1, 10, draft(row)) for number, row in enumerate(given)]
        keep(conn, place, entries, progress={}, clock=library.clock)

    library.records.write(work)


def embed(library: Library, model: str = MODEL) -> dict[int, Any]:
    """Vectors for all passages; by passage."""
    rng = np.random.default_rng(0)

    def work(conn: sa.Connection) -> dict[int, Any]:
        made: dict[int, Any] = {}
        found = conn.execute(
            sa.select(
                passages.c.id,
                passages.c.heading,
                versions.c.title,
                quoted(passages.c.start, passages.c.end).label("text"),
            ).join(versions, versions.c.id == passages.c.version)
        ).all()
        for row in found:
            vector = rng.normal(size=384)
            made[row.id] = (vector / np.linalg.norm(vector)).astype(np.float16)
            digest = hashlib.sha256(model_text(row.title, row.heading, row.text).encode()).hexdigest()
            known = sa.select(embeddings.c.text_hash).where(embeddings.c.text_hash == digest)
            if conn.execute(known).scalar() is None:
                values: dict[str, Any] = {"model": model, "text_hash": digest, "vector": made[row.id].tobytes()}
                values["created_at"] = library.clock.now_s()
                conn.execute(sa.insert(embeddings).values(values))
        return made

    return library.records.write(work)


def test_a_page_becomes_an_item(library: Library) -> None:
    """With its key sentence as an exact span, what it states, and when it was first fetched."""
    source = library.source()
    stored = library.page(source, "https://docs.example.org/tower", TOWER, title="The tower")
    change(library, stored, fields={"category": "towers", "tags": ["high"], "sku": "no field of ours"})

    assert renew(library) == 1
    item = only(library)

    assert (item.key, item.kind, item.title) == (f"page-{stored.page}", "page", "The tower")
    assert (item.page, item.version, item.source) == (stored.page, stored.version, source)
    assert (
        item.quote == TOWER[item.quote_start : item.quote_end] == "The tower is 330 metres high and was built in 1889."
    )
    assert item.fields == {"category": "towers", "tags": ["high"]}
    assert item.created_at == library.clock.now_s()
    assert 0 < item.quality < 1
    assert item.gone_at is None
    assert item.vector is None


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ({"type": "Florist", "price": "180 AUD"}, "vendor"),
        ({"type": "LocalBusiness", "price": "$$"}, "vendor"),
        ({"type": "Florist"}, "page"),
        ({"type": "Product", "price": "180 AUD"}, "page"),
        ({"type": ["Florist"], "price": "180 AUD"}, "page"),
        ({"price": "180 AUD"}, "page"),
    ],
)
def test_a_page_of_a_business_with_a_price_is_a_vendor(library: Library, stated: dict[str, Any], kind: str) -> None:
    """The type must be one of schema.org's businesses and a price be stated; and it is no change the next time."""
    change(library, library.page(library.source(), "https://fern.example.org/", TOWER), fields=stated)
    renew(library)
    assert only(library).kind == kind
    assert review_items(library.records, checked_after=0.0, limit=9, clock=library.clock) == 0


def test_one_tag_is_a_list_of_one(library: Library) -> None:
    """However a page came to state it; and it is no change the next time."""
    stored = library.page(library.source(), "https://docs.example.org/tower", TOWER)
    change(library, stored, fields={"tags": "high", "price": "", "region": None})
    renew(library)
    assert only(library).fields == {"tags": ["high"]}
    assert review_items(library.records, checked_after=0.0, limit=9, clock=library.clock) == 0


def test_nothing_is_written_when_nothing_changed(library: Library) -> None:
    """Renewing and reviewing again leave every row as it is."""
    source = library.source()
    library.page(source, "https://docs.example.org/1", TOWER)
    library.page(source, "https://docs.example.org/2", "Too short.")
    renew(library)
    before = rows(library)

    assert renew(library) == 0
    assert review_items(library.records, checked_after=0.0, limit=100, clock=library.clock) == 0
    assert rows(library) == before


def test_a_new_version_changes_the_item_and_not_its_key(library: Library) -> None:
    """Its first day stays; `seq` grows above all others."""
    source = library.source()
    first = library.page(source, "https://docs.example.org/1", TOWER)
    library.page(source, "https://docs.example.org/2", RIVER)
    renew(library)
    before = rows(library)
    second = library.page(source, "https://docs.example.org/1", RIVER.replace("776", "777"))

    assert renew(library) == 1
    changed, other = rows(library)

    assert (changed.key, changed.version) == (f"page-{first.page}", second.version)
    assert "777" in changed.quote
    assert changed.created_at == before[0].created_at
    assert changed.seq > max(row.seq for row in before)
    assert other == before[1]


@pytest.mark.parametrize("state", ["gone", "folded"])
def test_a_page_that_goes_takes_its_item_along_and_brings_it_back(library: Library, state: str) -> None:
    """`gone_at` says since when, and is NULL again when the page is there again."""
    source = library.source()
    stored = library.page(source, "https://docs.example.org/1", TOWER)
    renew(library)
    key, seq = only(library).key, only(library).seq
    go(library, stored, state)

    assert renew(library) == 1
    gone = only(library)
    assert gone.gone_at == library.clock.now_s()
    assert gone.seq > seq
    assert renew(library) == 0

    library.page(source, "https://docs.example.org/1", TOWER)
    change(library, stored, state="live")
    assert renew(library) == 1
    back = only(library)
    assert (back.key, back.gone_at) == (key, None)
    assert back.seq > gone.seq


def test_too_short_a_page_is_none(library: Library) -> None:
    """It is looked at once, and shown when it says enough."""
    source = library.source()
    library.page(source, "https://docs.example.org/1", "Not found.")

    renew(library)
    assert only(library).gone_at is not None
    assert renew(library) == 0

    library.page(source, "https://docs.example.org/1", TOWER)
    renew(library)
    assert only(library).gone_at is None


def test_an_imported_item_keeps_its_own_id_and_kind(library: Library) -> None:
    """However short it is, and whatever address it has on the web."""
    source = library.source("import:notes")
    there = {"id": "p/1 ä", "title": "Aroha", "text": "Photographs weddings.", "kind": "vendor", "quality": 0.9}
    bring(library, source, there | {"url": "https://aroha.example/", "price": 900, "created_at": 1_700_000_000})

    renew(library)
    item = only(library)

    assert (item.key, item.kind, item.url, item.quality) == ("p/1 ä", "vendor", "https://aroha.example/", 0.9)
    assert item.fields == {"price": 900}
    assert item.created_at == 1_700_000_000
    assert item.gone_at is None


def test_two_sources_may_have_the_same_id(library: Library) -> None:
    """The second one's is put behind its source, and both stay so."""
    first, second = library.source("import:notes"), library.source("import:others")
    bring(library, first, {"id": "1", "text": "The first."})
    renew(library)
    bring(library, second, {"id": "1", "text": "The second."}, name="others")
    renew(library)

    assert [row.key for row in rows(library)] == ["1", f"{second}/1"]


@pytest.mark.parametrize("brought", [1, 2])
def test_a_gathered_page_whose_names_are_taken_gets_another(library: Library, brought: int) -> None:
    """Nobody's id keeps a page from being an item."""
    notes, docs = library.source("import:notes"), library.source()
    number = brought + 1  # of the page that comes then
    ids = [f"page-{number}", f"{docs}/page-{number}"][:brought]
    bring(library, notes, *({"id": each, "text": "Mine."} for each in ids))
    stored = library.page(docs, "https://docs.example.org/1", TOWER)
    renew(library)

    assert stored.page == number
    assert rows(library)[-1].key == [f"{docs}/page-{number}", f"{docs}//{number}"][brought - 1]


def test_what_a_page_states_anew_is_seen_without_a_new_text(library: Library) -> None:
    """A review of what was asked again finds it; what was not asked is not read."""
    stored = library.page(library.source(), "https://docs.example.org/1", TOWER)
    renew(library)
    library.clock.advance(10)
    now = library.clock.now_s()
    change(library, stored, fields={"category": "towers"}, title="Another title", checked_at=now)

    assert renew(library) == 0
    assert review_items(library.records, checked_after=now, limit=100, clock=library.clock) == 0
    assert review_items(library.records, checked_after=now - 1, limit=100, clock=library.clock) == 1
    assert (only(library).title, only(library).fields) == ("Another title", {"category": "towers"})


def test_some_at_a_time_are_all_in_the_end(library: Library) -> None:
    """A limit delays and loses nothing; every change has a number of its own."""
    source = library.source()
    for number in range(7):
        library.page(source, f"https://docs.example.org/{number}", TOWER + str(number))

    assert [renew(library, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    seqs = [row.seq for row in rows(library)]
    assert len(set(seqs)) == 7


def test_the_vector_is_the_mean_of_all_passages(library: Library) -> None:
    """Of length 1, and only when all of them are there and of this model."""
    library.page(library.source(), "https://docs.example.org/1", TOWER * 9)
    renew(library)
    library.arrange()
    lacking = library.records.read(lacking_vectors)
    assert fill_vectors(library.records, lacking, model=MODEL) == set()

    vectors = embed(library)
    assert len(vectors) > 1
    assert fill_vectors(library.records, lacking, model="another") == set()
    seq = only(library).seq
    assert fill_vectors(library.records, lacking, model=MODEL) == {only(library).id}

    mean = np.mean([each.astype(np.float32) for each in vectors.values()], axis=0)
    found = np.frombuffer(only(library).vector, np.float16).astype(np.float32)
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-3)
    assert float(found @ mean) / float(np.linalg.norm(mean)) == pytest.approx(1.0, abs=1e-3)
    assert only(library).seq > seq
    assert library.records.read(lacking_vectors) == []


def test_another_text_has_no_vector_until_it_is_embedded(library: Library) -> None:
    """The vector of what a page said before is not that of what it says now."""
    source = library.source()
    library.page(source, "https://docs.example.org/1", TOWER)
    library.arrange()
    embed(library)
    renew(library)
    fill_vectors(library.records, library.records.read(lacking_vectors), model=MODEL)
    assert only(library).vector is not None

    library.page(source, "https://docs.example.org/1", RIVER)
    renew(library)
    assert only(library).vector is None


def test_an_item_brings_its_own_vector(library: Library) -> None:
    """Kept as it was given, at length 1, before anything is embedded."""
    source = library.source("import:notes")
    given = np.random.default_rng(1).normal(size=384)
    bring(library, source, {"id": "1", "text": "Something.", "embedding": [float(each) for each in given]})

    renew(library)

    found = np.frombuffer(only(library).vector, np.float16).astype(np.float64)
    assert float(found @ given / np.linalg.norm(given)) == pytest.approx(1.0, abs=1e-3)


def test_a_page_cannot_bring_one_by_chance(library: Library) -> None:
    """A field of that name that holds something else is no vector."""
    stored = library.page(library.source(), "https://docs.example.org/1", TOWER)
    change(library, stored, fields={"embedding": base64.b64encode(b"short").decode()})
    renew(library)
    assert only(library).vector is None


class Reads:
    """Counts the statements that the records run."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.count = 0

    def during(self, renewal: ItemRenewal, **how: Any) -> int:
        self.count = 0
        records = self.library.records
        read = records.read

        def counted(fn: Any) -> Any:
            self.count += 1
            return read(fn)

        records.read = counted  # type: ignore[method-assign]
        try:
            renewal.some(100, **how)
        finally:
            records.read = read  # type: ignore[method-assign]
        return self.count


def test_while_nothing_changes_it_asks_for_the_marks_alone(library: Library) -> None:
    """One small read; none at all within a second of the last look, unless there is time."""
    library.page(library.source(), "https://docs.example.org/1", TOWER)
    library.arrange()
    renewal, reads = ItemRenewal(library.records, model=MODEL, clock=library.clock), Reads(library)
    while renewal.some(100, is_idle=True):
        pass

    assert reads.during(renewal, is_idle=True) == 1
    assert reads.during(renewal) == 0
    library.clock.advance(2)
    assert reads.during(renewal) == 1


def test_a_renewal_follows_pages_and_vectors(library: Library) -> None:
    """What comes, is embedded, changes what it states, or goes without a passage, is seen in time."""
    source = library.source()
    renewal = ItemRenewal(library.records, model=MODEL, clock=library.clock)

    def settle() -> int:
        library.clock.advance(2)
        total = 0
        while written := renewal.some(100, is_idle=True):
            total += written
        return total

    assert settle() == 0
    stored = library.page(source, "https://docs.example.org/1", TOWER)
    assert settle() == 1
    library.arrange()
    assert settle() == 0
    embed(library)
    assert settle() == 1
    assert only(library).vector is not None

    library.clock.advance(60)
    change(library, stored, title="Another", checked_at=library.clock.now_s())
    assert settle() == 1
    assert only(library).title == "Another"

    # The texts are known: no vector comes that would tell.
    library.page(source, "https://docs.example.org/1", RIVER)
    settle()
    library.page(source, "https://docs.example.org/1", TOWER)
    settle()
    assert only(library).vector is None
    library.arrange()
    settle()
    assert only(library).vector is not None

    silent = library.page(source, "https://docs.example.org/2", TOWER)
    settle()
    change(library, silent, state="gone")
    library.clock.advance(60)
    settle()
    assert [row.gone_at is None for row in rows(library)] == [True, False]


def test_a_source_is_owed_its_items_and_their_vectors(library: Library) -> None:
    """Until they are there, or all was looked at and there is nothing to make them of; others owe nothing to it."""
    source, other = library.source(), library.source("https://other.example.org/")
    renewal = ItemRenewal(library.records, model=MODEL, clock=library.clock)
    library.page(source, "https://docs.example.org/1", TOWER)
    assert renewal.owes(source)
    assert not renewal.owes(other)

    library.arrange()
    renewal.some(100, is_idle=True)
    assert not renewal.owes(source)  # looked at, and nobody has embedded it
    embed(library)
    assert renewal.owes(source)
    renewal.some(100, is_idle=True)
    assert not renewal.owes(source)
    assert only(library).vector is not None

    go(library, Stored(only(library).page, only(library).version))
    assert renewal.owes(source)
    renewal.some(100, is_idle=True)
    assert not renewal.owes(source)


def test_another_worker_takes_up_what_lacks_a_vector(library: Library) -> None:
    """What one that was killed knew follows from the rows."""
    library.page(library.source(), "https://docs.example.org/1", TOWER)
    library.arrange()
    renew(library)
    embed(library)

    renewal = ItemRenewal(library.records, model=MODEL, clock=library.clock)
    while renewal.some(100, is_idle=True):
        pass
    assert only(library).vector is not None
