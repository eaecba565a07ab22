"""What a question takes for granted: its names and numbers, and whether any page that was found knows of them."""

from collections.abc import Sequence

from bowerbird.answer.question import Plan
from bowerbird.answer.slots import slots
from bowerbird.kernel.nouns import Hit
from bowerbird.knowledge.words import fold, word_spans

__all__ = ["unknown_to"]


def unknown_to(plan: Plan, hits: Sequence[Hit]) -> tuple[str, ...]:
    """The names and numbers of the question that none of the passages mentions, as the question writes them."""
    taken = slots(plan.question)
    texts = [f"{hit.passage.title} {hit.passage.heading} {hit.passage.text}" for hit in hits]
    known = {fold(span.of(text)) for text in texts for span in word_spans(text)}
    numbers = frozenset[str]().union(*(slots(text).numbers for text in texts)) if taken.numbers else frozenset[str]()
    missing = {name for name in taken.names if not _is_known(name, known)} | (taken.numbers - numbers)
    words = (span.of(plan.question) for span in word_spans(plan.question))
    return tuple(dict.fromkeys(word for word in words if fold(word) in missing))


def _is_known(name: str, known: set[str]) -> bool:
    """Also in the plural, and of people whom a page calls by a form of the name: "Canadian" of "Canada"."""
    return name in known or any(word.startswith(name[: max(4, len(name) - 2)]) for word in known)
