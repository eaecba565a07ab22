"""
How good an answer is, whoever gave it: does it say what is true, and does it speak of what was asked?

What is true is taken from the first of these that says anything of the question: evidence or a gold answer given with
it, one's own pages, the reference pages that ship with the product. Where none does, there is no score but a reason: a
guess would look like a judgement. (A model may be asked then: `evaluator.py`.) How far the score agrees with people:
bench/quality/judgements.py.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from bowerbird.answer.features import fits
from bowerbird.answer.question import Plan, plan
from bowerbird.answer.sentences import points_back
from bowerbird.answer.verify import Verdict, verify
from bowerbird.knowledge.text import sentences
from bowerbird.knowledge.words import STOPWORDS, content_stems, fold, stem, word_spans
from bowerbird.models.entail import installed_entailment
from bowerbird.models.words import word_vectors

__all__ = ["Evaluation", "JudgedBy", "OwnPages", "abstains", "completeness", "reference_pages", "score", "statements"]

OwnPages = Callable[[str], Sequence[str]]
"""Finds what one's own pages say of a question: texts, best first; none when they say nothing."""
JudgedBy = str  # "given", "own pages", "reference pages", the name of a model, or "nothing"

# What a claim counts that its evidence holds in part: less than half, since what is missing may be what was asked.
AT_MOST_PARTIAL = 0.45
# Of a page, the sentences count as evidence that hold this share of the question's words.
OF_THE_QUESTION = 0.5
# An answer that speaks of this share of what was asked speaks of all: the rest is what it answers with.
RELEVANT = 0.75
UNLIKE = 0.25  # as in rank.py
SHORT = 5  # words: "Paris", "in 1876"
ANOTHER = 0.65  # the cosine from which another word may be the same thing: "scientists" and "researchers"

_CLAUSE = re.compile(r"[,;] (?:which|who|where|and|but|while)\b|;")
_IS = re.compile(r"\b(?:is|are|was|were|has|have|had|can|could|will|would|does|do|did|may|must)\b", re.IGNORECASE)
_ABSTAINS = re.compile(
    r"^\W*(?:(?:sorry|unfortunately|based on [^,.]{3,60})\W+)*(?:but )?(?:"
    r"(?:i|we) (?:really )?(?:do not|don['’]t|cannot|can['’]t|could not|couldn['’]t) "
    r"(?:know|answer|find|say|tell|determine)"
    r"|(?:i['’]m|i am|we are) (?:not sure|unable|not able)\b"
    r"|(?:there is|there was|i have|i found|we have) no (?:information|answer|evidence|mention|data)\b"
    r"|no (?:answer|information|evidence|relevant \w+)\b.{0,40}(?:$|found|available|provided|given)"
    r"|what was gathered does not answer"
    r"|(?:this|the question|it) (?:cannot|can not|can['’]t) be answered"
    r"|(?:the|these|those) (?:\w+ ){0,2}(?:passages?|pages?|documents?|context|texts?|sources?|evidence|article) "
    r"(?:do|does|did) not\b"
    r"|(?:it is |this is )?not (?:known|found|mentioned|stated|specified|answerable|available)\b"
    r"|(?:(?:it is )?(?:unknown|unanswerable)|n/?a|none)\W*$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """From 0 to 1; None where nothing was there to judge by, or there is no answer to judge."""

    factual_accuracy: float | None
    relevance: float | None
    judged_by: JudgedBy
    reason: str


def score(
    question: str,
    answer: str,
    *,
    evidence: Sequence[str] = (),
    gold: str | None = None,
    own_pages: OwnPages | None = None,
) -> Evaluation:
    """How true and how relevant `answer` is."""
    asked = plan(question)
    if not answer.strip():
        return Evaluation(0.0, 0.0, "nothing", "the answer is empty")
    if abstains(answer):
        return Evaluation(None, None, "nothing", "it does not answer, and says so")
    if gold:
        return _by_gold(asked, answer, gold, evidence)
    judged = _judged(asked, answer, evidence, own_pages)
    values = [_value(asked, claim, verdict, judged.truth) for claim, verdict in judged.verdicts]
    relevance = _relevance(asked, answer, holds=bool(values) and all(value == 1.0 for value, _ in values))
    if not judged.truth:
        reason = "no evidence was given, and no stored page says anything of it: give evidence, or gather pages"
        return Evaluation(None, relevance, judged.by, reason)
    accuracy = sum(value for value, _ in values) / len(values)
    told = "; ".join(dict.fromkeys(why for _, why in values if why)) or _all_hold(len(values))
    return Evaluation(round(accuracy, 3), relevance, judged.by, told)


def _by_gold(asked: Plan, answer: str, gold: str, evidence: Sequence[str]) -> Evaluation:
    """
    How much of the gold answer is there, unless something else is said in its place.

    The verdicts on an answer's sentences by a gold answer agree with people half as well as this: a gold answer does
    not hold all that is true. What it does hold and the answer says otherwise is wrong all the same.
    """
    held = completeness(asked.question, answer, gold)
    is_short = _is_elliptic(asked, gold)
    stated = f"{' '.join(asked.words)} {gold}" if is_short else gold
    verdicts = [_verdict(claim, [stated, *evidence]) for claim in _claims(asked, answer)]
    if is_short:  # a short one is denied where its words stand; a long one holds more than an answer need say
        verdicts.append(_verdict(stated, [answer]))
    against = [reason for each in verdicts if each.verdict == "contradicted" for reason in each.reasons]
    relevance = _relevance(asked, answer, holds=held >= 1.0 and not against)
    if against:
        return Evaluation(min(held, AT_MOST_PARTIAL), relevance, "given", "; ".join(dict.fromkeys(against)))
    return Evaluation(held, relevance, "given", f"it holds {held:.0%} of what the gold answer adds to the question")


def _verdict(claim: str, texts: Sequence[str]) -> Verdict:
    return verify(claim, texts, entailment=installed_entailment())


def _all_hold(count: int) -> str:
    return "its one sentence holds" if count == 1 else f"all of its {count} sentences hold"


def abstains(answer: str) -> bool:
    """Whether the answer says that it does not answer."""
    return bool(_ABSTAINS.match(answer)) and len(list(sentences(answer))) <= 3


def completeness(question: str, answer: str, gold: str) -> float:
    """The share of what the gold answer adds to the question that is in the answer, too; words count as they tell."""
    wanted = _added(plan(question), gold)
    held = set(content_stems(answer))
    return round(sum(word in held for word in wanted) / len(wanted), 3) if wanted else 1.0


def statements(question: str, answer: str) -> list[str]:
    """The sentences of the answer; a short one is read together with what was asked."""
    return _claims(plan(question), answer)


@cache
def reference_pages() -> tuple[str, ...]:
    """The pages that ship with the product, to evaluate answers to general questions by."""
    folder = files("bowerbird.answer").joinpath("reference")
    pages = sorted((page for page in folder.iterdir() if page.name.endswith(".md")), key=lambda page: page.name)
    return tuple(page.read_text(encoding="utf-8") for page in pages)


@dataclass(frozen=True, slots=True)
class _Judged:
    by: JudgedBy
    truth: Sequence[str]
    verdicts: Sequence[tuple[str, Verdict]]


def _judged(asked: Plan, answer: str, given: Sequence[str], own_pages: OwnPages | None) -> _Judged:
    """The verdicts on the claims by the first source of truth that says anything of them."""
    claims = _claims(asked, answer)
    if given:
        return _Judged("given", given, [(claim, _verdict(claim, given)) for claim in claims])
    first: _Judged | None = None
    for by, find in (("own pages", own_pages), ("reference pages", _reference)):
        truth = find(asked.question) if find is not None else ()
        if truth:
            judged = _Judged(by, truth, _verdicts(asked, claims, truth))
            # Pages may hold the words of a question and be about something else: others may know more of it.
            if any(verdict.verdict != "unsupported" for _, verdict in judged.verdicts):
                return judged
            first = first or judged
    return first or _Judged("nothing", (), ())


def _verdicts(asked: Plan, claims: Sequence[str], texts: Sequence[str]) -> list[tuple[str, Verdict]]:
    """
    By the sentences that speak of what was asked: the next one may name others ("Others tried, among them …").

    What comes after the first clause may be said anywhere in the texts: "…, which lies on the Seine".
    """
    about = [
        said for text in texts for span in sentences(text) if _holds(said := span.of(text), asked) >= OF_THE_QUESTION
    ]
    found: list[tuple[str, Verdict]] = []
    for claim in claims:
        verdict = _verdict(claim, about or texts)
        head = _CLAUSE.split(claim, maxsplit=1)[0]
        if verdict.verdict == "partial" and head != claim and _verdict(head, about or texts).verdict == "supported":
            verdict = _verdict(claim, texts)
        found.append((claim, verdict))
    return found


def _reference(question: str) -> Sequence[str]:
    """The first reference page with a sentence that says most of the question."""
    asked = plan(question)
    for page in reference_pages():
        if any(_holds(span.of(page), asked) > OF_THE_QUESTION for span in sentences(page)):
            return (page,)
    return ()


def _holds(text: str, asked: Plan) -> float:
    said = set(content_stems(text))
    return sum(term in said for term in asked.terms) / max(1, len(asked.terms))


def _value(asked: Plan, claim: str, verdict: Verdict, truth: Sequence[str]) -> tuple[float, str]:
    """What a claim counts, and in words why not in full."""
    if verdict.verdict == "supported":
        other = _other_subject(asked, claim, truth)
        return (AT_MOST_PARTIAL, f"it speaks of {other!r}, which was not asked") if other else (1.0, "")
    partly = min(verdict.score, AT_MOST_PARTIAL) if verdict.verdict == "partial" else 0.0
    return partly, "; ".join(verdict.reasons)


def _other_subject(asked: Plan, claim: str, truth: Sequence[str]) -> str | None:
    """
    What the claim begins with, where that is neither in the question nor in what is true, and something asked is left
    out for it: "Alcohol boils at 100 degrees" in answer to a question about water.
    """
    words = [span.of(claim) for span in word_spans(claim)]
    said = {stem(word) for word in words}
    telling = [word for word in words if fold(word) not in STOPWORDS]
    if points_back(claim) or not telling or all(term in said for term in asked.terms):
        return None
    known = {fold(span.of(text)) for text in truth for span in word_spans(text)}
    first = telling[0]
    if stem(first) in {*asked.terms, *(stem(word) for word in known)} or first[0].isdecimal():
        return None
    vectors = word_vectors()
    alike = float((vectors.of([fold(first)]) @ vectors.of(sorted(known)).T).max()) if known else 0.0
    return first if alike < ANOTHER else None


def _claims(asked: Plan, answer: str) -> list[str]:
    """The sentences of the answer; a short one is read together with what was asked."""
    found = [span.of(answer) for span in sentences(answer)] or [answer.strip()]
    if len(found) == 1 and _is_elliptic(asked, found[0]):
        return [f"{' '.join(asked.words)} {found[0]}"]
    return found


def _is_elliptic(asked: Plan, sentence: str) -> bool:
    """Whether it says only what the question leaves open: "Paris", "It was Bell"."""
    if len(sentence.split()) > SHORT or set(content_stems(sentence)) & set(asked.terms):
        return False
    return points_back(sentence) or not _IS.search(sentence)


def _relevance(asked: Plan, answer: str, *, holds: bool) -> float:
    """`holds`: whether it is true of what was asked, so that what it leaves out is understood."""
    words = [fold(span.of(answer)) for span in word_spans(answer)]
    if not words:
        return 0.0
    first = next((span.of(answer) for span in sentences(answer)), answer)
    if holds and (points_back(first) or _is_elliptic(asked, first)):
        return 1.0  # what it leaves out is understood
    if _is_elliptic(asked, first):
        return 1.0 if fits(asked, f" {answer}") or _speaks_of(asked, words) >= OF_THE_QUESTION else 0.5
    return round(min(1.0, _speaks_of(asked, words) / RELEVANT), 3)


def _speaks_of(asked: Plan, words: Sequence[str]) -> float:
    """The mean over the question's words of how alike the likest word of the answer is."""
    vectors, said = word_vectors(), {stem(word) for word in words}
    alike = vectors.of([fold(word) for word in asked.words]) @ vectors.of(list(dict.fromkeys(words))).T
    likest = np.clip((alike.max(axis=1) - UNLIKE) / (1 - UNLIKE), 0.0, 1.0)
    same = np.array([term in said for term in asked.terms])
    return float(np.where(same, 1.0, likest).mean())


def _added(asked: Plan, gold: str) -> set[str]:
    """The stems of what the gold answer adds to the question; all of them where it adds nothing."""
    said = set(content_stems(gold)) or {fold(span.of(gold)) for span in word_spans(gold)}
    return said - {*asked.terms, *content_stems(asked.question)} or said
