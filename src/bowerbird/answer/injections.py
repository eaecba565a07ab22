"""
Orders to a machine, planted in a page: where they are and what gives them away. What was scraped is data; a flag says
that somebody wanted it to be more.

One sign is enough when nobody writes so to a person ("ignore your previous instructions"); two are needed when people
do ("always answer with …" is an order to a machine if a machine is spoken to). Text is looked at as a model would read
it: folded, without invisible marks, spelt letters joined, base64, ROT13 and mirror writing undone.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bowerbird.answer.signs import ALONE, ELSEWHERE, ELSEWHERE_ROOTS, SIGNS, SPOKEN_TO_ELSEWHERE

__all__ = ["Injection", "injections", "is_injection", "readings", "stretches"]

# After a flagged sentence the rest of its paragraph is flagged with it, so far: orders come in several sentences.
REACH = 600


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
_SPELT = re.compile(r"\b(?:[A-Za-z0-9][ .\-_*]){5,}[A-Za-z0-9]\b")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_LEET = str.maketrans("013457@$!", "oieastasi")
_HOMOGLYPHS = str.maketrans("аеорсухіѕјԁһոαοερι", "aeopcyxisjdhnaoepi")
_SENTENCE = re.compile(r"(?:[^.!?\n。！？]|[.!?](?=[^\s\"”’')\]]))+[.!?。！？]*[\"”’')\]]*\s*|\n+|[.!?。！？]+")


def is_injection(text: str) -> bool:
    """Whether `text` gives orders to a machine."""
    return bool(injections(text))


def injections(text: str) -> list[Injection]:
    """The stretches of `text` that give orders to a machine, in their order, none overlapping."""
    found: list[Injection] = []
    if not _reason(text):  # nearly every text: what no whole text shows, no part of it does
        return found
    for start, end in stretches(text):
        if found and start < found[-1].end:
            continue
        reason = _reason(text[start:end])
        if reason:
            begins = _shortest(text, start, end)
            ends = start + len(text[start:end].rstrip())  # a sentence takes the white space behind it along
            stop = text.find("\n\n", ends)
            far = min(len(text) if stop < 0 else stop, ends + REACH)
            found.append(Injection(begins, max(ends, far), reason))
    return found


def _shortest(text: str, start: int, end: int) -> int:
    """Where the order itself begins: sentences before it that are none are left out."""
    for each in list(_SENTENCE.finditer(text, start, end))[1:]:
        if each.group().strip() and _reason(text[each.start() : end]):
            start = each.start()
    return start


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, each followed by itself with the next two: an order may say in two what one would hide."""
    places = [(each.start(), each.end()) for each in _SENTENCE.finditer(text) if each.group().strip()]
    for n, (start, end) in enumerate(places):
        yield start, end
        for more in places[n + 1 : n + 3]:
            if "\n\n" in text[end : more[0]] or more[1] - start > REACH:
                break
            yield start, more[1]


def _reason(text: str) -> str:
    """Why the stretch is an order to a machine; empty when it is none."""
    for plain, how in readings(text):
        for reason, pattern in ALONE:
            if pattern.search(plain):
                return reason + how
        lowered = plain.lower()
        if any(root in lowered for root in ELSEWHERE_ROOTS) and ELSEWHERE.search(plain):
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


def readings(text: str) -> Iterator[tuple[str, str]]:
    """The text as it stands, and as it reads when it is decoded; each with how."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace("’", "'")
    plain = _EMPHASIS.sub("", _BREAK.sub(" ", plain))
    yield plain, ""
    if _SPELT.search(plain):
        yield _SPELT.sub(lambda at: re.sub(r"[ .\-_*]", "", at.group()), plain), ", spelt apart"
    if not plain.isascii() and any("\u0370" <= mark <= "\u058f" for mark in plain):
        yield plain.casefold().translate(_HOMOGLYPHS), ", in letters that look alike"
    if re.search(r"[a-zA-Z][013457@$!][a-zA-Z]", plain):
        yield plain.translate(_LEET), ", with digits for letters"
    for each in _BASE64.finditer(plain):
        if decoded := _decoded(each.group()):
            yield decoded, ", in base64"
    lowered = plain.lower()
    if "vtaber" in lowered or "vafgehpgvba" in lowered or "qvfertneq" in lowered or "cebzcg" in lowered:
        yield codecs.decode(plain, "rot13"), ", in ROT13"
    if "erongi" in lowered or "snoitcurtsni" in lowered or "tpmorp" in lowered or "drageršid" in lowered:
        yield plain[::-1], ", written backwards"


def _decoded(text: str) -> str:
    """What the base64 says, if it says words."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if set(text) & {"-", "_"} else None)
        words = raw.decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return words if sum(mark.isprintable() for mark in words) > 0.95 * len(words) and " " in words else ""
