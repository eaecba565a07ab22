"""An item as a card of the feed: where it is from, what it says, why it is there, and what can be said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

from bowerbird.feed import Called, Entry, Profile, Slate
from bowerbird.feed.agents import FeedAgent
from bowerbird.feed.items import VENDOR
from bowerbird.feed.listed import ItemRow
from bowerbird.knowledge.words import is_english
from bowerbird.web.listings import flowing, page_href
from bowerbird.web.queries.items import Said
from bowerbird.web.words import Moment, host_and_path, host_of, moment

__all__ = [
    "Card",
    "Remembered",
    "Share",
    "Slated",
    "Why",
    "can_enquire",
    "card",
    "did_words",
    "followed_words",
    "item_href",
    "question_about",
    "remembered",
    "shortened",
    "stated",
    "why_of",
]

_TITLE_CHARACTERS: Final = 70
_MANY: Final = 3.0  # rewards of an item lately
_OTHER: Final = "page"  # the kind of what was gathered, which needs no word
_POINTS: Final = 100  # a score of 1
# What somebody did with the item that another is like.
_DID: Final[Mapping[str, str]] = {
    "saved": "you saved",
    "liked": "you liked",
    "shared": "you shared",
    "enquired": "you enquired about",
    "asked": "you asked about",
}
# What it means when most of what speaks for an item comes from that agent.
_WORDS: Final[Mapping[str, str]] = {
    "discovery": "it fits you",
    "quality": "worth reading",
    "archivist": "near to what you keep",
    "serendipity": "a surprise",
    "forecaster": "you may like it",
    "freshness": "new here",
    "trending": "many liked it lately",
    "simple": "near to what you read",
}
# Whose word holds for whoever it is.
_OF_ITSELF: Final = frozenset({"quality", "freshness", "trending"})
_DUTIES: Final = {
    "trending": "Shows what many liked lately",
    "simple": "Goes by how near it is to what you read, and by its quality",
}


@dataclass(frozen=True, slots=True)
class Share:
    """What one agent has to say for an item, in points of 100; all of them are the whole."""

    name: str
    title: str
    duty: str
    points: str
    width_percent: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why an item is there, in a few words, and who of the agents is for it."""

    words: str
    title: str  # of what it is like, behind the words
    shares: tuple[Share, ...] = ()
    points: str = ""
    explored: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An item, and what who looks at it has said of it."""

    id: int
    key: str
    href: str
    title: str
    language: str  # where it is not in English
    kind: str  # empty for a page
    where: str
    source: str
    source_name: str
    dated: Moment
    text: str
    cited_href: str
    facts: tuple[str, ...]
    said: Said
    why: Why | None = None
    slate: str = ""
    position: int | None = None
    is_gone: bool = False
    can_enquire: bool = False
    follow: str = ""  # by which who looks at it follows its source


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a slate itself tells of an item."""

    href: str
    title: str
    why: str


def remembered(entry: Entry, agents: Sequence[FeedAgent]) -> Remembered:
    """The card of an entry without the records: by the agent that says most for it."""
    most = max(entry.why, key=lambda name: (entry.why[name], name), default="")
    duty = next((agent.duty for agent in agents if agent.name == most), "")
    words = _WORDS.get(most) or _lowered(duty) or "chosen for you"
    return Remembered(item_href(entry.key), entry.title or entry.key, words)


def can_enquire(row: ItemRow) -> bool:
    """Whether it is somebody's offer, with a page of theirs on the web."""
    return row.kind == VENDOR and not row.is_gone and row.url.startswith(("http://", "https://"))


def card(
    row: ItemRow,
    said: Said,
    *,
    now_s: float,
    why: Why | None = None,
    slate: str = "",
    position: int | None = None,
    follow: str = "",
) -> Card:
    """The card of an item; with the slate and its place in it, if it is from one."""
    return Card(
        id=row.id,
        key=row.key,
        href=item_href(row.key, slate, position),
        title=row.title or host_and_path(row.url),
        language="" if is_english(row.language) else row.language,
        kind="" if row.kind == _OTHER else row.kind,
        where=host_of(row.source_url).removeprefix("www."),
        source=row.source,
        source_name=host_and_path(row.source_url),
        dated=moment(row.created_at, now_s),
        text=flowing(row.quote),
        cited_href=page_href(row.page, row.version, row.start, row.end),
        facts=tuple(str(row.fields[name]) for name in ("category", "region", "price") if row.fields.get(name)),
        said=said,
        why=why,
        slate=slate,
        position=position,
        is_gone=row.is_gone,
        can_enquire=can_enquire(row),
        follow=follow,
    )


@dataclass(frozen=True, slots=True)
class Slated:
    """What is told of all entries of a slate alike: by whom it was made, for whom, and what is usual in it."""

    profile: Profile
    duties: Mapping[str, str]
    usual: Mapping[str, float]  # each agent's mean share

    @classmethod
    def of(cls, slate: Slate, profile: Profile, agents: Sequence[FeedAgent]) -> Self:
        """That of a slate."""
        totals: dict[str, float] = {}
        for entry in slate.entries:
            for name, share in entry.why.items():
                totals[name] = totals.get(name, 0.0) + share / len(slate.entries)
        return cls(profile, _DUTIES | {agent.name: agent.duty for agent in agents}, totals)


def why_of(
    entry: Entry, slated: Slated, *, liked: ItemRow | None, rewarded: float = 0.0, follows: Called | None = None
) -> Why:
    """
    Why an entry is in its slate: because it is new of what the person follows, or because of what they liked, if it is
    like that, else by whichever of the agents that nominated it says more for it than for the others there.

    `liked` is what it is most like, and `follows` what it is new of, if the person may still see that; `rewarded` how
    often others liked it lately.
    """
    if follows is not None:
        words, title = followed_words(follows)
    elif liked is not None:
        words, title = f"because {did_words(slated.profile, liked.id)}", liked.title or host_and_path(liked.url)
    else:
        words, title = _reason(entry, slated, rewarded), ""
    points = _apportioned(entry.why, entry.score)
    shares = tuple(
        Share(
            name=name,
            title=_titled(name),
            duty=slated.duties.get(name, ""),
            points=f"{points[name] / 10:.1f}",
            width_percent=round(100 * entry.why[name] / entry.score, 2) if entry.score > 0 else 0.0,
        )
        for name in sorted(entry.why, key=lambda name: (-entry.why[name], name))
        if points[name] > 0
    )
    return Why(words, shortened(title), shares, f"{round(_POINTS * 10 * entry.score) / 10:.1f}", entry.explored)


def _reason(entry: Entry, slated: Slated, rewarded: float) -> str:
    nominating = [name for name in entry.why if name in entry.nominated_by] or list(entry.why)
    if not any(act.worth > 0 for act in slated.profile.acts):
        # What speaks of a person's liking says nothing yet, however much it is.
        wanted = {*_OF_ITSELF, *(["discovery"] if slated.profile.interests else [])}
        nominating = [name for name in nominating if name in wanted] or ["quality"]
    most = max(nominating, key=lambda name: (entry.why.get(name, 0.0) - slated.usual.get(name, 0.0), name))
    if most == "forecaster" and rewarded >= _MANY:
        return "many liked it"
    if most == "discovery" and not slated.profile.acts:
        return "it fits your topics"
    return _WORDS.get(most) or _lowered(slated.duties.get(most, "")) or "chosen for you"


def followed_words(follows: Called) -> tuple[str, str]:
    """What somebody follows, said of an item that is new of it: words, and a title behind them."""
    if follows.kind == "source":
        return "you follow", host_and_path(follows.name)
    return "there is news of your question" if follows.kind == "standing" else "you follow", follows.name


def did_words(profile: Profile, item: int) -> str:
    """What the person did with an item: "you saved", "you read"."""
    kind = next((act.kind for act in profile.acts if act.item == item), "")
    return _DID.get(kind, "you read")


def item_href(key: str, slate: str = "", position: int | None = None) -> str:
    """The item's own page; from a slate it says which one and where."""
    path = f"/feed/items/{quote(key, safe='')}"
    return path if not slate or position is None else f"{path}?{urlencode({'slate': slate, 'position': position})}"


def question_about(title: str) -> str:
    """The question that asks about something that is called so."""
    return title if title.rstrip().endswith("?") else f"What is said about {title.rstrip(' .!:;')}?"


def shortened(title: str) -> str:
    """A title as it is said in a sentence."""
    if len(title) <= _TITLE_CHARACTERS:
        return title
    return title[:_TITLE_CHARACTERS].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _apportioned(why: Mapping[str, float], score: float) -> dict[str, int]:
    """The shares in whole tenths of points that sum to the score's: what is rounded away goes to the largest rests."""
    total = round(_POINTS * 10 * score)
    exact = {name: max(share, 0.0) * _POINTS * 10 for name, share in why.items()}
    whole = {name: int(value) for name, value in exact.items()}
    rest = total - sum(whole.values())
    for name in sorted(exact, key=lambda name: (whole[name] - exact[name], name))[: max(rest, 0)]:
        whole[name] += 1
    return whole


def _titled(name: str) -> str:
    return name[:1].upper() + name[1:].replace("_", " ")


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def stated(fields: Mapping[str, Any], name: str) -> str:
    """A field of an item in words; empty where it states none."""
    value = fields.get(name)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return "" if value is None else str(value)
