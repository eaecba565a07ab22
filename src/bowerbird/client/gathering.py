"""What is gathered: jobs, and files and rows that are brought in."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bowerbird.client.connection import Connection, Event, Json

__all__ = ["GatheringCalls"]


class GatheringCalls(Connection):
    """Calls of jobs."""

    def start(
        self,
        url: str,
        goal: str,
        *,
        max_pages: int | None = None,
        max_depth: int | None = None,
        everything: bool = False,
        private: bool = False,
    ) -> Json:
        """The job that gathers the site; the one that does so already, if there is one."""
        wanted: Json = {"url": url, "goal": goal, "all": everything, "private": private}
        if max_pages is not None:
            wanted["max_pages"] = max_pages
        if max_depth is not None:
            wanted["max_depth"] = max_depth
        return self._send("POST", "/v1/jobs", wanted)

    def gather(self, url: str, goal: str, **how: Any) -> Json:
        """`start` a job and come back when it has ended, however long that takes; look at its `status`."""
        job = self.start(url, goal, **how)["job"]
        for _ in self.watch(job):
            pass
        return self.job(job)

    def bring_in(self, *paths: Path, name: str = "", kind: str = "auto", replace: bool = False) -> Json:
        """
        The job that reads these files and rows of items into the source `name`.

        With `replace`, what was in the source and is not in them leaves it.
        """
        with ExitStack() as stack:
            files = [("files", (path.name, stack.enter_context(path.open("rb")))) for path in paths]
            fields = {"name": name, "kind": kind, "replace": "1" if replace else "0"}
            return self._sent("POST", "/v1/imports", data=fields, files=files)

    def jobs(self, *, status: Sequence[str] = (), limit: int = 50) -> Sequence[Json]:
        """The newest jobs first, of these states if any are given."""
        return list(self._get("/v1/jobs", status=list(status), limit=limit)["jobs"])

    def job(self, job: str) -> Json:
        """A job as it is now."""
        return self._get(f"/v1/jobs/{job}")

    def cancel(self, job: str) -> Json:
        """Ask a job to stop; what was kept stays."""
        return self._send("POST", f"/v1/jobs/{job}/cancel")

    def retry(self, job: str) -> Json:
        """A new job that does the same as one that has ended."""
        return self._send("POST", f"/v1/jobs/{job}/retry")

    def watch(self, job: str) -> Iterator[Event]:
        """The events of a job until it has ended: `pages`, `progress`, `end`. A broken stream goes on where it was."""
        return self._stream("GET", f"/v1/jobs/{job}/events", until="end")
