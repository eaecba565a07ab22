"""
Questions that lean on the conversation, made to stand alone: "and when did she die?", "what about random forests?".

Nothing is guessed that the turns before do not say: where they hold nothing to put in, the question stays as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bowerbird.answer.question import FORM_WORDS, Kind, plan
from bowerbird.knowledge.words import STOPWORDS, fold, stems, word_spans

__all__ = ["Turn", "parts", "resolve"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was asked before, what it was answered, and the names in both, the most important first."""

    question: str
    answer: str = ""
    names: tuple[str, ...] = ()


_OPENING = re.compile(r"^\s*(?:and|but|so|then|ok(?:ay)?|also|now)\b[,\s]*", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"^(?:(?:what|how) about|what of|and(?: for)?|for) (?P<topic>.+?)\s*\??$", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|she|him|his|hers|her)\b", re.IGNORECASE)
_THING = re.compile(
    r"\b(?:it|its|they|them|their|theirs|(?:this|that|these|those)(?=\s*(?:[?.,]|$|(?:is|are|was|were|do|does|did|work)\b)))\b",
    re.IGNORECASE,
)
# "Is it true that …", "how long does it take to …", "what time is it": nothing is meant by this "it".
_EMPTY_IT = re.compile(
    r"\bit (?:true|possible|necessary|important|known|likely|raining|takes?)\b|\bdoes it take to\b"
    r"|\bwhat (?:time|day|year) (?:is|was) it\b",
    re.IGNORECASE,
)
_IS_NAMED = re.compile(r"who (?:is|was|are|were) (?:the )?[A-Z]", re.IGNORECASE)
_DO = re.compile(r"\b(?:do|does|did)\b", re.IGNORECASE)
_OWNED = frozenset({"his", "her", "hers", "its", "their", "theirs"})
_NAME = re.compile(r"(?:[A-Z][\w.’'-]+)(?: (?:(?:of|the|de|von|van|and) )?[A-Z][\w.’'-]+)*")
_ASKS = re.compile(r"(?:who|what|when|where|which|why|how|is|are|was|were|do|does|did|can)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:1[0-9]|20)\d{2}\b")
# What opens the second half of a double question.
_SECOND = re.compile(
    r",?\s+(?:and|but)\s+(?=(?:also\s+)?(?:(?:in|on|at|by|for|to) )?"
    r"(?:who|whom|whose|what|when|where|which|why|how|is|are|was|were|does|do|did|can)\b)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"^(?:(?:what (?:is|are) the (?:main )?differences? between|compare) (?P<one>.+?) (?:and|with|to) (?P<other>.+?)"
    r"|how (?:does|do|is|are) (?P<this>.+?) (?:differ from|compare (?:to|with)|different from) (?P<that>.+?))\s*[?.]?$",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^(?:which|who|what) (?:[\w-]+ )?(?P<verb>is|was|are|were) (?P<how>\w+er|more \w+),?"
    r" (?P<one>.+?) or (?P<other>.+?)\s*\??$",
    re.IGNORECASE,
)


def resolve(question: str, previous: Sequence[Turn]) -> str:
    """`question` as it would be asked without the turns before it, the last of which is the latest."""
    if not previous:
        return question
    bare = _OPENING.sub("", question).strip() or question
    about = _WHAT_ABOUT.match(bare) or _WHAT_ABOUT.match(question.strip())
    if about is not None and not _asks(about["topic"]):
        return _asked_of(about["topic"], previous[-1])
    if not plan_words(bare) and not _PERSON.search(bare) and not _THING.search(bare):
        return _continued(bare, previous[-1])
    named = _named_in(bare)
    for pronoun, is_person in ((_PERSON, True), (_THING, False)):
        found = pronoun.search(bare)
        if found is None or (not is_person and _EMPTY_IT.search(bare)):
            continue
        topic = _topic(previous, is_person=is_person, but=named)
        if topic:
            bare = _replaced(bare, pronoun, topic)
            break
    return _opened(bare)


def parts(question: str) -> tuple[str, ...]:
    """The questions that one question is made of, each standing alone; the question itself when it is one."""
    which = _WHICH.match(question)
    if which is not None:
        how = _positive(which["how"])
        return tuple(f"How {how} {which['verb']} {thing.strip(' ,')}?" for thing in (which["one"], which["other"]))
    between = _BETWEEN.match(question)
    if between is not None:
        things = [thing.strip(" ,") for thing in between.groups() if thing]
        if all(_is_thing(thing) for thing in things):
            return tuple(f"What is {thing}?" for thing in things)
    halves = _SECOND.split(question.rstrip(" ?"))
    if len(halves) < 2 or not all(plan_words(half) for half in halves):
        return (question,)
    first = _opened(f"{halves[0].strip()}?")
    return (first, *(resolve(_opened(f"{half.strip()}?"), [Turn(first)]) for half in halves[1:]))


def plan_words(question: str) -> list[str]:
    """The words that say what is asked about, apart from its form."""
    silent = STOPWORDS | FORM_WORDS
    return [word for span in word_spans(question) if fold(word := span.of(question)) not in silent]


def _asks(text: str) -> bool:
    return _ASKS.match(text) is not None


def _asked_of(topic: str, before: Turn) -> str:
    """The question before, asked of another topic."""
    topic = re.sub(r"^(?:the case of|for|in)\s+", "", topic.strip())
    old = _topic([before], is_person=False, but=(), size=len(plan_words(topic)))
    year = _YEAR.search(before.question)
    if year is not None and _YEAR.search(topic):  # "and in 2012?" after "… in 2010?"
        old, topic = year.group(), _YEAR.findall(topic)[0]
    place = before.question.lower().find(old.lower()) if old else -1
    if place < 0:
        return f"{before.question.rstrip(' ?')} {topic}?"
    return f"{before.question[:place]}{topic}{before.question[place + len(old) :]}"


def _continued(question: str, before: Turn) -> str:
    """The question before with the new question word: "Why?" after one to be answered by yes or no."""
    asked = before.question.strip()
    if plan(asked).kind is Kind.YES_NO:
        return f"{_opened(question.rstrip(' ?'))} {asked[0].lower()}{asked[1:]}"
    topic = _topic([before], is_person=False, but=())
    return f"{_opened(question.rstrip(' ?'))} {topic}?" if topic else question


def _topic(previous: Sequence[Turn], *, is_person: bool, but: Sequence[str], size: int = 0) -> str:
    """What the conversation is about, the latest turn first; empty when the turns name nothing that fits."""
    for turn in reversed(previous):
        asks_who = is_person and plan(turn.question).kind is Kind.WHO
        asked = _named_in(turn.question)
        told = [*turn.names, *_named_in(turn.answer)]
        # Who is asked for is named by the answer: "Who founded Apple?" is about Steve Jobs when "he" is asked of next.
        names = [*(name for name in told if name not in asked), *asked] if asks_who and told else [*asked, *told]
        names = [name for name in names if name not in but and (not is_person or _may_be_a_person(name))]
        if asks_who and not told and plan_words(turn.question) and not _IS_NAMED.match(turn.question):
            return f"the person {turn.question[0].lower()}{turn.question[1:].rstrip(' ?')}"
        if names:
            return names[0]
        if not is_person and (words := _shared(turn, size)):
            return words
    return ""


def _named_in(text: str) -> list[str]:
    """Runs of capitalised words, but what only opens a sentence."""
    found: list[str] = []
    for match in _NAME.finditer(text):
        words = match.group().rstrip(".").split(" ")
        begins = match.start() == 0 or text[: match.start()].rstrip().endswith((".", "!", "?"))
        while words and (fold(words[0]) in FORM_WORDS or fold(words[0]) in STOPWORDS):
            words = words[1:]
        if words and not (begins and len(words) == 1):
            found.append(" ".join(words))
    return found


def _may_be_a_person(name: str) -> bool:
    return not re.search(r"\d|\b(?:of|University|Inc|Ltd|River|Museum|Company|States|Kingdom)\b", name)


def _shared(turn: Turn, size: int) -> str:
    """Telling words of the question that its answer repeats: a run of `size`, else the longest; else the last run."""
    answer = f" {' '.join(stems(turn.answer))} "
    runs = _runs(turn.question)
    cut = [run[a:b] for run in runs for a in range(len(run)) for b in range(a + 1, len(run) + 1)]
    repeated = [words for words in cut if f" {' '.join(stems(' '.join(words)))} " in answer]
    best = max(repeated, key=lambda run: (len(run) == size, len(run)), default=runs[-1] if runs else [])
    return " ".join(best)


def _runs(question: str) -> list[list[str]]:
    """The telling words of a question, those that stand together in one list."""
    telling = set(plan_words(question))
    runs: list[list[str]] = [[]]
    for span in word_spans(question):
        word = span.of(question)
        if word in telling:
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    runs = [run for run in runs if run]
    if runs and len(runs[-1]) > 1 and _DO.search(question):
        runs[-1] = runs[-1][:-1]  # "how do trees split": the last is what they do
    return runs


def _replaced(question: str, pronoun: re.Pattern[str], topic: str) -> str:
    """The question with the first pronoun named, as an owner where it owns; the others stay, now they are plain."""

    def name(found: re.Match[str]) -> str:
        word = found.group().lower()
        owns = word in _OWNED and not (word == "her" and re.match(r"\s*(?:[?.,]|$)", question[found.end() :]))
        return (f"{topic}’" if topic.endswith("s") else f"{topic}’s") if owns else topic

    return pronoun.sub(name, question, count=1)


def _positive(comparative: str) -> str:
    """What is compared: "older" → "old", "larger" → "large", "bigger" → "big", "heavier" → "heavy"."""
    word = comparative.lower()
    if word.startswith("more "):
        return word.removeprefix("more ")
    root = {"better": "good", "worse": "bad", "farther": "far", "further": "far"}.get(word, word.removesuffix("er"))
    if root.endswith("i"):
        return f"{root[:-1]}y"
    if len(root) > 2 and root[-1] == root[-2] and root[-1] not in "ls":
        return root[:-1]
    return f"{root}e" if root in {"larg", "wid", "saf", "clos", "lat", "nic", "simpl", "rar"} else root


def _is_thing(text: str) -> bool:
    return 0 < len(text.split()) <= 6 and bool(plan_words(text))


def _opened(question: str) -> str:
    return question[:1].upper() + question[1:]
