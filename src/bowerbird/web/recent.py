"""
Who was let in a moment ago: for the feed alone, which is to be given also while the records do not answer.

Somebody is let in again as who they were then, for a quarter of an hour, unless anybody's access has changed since on
this machine (a mark, `records/marks.py`): sessions that ended, keys that were revoked, roles that changed all mark it.
What ends by itself, a key that runs out or a session that is too old, ends here too (`Viewer.ends_at`).
What changes on another machine while this one is cut off is not heard of; it can be read no more than the feed of that
quarter of an hour, from what this process remembers.

Secrets are kept as their digests.
"""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

from bowerbird.accounts.secrets import digest

__all__ = ["FEED_PATHS", "GRACE_S", "Recent"]

FEED_PATHS: Final = frozenset({"/feed", "/v1/feed"})
GRACE_S: Final = 900.0
MOST: Final = 20_000

V = TypeVar("V")


class Recent(Generic[V]):
    """By what they came with and for whom; for the tasks of one event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[V, int, float]] = OrderedDict()

    def remember(self, secret: str, user: str | None, viewer: V, *, identity: int, now_s: float) -> None:
        """They were let in; `identity` is the stamp of who may do what, as it was before they were looked up."""
        key = digest(secret), user or ""
        self._known[key] = viewer, identity, now_s
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def find(self, secret: str, user: str | None, *, identity: int, now_s: float) -> V | None:
        """As whom they were let in, if that still holds for all that is known here."""
        found = self._known.get((digest(secret), user or ""))
        if found is None:
            return None
        viewer, then, at_s = found
        return viewer if then == identity and now_s - at_s < GRACE_S else None
