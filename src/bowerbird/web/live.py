"""How far a job is, in numbers and in words; the job's page, the start page and the stream of events say the same."""

from dataclasses import asdict, dataclass
from typing import Final

import sqlalchemy as sa

from bowerbird.acquire import Coverage, coverage
from bowerbird.web.listings import state_of
from bowerbird.web.queries.jobs import JobRow
from bowerbird.web.words import bytes_words, count, duration, plural

__all__ = ["Figure", "Progress", "progress_of", "read_progress"]

_STEPS: Final = {"arrange": "Arranging what the pages say", "embed": "Reading the pages for their meaning"}
# The share of a job's bar that gathering fills; arranging and embedding follow.
_STEP_SHARES: Final = {"arrange": 0.9, "embed": 0.95}
_LEAST_FOR_RATE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a job, with what it counts."""

    name: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A job at one moment; `share` is None while nobody knows how much there is to do."""

    status: str
    ended: bool
    share: float | None
    sentence: str
    figures: tuple[Figure, ...]

    def to_json(self) -> dict[str, object]:
        """What the stream of events sends."""
        words = {figure.name: figure.words for figure in self.figures} | {"sentence": self.sentence}
        state = asdict(state_of(self.status))
        return {"status": self.status, "ended": self.ended, "share": self.share, "state": state, "words": words}


def read_progress(conn: sa.Connection, job: JobRow, *, now_s: float) -> Progress:
    """How far the job is, by the records."""
    newest = coverage.newest(conn, job.id, limit=1)
    # A row's id is the microsecond in which its URL was decided.
    return progress_of(job, coverage.report(conn, job.id), last_s=newest[0].id / 1e6 if newest else None, now_s=now_s)


def progress_of(job: JobRow, seen: Coverage, *, last_s: float | None, now_s: float) -> Progress:
    """How far the job is; `last_s` is when the last of its URLs was decided."""
    began_s = job.started_at or job.created_at
    took_s = (job.finished_at or now_s) - began_s
    rate_per_s = _rate(job, seen, last_s=last_s, now_s=now_s)
    left = _left(job, seen)
    left_s = left / rate_per_s if left is not None and rate_per_s else None
    skipped = sum(seen.skipped.values())
    figures = [
        Figure("fetched", "pages fetched", count(seen.fetched)),
        Figure("kept", "kept", count(seen.kept + seen.unchanged)),
        Figure("skipped", "skipped", count(skipped)),
        Figure("bytes", "received", bytes_words(seen.bytes)),
        Figure("rate", "pages a second", f"{rate_per_s:.1f}" if rate_per_s is not None else "–"),
        Figure("left", "time left, at most", _left_words(job, left_s))
        if not job.has_ended
        else Figure("took", "time", duration(took_s)),
    ]
    return Progress(job.status, job.has_ended, _share(job, seen, left), _sentence(job, seen), tuple(figures))


def _rate(job: JobRow, seen: Coverage, *, last_s: float | None, now_s: float) -> float | None:
    """Pages a second while it gathers or gathered; what follows, arranging and embedding, does not count."""
    if job.started_at is None or last_s is None:
        return None
    until_s = now_s if job.status == "running" and job.step not in _STEPS else last_s
    took_s = until_s - job.started_at
    return seen.fetched / took_s if took_s >= _LEAST_FOR_RATE_S else None


def _left(job: JobRow, seen: Coverage) -> int | None:
    """How many fetches may still come: what waits, within what the job may ask for."""
    if job.status != "running" or not seen.fetched or "max_pages" not in job.args:
        return None
    return min(seen.queued, max(int(job.args["max_pages"]) - seen.fetched, 0))


def _share(job: JobRow, seen: Coverage, left: int | None) -> float | None:
    if job.has_ended:
        return 1.0
    if job.step in _STEP_SHARES:
        return _STEP_SHARES[job.step]
    if total := job.progress.get("total_bytes"):  # an import, which knows how much there is to read
        read = min(1.0, float(job.progress.get("done_bytes", 0)) / float(total))
        return round(_STEP_SHARES["arrange"] * read, 3)
    if left is None:
        return None
    return round(_STEP_SHARES["arrange"] * seen.fetched / max(seen.fetched + left, 1), 3)


def _left_words(job: JobRow, left_s: float | None) -> str:
    if job.step in _STEPS:
        return "moments"
    return duration(left_s) if left_s is not None else "–"


def _sentence(job: JobRow, seen: Coverage) -> str:
    kept, skipped = seen.kept + seen.unchanged, sum(seen.skipped.values())
    told = f"{plural(kept, 'page')} kept and {count(skipped)} skipped of {count(seen.seen)} seen"
    match job.status:
        case "queued":
            return "Waiting for its turn. It begins as soon as the worker is free."
        case "running" if job.cancel_requested:
            return f"Stopping after the pages in flight. {told} so far."
        case "running":
            return f"{_STEPS.get(job.step, 'Gathering')}. {told} so far, {count(seen.queued)} waiting."
        case "completed":
            return _completed(kept, skipped, seen)
        case "cancelled":
            return f"Stopped on request. {told}; what was kept stays."
        case _:
            return f"It ended early. {told}; what was kept stays."


def _completed(kept: int, skipped: int, seen: Coverage) -> str:
    told = f"{plural(kept, 'page')} kept and {count(skipped)} skipped of {count(seen.seen)} seen."
    changed = [f"{count(seen.unchanged)} unchanged"] if seen.unchanged else []
    changed += [f"{count(seen.deleted)} gone from the site"] if seen.deleted else []
    return f"{told} {', '.join(changed).capitalize()}." if changed else told
