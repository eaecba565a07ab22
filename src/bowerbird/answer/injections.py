"""
Orders to a machine, planted in a page: where they are and what gives them away. What was scraped is data; a flag says
that somebody wanted it to be more.

One sign is enough when nobody writes so to a person ("ignore your previous instructions"); two are needed when people
do ("always answer with …" is an order to a machine if a machine is spoken to). Text is looked at as a model would read
it: folded, without invisible marks, spelt letters joined, base64, ROT13, escapes and mirror writing undone. What shows
no sign may still be worded as orders are: `wording` weighs that.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from bowerbird.answer.signs import ALONE, ELSEWHERE, ELSEWHERE_ROOTS, SIGNS, SPOKEN_TO_ELSEWHERE
from bowerbird.answer.wording import bias, weight
from bowerbird.knowledge.words import is_english

__all__ = [
    "Injection",
    "injections",
    "is_injection",
    "is_suspect",
    "may_begin_one",
    "readings",
    "sentence_texts",
    "stretches",
    "suspects",
]

# Log-odds from which a wording is an order's (`python -m bench.quality.train_wording` prints what each bar finds): the
# first for what is flagged, the second for what is neither quoted nor shown to a model, the third for what a model does
# not see when nobody asked what to do: then no order is an answer, and a model may obey what a quotation only repeats.
FLAGGED, SUSPECT, DOUBTFUL = -1.2, -1.7, -4.0
GOES_ON = -5.2  # the same for what stands right before or behind, as "I am your developer." does
LOOKED_INTO = -6.0  # where no sentence weighs so much, signs are not looked for: that takes longest
LIKELY = "its wording is that of an order to a machine"
DISGUISE = 2.0  # who writes so that no person can read it has a reason

# After a flagged sentence the rest of its paragraph is flagged with it, so far: orders come in several sentences.
REACH = 600


_Place: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Injection:
    """A stretch of text that gives orders to a machine, and why it is thought so."""

    start: int
    end: int
    reason: str


_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|[\U000e0000-\U000e007f]"
)
_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
_EMPHASIS = re.compile(r"(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)|[*`]{1,3}")
_SPELT = re.compile(r"(?<![^\W_])(?:[A-Za-z0-9][ .\-_*]{1,4}){5,}[A-Za-z0-9](?![^\W_])")
_TAGGED = re.compile("[\U000e0020-\U000e007e]{6,}")  # letters that no screen shows and every model reads
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2} ?){12,}")
_ESCAPED = re.compile(r"(?:&#x?[0-9a-fA-F]{2,4};|%[0-9a-fA-F]{2}|\\(?:u00|x)[0-9a-fA-F]{2}){4,}")
# Frequent words of English and of orders, in ROT13 and backwards: two of them are no accident.
_ROT13 = ("gur ", "naq ", "lbh", "fnl ", "vtaber", "vafgehpgvba", "cebzcg", "qvfertneq", "ercyl", "nafjre", "hfre")
_MIRRORED = (
    "eht ",
    "dna ",
    "uoy",
    "yas ",
    "erongi",
    "snoitcurtsni",
    "tpmorp",
    "dragersid",
    "selur",
    "ylper",
    "rewsna",
    "resu",
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
# Two near each other: part numbers and addresses have one.
_DIGITS = re.compile(
    r"(?<!\S)[a-zA-Z]*[a-zA-Z][013457@$!][a-zA-Z]+\b(?:\W+\S+){0,5}?\W+[a-zA-Z]*[013457@$!]?[a-zA-Z]+[013457@$!][a-zA-Z]"
)
# Latin letters beside Greek, Cyrillic or Armenian ones in one word, twice.
_MIXED = re.compile(
    "(?:[a-zA-Z][\u0370-\u058f]|[\u0370-\u058f][a-zA-Z])(?s:.){0,80}?(?:[a-zA-Z][\u0370-\u058f]|[\u0370-\u058f][a-zA-Z])"
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_HOMOGLYPHS = str.maketrans("аеорсухіѕјԁһոαοερι", "aeopcyxisjdhnaoepi")
_SENTENCE = re.compile(r"(?:[^.!?\n。！？]|[.!?](?=[^\s\"”’')\]]))+[.!?。！？]*[\"”’')\]]*\s*|\n+|[.!?。！？]+")


def is_injection(text: str) -> bool:
    """Whether `text` gives orders to a machine."""
    return bool(injections(text))


def is_suspect(text: str, language: str = "en") -> bool:
    """Whether `text`, which is in this language, may give orders to a machine."""
    return bool(suspects(text, language))


def injections(text: str, language: str = "en") -> list[Injection]:
    """
    The stretches of `text` that give orders to a machine, in their order, none overlapping.

    How orders are worded was learnt from English: of a text in another language only the signs count.
    """
    return _over(text, FLAGGED) if is_english(language) else _with_signs(text)


# A passage never changes, and is asked for by its sentences, by the prompt and by each quote of it.
@lru_cache(maxsize=4096)
def suspects(text: str, language: str = "en", *, is_wary: bool = False) -> tuple[Injection, ...]:
    """
    The stretches of `text` that an answer is not made of: those, and what is worded much like them.

    What stands right before and may belong to it goes with it. A sentence lost so costs an answer now and then, and
    nobody is told that somebody ordered anything. The wary leave out what is only a little like an order, too.
    """
    if not is_english(language):
        return tuple(_with_signs(text))
    worded = _over(text, DOUBTFUL if is_wary else SUSPECT)
    if not worded:
        return ()  # what is flagged is over the lower bar, too
    found: list[Injection] = []
    for each in sorted([*injections(text), *worded], key=lambda one: one.start):
        last = found[-1].end if found else 0
        if each.end > last:
            since = max(text.rfind("\n\n", 0, each.start) + 1, last)
            found.append(replace(each, start=_widened(text, since, max(each.start, last))))
    return tuple(found)


def may_begin_one(text: str) -> bool:
    """Whether an order might begin with `text` that only shows with what follows."""
    return bias() + weight(text) > GOES_ON or is_suspect(text)


def _widened(text: str, since: int, start: int) -> int:
    """Where what leads to the order at `start` begins, not before `since`: sentences that might be of an order."""
    for each in reversed(list(_SENTENCE.finditer(text, since, start))):
        if each.group().strip() and bias() + weight(each.group()) <= GOES_ON:
            break
        start = each.start()
    return start


def _over(text: str, bar: float) -> list[Injection]:
    found: list[Injection] = []
    is_disguised = sum(1 for _ in readings(text)) > 1
    parts = _sentences(text)
    weights = {start: weight(text[start:end]) for start, end in parts}
    is_plain = not is_disguised and text.isascii() and "](" not in text  # a link's address is no wording
    may_have_signs = not is_plain or bias() + max(weights.values(), default=0.0) > LOOKED_INTO
    has_signs = may_have_signs and bool(_reason(text))  # nearly never: what no whole text shows, no part of it does
    for together in _stretches(text, parts):
        start, end = together[0][0], together[-1][1]
        if found and start < found[-1].end:
            continue
        part = text[start:end]
        likely = bias() + sum(weights[at] for at, _ in together) > bar
        reason = (_reason(part) if has_signs else "") or (LIKELY if likely else "")
        if not reason and is_disguised:
            # What is merely a little like an order is nothing to disguise: for that the bar stays where it is.
            reason = _likeness(part, max(bar, SUSPECT))
        if reason:
            begins = _shortest(text, start, end, bar)
            ends = start + len(part.rstrip())  # a sentence takes the white space behind it along
            found.append(Injection(begins, max(ends, _far(text, ends, is_worded=reason.startswith(LIKELY))), reason))
    return found


def _with_signs(text: str) -> list[Injection]:
    """The stretches that show signs of an order, however they are worded, each with the rest of its paragraph."""
    found: list[Injection] = []
    if not _reason(text):
        return found
    for start, end in stretches(text):
        reason = _reason(text[start:end]) if not found or start >= found[-1].end else ""
        if reason:
            ends = start + len(text[start:end].rstrip())
            found.append(Injection(start, max(ends, _far(text, ends, is_worded=False)), reason))
    return found


def _far(text: str, ends: int, *, is_worded: bool) -> int:
    """How far what ends there goes on in its paragraph."""
    stop = text.find("\n\n", ends)
    far = min(len(text) if stop < 0 else stop, ends + REACH)
    if is_worded:  # a sign is sure; of what is only worded so, no more than might be of an order
        for each in _SENTENCE.finditer(text, ends, far):
            if each.group().strip() and bias() + weight(each.group()) <= GOES_ON:
                return each.start()
    return far


def _shortest(text: str, start: int, end: int, bar: float) -> int:
    """Where the order itself begins: sentences before it that are none are left out."""
    for each in list(_SENTENCE.finditer(text, start, end))[1:]:
        rest = text[each.start() : end]
        if each.group().strip() and (_reason(rest) or _likeness(rest, bar)):
            start = each.start()
    return start


def sentence_texts(text: str) -> list[str]:
    """The sentences of `text`."""
    return [text[start:end] for start, end in _sentences(text)]


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, each followed by itself with the next two: an order may say in two what one would hide."""
    for together in _stretches(text, _sentences(text)):
        yield together[0][0], together[-1][1]


def _sentences(text: str) -> list[_Place]:
    return [each.span() for each in _SENTENCE.finditer(text) if each.group().strip()]


def _stretches(text: str, places: Sequence[_Place]) -> Iterator[Sequence[_Place]]:
    """The same by the places of their sentences."""
    for n, (start, end) in enumerate(places):
        yield places[n : n + 1]
        for last in range(n + 1, min(n + 3, len(places))):
            if "\n\n" in text[end : places[last][0]] or places[last][1] - start > REACH:
                break
            yield places[n : last + 1]


def _reason(text: str) -> str:
    """Why the stretch is an order to a machine; empty when it is none."""
    return _reason_in(readings(text))


def _reason_in(read: Iterable[tuple[str, str]]) -> str:
    for one, how in read:
        plain = one.lower()
        for reason, pattern in ALONE:
            if pattern.search(plain):
                return reason + how
        if any(root in plain for root in ELSEWHERE_ROOTS) and ELSEWHERE.search(plain):
            return ALONE[0][0] + how
        if SPOKEN_TO_ELSEWHERE.search(plain):
            return "it gives the reader a role" + how
        signs: list[str] = []
        for left, (reason, pattern) in zip(range(len(SIGNS), 0, -1), SIGNS, strict=True):
            if len(signs) + left < 2:
                break  # the last is dear, and could not help any more
            if pattern.search(plain):
                signs.append(reason)
        if len(signs) >= 2 and (signs != ["it speaks to a machine", "it asks for a tool"]):
            return f"{signs[0]} and {signs[1]}{how}"
    return ""


def _likeness(text: str, bar: float) -> str:
    """Why the stretch, or what it reads as, is worded as an order to a machine; empty when it is not."""
    for plain, how in readings(text):
        if bias() + sum(map(weight, sentence_texts(plain))) > (bar - DISGUISE if how else bar):
            return LIKELY + how
    return ""


def readings(text: str) -> Iterator[tuple[str, str]]:
    """The text as it stands, and as it reads when it is decoded; each with how."""
    if not text.isascii():
        for tagged in _TAGGED.findall(text):
            yield "".join(chr(ord(mark) - 0xE0000) for mark in tagged), ", in letters that no screen shows"
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace("’", "'")
    plain = _EMPHASIS.sub("", _BREAK.sub(" ", text))
    yield plain, ""
    if _SPELT.search(plain):
        yield _SPELT.sub(_joined, plain), ", spelt apart"
    if not plain.isascii() and _MIXED.search(plain):
        yield plain.casefold().translate(_HOMOGLYPHS), ", in letters that look alike"
    if _DIGITS.search(plain):
        yield plain.translate(_LEET), ", with digits for letters"
    for each in _BASE64.finditer(plain):
        if decoded := _decoded(each.group()):
            yield decoded, ", in base64"
    for each in _HEX.finditer(plain):
        if decoded := _words(bytes.fromhex(each.group())):
            yield decoded, ", in hexadecimal numbers"
    if _ESCAPED.search(plain):
        yield _ESCAPED.sub(_unescaped, plain), ", in escapes"
    lowered = plain.lower()
    if sum(word in lowered for word in _ROT13) > 1:
        yield codecs.decode(plain, "rot13"), ", in ROT13"
    if sum(word in lowered for word in _MIRRORED) > 1:
        yield plain[::-1], ", written backwards"


def _joined(at: re.Match[str]) -> str:
    """Letters spelt apart as words: where the gaps are wider, or of another kind, a word ends."""
    spelt = at.group()
    gap = r"\s{2,}" if "  " in spelt else r"\s" if re.search(r"\w[.\-_*]\w", spelt) else "$"
    return " ".join(re.sub(r"[ .\-_*]", "", word) for word in re.split(gap, spelt))


def _unescaped(at: re.Match[str]) -> str:
    marks = re.sub(r"\\(?:u00|x)", "%", at.group())
    return urllib.parse.unquote(html.unescape(marks))


def _decoded(text: str) -> str:
    """What the base64 says, if it says words."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if set(text) & {"-", "_"} else None)
    except (binascii.Error, ValueError):
        return ""
    return _words(raw)


def _words(raw: bytes) -> str:
    """The bytes as text, if they are words."""
    try:
        words = raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return words if sum(mark.isprintable() for mark in words) > 0.95 * len(words) and " " in words else ""
