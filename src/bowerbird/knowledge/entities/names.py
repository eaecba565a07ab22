"""Names: runs of capitalised words, acronyms with their long forms, and identifiers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bowerbird.knowledge.entities.candidate import Candidate, Kind, Mention, key_of
from bowerbird.knowledge.entities.lexicon import (
    BORDERS,
    GIVEN_NAMES,
    HOLLOW,
    HONORIFICS,
    ORGANISATION_WORDS,
    PLACE_WORDS,
    PLACES,
)
from bowerbird.knowledge.entities.reading import Line, Token
from bowerbird.knowledge.words import STOPWORDS, fold, word_set

__all__ = ["find_names", "long_forms"]

_CAMEL = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+$|[a-z]+[A-Z][A-Za-z0-9]+$")
_ACRONYM = re.compile(r"[A-Z][A-Z0-9&]{1,6}s?$")
_ROMAN = re.compile(r"[IVXLC]+$")
_INSIDE = word_set("of de van von der la di du del al da")
# Loose adjectives that open real names.
_OPENS_NAMES = word_set("new north south east west great general united second first high upper lower free long")
_MONTHS_AND_DAYS = word_set(
    """
    january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday
    """
)
_SHORT_FORM = re.compile(r"\(([A-Z][A-Za-z0-9]{1,8}?)s?\)")
MAX_NAME_WORDS = 6


@dataclass(slots=True)
class _Seen:
    kind: Kind
    forms: Counter[str] = field(default_factory=Counter[str])
    mentions: list[Mention] = field(default_factory=list[Mention])
    inside: int = 0  # mentions that do not open a sentence, where a capital means something
    after_place: int = 0


def find_names(text: str, title: str, page: Sequence[Line]) -> list[tuple[int, Candidate]]:
    """The names of a page with their weights, in no order; `page` are the lines of `text`."""
    seen: dict[str, _Seen] = {}
    lower = Counter(token.word for line in page for token in line.tokens if token.word.islower())
    for line in page:
        if line.heading or _shouts(line.tokens):
            continue
        for first, run in _runs(line.tokens):
            _note(text, line, first, run, seen)
    titled = key_of(title)
    found: list[tuple[int, Candidate]] = []
    for key, name in seen.items():
        in_title = f" {key} " in f" {titled} "
        if _is_name(key, name, lower, in_title=in_title):
            weight = len(name.mentions) + (3 if in_title else 0) + (1 if " " in key else 0)
            found.append((weight, _candidate(key, name)))
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


def _shouts(words: Sequence[Token]) -> bool:
    """Whether so many words are capitalised that a capital says nothing: a menu, a title, a line of names."""
    long = [token for token in words if len(token.word) > 3]
    return len(long) >= 4 and sum(token.word[0].isupper() for token in long) > 0.7 * len(long)


def _runs(words: Sequence[Token]) -> Iterator[tuple[int, list[Token]]]:
    """Runs of capitalised words, with where in the line they begin; small words only inside ("Bank of England")."""
    index = 0
    while index < len(words):
        run: list[Token] = []
        first = begin = index
        while index < len(words) and (not run or words[index].joined):
            token = words[index]
            if _is_capital(token.word):
                run.append(token)
            elif not (
                run
                and token.word in _INSIDE
                and index + 1 < len(words)
                and words[index + 1].joined
                and _is_capital(words[index + 1].word)
            ):
                break
            else:
                run.append(token)
            index += 1
        while run and _opens_nothing(run[0].word, alone=len(run) == 1):
            run, first = run[1:], first + 1
        while run and run[0].word in _INSIDE:
            run, first = run[1:], first + 1
        if run and len(run) <= MAX_NAME_WORDS:
            yield first, run
        index = max(index, begin + 1)


def _is_capital(word: str) -> bool:
    return (word[0].isupper() and len(word) > 1 and "_" not in word) or bool(_CAMEL.match(word))


def _opens_nothing(word: str, *, alone: bool) -> bool:
    low = fold(word)
    if word.isupper() and len(word) > 1:
        return False
    return low in STOPWORDS or low in HONORIFICS or (low in BORDERS and (alone or low not in _OPENS_NAMES))


def _note(text: str, line: Line, first: int, run: Sequence[Token], seen: dict[str, _Seen]) -> None:
    start, end = run[0].start, run[-1].end
    if text[end - 2 : end] in ("'s", "’s"):
        end -= 2
    form = " ".join(text[start:end].split())
    key = key_of(form)
    if len(key) < 2:
        return
    before = fold(line.tokens[first - 1].word) if first else ""
    name = seen.get(key)
    if name is None:
        name = seen[key] = _Seen(_kind(run, before, code=text[start - 1 : start] == "`" or text[end : end + 1] == "("))
    elif before in HONORIFICS:
        name.kind = "person"
    name.forms[form] += 1
    name.mentions.append(line.mention(start, end))
    name.inside += bool(first and text[start - 2 : start].strip() not in {"?", "!", ":", '"', "“", "•", "-", "*"})
    name.after_place += before in {"in", "near", "at"}


def _kind(run: Sequence[Token], before: str, *, code: bool) -> Kind:
    """A first guess at what a name names, from its own words and the word before it."""
    words = [fold(token.word) for token in run]
    if len(run) == 1:
        word = run[0].word
        if _CAMEL.match(word):
            return "identifier" if code or sum(mark.isupper() for mark in word) > 2 else "name"
        if _ACRONYM.match(word):
            return "acronym"
    if before in HONORIFICS or (2 <= len(run) <= 4 and words[0] in GIVEN_NAMES):
        return "person"
    if any(word in ORGANISATION_WORDS for word in words[-2:] + words[:1]) and len(run) > 1:
        return "organisation"
    if words[-1] in PLACES or (len(run) > 1 and (words[-1] in PLACE_WORDS or words[0] in PLACE_WORDS)):
        return "place"
    return "name"


def _is_name(key: str, name: _Seen, lower: Counter[str], *, in_title: bool) -> bool:
    words = key.split(" ")
    if all(word in HOLLOW or word in _MONTHS_AND_DAYS or word in BORDERS for word in words) or _ROMAN.match(
        key.upper()
    ):
        return False
    often = len(name.mentions) >= 2 or in_title
    if name.kind == "identifier":
        return often
    if name.kind == "acronym":
        return often and name.inside >= 1
    if len(words) == 1:
        # A capital at the head of a sentence proves nothing; nor does one on a word that is also written small.
        return often and name.inside >= 1 and lower[words[0]] + lower[words[0] + "s"] == 0
    return name.inside >= 1 or often


def _candidate(key: str, name: _Seen) -> Candidate:
    form = max(name.forms, key=lambda form: (name.forms[form], form))
    kind: Kind = (
        "place"
        if name.kind == "name" and name.after_place * 3 > len(name.mentions) * 2 >= 6 and " " not in key
        else name.kind
    )
    return Candidate(key=key, name=form, kind=kind, aliases=(), mentions=tuple(name.mentions))
