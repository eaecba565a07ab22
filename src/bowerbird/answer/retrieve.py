"""
Several rounds of retrieval: what the best passages leave open is searched for again, by the names that they bring in.

"When was the author of Emma born?" finds a page about Emma, which names Jane Austen and says nothing of when she was
born; the second round looks for "born Jane Austen". What the rounds find is joined by score behind the two best of
the first, which the later rounds may not push away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bowerbird.answer.question import Plan
from bowerbird.kernel.nouns import Hit, PassageText, Scope
from bowerbird.knowledge.words import is_english, stem, stems, word_spans

__all__ = ["Retrieved", "Search", "retrieve"]

# Chosen on one half of the questions of bench/quality/multihop.py; each round costs a search.
BRIDGES = 3  # passages of the first round that a later round starts from
KEPT_FIRST = 2
NAMES = 6
# The share of the question's words that the best passages leave unsaid, from which another round is worth its time.
LEFT_OPEN = 0.34

_NAME = re.compile(r"(?:[A-Z][\w’'-]+(?: (?:of|the|de|von|van|and) (?=[A-Z]))? ?)+")


class Search(Protocol):
    """What is needed of a `Searcher`."""

    def search_each(self, queries: Sequence[str], *, k: int, scope: Scope) -> list[list[Hit]]:
        """The k best passages for each of `queries` that `scope` may see."""
        ...


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The passages, best first, and in words what each round after the first looked for."""

    hits: tuple[Hit, ...]
    rounds: tuple[str, ...]


def retrieve(plan: Plan, searcher: Search, scope: Scope, *, k: int, has_rounds: bool = True) -> Retrieved:
    """
    The k best passages for what is asked that `scope` may see.

    More rounds only where words are left open, and never without `has_rounds`.
    """
    [first] = searcher.search_each([plan.question], k=k, scope=scope)
    # Capital letters are names' in English; German writes every noun with one, Japanese has none.
    if not has_rounds or not is_english(plan.language) or not is_open(plan, first):
        return Retrieved(tuple(first), ())
    queries = list(dict.fromkeys(query for hit in first[:BRIDGES] if (query := next_query(plan, hit.passage))))
    found = searcher.search_each(queries, k=k, scope=scope)
    rounds = tuple(f"then looked for “{query}”" for query in queries)
    return Retrieved(tuple(_joined(first, found)[:k]), rounds)


def is_open(plan: Plan, hits: Sequence[Hit]) -> bool:
    """Whether each of the best passages leaves much of the question unsaid."""
    if not hits or len(plan.terms) < 3:
        return False
    said = max(
        sum(term in held for term in plan.terms) for held in map(_stems, (hit.passage for hit in hits[:BRIDGES]))
    )
    return said / len(plan.terms) <= 1 - LEFT_OPEN


def next_query(plan: Plan, passage: PassageText) -> str:
    """The words of the question that the passage leaves open, with the names it brings in; empty without either."""
    held = _stems(passage)
    open_words = [word for span in word_spans(plan.question) if stem(word := span.of(plan.question)) not in held]
    asked = set(stems(plan.question))
    brought = (name.strip() for name in _NAME.findall(passage.text))
    names = [name for name in dict.fromkeys(brought) if not asked.issuperset(stems(name))][:NAMES]
    return " ".join([*open_words, *names]) if open_words and names else ""


def _stems(passage: PassageText) -> set[str]:
    return set(stems(f"{passage.title} {passage.heading} {passage.text}"))


def _joined(first: Sequence[Hit], later: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Each passage once with its best score; the best of the first round stay in front."""
    best = {hit.passage.id: hit for hit in first}
    for hits in later:
        for hit in hits:
            if hit.passage.id not in best or hit.score > best[hit.passage.id].score:
                best[hit.passage.id] = hit
    kept = list(first[:KEPT_FIRST])
    others = [hit for number, hit in best.items() if number not in {one.passage.id for one in kept}]
    return [*kept, *sorted(others, key=lambda hit: -hit.score)]
