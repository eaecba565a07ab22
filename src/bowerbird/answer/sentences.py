"""The sentences that an answer may be made of: cut from passages, with what surrounds them, and judged fit to be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.kernel.nouns import Hit, PassageText, Span
from bowerbird.knowledge.text import blocks, sentences_of
from bowerbird.knowledge.words import fold, stem, stems

__all__ = ["Sentence", "is_for_machines", "is_readable", "leans_back", "sentences_in"]

# Shorter ones are labels, longer ones are lists without an end or broken markup.
MIN_WORDS = 4
MAX_WORDS = 90

_LEANS_BACK = re.compile(
    r"[\W_]*(?:it|its|they|their|them|this|these|those|that|he|his|she|her|such|both|the (?:former|latter)|here|there)\b",
    re.IGNORECASE,
)
# "This paper", "these trees" still lean back; "that" after which a clause comes does not, and is rare at a head.
_MARKUP = re.compile(r"!\[|\]\(|\]\[|https?://\S+\)|[{}<>|]{2}|\bfunction\s*\(|^\s*[\W\d_]+$")
_FURNITURE = re.compile(
    r"\b(?:cookies?|javascript|sign (?:in|up)|log ?in|subscribe|newsletter|click here|privacy policy|terms of (?:use|service)"
    r"|all rights reserved|copyright|skip to|read more|share (?:this|on)|go to the end to download|download (?:the full|python source|jupyter))\b",
    re.IGNORECASE,
)
# Sentences that give orders to a reader that is a program. They are data; they are just never an answer.
_FOR_MACHINES = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|all|any|your|these|the)\b.{0,40}"
    r"\b(?:instructions?|prompts?|rules?|messages?|context|directions?|guidelines?)\b"
    r"|\b(?:system prompt|as an ai\b|you are (?:now |chatgpt|an? (?:ai|assistant|language model))|(?:ai|llm) (?:assistants?|models?|agents?|systems?)"
    r"(?: that| which|,)? (?:read|process|see|must|should)|assistants? reading this|new instructions?:|do not (?:tell|reveal|mention) (?:this|the user)"
    r"|(?:respond|reply|answer) (?:only )?with\b.{0,60}(?:instead|regardless|always))",
    re.IGNORECASE,
)


_LIST_MARK = re.compile(r"(?:[-*+•·–]|\(?\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or list item of a passage; `start` and `end` lie in the version's text."""

    passage: PassageText
    passage_score: float
    start: int
    end: int
    text: str
    kind: str
    order: int  # its place among the sentences of its passage
    before: str  # the sentence before it in the passage, to see what a pronoun means
    before_start: int
    stems: tuple[str, ...]
    around: frozenset[str]  # the stems of title, headings and the sentence before

    @property
    def span(self) -> tuple[int, int, int]:
        """Where it is: version, start, end."""
        return (self.passage.version, self.start, self.end)


def sentences_in(hits: Sequence[Hit]) -> list[Sentence]:
    """The readable sentences of the passages found, each stretch of text once, in the order of the hits."""
    found: dict[tuple[int, int, int], Sentence] = {}
    for rank, hit in enumerate(hits):
        # By rank, because the unit of a score depends on which halves of the search saw the passage.
        for sentence in _sentences(hit.passage, 1 / (1 + rank / 5)):
            found.setdefault(sentence.span, sentence)
    return list(found.values())


def _sentences(passage: PassageText, score: float) -> list[Sentence]:
    title = frozenset(stems(f"{passage.title} {passage.heading}"))
    found: list[Sentence] = []
    before = Span(0, 0)
    for block in blocks(passage.text):
        if block.kind == "code":
            continue
        for span in sentences_of(passage.text, block):
            text = span.of(passage.text)
            if block.kind in ("prose", "item") and is_readable(text):
                lead = before.of(passage.text)
                mark = _LIST_MARK.match(text)
                if mark is not None:  # a quote begins with the words
                    span, text = Span(span.start + mark.end(), span.end), text[mark.end() :]
                found.append(
                    Sentence(
                        passage=passage,
                        passage_score=score,
                        start=passage.start + span.start,
                        end=passage.start + span.end,
                        text=text,
                        kind=block.kind,
                        order=len(found),
                        before=lead,
                        before_start=passage.start + before.start,
                        stems=tuple(stems(text)),
                        around=title | frozenset(stems(lead)),
                    )
                )
            before = span
    return found


def is_readable(text: str) -> bool:
    """Whether `text` reads as a sentence: words of letters, no markup, no furniture of a site, no orders to machines."""
    words = text.split()
    if not MIN_WORDS <= len(words) <= MAX_WORDS or _MARKUP.search(text) or is_for_machines(text):
        return False
    letters = sum(mark.isalpha() or mark.isspace() for mark in text)
    if letters < 0.7 * len(text):
        return False
    lower = sum(word[0].islower() for word in words)
    # Menus and titles capitalise most words and have no stop.
    if lower < 0.35 * len(words) and text[-1] not in ".!?:…。":
        return False
    return not (_FURNITURE.search(text) and len(words) < 20)


def is_for_machines(text: str) -> bool:
    """Whether `text` looks like an order to an AI that reads it."""
    return bool(_FOR_MACHINES.search(text))


def leans_back(text: str) -> bool:
    """Whether the sentence opens with a word that only the sentence before explains."""
    return bool(_LEANS_BACK.match(text))


def first_stems(text: str, count: int) -> list[str]:
    """The stems of the first words, articles left out."""
    return [
        stem(word) for word in text.split()[: count + 2] if fold(word.strip("*_`\"'([{")) not in ("a", "an", "the")
    ][:count]
