"""
What reaches a reader of what a lying model writes: 200 answers over HTTP from scripted models that invent, misquote or
swap numbers, and 280 more from ones that lie in ways nobody asked for, over XQuAD's 240 paragraphs.

A claim is false when its sentence stands on no page: every script lies by changing a sentence that stands there, and
what is quoted in its place stands there as it is. Counted is what is shown as supported, and as partly supported, and
how often the reader gets an answer all the same.
"""

import asyncio
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.quality.answers import xquad
from bench.report import write
from bench.speed.questions import fill
from bowerbird.answer import Answer
from bowerbird.answer.write import tidy
from bowerbird.settings import ModelSettings, load_settings
from bowerbird.testing.model_server import ModelServer, Script
from bowerbird.testing.model_writers import SCRIPTS, Prompted, writing
from bowerbird.wiring import open_app

EACH = 40
ASKED_FOR = ("invents", "misquotes", "swaps numbers", "swaps numbers in the claim", "denies")
SEED = 7

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_UNITS = {"kilometres": "miles", "miles": "kilometres", "metres": "feet", "feet": "metres", "million": "billion",
          "billion": "million", "percent": "per mille", "%": "‰", "years": "months", "days": "hours"}  # fmt: skip
_TURNS = {"more": "less", "less": "more", "first": "last", "before": "after", "after": "before", "most": "fewest",
          "largest": "smallest", "north": "south", "south": "north", "east": "west", "west": "east", "higher": "lower",
          "increased": "decreased", "over": "under", "won": "lost", "lost": "won", "above": "below"}  # fmt: skip

Lie = Callable[[str, Sequence[str]], str | None]


def swaps_names(sentence: str, others: Sequence[str]) -> str | None:
    """The sentence with another sentence's name in the place of one of its own."""
    own = _NAME.findall(sentence)
    strange = [name for other in others for name in _NAME.findall(other) if name not in sentence]
    return sentence.replace(own[-1], strange[0]) if own and strange else None


def turns_round(sentence: str, others: Sequence[str]) -> str | None:  # noqa: ARG001
    """The sentence with one word turned into its opposite."""
    return _swapped(sentence, _TURNS)


def swaps_units(sentence: str, others: Sequence[str]) -> str | None:  # noqa: ARG001
    """The sentence with another unit."""
    return _swapped(sentence, _UNITS)


def _swapped(sentence: str, words: Mapping[str, str]) -> str | None:
    for word, other in words.items():
        changed = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", other, sentence, count=1)
        if changed != sentence:
            return changed
    return None


def marries(sentence: str, others: Sequence[str]) -> str | None:
    """The beginning of one sentence with the end of another."""
    other = next((one for one in others if one != sentence and len(one.split()) > 8), None)
    words = sentence.split()
    return f"{' '.join(words[: len(words) // 2])} {' '.join(other.split()[-5:])}" if other and len(words) > 8 else None


def adds(sentence: str, others: Sequence[str]) -> str | None:  # noqa: ARG001
    """The sentence, and a cause that nobody gave."""
    return f"{sentence.rstrip('.')} because the parliament of Denmark had ordered it."


def swaps_roles(sentence: str, others: Sequence[str]) -> str | None:  # noqa: ARG001
    """The sentence with two of its names in each other's place."""
    own = list(dict.fromkeys(_NAME.findall(sentence)))
    if len(own) < 2:
        return None
    first, last = own[0], own[-1]
    return sentence.replace(first, "\0").replace(last, first).replace("\0", last)


def generalises(sentence: str, others: Sequence[str]) -> str | None:  # noqa: ARG001
    """The sentence without what limits it."""
    changed = re.sub(
        r"\b(?:some|many|most|several|a few|about|nearly|almost|usually|often|sometimes) ", "all ", sentence, count=1
    )
    return changed if changed != sentence else None


LIES: Mapping[str, Lie] = {
    "swaps names": swaps_names,
    "turns a word round": turns_round,
    "swaps units": swaps_units,
    "marries two sentences": marries,
    "adds a cause": adds,
    "swaps roles": swaps_roles,
    "generalises": generalises,
}


def lying(lie: Lie) -> Script:
    """A script whose quotes are true and whose claims are not."""

    def claims(given: Prompted) -> list[tuple[str, int, str]]:
        best = given.best(6)
        changed = [(lie(sentence, [other for _, other in best]), number, sentence) for number, sentence in best]
        return [(text, number, sentence) for text, number, sentence in changed if text is not None][:2]

    return writing(claims)


async def answers(data: Path, script: Script, questions: Sequence[str]) -> tuple[list[Answer], int]:
    """What a reader gets, and how often the model was asked."""
    with ModelServer(script) as server:
        limits = ModelSettings(cache_days=0, tokens_a_day=10**9)
        settings = load_settings(data_dir=data).model_copy(update={"llm": server.llm, "models": limits})
        async with open_app(settings) as app:
            told = [await app.asker.ask(question, app.scope) for question in questions]
    return told, len(server.asked)


def figures(told: Sequence[Answer], calls: int, is_true: Callable[[str], bool]) -> tuple[dict[str, Any], list[str]]:
    """Counts of one script, and the false sentences that were shown as supported."""
    shown = Counter(claim.verdict for answer in told for claim in answer.claims if not is_true(claim.text))
    false = [claim.text for a in told for claim in a.claims if claim.verdict == "supported" and not is_true(claim.text)]
    return {
        "answers": len(told),
        "calls of the model": calls,
        "left out": sum(len(answer.left_out) for answer in told),
        "false, shown as supported": shown["supported"],
        "false, shown as partly supported": shown["partial"],
        "answered all the same": sum(not answer.abstained for answer in told),
    }, false


def main() -> None:
    """All scripts."""
    pages, _ = xquad()
    everything = " ".join(tidy(page.text) for page in pages)
    by_kind: dict[str, dict[str, Any]] = {}
    reached: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="bowerbird-liars-") as folder:
        data = Path(folder) / "data"
        questions = fill(data)
        random.Random(SEED).shuffle(questions)
        scripts = {name: SCRIPTS[name] for name in ASKED_FOR} | {name: lying(lie) for name, lie in LIES.items()}
        for number, (name, script) in enumerate(scripts.items()):
            asked = questions[number * EACH : (number + 1) * EACH]
            told, calls = asyncio.run(answers(data, script, asked))
            by_kind[name], reached[name] = figures(told, calls, partial(_stands_in, everything))
            print(name, by_kind[name], flush=True)
    wanted = [by_kind[name] for name in ASKED_FOR]
    write(
        "liars",
        {"by_kind": by_kind, "reached": reached},
        headline={
            "answers by a lying model": sum(one["answers"] for one in wanted),
            "false claims shown as supported (0)": sum(one["false, shown as supported"] for one in wanted),
            "lies nobody asked for, shown as supported, of 280 answers": sum(
                by_kind[name]["false, shown as supported"] for name in LIES
            ),
        },
    )  # fmt: skip


def _stands_in(everything: str, text: str) -> bool:
    return text in everything


if __name__ == "__main__":
    main()
