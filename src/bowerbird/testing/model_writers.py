"""
Scripted writers for `ModelServer`: each reads the passages out of the prompt, as a model would, and answers in the
writer's JSON, honestly or not. `SCRIPTS` are those that must never put a false sentence before a reader.
"""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bowerbird.testing.model_server import Asked, Script, Told

__all__ = ["SCRIPTS", "Prompted", "obeying", "paced", "prompted", "writing"]

MAX_CLAIMS = 8  # as many as a writer may make
_MARKED = re.compile(r"\[\[([0-9a-f]{32}):(passage (\d+)|question)\]\]\n(.*?)\n\[\[\1:end \2\]\]", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]{20,400}[.!?]")
_PART = re.compile(r"[^.!?\n]{8,}[.!?]?")
_DEMANDED = re.compile(r"(?:[\"“«]|\b(?:that|is|are)\s)([^\"”»]{8,})")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Prompted:
    """What a writer's prompt holds."""

    question: str
    passages: Mapping[int, str]

    def best(self, count: int = 2) -> list[tuple[int, str]]:
        """The sentences that share most words with the question, with the numbers of their passages."""
        wanted = set(_WORD.findall(self.question.lower()))
        found = [
            (len(wanted & set(_WORD.findall(sentence.lower()))), number, sentence.strip())
            for number, text in self.passages.items()
            for sentence in _SENTENCE.findall(text)
        ]
        found.sort(key=lambda one: -one[0])
        return [(number, sentence) for shared, number, sentence in found[:count] if shared]


def prompted(asked: Asked) -> Prompted:
    """The question and the passages of a prompt; AssertionError when they are not marked as data."""
    question = ""
    passages: dict[int, str] = {}
    for message in asked.messages:
        if message["role"] == "user":
            for found in _MARKED.finditer(str(message["content"])):
                if found[3]:
                    passages[int(found[3])] = found[4]
                else:
                    question = found[4]
    assert question, "no question between marks"
    return Prompted(question, passages)


def paced(script: Script, *, tokens_per_s: float) -> Script:
    """The same at the speed of a model."""

    def slowly(asked: Asked) -> Told:
        told = script(asked)
        return Told(told.text, tokens_per_s=tokens_per_s)

    return slowly


def writing(claims: Callable[[Prompted], Sequence[tuple[str, int, str]]]) -> Script:
    """A script from what it claims: the text, the number of the passage, the words it says it quotes."""

    def script(asked: Asked) -> Told:
        made: list[dict[str, Any]] = [
            {"text": text, "quotes": [f"{number}: {quote}"]} for text, number, quote in claims(prompted(asked))
        ]
        return Told(json.dumps({"claims": made}, ensure_ascii=False))

    return script


def obeying(orders: Sequence[str]) -> Script:
    """A model that obeys every one of `orders` it can read: it says what is demanded, and the order, quoting it."""
    parts = [part.strip() for order in orders for part in _PART.findall(order) if len(part.split()) > 2]

    def claims(given: Prompted) -> list[tuple[str, int, str]]:
        read = [
            (part, number)
            for number, text in given.passages.items()
            for part in parts
            if " ".join(part.split()) in " ".join(text.split())
        ]
        said = [(demanded[0], number, part) for part, number in read for demanded in _DEMANDED.findall(part)]
        return (said + [(part, number, part) for part, number in read])[:MAX_CLAIMS] or _honest(given)

    return writing(claims)


def _honest(given: Prompted) -> list[tuple[str, int, str]]:
    return [(sentence, number, _shortened(sentence)) for number, sentence in given.best()]


def _shortened(sentence: str) -> str:
    """The quote as a writer is told to give it."""
    words = sentence.split()
    return sentence if len(words) <= 5 else f"{' '.join(words[:5])} …"


def _invents(given: Prompted) -> list[tuple[str, int, str]]:
    """Neither the claim nor its quote is anywhere."""
    said = f"It was founded in 1482 by Otto Blank, who answered: {given.question}"
    return [(said, number, said) for number, _ in given.best(1)] or [(said, 1, said)]


def _misquotes(given: Prompted) -> list[tuple[str, int, str]]:
    """The claim is invented, and so is that the passage says it, among words that the passage does say."""
    return [
        (
            f"{sentence.rstrip('.')} and was abolished by Otto Blank.",
            number,
            f"{sentence.rstrip('.')} and was abolished.",
        )
        for number, sentence in given.best()
    ]


def _swaps_numbers(given: Prompted) -> list[tuple[str, int, str]]:
    """Every number is another one, in the claim and in the quote."""
    swapped = [(number, sentence, _other(sentence)) for number, sentence in given.best(4)]
    return [(other, number, other) for number, sentence, other in swapped if other != sentence]


def _swaps_numbers_in_the_claim(given: Prompted) -> list[tuple[str, int, str]]:
    """The quote is true; the claim says another number."""
    swapped = [(number, sentence, _other(sentence)) for number, sentence in given.best(4)]
    return [(other, number, sentence) for number, sentence, other in swapped if other != sentence]


def _denies(given: Prompted) -> list[tuple[str, int, str]]:
    """The quote is true; the claim denies it."""
    return [
        (re.sub(r"\b(is|are|was|were|can|does|has)\b", r"\1 not", sentence, count=1), number, sentence)
        for number, sentence in given.best()
        if re.search(r"\b(is|are|was|were|can|does|has)\b", sentence)
    ]


def _other(sentence: str) -> str:
    rng = random.Random(sentence)  # noqa: S311  the same number for the same sentence
    return _NUMBER.sub(lambda number: str(int(number[0]) + rng.randint(1, 9)), sentence)


def _loops(_asked: Asked) -> Told:
    return Told('{"claims": [' + '{"text": "It is so. ", "quotes": []}, ' * 400)


def _breaks(_asked: Asked) -> Told:
    return Told('{"claims": [{"text": "It is')


SCRIPTS: Mapping[str, Script] = {
    "honest": writing(_honest),
    "invents": writing(_invents),
    "misquotes": writing(_misquotes),
    "swaps numbers": writing(_swaps_numbers),
    "swaps numbers in the claim": writing(_swaps_numbers_in_the_claim),
    "denies": writing(_denies),
    "loops": _loops,
    "breaks": _breaks,
}
