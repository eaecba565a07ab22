"""Questions made from what was gathered, so that a first question, or the next, is one that can be answered."""

from collections.abc import Collection, Iterable
from urllib.parse import urlencode

from bowerbird.knowledge import Defined, EntityCard
from bowerbird.knowledge.words import content_stems
from bowerbird.web.listings import Link

__all__ = ["example_questions", "next_questions"]


def example_questions(cards: Iterable[EntityCard], *, limit: int = 3) -> tuple[Link, ...]:
    """Questions about the entities that matter most, as links that ask them."""
    questions = [_question(card, number) for number, card in enumerate(list(cards)[:limit])]
    return tuple(Link(f"/chat?{urlencode({'query': question})}", question) for question in questions)


def next_questions(
    defined: Iterable[Defined], asked: Collection[str], answer: str, *, limit: int = 3
) -> tuple[str, ...]:
    """
    What may be asked next: what those things are of which a page says it, but what was `asked` about or is answered.

    A question is proposed only where its answer was seen, so there may be none.
    """
    known = [frozenset(content_stems(question)) for question in asked]
    found: dict[str, str] = {}
    for one in defined:
        words = frozenset(content_stems(one.name))
        if words and one.sentence not in answer and not any(words <= before for before in known):
            asks = "Who" if one.type == "person" else "What"
            thing = " ".join(filter(None, (one.article, _in_sentence(one.name))))
            found.setdefault(" ".join(sorted(words)), f"{asks} {one.verb} {thing}?")
    return tuple(found.values())[:limit]


def _question(card: EntityCard, number: int) -> str:
    if card.type == "person":
        return f"Who is {card.name}?"
    if card.type in {"organisation", "place", "name"}:
        return f"What is said about {card.name}?"
    forms = ("What is {}?", "How does {} work?", "What is {} used for?")
    return forms[number % len(forms)].format(_in_sentence(card.name))


def _in_sentence(name: str) -> str:
    """A term without its capital, unless it has others (an abbreviation, a name)."""
    return name[0].lower() + name[1:] if name[1:] == name[1:].lower() else name
