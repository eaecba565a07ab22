"""
A client of Bowerbird's API, for programs in Python.

    with Client("http://127.0.0.1:8080", key="bwb_…") as bowerbird:
        job = bowerbird.gather("https://docs.example.org/", "learn how to install it")
        answer = bowerbird.ask("How do I install it?")
        print(answer["answer"], [citation["url"] for claim in answer["claims"] for citation in claim["citations"]])

What is returned is the API's JSON, as `/openapi.json` of the server describes it.
"""

from collections.abc import Iterator

from bowerbird.client.answers import AnswerCalls
from bowerbird.client.connection import ApiError, Event, Json
from bowerbird.client.experiments import ExperimentCalls
from bowerbird.client.feed import FeedCalls
from bowerbird.client.gathering import GatheringCalls
from bowerbird.client.knowledge import KnowledgeCalls

__all__ = ["ApiError", "Client", "Event", "Json"]


class Client(AnswerCalls, KnowledgeCalls, GatheringCalls, FeedCalls, ExperimentCalls):
    """
    A connection to one server; use it as a context manager, from one thread at a time.

    `user` is the external id of the person that every call is made for, if the key's role allows it. Reading calls are
    tried again when the server is busy (429, 503) and says when to come back, `patience_s` in all; others never are.
    """

    def me(self) -> Json:
        """Whom the server takes this client for."""
        return self._get("/v1/me")

    def live(self, *, after: str | None = None) -> Iterator[Event]:
        """
        What concerns whom the client acts for, as it happens: `hello`, each `notice` once, `jobs` when they move.

        `after` is the id of the last event seen; it goes on until the caller stops, or the key ends.
        """
        return self._stream("GET", "/v1/live", until="end", after=after)

    def notices(self, *, limit: int = 20) -> Json:
        """What happened, the newest first: `{"notices": […], "unread": n}`."""
        return self._get("/v1/notices", limit=limit)
