"""What is followed, kept, shown in feeds, and done with it."""

from collections.abc import Sequence
from urllib.parse import quote

from bowerbird.client.connection import Connection, Json, given

__all__ = ["FeedCalls"]


class FeedCalls(Connection):
    """Calls of feeds."""

    def follow(self, question: str, kind: str, *, job: str | None = None) -> Json:
        """
        Follow the question with that id.

        `kind` is "change" (tell when what it cites changes), "standing" (ask again when there is news) or "gap" (come
        back when `job` has gathered what was missing).
        """
        return self._send("POST", "/v1/follows", given(question=question, kind=kind, job=job))

    def follow_thing(self, kind: str, of: int | str) -> Json:
        """
        Have what is new of something in the feed.

        `kind` is "entity" (`of` is its id), "source" (its id or address) or "topic" (in words).
        """
        return self._send("POST", "/v1/follows", {"kind": kind, kind: of})

    def follows(self) -> Sequence[Json]:
        """What is followed, and what was: `ended_at` tells."""
        return list(self._get("/v1/follows")["follows"])

    def stop_following(self, follow: str) -> None:
        """Let a followed question rest, or follow a thing no longer."""
        self._send("DELETE", f"/v1/follows/{follow}")

    def news(self) -> Sequence[Json]:
        """What became of what you rely on: pages that changed, pages that differ, answers; the newest first."""
        return list(self._get("/v1/news")["news"])

    def put_news_aside(self, news: str) -> None:
        """Have it listed no more."""
        self._send("POST", f"/v1/news/{news}/aside")

    def bring_news_back(self, news: str) -> None:
        """Have it listed again."""
        self._send("DELETE", f"/v1/news/{news}/aside")

    def boards(self) -> Sequence[Json]:
        """Your boards, by their names."""
        return list(self._get("/v1/boards")["boards"])

    def board(self, board: str) -> Json:
        """A board with what is on it."""
        return self._get(f"/v1/boards/{board}")

    def make_board(self, name: str) -> Json:
        """A new board."""
        return self._send("POST", "/v1/boards", {"name": name})

    def rename_board(self, board: str, name: str) -> Json:
        """Call a board otherwise."""
        return self._send("PATCH", f"/v1/boards/{board}", {"name": name})

    def remove_board(self, board: str) -> None:
        """Remove a board; what is on it stays saved."""
        self._send("DELETE", f"/v1/boards/{board}")

    def restore_board(self, board: str) -> Json:
        """Bring a board back that was removed."""
        return self._send("POST", f"/v1/boards/{board}/restore")

    def put_on_board(self, board: str, item: str) -> None:
        """Put an item on a board, away from the one that it is on; it is saved, if it was not."""
        self._send("PUT", f"/v1/boards/{board}/items/{quote(item, safe='')}")

    def take_off_board(self, board: str, item: str) -> None:
        """Take an item off a board; it stays saved."""
        self._send("DELETE", f"/v1/boards/{board}/items/{quote(item, safe='')}")

    def add_items(self, items: Sequence[Json]) -> Json:
        """The job that brings in up to 1,000 items; the same `id` again is an update."""
        return self._sent("POST", "/v1/items", json=list(items))

    def items(
        self,
        *,
        kind: str | None = None,
        category: str | None = None,
        region: str | None = None,
        limit: int = 50,
        cursor: int | None = None,
    ) -> Json:
        """What a feed can show, the last added first: `{"items": […], "next": the next cursor or null}`."""
        return self._get("/v1/items", kind=kind, category=category, region=region, limit=limit, cursor=cursor)

    def item(self, item: str) -> Json:
        """One item by its id."""
        return self._get(f"/v1/items/{quote(item, safe='')}")

    def remove_item(self, item: str) -> None:
        """Take an imported item out, until it is imported again."""
        self._send("DELETE", f"/v1/items/{quote(item, safe='')}")

    def tell(self, events: Sequence[Json]) -> Json:
        """
        Tell what people did, up to 1,000 events: `{"kept": n, "known": n, "refused": [{"index", "reason"}]}`.

        What is answered is on disk; with an `id` of your own in each it is safe to send them again.
        """
        return self._sent("POST", "/v1/events", json=list(events))

    def replay_slate(self, slate: str, *, without: Sequence[str] = (), user: str | None = None) -> Json:
        """
        A slate of a feed made again, with each item's propensity: as it was, or as it would have been without agents.

        `user` is whose it is, by your own id of them, if it is not you. An ApiError of 409 says that it cannot be told.
        """
        return self._get(f"/v1/feed/slates/{slate}", without=list(without), user=user)
