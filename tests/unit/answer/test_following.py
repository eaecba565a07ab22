"""Following: what is due is asked again once, and the person is told what came of it, once."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import pytest

from bowerbird.answer import (
    MAX_TRIES,
    Answer,
    Asker,
    Considered,
    Follow,
    Follower,
    find_conversation,
    follow,
    list_follows,
    resume_follow,
    stop_follow,
)
from bowerbird.kernel.clock import ManualClock
from bowerbird.kernel.errors import InputWrong, NotFound, Refused, StoreUnavailable
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.records import open_records
from bowerbird.records.notices import Notice, newest
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex

URL = "https://docs.example.org/tower"
QUESTION = "How high is the Riverbank tower?"
TOWER = "# The tower\n\nThe Riverbank tower is 330 metres high. It was built by the town.\n"
LOWER = TOWER.replace("330", "312")
OTHER = "# Cakes\n\nA cake is baked for an hour in a warm oven. It is eaten cold.\n"
KINDS = ("answer.changed", "answer.found", "answer.missing")


@dataclass
class Desk:
    """A library, somebody who asks, and the worker's part of following."""

    library: Library
    asker: Asker
    indexer: Indexer
    follower: Follower
    source: str
    index: ModelIndex

    def gather(self, text: str, url: str = URL, *, status: str = "completed", state: str = "kept") -> str:
        """A job in which the page came to say this; its id."""
        job = self.library.job(self.source, "running")
        self.library.url(job, url, state)
        if state == "kept":
            self.library.page(self.source, url, text)
        self.index_all()
        self.library.clock.advance(1)
        self.library.end_job(job, status)
        self.library.clock.advance(1)
        return job

    def index_all(self) -> None:
        """Let what was stored be found."""
        self.library.arrange()
        while self.indexer.catch_up() or self.indexer.embed_some(64):
            pass

    async def ask(self, question: str = QUESTION) -> Answer:
        """The answer to the local person."""
        answer = await self.asker.ask(question, self.library.scope)
        self.library.clock.advance(1)
        return answer

    def follow(self, kind: str, answer: Answer, *, job: str | None = None) -> Follow:
        """Follow it."""
        library = self.library
        return library.records.write(
            lambda conn: follow(conn, library.scope, kind, answer.id, clock=library.clock, job=job)
        )

    async def round(self) -> int:
        """Let the worker look; how many were asked again."""
        self.library.clock.advance(1)
        return await self.follower.ask_again()

    def told(self) -> list[Notice]:
        """What the person was told, the newest first."""
        every = self.library.records.read(lambda conn: newest(conn, self.library.scope, limit=50))
        return [notice for notice in every if notice.kind in KINDS]

    def followed(self) -> Follow:
        """The one thing that is followed."""
        (one,) = self.library.records.read(lambda conn: list_follows(conn, self.library.scope))
        return one


@pytest.fixture
def desk(records_url: str) -> Iterator[Desk]:
    """Empty records, a plain index and an embedder without weights."""
    records = open_records(records_url)
    clock, embedder, index = ManualClock(), HashEmbedder(dimensions=256), ModelIndex()
    library = Library(records, clock)
    asker = Asker(records, Searcher(records, index, embedder), clock)
    follower = Follower(records, lambda: nullcontext(asker), clock)
    yield Desk(library, asker, Indexer(records, index, embedder, clock), follower, library.source(), index)
    records.close()


async def test_a_gap_comes_back_with_its_answer(desk: Desk) -> None:
    """When its crawl is done; the answer is in the conversation, and the gap is closed."""
    desk.gather(OTHER, "https://docs.example.org/cakes")
    asked = await desk.ask()
    assert asked.abstained
    job = desk.library.job(desk.source, "running")
    desk.follow("gap", asked, job=job)
    desk.gather(OTHER + "More.", "https://docs.example.org/cakes")
    assert await desk.round() == 0  # its own crawl goes on
    desk.library.url(job, URL)
    desk.gather(TOWER, state="kept")
    desk.library.end_job(job)
    assert await desk.round() == 1
    (notice,) = desk.told()
    rows = desk.library.records.read(lambda conn: find_conversation(conn, desk.library.scope, asked.conversation))
    assert (notice.kind, notice.text) == ("answer.found", f"There is an answer now: {QUESTION}")
    assert notice.href == f"/chat/{asked.conversation}#question-{rows[-1].id}"
    assert rows[-1].answer is not None
    assert "330 metres" in rows[-1].answer["answer"]
    assert desk.followed().ended_at is not None
    assert await desk.round() == 0


async def test_a_gap_that_stays_open_says_so_and_is_given_up(desk: Desk) -> None:
    """After each crawl that brought something, so many times."""
    desk.gather(OTHER, "https://docs.example.org/cakes")
    job = desk.library.job(desk.source, "running")
    desk.follow("gap", await desk.ask(), job=job)
    desk.library.clock.advance(5)
    desk.library.end_job(job, "failed")
    assert [await desk.round(), await desk.round()] == [1, 0]
    assert desk.told()[0].text == f"What was gathered still does not answer: {QUESTION}"
    for number in range(MAX_TRIES + 3):
        desk.gather(f"{OTHER} Cake {number}.", "https://docs.example.org/cakes")
        await desk.round()
    assert len(desk.told()) == MAX_TRIES
    assert "is not asked again" in desk.told()[0].text
    assert desk.followed().ended_at is not None


async def test_a_standing_question_is_told_only_when_its_claims_changed(desk: Desk) -> None:
    """Not for a page that came, nor for a job that changed nothing, nor when its sentence moved."""
    desk.gather(TOWER)
    first = await desk.ask()
    desk.follow("standing", first)
    assert await desk.round() == 0
    desk.gather(TOWER, state="unchanged")
    assert await desk.round() == 0
    desk.gather(OTHER, "https://docs.example.org/cakes")
    assert [await desk.round(), await desk.round()] == [1, 0]
    desk.gather("# The tower\n\nIt is old.\n\nThe Riverbank tower is 330 metres high.\n")
    assert await desk.round() == 1
    assert desk.told() == []
    desk.gather(LOWER)
    assert [await desk.round(), await desk.round()] == [1, 0]
    (notice,) = desk.told()
    assert notice.text == f"An answer changed: {QUESTION}"
    assert notice.href.startswith(f"/chat/{first.conversation}#question-")
    assert desk.followed().question != first.id


async def test_an_answer_that_went_stale_is_asked_again(desk: Desk) -> None:
    """Other changes leave it alone; while the job goes on it waits."""
    desk.gather(TOWER)
    desk.follow("change", await desk.ask())
    desk.gather(OTHER, "https://docs.example.org/cakes")
    assert await desk.round() == 0
    job = desk.library.job(desk.source, "running")
    desk.library.page(desk.source, URL, LOWER)
    assert await desk.round() == 0
    desk.index_all()
    desk.library.clock.advance(1)
    desk.library.end_job(job)
    assert [await desk.round(), await desk.round()] == [1, 0]
    assert [notice.kind for notice in desk.told()] == ["answer.changed"]
    desk.gather("# The tower\n\nIt is old, and nobody lives in it any more.\n")
    assert await desk.round() == 1
    desk.gather(TOWER)
    assert await desk.round() == 1
    assert len(desk.told()) == 3


async def test_an_answer_whose_proof_moved_is_followed_where_it_is(desk: Desk) -> None:
    """The same claims from another page are no news, but it is that page which is watched now."""
    desk.gather(TOWER)
    first = await desk.ask()
    desk.follow("change", first)
    desk.library.page(desk.source, URL, "# The tower\n\nIt is old.\n")
    desk.gather(TOWER, "https://docs.example.org/copy")
    assert (await desk.round(), desk.told()) == (1, [])
    assert desk.followed().question != first.id
    desk.gather(LOWER, "https://docs.example.org/copy")
    assert await desk.round() == 1
    assert len(desk.told()) == 1


async def test_what_was_stopped_is_left_in_peace(desk: Desk) -> None:
    """Until that is taken back; then what happened meanwhile counts. Also when it is stopped while being asked."""
    desk.gather(TOWER)
    known = desk.follow("standing", await desk.ask())
    records, scope = desk.library.records, desk.library.scope
    records.write(lambda conn: stop_follow(conn, scope, known.id, clock=desk.library.clock))
    desk.gather(LOWER)
    assert await desk.round() == 0
    records.write(lambda conn: resume_follow(conn, scope, known.id))
    due = desk.followed()
    considered = await desk.asker.consider(due.text, scope, conversation=due.conversation, before_s=due.created_at)
    records.write(lambda conn: stop_follow(conn, scope, known.id, clock=desk.library.clock))
    settle = desk.follower._settle
    records.write(
        lambda conn: settle(conn, asker=desk.asker, follow=due, considered=considered, begun=desk.library.clock.now_s())
    )
    assert desk.told() == []
    records.write(lambda conn: resume_follow(conn, scope, known.id))
    assert await desk.round() == 1
    assert len(desk.told()) == 1


async def test_two_that_ask_at_once_tell_once(desk: Desk) -> None:
    """The second finds that it was checked already."""
    desk.gather(TOWER)
    desk.follow("standing", await desk.ask())
    desk.gather(LOWER)
    due = desk.followed()
    records, now = desk.library.records, desk.library.clock.now_s()
    both = [
        await desk.asker.consider(due.text, due.scope, conversation=due.conversation, before_s=due.created_at)
        for _ in range(2)
    ]
    for one in both:
        records.write(partial(desk.follower._settle, asker=desk.asker, follow=due, considered=one, begun=now))
    assert len(desk.told()) == 1


class Stumbling(Asker):
    """An asker that has an error with one question."""

    stumbles = True

    async def consider(self, question: str, scope: Scope, *, conversation: str, before_s: float) -> Considered:
        """Fail on the tower's height."""
        if self.stumbles and question == QUESTION:
            raise StoreUnavailable("the disk is full")
        return await super().consider(question, scope, conversation=conversation, before_s=before_s)


async def test_a_question_that_fails_does_not_hold_up_the_others(desk: Desk) -> None:
    """It rests, and is asked when it has rested; nothing is lost."""
    library = desk.library
    asker = Stumbling(
        library.records, Searcher(library.records, desk.index, HashEmbedder(dimensions=256)), library.clock
    )
    desk.follower = Follower(library.records, lambda: nullcontext(asker), library.clock)
    desk.gather(TOWER)
    bad, good = await desk.ask(), await desk.ask("Who built the Riverbank tower?")
    desk.follow("standing", bad)
    desk.follow("standing", good)
    desk.gather(LOWER.replace("the town", "the mayor"))
    assert [await desk.round(), await desk.round()] == [2, 0]
    assert len(desk.told()) == 1
    asker.stumbles = False
    library.clock.advance(3600)
    assert await desk.round() == 1
    assert len(desk.told()) == 2


async def test_what_cannot_be_followed_is_refused(desk: Desk) -> None:
    """With what was expected; twice the same is once."""
    desk.gather(TOWER)
    answer, gap = await desk.ask(), await desk.ask("Which zebras dance at night?")
    assert gap.abstained
    for kind, of in (("gap", answer), ("change", gap), ("nonsense", answer)):
        with pytest.raises(InputWrong):
            desk.follow(kind, of)
    with pytest.raises(NotFound):
        desk.follow("gap", gap, job="0" * 26)
    narrowed = Scope(desk.library.scope.workspace, desk.library.scope.person, sources=(desk.source,))
    with pytest.raises(Refused):
        desk.library.records.write(lambda conn: follow(conn, narrowed, "standing", answer.id, clock=desk.library.clock))
    stranger = Scope(desk.library.scope.workspace, desk.library.person("eve"))
    with pytest.raises(NotFound):
        desk.library.records.write(lambda conn: follow(conn, stranger, "standing", answer.id, clock=desk.library.clock))
    assert desk.follow("change", answer).id == desk.follow("change", answer).id
