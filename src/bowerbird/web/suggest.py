"""Example questions made from what was gathered, so that a first question is one that can be answered."""

from collections.abc import Iterable
from urllib.parse import urlencode

from bowerbird.knowledge import EntityCard
from bowerbird.web.listings import Link

__all__ = ["example_questions"]


def example_questions(cards: Iterable[EntityCard], *, limit: int = 3) -> tuple[Link, ...]:
    """Questions about the entities that matter most, as links that ask them."""
    questions = [_question(card, number) for number, card in enumerate(list(cards)[:limit])]
    return tuple(Link(f"/chat?{urlencode({'query': question})}", question) for question in questions)


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
