"""A model behind the whole of it: what reaches a reader of what scripted models write over real HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bowerbird.answer import Answer, Asker, Follower, ModelWriter, follow
from bowerbird.kernel.clock import Clock, ManualClock, SystemClock
from bowerbird.knowledge import Indexer, Searcher
from bowerbird.models import ChatModel
from bowerbird.records import Records, open_records
from bowerbird.records.notices import newest
from bowerbird.settings import ModelSettings, Settings, load_settings
from bowerbird.testing.builders import Library
from bowerbird.testing.embedders import HashEmbedder
from bowerbird.testing.model_index import ModelIndex
from bowerbird.testing.model_server import ModelServer, Script, Told, in_turn
from bowerbird.testing.model_writers import SCRIPTS
from bowerbird.wiring import model_of

TOWER = "The Eiffel Tower is 324 metres tall. It was finished in 1889. The tower is painted every 7 years.\n"
URL = "https://docs.example.org/tower"
QUESTION = "How tall is the Eiffel Tower?"
PLAIN = "The Eiffel Tower is 324 metres tall."


class Reading:
    """One page, that models are asked about."""

    def __init__(self, records: Records, settings: Settings) -> None:
        self.records = records
        self.settings = settings
        self.clock: Clock = SystemClock()
        self.library = Library(records, ManualClock(self.clock.now_s()))
        self.source = self.library.source()
        self.index, self.embedder = ModelIndex(), HashEmbedder(dimensions=256)
        self.page(TOWER)

    def page(self, text: str) -> None:
        """A job in which the page came to say this."""
        job = self.library.job(self.source, "running")
        self.library.url(job, URL)
        self.library.page(self.source, URL, text)
        self.library.arrange()
        indexer = Indexer(self.records, self.index, self.embedder, self.clock)
        while indexer.catch_up() or indexer.embed_some(64):
            pass
        self.library.clock.advance(1)
        self.library.end_job(job)
        self.library.clock.advance(1)

    @asynccontextmanager
    async def asker(self, server: ModelServer, **models: object) -> AsyncIterator[Asker]:
        """An asker wired as the product wires it, to a model that the server plays."""
        limits = ModelSettings.model_validate({"cache_days": 0, **models})
        model = model_of(
            self.settings.model_copy(update={"llm": server.llm, "models": limits}), self.records, self.clock
        )
        assert model is not None
        try:
            yield self.asker_with(model, limits)
        finally:
            await model.close()

    def asker_with(self, model: ChatModel, limits: ModelSettings) -> Asker:
        """An asker over these records."""
        writer = ModelWriter(model, max_tokens=limits.max_tokens)
        searcher = Searcher(self.records, self.index, self.embedder)
        return Asker(self.records, searcher, self.clock, writer, model_timeout_s=limits.timeout_s)

    async def answer(self, script: Script, **models: object) -> Answer:
        """What a reader gets with the scripted model."""
        with ModelServer(script) as server:
            async with self.asker(server, **models) as asker:
                return await asker.ask(QUESTION, self.library.scope)


@pytest.fixture
async def reading(records_url: str, tmp_path: Path) -> AsyncIterator[Reading]:
    """Records with the page about the tower."""
    records = open_records(records_url)
    yield Reading(records, load_settings(data_dir=tmp_path))
    records.close()


async def test_an_honest_model_writes_the_answer(reading: Reading) -> None:
    """In its words, each with its exact quote and a verdict; the answer says who wrote it."""
    told = Told(
        json.dumps(
            {
                "claims": [
                    {"text": "It stands 324 metres tall.", "quotes": [f"1: {PLAIN}"]},
                    {
                        "text": "The tower is painted every 7 years.",
                        "quotes": ["1: is painted every 7 years"],
                    },
                ],
            }
        )
    )
    answer = await reading.answer(in_turn(told))

    assert (answer.text, answer.notice) == ("It stands 324 metres tall. The tower is painted every 7 years.", "")
    assert answer.written_by != ""
    cited = [citation for claim in answer.claims for citation in claim.citations]
    assert [TOWER[one.start : one.end] == one.quote for one in cited] == [True, True]


@pytest.mark.parametrize("script", sorted(SCRIPTS.keys() - {"honest"}))
async def test_nothing_false_is_told_as_supported(reading: Reading, script: str) -> None:
    """Whatever a model says: the reader gets what the page says, and is told that it is quoted."""
    answer = await reading.answer(SCRIPTS[script])

    supported = [claim.text for claim in answer.claims if claim.verdict == "supported"]
    assert supported
    assert all(text in TOWER for text in supported)
    assert "so the answer is quoted from the pages." in answer.notice
    assert (answer.written_by, answer.fell_back) == ("", True)


async def test_what_the_verifier_turned_down_is_shown_as_left_out(reading: Reading) -> None:
    """The claim that no quote holds, its verdict and why; then both agents are asked once more, without the model."""
    answer = await reading.answer(SCRIPTS["swaps numbers in the claim"])

    assert [step.agent for step in answer.steps] == ["planner", "retriever", "writer", "verifier", "writer", "verifier"]
    assert answer.left_out
    assert all(claim.verdict in ("contradicted", "unsupported") for claim in answer.left_out)
    assert PLAIN in answer.text


async def test_a_model_that_finds_no_answer_is_believed(reading: Reading) -> None:
    """It abstains, with the nearest evidence and a crawl."""
    answer = await reading.answer(in_turn(Told('{"claims": []}')))

    assert (answer.abstained, answer.suggestions[-1].kind) == (True, "crawl")
    assert "finds no answer in the passages" in answer.steps[2].words


@pytest.mark.parametrize(
    ("told", "models", "excuse"),
    [
        (Told(status=500), {}, "is not available"),
        (Told(status=401), {}, "is not available"),
        (Told("x" * 60, tokens_per_s=1.0), {"timeout_s": 0.3}, "not available|in time"),
        (Told("{}", tokens_per_s=1000.0), {"tokens_a_day": 10}, "budget for the language model is spent"),
        (Told("no JSON at all"), {}, "could not be used"),
    ],
    ids=["broken", "refused", "late", "dear", "misspoken"],
)
async def test_a_model_that_cannot_answer_is_excused_in_plain_words(
    reading: Reading, told: Told, models: dict[str, object], excuse: str
) -> None:
    """The pages are quoted instead; nobody has to know what went wrong, but why it reads so."""
    answer = await reading.answer(lambda _: told, **models)

    assert answer.text.startswith(PLAIN)
    assert (answer.fell_back, answer.written_by) == (True, "")
    assert any(one in answer.notice for one in excuse.split("|")), answer.notice
    assert "HTTP" not in answer.notice
    assert "127.0.0.1" not in answer.notice


async def test_what_a_model_wrote_replays_without_it(reading: Reading) -> None:
    """To the same bytes, the second try without the model included."""
    for script in ("honest", "swaps numbers in the claim"):
        with ModelServer(SCRIPTS[script]) as server:
            async with reading.asker(server) as asker:
                answer = await asker.ask(QUESTION, reading.library.scope)
        without = Asker(reading.records, Searcher(reading.records, reading.index, reading.embedder), reading.clock)
        without._retriever = replace(without._retriever, searcher=None)  # type: ignore[arg-type]
        again = await without.replay(answer.id, reading.library.scope)
        assert json.dumps(again.to_json()) == json.dumps(answer.to_json())


async def test_other_words_for_the_same_quotes_are_no_news(reading: Reading) -> None:
    """A followed answer that a model words anew tells nobody; one that rests on something else does."""

    def worded(text: str, quote: str) -> Told:
        return Told(json.dumps({"claims": [{"text": text, "quotes": [f"1: {quote}"]}]}))

    taller = PLAIN.replace("324", "330")
    script = in_turn(
        worded("It is 324 metres tall.", PLAIN),
        worded("324 metres tall, it is.", PLAIN),
        worded("It is 330 metres tall.", taller),
    )
    scope, clock = reading.library.scope, reading.library.clock
    with ModelServer(script) as server:
        async with reading.asker(server) as asker:
            answer = await asker.ask(QUESTION, scope)
        reading.records.write(partial(follow, scope=scope, question=answer.id, kind="standing", clock=clock))
        follower = Follower(reading.records, lambda: reading.asker(server), clock)
        told: list[list[str]] = []
        for text in (TOWER + "It is made of iron.\n", TOWER.replace("324", "330")):
            clock.advance(60)
            reading.page(text)
            await follower.ask_again()
            notices = reading.records.read(lambda conn: newest(conn, scope, limit=9))
            told.append([one.kind for one in notices if one.kind == "answer.changed"])

    assert told == [[], ["answer.changed"]]


@pytest.mark.parametrize("script", ["invents", "swaps numbers in the claim"])
async def test_quotes_in_the_place_of_what_could_not_be_proven_are_no_news(reading: Reading, script: str) -> None:
    """What is followed waits until the model answers as it did; who follows is told nothing."""
    scope, clock = reading.library.scope, reading.library.clock
    with ModelServer(SCRIPTS["honest"]) as server:
        async with reading.asker(server) as asker:
            answer = await asker.ask(QUESTION, scope)
        reading.records.write(lambda conn: follow(conn, scope, "standing", answer.id, clock=clock))
        clock.advance(60)
        reading.page(TOWER + "It is made of iron.\n")
        server.script = SCRIPTS[script]
        await Follower(reading.records, lambda: reading.asker(server), clock).ask_again()

    notices = reading.records.read(lambda conn: newest(conn, scope, limit=9))
    assert [one.kind for one in notices if one.kind == "answer.changed"] == []
    assert len(server.asked) > 1
