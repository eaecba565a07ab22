"""The planner's half of an answer: what is asked, in which form an answer would come, and by which words to find it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bowerbird.kernel.errors import InputWrong
from bowerbird.knowledge.spoken import ASKING, spoken
from bowerbird.knowledge.words import STOPWORDS, fold, is_english, is_stopword, stem, word_set, word_spans

__all__ = [
    "FORM_WORDS",
    "MAX_QUESTION_CHARACTERS",
    "Kind",
    "Plan",
    "about_itself",
    "asks_what_to_do",
    "check_question",
    "plan",
]

MAX_QUESTION_CHARACTERS = 2_000


class Kind(StrEnum):
    """The form that an answer would have."""

    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    AMOUNT = "how many"
    DEFINITION = "definition"
    LIST = "list"
    WHY = "why"
    HOW = "how"
    YES_NO = "yes or no"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner hands to the other agents: the telling words in the order asked, each once, and their stems."""

    question: str
    kind: Kind
    words: tuple[str, ...]
    terms: tuple[str, ...]
    subject: str  # the stretch of the question from its first telling word to its last
    language: str = "en"  # that it is asked in, as its words have it

    def describe(self) -> str:
        """The plan in words for a reader."""
        return f"wants {_WANTED[self.kind]}; looks for {', '.join(self.words)}"


_WANTED = {
    Kind.WHO: "a name",
    Kind.WHEN: "a date",
    Kind.WHERE: "a place",
    Kind.AMOUNT: "a number",
    Kind.DEFINITION: "a definition",
    Kind.LIST: "a list",
    Kind.WHY: "a reason",
    Kind.HOW: "a way",
    Kind.YES_NO: "a yes or no",
    Kind.OTHER: "a fact",
}

# Tried in order; the first that matches decides.
_PATTERNS = (
    (
        Kind.AMOUNT,
        (
            r"\bhow (?:many|much|long|old|far|tall|high|deep|wide|large|big|fast|heavy|often)\b"
            r"|\bwhat (?:is|was|are|were) the (?:[\w-]+ ){0,3}"
            r"(?:number|population|size|price|cost|percentage|percent|share|amount|height|length|speed|distance|age|rate)\b"
            r"|\bwhat (?:percentage|percent|share|number|amount|proportion)\b"
        ),
    ),
    (
        Kind.WHEN,
        (
            r"\bwhen\b|\bsince what\b"
            r"|\b(?:what|which|in what|in which) (?:[\w-]+ )?(?:year|date|day|month|century|decade|season)\b"
        ),
    ),
    (
        Kind.WHO,
        (
            r"\b(?:who|whom|whose)\b"
            r"|\b(?:what|which) (?:person|people|author|scientist|president|player|actor|singer)\b"
        ),
    ),
    (
        Kind.WHERE,
        (
            r"\bwhere\b|\b(?:what|which) (?:[\w-]+ )?"
            r"(?:country|countries|city|cities|state|county|place|location|town|region|continent)\b"
        ),
    ),
    (Kind.WHY, r"\bwhy\b|\bwhat (?:\w+ )?(?:reason|reasons|caused|causes|cause)\b|\bhow come\b"),
    (
        Kind.LIST,
        (
            r"^\s*(?:list|name|enumerate)\b|\b(?:what|which|list|name|give)\b.{0,40}?\b(?:types|kinds|sorts|forms|examples"
            r"|methods|categories|classes|steps|ways|parts|components|stages|advantages|disadvantages|benefits|features"
            r"|options|algorithms|techniques|main|all)\b"
        ),
    ),
    (
        Kind.DEFINITION,
        (
            r"^\s*(?:so |and |ok |please |tell me )?(?:what(?:'s|’s| is| are| was| were)|define|explain|describe)\s+"
            r"(?:(?:a|an|the|meant by|called)\s+)?[\w'’.-]{1,40}(?:\s+[\w'’.-]{1,40}){0,3}\s*\??\s*$"
            r"|\bwhat does .{1,60} (?:mean|stand for)\b|\b(?:meaning|definition) of\b|\bdefine\b"
        ),
    ),
    (Kind.HOW, r"\bhow\b"),
    (
        Kind.YES_NO,
        r"^\s*(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|must|may|might)\b",
    ),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)

# Words that name the form of the answer, not what it is about.
FORM_WORDS = word_set(
    """
    what when where who whom whose why how which many much tell know mean meaning define definition explain describe
    give list name call called please
    """
)

# "The main types": a page may as well say "a few large categories".
_LIST_WORDS = word_set("main major different various common important all")

# "How do I …?", "What must visitors …?", "How often should one …?", but not "How many people live …?".
_WHAT_TO_DO = re.compile(
    r"(?:^\W*|[,.;:!?]\s+)(?:and |so |please |tell me |explain |show me )*"
    r"(?:how (?:to|do|does|can|could|should|would|must|is|are)\b"
    r"|how (?:often|long|much|many|far|soon)\b(?: [\w-]+){0,3} (?:should|must|can|do|may|shall) (?:i|you|we|one)\b"
    r"|(?:what|which|when|where|whom?|why)\b(?: [\w-]+){0,2} (?:should|must|can|do|may|shall|could|would)"
    r" (?:i|you|we|one|people|users?|visitors?|students?|customers?|patients?|guests?|authors?|drivers?|staff"
    r"|applicants?|members?|developers?|readers?)\b"
    r"|(?:what|where|when|which|whom?)\b(?: [\w-]+){0,2} to [a-z]+\b|what to do\b"
    r"|(?:should|must|can|may|do|could|shall) (?:i|you|we|one|people|users?|visitors?|guests?|students?)\b"
    r"|(?:help me|i (?:want|need|would like|have) to)\b"
    r"|(?:what (?:is|are) (?:the |a )?)?(?:[\w-]+ ){0,2}(?:steps?|instructions?|recipe|commands?|way|procedure)"
    r"(?: (?:to|for|of)\b|\W*$))",
    re.IGNORECASE,
)

_ABOUT_ITSELF = re.compile(
    r"^\W*(?:hi|hello|hey)?\W*(?:please )?(?:(?:tell me )?(?:who|what) are you\b|who (?:made|built|created|wrote) you\b"
    r"|what (?:can|do|could) you (?:do|answer|know|offer|help)\b|what(?:'s|’s| is) your (?:name|purpose|job)\b"
    r"|how (?:do|can) you (?:work|help|answer|know)\b"
    r"|are you (?:an? )?(?:ai|bot|robot|human|person|real|chatgpt|model)\b"
    r"|(?:what|which) (?:questions|things|topics) (?:can|may|could) (?:i|you) (?:ask|answer)\b|introduce yourself\b"
    r"|what is bowerbird\b|(?:can|could) you help me\W*$|help\W*$)",
    re.IGNORECASE,
)


def about_itself(question: str) -> bool:
    """Whether the question is about the one who answers: "Who are you?", "What can you answer?"."""
    return _ABOUT_ITSELF.search(question) is not None


def asks_what_to_do(question: str) -> bool:
    """Whether what answers may tell the reader what to do: "How do I …?"; in English."""
    return _WHAT_TO_DO.search(question) is not None


def check_question(text: str) -> str:
    """The question with its blanks tidied; raises InputWrong when it is empty, too long or holds control characters."""
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise InputWrong(
            f"the question has {len(text):,} characters, expected at most {MAX_QUESTION_CHARACTERS:,}: ask it shorter",
            field="query",
        )
    bad = next((mark for mark in text if (ord(mark) < 32 and mark not in "\t\n\r") or 127 <= ord(mark) < 160), None)
    if bad is not None or any(0xD800 <= ord(mark) <= 0xDFFF for mark in text):
        seen = "half of a surrogate pair" if bad is None else repr(bad)
        raise InputWrong(f"the question holds {seen}, expected plain text: take it out", field="query")
    tidy = " ".join(text.split())
    if not any(mark.isalnum() for mark in tidy):
        raise InputWrong(f"the question is {tidy!r}, expected words: ask something", field="query")
    return tidy


def plan(question: str) -> Plan:
    """How `question` is going to be answered."""
    language = spoken(question)
    if not is_english(language):
        return _plan_elsewhere(question, language)
    words = [span.of(question) for span in word_spans(question)]
    # "What is it called?" holds nothing but small words; then they are all there is to go by.
    kind = next((kind for kind, pattern in _KINDS if pattern.search(question)), Kind.OTHER)
    silent = STOPWORDS | FORM_WORDS | (_LIST_WORDS if kind is Kind.LIST else frozenset())
    telling = (
        _stems(word for word in words if fold(word) not in silent)
        or _stems(word for word in words if fold(word) not in STOPWORDS)
        or _stems(words)
    )
    places = [span for span in word_spans(question) if span.of(question) in telling.values()]
    subject = question[places[0].start : places[-1].end] if places else question
    return Plan(question=question, kind=kind, words=tuple(telling.values()), terms=tuple(telling), subject=subject)


def _plan_elsewhere(question: str, language: str) -> Plan:
    """The same in another language: its words are known, the forms of its questions are not."""
    places = list(word_spans(question, language))
    silent = ASKING.get(language, frozenset[str]())
    told = [
        span
        for span in places
        if span.of(question).lower() not in silent and not is_stopword(span.of(question), language)
    ] or places
    telling = _stems((span.of(question) for span in told), language)
    return Plan(
        question=question,
        kind=Kind.OTHER,
        words=tuple(telling.values()),
        terms=tuple(telling),
        subject=question[told[0].start : told[-1].end] if told else question,
        language=language,
    )


def _stems(words: Iterable[str], language: str = "en") -> dict[str, str]:
    """The first spelling of each stem, in the order of the words."""
    found: dict[str, str] = {}
    for word in words:
        found.setdefault(stem(word, language), word)
    return found
