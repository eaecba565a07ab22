"""
The frontier: which URL to ask for next. Best first by what it is expected to add to the goal; it waits for nothing.

Expected are: what the link's words say, how much the pages that link to it served the goal, and what links of the same
folder gave so far. A page is worth what it says, or what it leads to: an index page that serves nothing itself has
value when its links do.

Until links are embedded (or when they need no order) they come in the order of their depth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from bowerbird.acquire.outcomes import Row
from bowerbird.acquire.relevance import Topic, words_of_url

__all__ = ["Frontier"]

Vectors = NDArray[np.float32]

# Tuned on generated link graphs of other seeds than the one that is measured.
PARENT_WEIGHT = 0.3
FOLDER_WEIGHT = 0.3
FOLDER_PRIOR = 3.0  # pages that a folder must have given before its own average counts as much as the site's
LEADS_TO = 0.8  # what a good link is worth to the page that shows it, against the page's own worth
BEST_LINKS = 3
NO_WORDS = 0.25  # nearness expected of a link that says nothing: exploring costs a page, missing costs its whole branch
DEPTH_COST = 0.01
WARM_UP = (
    12  # pages that come by depth: before some were read nothing is known, and a site's sections are near its start
)
KNOWN_BONUS = 10.0  # pages of the crawl before come first

PATIENCE = 500  # URLs waiting for each pop between two sorts: a frontier of 5,000 is sorted at every tenth

MIN_FETCHED = 80  # before gathering may end for want of gain
WINDOW = 40  # pages that the gain is averaged over, or this share of all if it is more
WINDOW_SHARE = 0.15
LEAST_GAIN = 0.08  # mean relevance in the window, of pages read and of links to come, below which it ends


@dataclass(slots=True)
class _Entry:
    """A URL that waits."""

    row: Row
    folder: str
    is_known: bool
    parents: float = 0.0
    parents_count: int = 0
    nearness: float | None = None  # None: not embedded
    vector: NDArray[np.float16] | None = None
    score: float = 0.0


class Frontier:
    """URLs that wait, and what was learned of those that were read. Pure: no clock, no network, no records."""

    def __init__(self, topic: Topic | None) -> None:
        self._topic = topic  # None: the order does not matter
        self._entries: dict[int, _Entry] = {}
        self._unread: dict[int, None] = {}  # entries whose words wait to be embedded, in order
        self._folders: dict[str, tuple[float, int]] = {}
        self._values = (0.0, 0)
        self._recent: list[float] = []
        self._is_stale = True
        self._order: list[int] = []  # best last
        self._popped = 0  # since it was put in order

    def __len__(self) -> int:
        return len(self._entries)

    def order_by(self, topic: Topic) -> None:
        """From now on the order matters."""
        self._topic = topic
        self._unread = dict.fromkeys(self._entries)
        self._is_stale = True

    def offer(self, row: Row, *, parent: float | None = None, is_known: bool = False) -> None:
        """Add a URL; `parent` is the relevance of the page that linked to it."""
        if row.id in self._entries:
            return
        entry = _Entry(row, _folder(row.url), is_known)
        if parent is not None:
            entry.parents, entry.parents_count = parent, 1
        self._entries[row.id] = entry
        if self._topic is not None:
            self._unread[row.id] = None
        self._is_stale = True

    def linked_again(self, row_id: int, *, parent: float) -> None:
        """Another page links to a URL that may wait."""
        entry = self._entries.get(row_id)
        if entry is not None:
            entry.parents += parent
            entry.parents_count += 1
            self._is_stale = True

    def unread(self, limit: int) -> list[tuple[int, str]]:
        """The words of URLs that wait to be embedded, the least deep first offered first, at most `limit`."""
        found: list[tuple[int, str]] = []
        for row_id in list(self._unread):
            if len(found) == limit:
                break
            entry = self._entries.get(row_id)
            words = _words(entry.row) if entry is not None else ""
            if entry is None or not words:
                del self._unread[row_id]
                continue
            found.append((row_id, words))
        return found

    def read(self, row_ids: Sequence[int], vectors: Vectors) -> None:
        """Take in the vectors (n, D) of what `unread` gave."""
        if self._topic is None or not len(row_ids):
            return
        near = self._topic.nearness(vectors)
        for row_id, vector, nearness in zip(row_ids, vectors, near, strict=True):
            self._unread.pop(row_id, None)
            entry = self._entries.get(row_id)
            if entry is not None:
                entry.vector = vector.astype(np.float16)
                entry.nearness = float(nearness)
        self._is_stale = True

    @property
    def waits_for_words(self) -> int:
        """How many URLs wait to be embedded."""
        return len(self._unread)

    def learn(self, row: Row, page: Vectors | None) -> float:
        """Take in a page that was read, by its vector (D,) or None if it has none; its relevance to the goal."""
        if self._topic is None:
            return 0.0
        relevance = 0.0
        self._is_stale = True
        if page is not None:
            if self._topic.learn(page):
                self._judge_again()
            relevance = float(self._topic.relevance(page[None, :])[0])
        self._recent.append(relevance)
        self._credit(row, relevance)
        self._is_stale = True
        return relevance

    def credit_links(self, row: Row, *, relevance: float, leads_to: Sequence[int]) -> None:
        """Once the links of a page are embedded: a page that shows good links makes its folder worth more."""
        near = sorted(
            (
                entry.nearness
                for row_id in leads_to
                if (entry := self._entries.get(row_id)) and entry.nearness is not None
            ),
            reverse=True,
        )[:BEST_LINKS]
        if near:
            gain = LEADS_TO * max(0.0, min(1.0, sum(near) / BEST_LINKS)) - relevance
            if gain > 0:
                total, count = self._folders[_folder(row.url)]
                self._folders[_folder(row.url)] = (total + gain, count)
                self._values = (self._values[0] + gain, self._values[1])
                self._is_stale = True

    def pop(self) -> Row | None:
        """The URL that is expected to add most; None when none waits."""
        if self._is_stale and (not self._order or self._popped * PATIENCE >= len(self._order)):
            self._sort()
        self._popped += 1
        while self._order:
            entry = self._entries.pop(self._order.pop(), None)
            if entry is not None:
                self._unread.pop(entry.row.id, None)
                return entry.row
        return self.pop() if self._entries else None

    def is_spent(self) -> bool:
        """True when the last pages gave little and the best of those that wait promise no more."""
        window = max(WINDOW, int(len(self._recent) * WINDOW_SHARE))
        if self._topic is None or len(self._recent) < max(MIN_FETCHED, window) or self._unread:
            return False
        if sum(self._recent[-window:]) / window >= LEAST_GAIN:
            return False
        if self._is_stale:
            self._sort()
        ahead = [entry for row_id in self._order[-WINDOW:] if (entry := self._entries.get(row_id)) is not None]
        if any(entry.is_known for entry in ahead):
            return False
        promised = [max(0.0, min(1.0, entry.nearness or 0.0)) for entry in ahead]
        return not promised or sum(promised) / len(promised) < LEAST_GAIN

    def _judge_again(self) -> None:
        """What the goal means has moved."""
        assert self._topic is not None
        entries = [entry for entry in self._entries.values() if entry.vector is not None]
        if entries:
            vectors = np.stack([entry.vector for entry in entries if entry.vector is not None]).astype(np.float32)
            for entry, nearness in zip(entries, self._topic.nearness(vectors), strict=True):
                entry.nearness = float(nearness)

    def _credit(self, row: Row, value: float) -> None:
        folder = _folder(row.url)
        total, count = self._folders.get(folder, (0.0, 0))
        self._folders[folder] = (total + value, count + 1)
        self._values = (self._values[0] + value, self._values[1] + 1)

    def _sort(self) -> None:
        for entry in self._entries.values():
            entry.score = self._score(entry)
        self._order = sorted(self._entries, key=lambda row_id: (self._entries[row_id].score, -row_id))
        self._is_stale = False
        self._popped = 0

    def _score(self, entry: _Entry) -> float:
        score = -DEPTH_COST * entry.row.depth + (KNOWN_BONUS if entry.is_known else 0.0)
        if self._topic is None or len(self._recent) < WARM_UP:
            return score - (1 - DEPTH_COST) * entry.row.depth + 0.1 * min(1.0, max(0.0, entry.nearness or 0.0))
        average = self._values[0] / max(self._values[1], 1)
        total, count = self._folders.get(entry.folder, (0.0, 0))
        folder = (total + FOLDER_PRIOR * average) / (count + FOLDER_PRIOR) - average
        parents = entry.parents / entry.parents_count if entry.parents_count else average
        nearness = NO_WORDS if entry.nearness is None else entry.nearness
        return score + nearness + PARENT_WEIGHT * parents + FOLDER_WEIGHT * folder


def _folder(url: str) -> str:
    """What a URL has in common with its siblings: host, path up to the last slash, and the names of its parameters."""
    parts = urlsplit(url)
    names = ",".join(sorted({part.partition("=")[0] for part in parts.query.split("&")})) if parts.query else ""
    return f"{parts.netloc}{parts.path[: parts.path.rfind('/') + 1]}?{names}"


def _words(row: Row) -> str:
    """What a link says of its page."""
    anchor = row.anchor.strip()
    return anchor if len(anchor) >= 4 else f"{anchor} {words_of_url(row.url)}".strip()
