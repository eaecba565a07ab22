"""Questions as of a day: from what was stored then, whatever came since."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bowerbird.answer import Answer, Asker, find_question
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.records import open_records
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex

URL = "https://docs.example.org/tower"
QUESTION = "How high is the Riverbank tower?"
TOWER = "# The tower\n\nThe Riverbank tower is 330 metres high. It was built by the town.\n"
CAKES = "# Cakes\n\nA cake is baked for an hour in a warm oven. It is eaten cold.\n"
DAY_S = 86_400.0


@dataclass
class Desk:
    """A library over days, and somebody who asks of them."""

    library: Library
    asker: Asker
    indexer: Indexer
    source: str

    def store(self, text: str, url: str = URL) -> float:
        """What the page says from the next day on; a time on the day after it came."""
        self.library.clock.advance(DAY_S)
        self.library.page(self.source, url, text)
        self.library.arrange()
        while self.indexer.catch_up() or self.indexer.embed_some(64):
            pass
        self.library.clock.advance(DAY_S)
        return self.library.clock.now_s()

    async def ask(self, as_of: float | None, scope: Scope | None = None) -> Answer:
        """The answer as of a time."""
        return await self.asker.ask(QUESTION, scope or self.library.scope, as_of=as_of)


@pytest.fixture
def desk(records_url: str) -> Iterator[Desk]:
    """Empty records, a plain index and an embedder without weights."""
    records = open_records(records_url)
    clock, embedder, index = ManualClock(), HashEmbedder(dimensions=256), ModelIndex()
    library = Library(records, clock)
    asker = Asker(records, Searcher(records, index, embedder), clock)
    yield Desk(library, asker, Indexer(records, index, embedder, clock), library.source())
    records.close()


async def test_each_day_has_its_answer(desk: Desk) -> None:
    """By the version that was current then; now is by the newest."""
    first = desk.store(TOWER)
    second = desk.store(TOWER.replace("330", "320"))
    third = desk.store(TOWER.replace("330", "312"))
    answers = [await desk.ask(of) for of in (first, second, third, None)]
    said = [answer.claims[0].text for answer in answers]
    assert [next(n for n in ("330", "320", "312") if n in text) for text in said] == ["330", "320", "312", "312"]
    assert [answer.claims[0].citations[0].version for answer in answers] == [1, 2, 3, 3]
    assert answers[0].notice.startswith("This is what was stored on ")
    assert answers[3].notice == ""


async def test_what_came_later_is_not_known(desk: Desk) -> None:
    """Nor before anything was gathered; then it says since when there is something."""
    nothing = await desk.ask(desk.library.clock.now_s())
    assert (nothing.abstained, "nothing was gathered yet" in nothing.notice) == (True, True)
    before = desk.library.clock.now_s()
    cakes = desk.store(CAKES, "https://docs.example.org/cakes")
    desk.store(TOWER)
    assert (await desk.ask(cakes)).abstained
    early = await desk.ask(before)
    assert early.abstained
    assert "the first page was gathered on 16 June 2025" in early.notice


async def test_a_page_that_is_gone_is_still_said_of_then(desk: Desk) -> None:
    """And not to who may not see its source."""
    first = desk.store(TOWER)
    desk.store("# Moved\n\nThis page is empty now, and says nothing of it.")
    assert "330" in (await desk.ask(first)).text
    assert (await desk.ask(None)).abstained
    stranger = Scope(desk.library.scope.workspace, desk.library.person("eve"), sources=())
    assert (await desk.ask(first, stranger)).abstained


async def test_it_replays_to_the_same_bytes(desk: Desk) -> None:
    """Also when the pages changed once more; the day is kept with the question."""
    first = desk.store(TOWER)
    answer = await desk.ask(first)
    desk.store(TOWER.replace("330", "312"))
    again = await desk.asker.replay(answer.id, desk.library.scope)
    assert json.dumps(again.to_json()) == json.dumps(answer.to_json())
    row = desk.library.records.read(lambda conn: find_question(conn, desk.library.scope, answer.id))
    assert row.as_of == first


async def test_a_day_that_has_not_been_is_refused(desk: Desk) -> None:
    """With what was expected."""
    with pytest.raises(InputWrong, match="expected a time that has been"):
        await desk.ask(desk.library.clock.now_s() + DAY_S)
