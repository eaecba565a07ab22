"""A piece of news as a card: what happened, what was said and is said, and what of the reader's rests on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from bowerbird.answer.news import NewsItem, NewsKind, Place, Reason
from bowerbird.web.cards import item_href, question_about, shortened
from bowerbird.web.changed import Wording
from bowerbird.web.listings import Link, flowing, page_href
from bowerbird.web.stated import SideView
from bowerbird.web.words import Moment, host_and_path, moment

__all__ = ["NewsCard", "news_card"]

# What it is, and what became of it.
_WORDS: Final[Mapping[NewsKind, tuple[str, str]]] = {
    "change": ("A page you rely on changed", "refresh-cw"),
    "conflict": ("Pages differ", "triangle-alert"),
    "answer": ("An answer changed", "message-circle-question-mark"),
    "gap": ("There is an answer now", "circle-check"),
}
_GONE: Final = "A page you rely on is gone"
_SIDES: Final = 3  # that are shown of a conflict
_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class NewsCard:
    """A piece of news."""

    key: str
    kind: NewsKind
    words: str
    icon: str
    title: str
    href: str
    where: str
    at: Moment
    wordings: tuple[Wording, ...]
    sides: tuple[SideView, ...]
    note: str  # what is to be said of it beside its words
    why: tuple[Link, ...]
    why_words: str  # before them
    more: str  # reasons that are not listed
    ask_href: str
    ask: str


def news_card(news: NewsItem, *, now_s: float) -> NewsCard:
    """The card."""
    words, icon = _WORDS[news.kind]
    first, is_answer = news.reasons[0], news.kind in ("answer", "gap")
    # An answer is its own reason, and so is a page that was saved: both are named already.
    links = [] if is_answer else [_reason_link(reason) for reason in news.reasons if reason.kind != "saved"]
    more = len(links) - _REASONS
    return NewsCard(
        key=news.key,
        kind=news.kind,
        words=_GONE if news.is_gone else words,
        icon=icon,
        title=news.title or _where(news),
        href=_href(news),
        where=_where(news),
        at=moment(news.at, now_s),
        wordings=tuple(Wording(*_told(was), *_told(now)) for was, now in news.pairs),
        sides=tuple(_side(side, now_s) for side in news.sides[:_SIDES]),
        note=_note(news),
        why=tuple(links[:_REASONS]),
        why_words=_why(news, len(links)),
        more=f"and {more} more" if more > 0 else "",
        ask_href=_href(news) if is_answer else f"/chat?{urlencode({'query': _question(news, first)})}",
        ask="Go on asking" if is_answer else "Ask again" if first.kind == "question" else "Ask about this",
    )


def _why(news: NewsItem, answers: int) -> str:
    match news.kind:
        case "answer":
            return "You follow this question."
        case "gap":
            return "You asked this when nothing that was gathered answered it."
        case "conflict":
            return "You follow"
        case "change" if not answers:
            return "You saved it."
        case "change":
            rests = "an answer of yours rests on it:" if answers == 1 else "answers of yours rest on it:"
            is_saved = any(reason.kind == "saved" for reason in news.reasons)
            return f"You saved it, and {rests}" if is_saved else f"{rests[:1].upper()}{rests[1:]}"


def _note(news: NewsItem) -> str:
    if news.kind == "conflict":
        subject = news.subject.replace("_", " ") if news.is_property else f"“{news.subject} …”"
        return f"They give different values for {subject}. Which is right is for you to judge."
    if news.kind == "answer" and all(now is None for _, now in news.pairs):
        return "What was gathered no longer says it."
    return ""


def _question(news: NewsItem, first: Reason) -> str:
    return first.title if first.kind == "question" else question_about(news.title)


def _href(news: NewsItem) -> str:
    """Where it is read in full: the page as it is, the answer as it is, the page of the thing."""
    first = news.reasons[0]
    if news.kind in ("answer", "gap"):
        return f"/chat/{first.conversation}#question-{first.id}"
    if news.kind == "conflict":
        return f"/knowledge/entities/{first.id}#conflicts"
    places = [now or was for was, now in news.pairs if now is not None or was is not None]
    return _place_href(places[0]) if places and places[0] is not None else _reason_link(first).href


def _where(news: NewsItem) -> str:
    place = next((one for pair in news.pairs for one in pair if one is not None), None)
    return host_and_path(place.url) if place is not None and news.kind == "change" else ""


def _reason_link(reason: Reason) -> Link:
    match reason.kind:
        case "question":
            return Link(f"/chat/{reason.conversation}#question-{reason.id}", shortened(reason.title))
        case "saved":
            return Link(item_href(reason.id), shortened(reason.title or reason.id))
        case "entity":
            return Link(f"/knowledge/entities/{reason.id}", reason.title)


def _told(place: Place | None) -> tuple[str, str]:
    return ("", "") if place is None else (flowing(place.text), _place_href(place))


def _place_href(place: Place) -> str:
    return page_href(place.page, place.version, place.start, place.end)


def _side(place: Place, now_s: float) -> SideView:
    return SideView(
        value=place.value,
        quote=flowing(place.text),
        href=_place_href(place),
        title=place.title or host_and_path(place.url),
        stored=moment(place.at, now_s),
    )
