"""
A field's value out of sentences: `The default is 10`, `5432 by default`, `opened on 4 May 2019`, `X is a Y`.

A value is taken only where the sentence names the field (or the verb that means it); what it might be otherwise is
left empty. Sentences that deny or ask give nothing.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.tables.fields import Field, words_of
from bowerbird.knowledge.tables.values import holds, values_in
from bowerbird.knowledge.words import word_spans

__all__ = ["MAX_SENTENCES", "value_of"]

MAX_SENTENCES: Final = 60  # of a thing that are read
_MAX_VALUE: Final = 80
_NEAR: Final = 60  # characters between a field's word and a value of its kind

# Verbs that say what a noun would.
_VERBS: Final = {
    "founded": "founded|established|set up|started|incorporated",
    "born": "born",
    "died": "died",
    "released": "released|launched|published|came out",
    "published": "published|released",
    "open": "opened",
    "name": "called|named|known as",
    "author": "written by|created by|developed by|made by",
    "price": "costs?|from|priced at|charges?",
    "city": "based in|located in|lives in|situated in",
    "director": "directed by|led by|headed by",
    "founder": "founded by|started by",
}
_ADVERBS = (
    r"(?:(?:now|typically|normally|usually|always|currently|about|around|approximately|only|set to|equal to|the|an?)"
    r" )*"
)
_IS = r"(?:is|are|was|were|:|=|equals)"
_STOP = re.compile(
    r"[.;!?](?=\s|$)|,(?=\s)|\s\(|\s(?:which|because|but|and it|and this|and the|meaning|unless|if|when|where|while|so"
    r"|since|as|for|on|in which|depending)\s|$"
)
# What happens to a field, and how it compares, is no value of it.
_NO_VALUE = re.compile(
    r"(?:not|no longer|never|used|set|given|shown|chosen|taken|present|different|equivalent|similar|the same|same"
    r"|sometimes|determined|what|how|why|where|that|this|it|one of|\w{3,}ed)\b(?! ['\"\d])",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|no longer|never|isn't|wasn't|aren't)\b")


def value_of(text: str, field: Field, sentences: Sequence[Span], *, name: str, is_wide: bool = False) -> Span | None:
    """
    Where the first of the sentences that says it says the field's value.

    In a wide text, which speaks of other things beside `name`, `the FIELD is …` says nothing unless the name is beside.
    """
    for sentence in sentences[:MAX_SENTENCES]:
        if text[sentence.end - 1] == "?":
            continue
        found = _in_sentence(text, field, sentence, name, is_wide=is_wide)
        if found is not None and holds(field.kind, found.of(text)):
            return found
    return None


def _in_sentence(text: str, field: Field, sentence: Span, name: str, *, is_wide: bool) -> Span | None:
    if field.kind in ("email", "phone", "url"):
        return next(values_in(field.kind, text, sentence.start, sentence.end), None)
    if field.kind in ("text", "number"):
        is_named = not is_wide or name.casefold() in sentence.of(text).casefold()
        said = _said(text, field, sentence) if is_named else None
        if said is not None:
            return said
        if words_of(field.name) & {"kind", "description", "occupation", "profession"}:
            return _is_a(text, sentence, name)
        if field.kind == "text":
            return None
    return _near(text, field, sentence)


def _said(text: str, field: Field, sentence: Span) -> Span | None:
    """`The FIELD is VALUE`, `VALUE by FIELD`, `By FIELD this is VALUE`, `VALUE (the FIELD)`."""
    wanted = _spelled(field.name)
    if wanted is None or not wanted["names"].search(text, sentence.start, sentence.end):
        return None
    for form in ("is", "by_first", "is_by", "by", "which", "parens"):
        found = wanted[form].search(text, sentence.start, sentence.end)
        if found is None or _DENIED.search(found[0]):
            continue
        start = found.start("telling" if form == "is" and found["telling"] else "value")
        if form in ("by", "is_by", "which", "parens"):
            end = found.end("value")
        else:
            stop = _STOP.search(text, start, sentence.end)
            end = min(stop.start() if stop else sentence.end, sentence.end)
        value = _tidy(text, start, end)
        if value is not None and not _NO_VALUE.match(value.of(text)):
            return value
    return None


@lru_cache(maxsize=500)
def _spelled(name: str) -> "dict[str, re.Pattern[str]] | None":
    """The patterns for a field of this name; None for one without a word."""
    words = [name[span.start : span.end] for span in word_spans(name)]
    if not words:
        return None
    field = r"[\s-]+".join(re.escape(word) for word in words)
    flags = re.IGNORECASE
    word = r"[^\s,;()]{1,60}"
    return {
        "names": re.compile(rf"\b{field}s?\b", flags),
        "is": re.compile(
            rf"\b{field}(?:(?: values?| settings?)? {_IS} {_ADVERBS}(?P<value>\S)"
            rf"| \w+ {_IS} {_ADVERBS}(?P<telling>['\"\d-]))",
            flags,
        ),
        "by_first": re.compile(rf"\bby {field},?(?: \w+){{0,3}} {_IS} {_ADVERBS}(?P<value>\S)", flags),
        "is_by": re.compile(rf"\b(?:is|are|was|were) {_ADVERBS}(?P<value>{word}(?: \w+){{0,2}}?) by {field}\b", flags),
        "by": re.compile(rf"(?<!\S)(?P<value>[^\s,;()]*\d[^\s,;()]*(?: \w+)?) by {field}\b", flags),
        "which": re.compile(
            rf"(?<!\S)(?P<value>['\"]['\"]|[^\s,;()]*\d[^\s,;()]*|['\"][^'\"]{{1,40}}['\"])(?: \w+){{0,3}}"
            rf" \((?:which is |this is )?the {field}\)",
            flags,
        ),
        "parens": re.compile(rf"(?<!\S)(?P<value>{word}) \((?:which is |this is )?the {field}\)", flags),
    }


def _near(text: str, field: Field, sentence: Span) -> Span | None:
    """The value of the field's kind that stands nearest behind a word that means the field."""
    best: tuple[int, Span] | None = None
    values = list(values_in(field.kind, text, sentence.start, sentence.end))
    if not values:
        return None
    for cue in _cues(text, field, sentence):
        for value in values:
            gap = value.start - cue.end
            if 0 <= gap <= _NEAR and (best is None or gap < best[0]):
                between = text[cue.end : value.start]
                if not _DENIED.search(between) and not re.search(r"[;:.|]\s", between[1:]):
                    best = (gap, value)
    return best[1] if best else None


def _cues(text: str, field: Field, sentence: Span) -> Iterator[Span]:
    wanted = words_of(field.name)
    for span in word_spans(text[sentence.start : sentence.end]):
        word = text[sentence.start + span.start : sentence.start + span.end]
        if words_of(word) & wanted:
            yield Span(sentence.start + span.start, sentence.start + span.end)
    for word in wanted:
        if verbs := _VERBS.get(word):
            for found in re.compile(rf"\b(?:{verbs})\b", re.IGNORECASE).finditer(text, sentence.start, sentence.end):
                yield Span(found.start(), found.end())


def _is_a(text: str, sentence: Span, name: str) -> Span | None:
    """`NAME is a VALUE`: what kind of thing it is."""
    words = name.split()
    if not words:
        return None
    subject = re.escape(words[0]) + "".join(rf"(?:\s+{re.escape(word)})" for word in words[1:8])
    form = re.compile(
        rf"(?:The )?{subject}(?: \([^)]{{0,80}}\))?,? (?:is|was|are|were) (?:an? |the )?(?P<value>[^\s].*)", re.DOTALL
    )
    found = form.match(text, sentence.start, sentence.end)
    if found is None:
        return None
    stop = _STOP.search(text, found.start("value"), sentence.end)
    return _tidy(text, found.start("value"), min(stop.start() if stop else sentence.end, sentence.end))


def _tidy(text: str, start: int, end: int) -> Span | None:
    while start < end and text[start] in " \n\t“‘*`":
        start += 1
    while end > start and text[end - 1] in " \n\t.,;:”’*`":
        end -= 1
    return Span(start, end) if 0 < end - start <= _MAX_VALUE else None
