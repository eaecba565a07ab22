"""What is known: passages, pages, entities and the tables made of them."""

from collections.abc import Sequence

from bowerbird.client.connection import Connection, Json, given

__all__ = ["KnowledgeCalls"]


class KnowledgeCalls(Connection):
    """Calls of what was gathered."""

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        kind: str | None = None,
        source: str | None = None,
        since: float | None = None,
        until: float | None = None,
        language: str | None = None,
    ) -> Json:
        """Passages by words and meaning: `{"query", "took_ms", "hits": […]}`. Times are seconds since 1970."""
        return self._get(
            "/v1/search",
            q=query,
            limit=limit,
            kind=kind,
            source=source,
            since=since,
            until=until,
            language=language,
        )

    def entities(self, query: str = "", *, limit: int = 20) -> Sequence[Json]:
        """What the pages are about, by name or importance, each with the sentences it rests on."""
        return list(self._get("/v1/entities", q=query, limit=limit)["entities"])

    def entity(self, identifier: int) -> Json:
        """All that is known of one entity."""
        return self._get(f"/v1/entities/{identifier}")

    def entity_history(self, identifier: int) -> Json:
        """What an entity is made of, and what was decided of it, the newest first."""
        return self._get(f"/v1/entities/{identifier}/history")

    def entity_links(self, identifier: int, other: int) -> Json:
        """What links two entities: `paths`, the shortest first, each step with the sentences that say it."""
        return self._get(f"/v1/entities/{identifier}/links/{other}")

    def merge_entity(self, identifier: int, into: int) -> Json:
        """Say that the entity is `into`; `decision` of what comes back is the number to undo it by."""
        return self._send("POST", f"/v1/entities/{identifier}/merge", {"into": into})

    def part_entity(self, identifier: int, member: int) -> Json:
        """Take out of the entity what was merged into it."""
        return self._send("POST", f"/v1/entities/{identifier}/part", {"member": member})

    def split_entity(self, identifier: int, pages: Sequence[int], name: str) -> Json:
        """Say that on these pages another thing of this name is meant; `made` of what comes back is its id."""
        return self._send("POST", f"/v1/entities/{identifier}/split", {"pages": list(pages), "name": name})

    def rename_entity(self, identifier: int, name: str) -> Json:
        """Call an entity something else."""
        return self._send("POST", f"/v1/entities/{identifier}/rename", {"name": name})

    def retype_entity(self, identifier: int, kind: str) -> Json:
        """Say what an entity is one of: a person, a term, …"""
        return self._send("POST", f"/v1/entities/{identifier}/retype", {"type": kind})

    def hide_entity(self, identifier: int) -> Json:
        """Take an entity out of all lists."""
        return self._send("POST", f"/v1/entities/{identifier}/hide")

    def undo_entity_decision(self, identifier: int, decision: int) -> Json:
        """Let all be as if that had not been decided of the entity."""
        return self._send("POST", f"/v1/entities/{identifier}/undo", {"decision": decision})

    def page(self, page: int, *, version: int | None = None) -> Json:
        """A stored page, its newest version or another."""
        return self._get(f"/v1/pages/{page}", version=version)

    def version(self, version: int) -> Json:
        """What a citation points into: `text[start:end] == quote`."""
        return self._get(f"/v1/versions/{version}")

    def tables(self) -> Sequence[Json]:
        """The tables that one may read, the newest first."""
        return list(self._get("/v1/tables")["tables"])

    def collect(self, goal: str, *, fields: Sequence[str] = (), shared: bool = False) -> Json:
        """A new table of what the goal asks for; it is filled soon, and `table` tells when by its `status`."""
        wanted = [{"name": name} for name in fields]
        return self._send("POST", "/v1/tables", {"goal": goal, "fields": wanted, "shared": shared})

    def table(self, table: str, *, limit: int = 100, offset: int = 0) -> Json:
        """A table with some of its rows, each cell with the place that says it."""
        return self._get(f"/v1/tables/{table}", limit=limit, offset=offset)

    def change_table(self, table: str, *, fields: Sequence[str] | None = None, shared: bool | None = None) -> Json:
        """Give a table other fields, or share it or not."""
        wanted = None if fields is None else [{"name": name} for name in fields]
        return self._send("PATCH", f"/v1/tables/{table}", given(fields=wanted, shared=shared))

    def refresh_table(self, table: str) -> Json:
        """Let a table be filled anew; what differs is marked."""
        return self._send("POST", f"/v1/tables/{table}/refresh")

    def remove_table(self, table: str) -> None:
        """Forget a table; the pages stay."""
        self._send("DELETE", f"/v1/tables/{table}")

    def table_as_csv(self, table: str) -> str:
        """All rows of a table as CSV."""
        return self._read(f"/v1/tables/{table}/rows.csv").text

    def table_as_json_lines(self, table: str) -> str:
        """All rows of a table as JSON Lines."""
        return self._read(f"/v1/tables/{table}/rows.jsonl").text
