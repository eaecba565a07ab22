"""How what is said of a thing changed, as it is read: the newest first, what began on one day together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bowerbird.knowledge import Change, Stood
from bowerbird.web.listings import Link, flowing, page_href
from bowerbird.web.words import Moment, host_and_path, moment, plural

__all__ = ["ChangeView", "Wording", "change_views"]

_NAMED: Final = 5  # pages of what began on one day
_TITLES: Final = {
    "first": "First said",
    "changed": "Said otherwise",
    "dropped": "No longer said",
    "gone": "The page is gone",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence as it was, and as it is; the address of the stored page that shows each. Either may be empty."""

    was: str
    was_href: str
    now: str
    now_href: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What became of it, when, on which pages."""

    kind: str
    title: str
    when: Moment
    pages: tuple[Link, ...]
    more: str
    wordings: tuple[Wording, ...]


def change_views(changes: Sequence[Change], *, now_s: float) -> tuple[ChangeView, ...]:
    """The changes in their order; neighbours that are of one kind and day, and have no words to show, as one."""

    def together(change: Change) -> tuple[str, str, int]:
        day = moment(change.at, now_s).iso[:10]
        return (change.kind, day, change.page if change.pairs else 0)

    return tuple(_view(list(same), now_s) for _, same in groupby(changes, key=together))


def _view(same: Sequence[Change], now_s: float) -> ChangeView:
    newest = same[0]
    more = len(same) - _NAMED
    return ChangeView(
        kind=newest.kind,
        title=_TITLES[newest.kind],
        when=moment(newest.at, now_s),
        pages=tuple(_pages(same[:_NAMED])),
        more=f"and {plural(more, 'more page')}" if more > 0 else "",
        wordings=tuple(Wording(*_told(newest.page, was), *_told(newest.page, now)) for was, now in newest.pairs),
    )


def _pages(changes: Iterable[Change]) -> Iterable[Link]:
    for change in changes:
        title = change.title or host_and_path(change.url)
        yield Link(f"/knowledge/pages/{change.page}?version={change.version}", title)


def _told(page: int, stood: Stood | None) -> tuple[str, str]:
    if stood is None:
        return "", ""
    return flowing(stood.text), page_href(page, stood.version, stood.span.start, stood.span.end)
