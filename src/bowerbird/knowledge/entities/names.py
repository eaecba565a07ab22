"""Names: what the tagger finds on a page, identifiers, and acronyms with their long forms."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.candidate import Candidate, Evidence, Kind, Mention, key_of
from bowerbird.knowledge.entities.lexicon import BORDERS, COMMON, HOLLOW
from bowerbird.knowledge.entities.reading import BLANK, Line, Token, is_code
from bowerbird.knowledge.entities.tagger import Name, tagger
from bowerbird.knowledge.words import STOPWORDS, fold, word_set
from bowerbird.models.words import common_words

__all__ = ["find_names", "long_forms"]

_ACRONYM = re.compile(r"[A-Z][A-Z0-9&]{1,6}s?$")
# A capital in a word of several letters: "sparse X" is no name.
_CAPITAL = re.compile(r"[^\W\d_a-zß-öø-ÿ][^\W_]|[^\W_][^\W\d_a-zß-öø-ÿ]|[A-Z]\.")
_OPENS = word_set("de del della der di du la le van von zu al el bin ibn da dos den ten ter")
# A name of code with its modules.
_PATH = re.compile(r"\w+(?:\.\w+)+|\w*[^\W_]_\w*")
_NO_NAME = re.compile(r"[=\[\]{}<>|#@\\+*~^\n]")
_OPENING = re.compile(r"^(?:[\W_]|(?:Mr|Mrs|Ms|Dr|Prof|Sir|Lord|Lady)\b\.?\s)+")
# "44 Noel Dawe", "By Matt Terry": how often, or that he is the author, is no part of a person's name.
_BEFORE = re.compile(r"(?:\d+|[Bb]y|[Ff]rom|[Ww]ith|[Ss]ee|[Aa]nd)\s+(?=[^\W\d_]+\.?\s)")
# So begins a person in a list of people; the year of an election is a part of its name.
_NUMBERED = re.compile(r"\d+\s+(?=[^\W\d_a-z][^\W_]+ [^\W\d_a-z][^\W_]*$)")
# "Plot Ridge and Lasso", "Compute the Guttman transform": what heads a line is what one does with it.
_DOES = word_set(
    """
    build choose compute create define evaluate fit generate implement install perform plot predict refer regress
    select train use using
    """
)
_FIRST = re.compile(r"([^\W\d_]+)\s+(?:(?:the|a|an)\s+)?(?=\w)")
_CLOSING = re.compile(r"(?: (?:et al\.?|et|de|del|della|di|du|von|van))?[^\w.)]*$|(?<=[^\W\d_]{4})\.$")
_INITIAL = re.compile(r"\w\.?$")
_ROMAN = re.compile(r"[IVXLC]+$")
_MONTHS_AND_DAYS = word_set(
    """
    january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday
    """
)
_SHORT_FORM = re.compile(r"\(([A-Z][A-Za-z0-9]{1,8}?)s?\)")
MAX_NAME_WORDS = 8
SURE = 0.5  # of the surest mention of a name
SURE_AT_HEAD = 0.9  # of one whose only capital opens a line
SURE_OF_COMMON = 0.98  # of such a one that is everybody's word, too: "Comparison"


@dataclass(slots=True)
class _Seen:
    """What was seen of one name on a page."""

    kinds: defaultdict[Kind, float] = field(default_factory=lambda: defaultdict(float))
    forms: Counter[str] = field(default_factory=Counter[str])
    mentions: list[Mention] = field(default_factory=list[Mention])
    sure: float = 0.0
    proven: bool = False  # by more than one capital at the head of a line


def find_names(text: str, title: str, page: Sequence[Line]) -> list[Evidence]:
    """The names of a page, in no order; `page` are the lines of `text`, a readable text."""
    seen: dict[str, _Seen] = defaultdict(_Seen)
    small = {token.word for line in page for token in line.tokens if token.word.islower()}
    telling = [line for line in page if _may_name(line, small)]
    tagged = tagger().names(text, [Span(line.start, line.end) for line in telling])
    for line, names in zip(telling, tagged, strict=True):
        for name in names:
            span = _whole_name(text, line, name, small)
            if span is not None:
                kind: Kind = "identifier" if _PATH.fullmatch(span.of(text)) else name.kind
                _note(text, line, replace(name, span=span), seen, kind=kind)
    for line in page:
        for token in line.tokens:
            if is_code(token.word):
                _note(text, line, Name(Span(token.start, token.end), "name", 1.0), seen, kind="identifier")
    titled = f" {key_of(title)} "
    found: list[Evidence] = []
    for key, each in seen.items():
        in_title = f" {key} " in titled
        if _is_name(key, each, in_title=in_title):
            weight = len(each.mentions) + (3 if in_title else 0) + (1 if " " in key else 0)
            found.append(Evidence(weight, _candidate(key, each), _signs(each, in_title=in_title)))
    return found


def long_forms(text: str, page: Sequence[Line]) -> dict[str, Candidate]:
    """The acronyms that the page explains, with what they stand for: "support vector machine (SVM)"."""
    found: dict[str, Candidate] = {}
    for line in page:
        for short in _SHORT_FORM.finditer(text, line.start, line.end):
            words = [token for token in line.tokens if token.end <= short.start()]
            long = _spelt_out(short.group(1), words)
            if long and short.start() - long[-1].end <= 2:
                start, end = long[0].start, long[-1].end
                name = " ".join(text[start:end].split())
                said = (line.mention(start, end),)
                found.setdefault(short.group(1), Candidate(key_of(name), name, "term", (short.group(1),), said))
    return found


def _spelt_out(short: str, words: Sequence[Token]) -> Sequence[Token]:
    """The last words before an acronym whose initials are its letters; empty when they are not."""
    letters = [mark for mark in short.lower() if mark.isalpha()]
    parts = [
        (index, part)
        for index, token in enumerate(words[-10:])
        for part in re.split(r"[-‐‑]", fold(token.word))
        if part
    ]
    at = len(parts) - 1
    for letter in reversed(letters):
        if at >= 0 and parts[at][1] in STOPWORDS and not parts[at][1].startswith(letter):
            at -= 1  # "analysis of variance": small words need no letter
        if at < 0 or not parts[at][1].startswith(letter):
            return ()
        at -= 1
    return words[-10:][parts[at + 1][0] :] if len(letters) >= 2 else ()


def _may_name(line: Line, small: AbstractSet[str]) -> bool:
    """Whether a word of the line has a capital that the head of a sentence does not explain."""
    return any(
        token.word[0].isupper() and (number > 0 or not _is_plain(token.word, small))
        for number, token in enumerate(line.tokens)
    )


def _is_plain(word: str, small: AbstractSet[str]) -> bool:
    """Whether a capitalised word is known in small letters: by the page, or as one that opens sentences."""
    low = word.lower()
    return low in small or low in BORDERS or low in HOLLOW


def _whole_name(text: str, line: Line, name: Name, small: AbstractSet[str]) -> Span | None:
    """The name without marks and titles at its ends; None when what the tagger took is none."""
    span = name.span
    said = span.of(text)
    end = span.end - (len(said) - len(_CLOSING.sub("", said)))
    if BLANK in said or _NO_NAME.search(said):
        return None
    start = span.start + len(said) - len(_OPENING.sub("", said))
    start = _begin(text, line, name, start, end)
    if end - start < 2:
        return None
    words = text[start:end].split()
    if words[-1] in STOPWORDS or not _CAPITAL.search(text, start, end):
        return None
    if len(words) > 1 and (any("_" in word for word in words) or (words[0].islower() and words[0] not in _OPENS)):
        return None
    if len(words) == 1 and words[0][1:].islower() and words[0].lower() in small:
        return None  # a word of the page that something capitalised for once
    # A capital at the head of a line proves nothing when no other word has one; nor in "Tolerance for ARPACK".
    if _heads(text, line, start):
        if "for" in words or (len(words) > 1 and not any(word[0].isupper() for word in words[1:])):
            return None
        if len(words) == 1 and words[0][1:].islower() and _is_plain(words[0], small):
            return None
    return Span(start, end)


def _begin(text: str, line: Line, name: Name, start: int, end: int) -> int:
    """Where the name begins in what the tagger took for it."""
    before = _BEFORE.match(text, start, end) if name.kind == "person" else None
    if before is None and _heads(text, line, start):
        before = _NUMBERED.match(text, start, end) or _FIRST.match(text, start, end)
        if before is not None and before.re is _FIRST and before[1].lower() not in _DOES:
            return start
    return start if before is None else before.end()


def _heads(text: str, line: Line, start: int) -> bool:
    """Whether nothing but marks stands before it in its line, or in the row of a line that was wrapped."""
    row = text.rfind("\n", line.start, start)
    return not any(mark.isalnum() for mark in text[max(line.start, row) : start])


def _note(text: str, line: Line, found: Name, seen: dict[str, _Seen], *, kind: Kind) -> None:
    span, sure = found.span, found.confidence
    form = " ".join(span.of(text).split())
    key = key_of(form)
    if len(key) < 2 or form.count(" ") >= MAX_NAME_WORDS:
        return
    name = seen[key]
    mention = line.mention(span.start, span.end)
    name.kinds[kind] += sure
    name.sure = max(name.sure, sure)
    name.proven = name.proven or " " in form or not form[1:].islower() or not _heads(text, line, span.start)
    name.forms[form] += 1
    if not name.mentions or name.mentions[-1] != mention:
        name.mentions.append(mention)


def _is_name(key: str, name: _Seen, *, in_title: bool) -> bool:
    words = key.split(" ")
    if _ROMAN.match(key.upper()):
        return False
    # "X. Note" and "C. O." are no people either.
    if all(word in HOLLOW or word in _MONTHS_AND_DAYS or word in BORDERS or _INITIAL.match(word) for word in words):
        return False
    if set(name.kinds) == {"identifier"}:
        return len(name.mentions) >= 2 or in_title
    if name.proven:
        return name.sure >= SURE
    return name.sure >= (SURE_OF_COMMON if key in common_words(COMMON) else SURE_AT_HEAD)


def _candidate(key: str, name: _Seen) -> Candidate:
    form = max(name.forms, key=lambda form: (name.forms[form], form))
    kind = max(name.kinds, key=lambda kind: (name.kinds[kind], kind))
    if kind == "name" and _ACRONYM.match(form):
        kind = "acronym"
    return Candidate(key=key, name=form, kind=kind, aliases=(), mentions=tuple(name.mentions))


def _signs(name: _Seen, *, in_title: bool) -> dict[str, float]:
    return {
        "sure": name.sure,
        "proven": float(name.proven),
        "of one kind": max(name.kinds.values()) / sum(name.kinds.values()),
        "as a name": 1.0,
        "in the title": float(in_title),
    }
