"""What several pages list: jobs' states, entity cards, passages, outcomes of URLs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bowerbird.kernel.nouns import Hit, Span
from bowerbird.knowledge import EntityCard, MentionText
from bowerbird.knowledge.words import is_english
from bowerbird.web.charts import Point, spark
from bowerbird.web.reading import Piece, mark_terms
from bowerbird.web.words import host_and_path, paged, plural, text_fragment

__all__ = [
    "EntityCardView",
    "Link",
    "PassageView",
    "State",
    "entity_card_view",
    "flowing",
    "marked_pieces",
    "mention_href",
    "page_href",
    "passage_view",
    "sentence_pieces",
    "state_of",
]

Tone = Literal["", "good", "warn", "bad", "blue"]


@dataclass(frozen=True, slots=True)
class Link:
    """Where one can go, and what it is called."""

    href: str
    title: str


@dataclass(frozen=True, slots=True)
class State:
    """A job's state: its name in the contract, and how people see it."""

    name: str
    title: str
    tone: Tone
    icon: str


_STATES: Final = {
    state.name: state
    for state in (
        State("queued", "Waiting to start", "", "clock"),
        State("running", "Gathering", "blue", "loader"),
        State("completed", "Completed", "good", "circle-check"),
        State("failed", "Failed", "bad", "circle-x"),
        State("cancelled", "Cancelled", "warn", "circle-slash"),
    )
}


def state_of(status: str) -> State:
    """How a job's status is shown."""
    return _STATES[status]


@dataclass(frozen=True, slots=True)
class EntityCardView:
    """An entity as a card: what it is called, how much is said about it, and one sentence that says it."""

    href: str
    name: str
    type_title: str
    counts: str
    relations: tuple[Link, ...]
    quote: tuple[Piece, ...]
    spark: tuple[Point, ...]
    spark_label: str
    evidence: Link | None


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage that was found."""

    where: str
    href: str
    title: str
    heading: str
    text: tuple[Piece, ...]
    live_href: str
    language: str = ""  # where it is not in English


def entity_card_view(card: EntityCard) -> EntityCardView:
    """An entity as a card; its sentence marks its name."""
    telling = card.top_mentions[0] if card.top_mentions else None
    return EntityCardView(
        href=f"/knowledge/entities/{card.id}",
        name=card.name,
        type_title=card.type,
        counts=f"{plural(card.mentions_count, 'mention')} on {plural(card.pages_count, 'page')}",
        relations=tuple(
            Link(f"/knowledge/entities/{relation.entity}", f"{relation.type} {relation.name}")
            for relation in card.relations[:2]
        ),
        quote=sentence_pieces(telling) if telling else (),
        spark=spark(card.spark),
        spark_label=f"Mentions on its pages: {', '.join(map(str, card.spark))}",
        evidence=Link(mention_href(telling), telling.title or host_and_path(telling.url)) if telling else None,
    )


def mention_href(mention: MentionText) -> str:
    """The stored page, scrolled to the sentence of a mention."""
    return page_href(mention.page, mention.version, mention.sentence_start, mention.sentence_end)


def sentence_pieces(mention: MentionText) -> tuple[Piece, ...]:
    """The sentence of a mention, what it mentions marked."""
    name = Span(mention.start - mention.sentence_start, mention.end - mention.sentence_start)
    return marked_pieces(mention.sentence, (name,))


def marked_pieces(sentence: str, names: Sequence[Span]) -> tuple[Piece, ...]:
    """The sentence without the sign of a heading or an item, the names in it (in their order) marked."""
    pieces: list[Piece] = []
    at = 0
    for name in names:
        before = sentence[at : name.start]
        pieces += [Piece(before if at else _SIGNS.sub("", before)), Piece(name.of(sentence), marked=True)]
        at = name.end
    rest = sentence[at:]
    pieces.append(Piece(rest if at else _SIGNS.sub("", rest)))
    return tuple(piece for piece in pieces if piece.text)


_SIGNS: Final = re.compile(r"^[ \t]*(?:#{1,6}|[-*+•]|```\w*)[ \t]*", re.MULTILINE)
_SHOWN_CHARACTERS: Final = 420


def passage_view(hit: Hit, query: str) -> PassageView:
    """A hit as it is listed, the query's words marked."""
    passage = hit.passage
    return PassageView(
        where=paged(host_and_path(passage.url), passage.page_number),
        href=page_href(passage.page, passage.version, passage.start, passage.end),
        title=passage.title or host_and_path(passage.url),
        heading=passage.heading,
        text=mark_terms(_shortened(flowing(passage.text)), query),
        live_href=text_fragment(passage.url, passage.text, page_number=passage.page_number),
        language="" if is_english(passage.language) else passage.language,
    )


def page_href(page: int, version: int, start: int, end: int) -> str:
    """The stored page, scrolled to a span of one of its versions."""
    return f"/knowledge/pages/{page}?version={version}&start={start}&end={end}#cited"


def flowing(text: str) -> str:
    """Several blocks as one line, without the signs that make headings and items of them."""
    return " ".join(_SIGNS.sub("", text).split())


def _shortened(text: str) -> str:
    if len(text) <= _SHOWN_CHARACTERS:
        return text
    return text[:_SHOWN_CHARACTERS].rsplit(" ", 1)[0] + " …"
