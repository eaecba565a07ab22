"""
Evaluates lines of a data set: a question, and what is known of its answer.

    answer given?  no ──► the system is asked (and nothing of it kept)
    truth          evidence or gold ──► own pages ──► reference pages ──► a model ──► no score, and why
    citations      the system's own, or marks like [2] in an answer that point into the evidence (ALCE's form)
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bowerbird.answer.ask import Asker
from bowerbird.answer.citing import CitationScores, Cited, citation_scores, supported_in_full
from bowerbird.answer.evaluate import Evaluation, abstains, completeness, score, statements
from bowerbird.answer.judge import ask_model
from bowerbird.answer.own_pages import OwnPagesFor
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import BudgetSpent, DeadlinePassed, NotSupported, Unavailable
from bowerbird.kernel.ids import new_id
from bowerbird.kernel.nouns import Scope
from bowerbird.knowledge import Searcher
from bowerbird.knowledge.text import sentences
from bowerbird.models.chat import ChatModel

__all__ = ["Case", "Evaluated", "Evaluator", "mean_of"]

FIGURES = ("factual_accuracy", "relevance", "citation_recall", "citation_precision", "completeness")
_MARK = re.compile(r"\s*\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Case:
    """One line: what was asked, what was answered, and what is known to be true."""

    question: str
    answer: str | None = None
    gold: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A line with its figures; each is None where there is nothing to judge, or nothing to judge by."""

    question: str
    answer: str
    evaluation: Evaluation
    citations: CitationScores = field(default=CitationScores(0, 0, 0, 0))
    completeness: float | None = None  # of the gold answer; an abstention has none of it
    abstained: bool = False

    def to_json(self) -> dict[str, Any]:
        """The line as the outside contract has it, and by what it was judged."""
        recall, precision = self.citations.recall, self.citations.precision
        return {
            "question": self.question,
            "answer": self.answer,
            "factual_accuracy": self.evaluation.factual_accuracy,
            "relevance": self.evaluation.relevance,
            "citation_recall": None if recall is None else round(recall, 3),
            "citation_precision": None if precision is None else round(precision, 3),
            "abstained": self.abstained,
            "completeness": self.completeness,
            "judged_by": self.evaluation.judged_by,
            "reason": self.evaluation.reason,
        }


class Evaluator:
    """Asks the system where no answer is given, and scores. For the tasks of one event loop."""

    def __init__(
        self, asker: Asker, searcher: Searcher, scope: Scope, clock: Clock, *, model: ChatModel | None = None
    ) -> None:
        self._asker = asker
        self._scope = scope
        self._clock = clock
        self._own_pages = OwnPagesFor(searcher, scope)
        self._model = model

    async def evaluate(self, case: Case) -> Evaluated:
        """The figures of one line; raises InputWrong for what is no question, and Unavailable as asking does."""
        done = await self._asked(case) if case.answer is None else await asyncio.to_thread(self._given, case)
        if done.evaluation.judged_by == "nothing" and done.answer.strip() and not done.abstained:
            done = replace(done, evaluation=await self._by_model(done))
        return done

    async def _asked(self, case: Case) -> Evaluated:
        considered = await self._asker.consider(
            case.question, self._scope, conversation=new_id(self._clock), before_s=self._clock.now_s()
        )
        answer = considered.answer
        if answer.abstained:
            nothing = Evaluation(None, None, "nothing", "the system did not answer, and says so")
            return Evaluated(
                case.question, answer.text, nothing, completeness=0.0 if case.gold else None, abstained=True
            )
        cited = [Cited(claim.text, tuple(one.shown for one in claim.citations)) for claim in answer.claims]
        return await asyncio.to_thread(self._scored, case, answer.text, cited)

    def _given(self, case: Case) -> Evaluated:
        answer = case.answer or ""
        if not answer.strip() or abstains(answer):
            evaluation = score(case.question, answer)
            held = 0.0 if case.gold else None
            return Evaluated(case.question, answer, evaluation, completeness=held, abstained=True)
        return self._scored(case, _MARK.sub("", answer), _marked(answer, case.evidence))

    def _scored(self, case: Case, answer: str, cited: Sequence[Cited]) -> Evaluated:
        evaluation = score(case.question, answer, evidence=case.evidence, gold=case.gold, own_pages=self._own_pages)
        held = completeness(case.question, answer, case.gold) if case.gold else None
        return Evaluated(case.question, answer, evaluation, citation_scores(cited, supported_in_full), held)

    async def _by_model(self, done: Evaluated) -> Evaluation:
        """The evaluation by a model; as it was, with why, when there is none or it does not know."""
        before = done.evaluation
        if self._model is None:
            return replace(before, reason=f"{before.reason}; no model is set to judge by (BOWERBIRD_LLM)")
        said = statements(done.question, done.answer)
        try:
            verdicts = await ask_model(self._model, done.question, said, workspace=self._scope.workspace)
        except (Unavailable, BudgetSpent, DeadlinePassed, NotSupported) as exc:
            return replace(before, reason=f"{before.reason}; the model did not judge it: {exc}")
        known = [verdict == "true" for verdict in verdicts if verdict != "unknown"]
        if not known:
            return replace(before, reason=f"{before.reason}; {self._model.name} does not know")
        told = f"{sum(known)} of {len(known)} statements are true by what {self._model.name} knows"
        return Evaluation(round(sum(known) / len(known), 3), before.relevance, self._model.name, told)


def mean_of(lines: Iterable[Evaluated]) -> dict[str, Any]:
    """The means over the lines that have a figure, the share that abstained, and how many lines there were."""
    shapes = [line.to_json() for line in lines]
    means: dict[str, Any] = {}
    for name in FIGURES:
        values = [shape[name] for shape in shapes if shape[name] is not None]
        means[name] = round(sum(values) / len(values), 3) if values else None
    means["abstained"] = round(sum(shape["abstained"] for shape in shapes) / len(shapes), 3) if shapes else None
    return means | {"lines": len(shapes)}


def _marked(answer: str, evidence: Sequence[str]) -> list[Cited]:
    """The sentences with the evidence that their marks point to; none when the answer has no marks."""
    if not _MARK.search(answer):
        return []
    # A mark behind the stop belongs to the sentence before it: "… in 1876. [1] He …".
    moved = re.sub(r"([.!?])((?:\s*\[\d{1,3}\])+)", lambda found: f"{found[2]}{found[1]}", answer)
    cited: list[Cited] = []
    for span in sentences(moved):
        text = span.of(moved)
        numbers = dict.fromkeys(int(number) for number in _MARK.findall(text))
        cites = tuple(evidence[number - 1] if 1 <= number <= len(evidence) else "" for number in numbers)
        cited.append(Cited(_MARK.sub("", text), cites))
    return cited
