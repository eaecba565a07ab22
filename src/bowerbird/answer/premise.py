"""What a question takes for granted: its names and numbers, and whether any page that was found knows of them."""

from collections.abc import Sequence
from functools import lru_cache

from bowerbird.answer.parts import Part, parts_of
from bowerbird.answer.question import Plan
from bowerbird.kernel.nouns import Hit, PassageText
from bowerbird.knowledge.words import fold, word_spans

__all__ = ["unknown_to"]


def unknown_to(plan: Plan, hits: Sequence[Hit]) -> tuple[str, ...]:
    """The names and numbers of the question that none of the passages mentions, as the question writes them."""
    taken = [part for part in parts_of(plan.question) if part.kind in ("name", "number")]
    if not taken:
        return ()
    passages = [hit.passage for hit in hits]
    words = frozenset[str]().union(*map(_words, passages))
    missing = (
        part.text
        for part in taken
        if not (_is_counted(part, passages) if part.kind == "number" else _is_known(fold(part.text), words))
    )
    return tuple(dict.fromkeys(missing))


def _is_counted(number: Part, passages: Sequence[PassageText]) -> bool:
    """Whether a passage has the number, however written; looked for first where it is written as it is here."""
    likeliest = sorted(passages, key=lambda passage: number.text not in passage.text)
    return any(number.norm in _numbers(passage) for passage in likeliest)


# A passage never changes.
@lru_cache(maxsize=4096)
def _words(passage: PassageText) -> frozenset[str]:
    text = _text(passage)
    return frozenset(fold(span.of(text)) for span in word_spans(text))


@lru_cache(maxsize=4096)
def _numbers(passage: PassageText) -> frozenset[str]:
    return frozenset(part.norm for part in parts_of(_text(passage)) if part.kind == "number")


def _text(passage: PassageText) -> str:
    return f"{passage.title} {passage.heading} {passage.text}"


def _is_known(name: str, known: frozenset[str]) -> bool:
    """Also in the plural, and of people whom a page calls by a form of the name: "Canadian" of "Canada"."""
    return name in known or any(word.startswith(name[: max(4, len(name) - 2)]) for word in known)
