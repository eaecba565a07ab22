"""Where in a passage the words stand that somebody says to quote from it: exactly, or in the sentence he must mean."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial

from bowerbird.kernel.nouns import PassageText, Span
from bowerbird.knowledge.text import sentences
from bowerbird.knowledge.words import fold, word_spans

__all__ = ["elided", "find_quote", "locate", "nearest_sentence", "opened"]

# Of the words of a quote that is not there, the share that a sentence must have to be what was meant.
MEANT = 0.9
# Words that each end of a shortened quote has at least: with fewer, it could be of many a sentence.
ENDS = 3
_LEFT_OUT = re.compile(r"\s*(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*")
# A model writes one kind of these for another; each is one character, so places stay what they are.
_SAME = str.maketrans("‘’‚“”„–—‑−\u00a0\u2009\u202f", "'''\"\"\"----   ")


def find_quote(text: str, quote: str) -> Span | None:
    """The first place in `text` that reads like `quote`, whatever white space, quotation marks and dashes they use."""
    words = quote.translate(_SAME).strip().strip('"').split()
    if not words:
        return None
    # White space is anything between the words; the words themselves are as they are.
    found = re.search(r"\s+".join(re.escape(word) for word in words), text.translate(_SAME))
    return None if found is None else Span(found.start(), found.end())


def elided(text: str, quote: str) -> Span | None:
    """The stretch of one sentence of `text` that begins and ends as `quote` does, which leaves out what is between."""
    parts = _LEFT_OUT.split(quote.strip())
    if len(parts) != 2 or any(len(part.split()) < ENDS for part in parts):
        return None
    for span in sentences(text):
        sentence = span.of(text)
        first = find_quote(sentence, parts[0])
        last = find_quote(sentence[first.end :], parts[1]) if first is not None else None
        if first is not None and last is not None:
            return Span(span.start + first.start, span.start + first.end + last.end)
    return None


def opened(text: str, quote: str, claim: str) -> Span | None:
    """The sentence of `text` that begins as `quote` does, which leaves out the rest; of several the nearest `claim`."""
    begun, *rest = _LEFT_OUT.split(quote.strip())
    if rest != [""] or len(begun.split()) < ENDS:
        return None
    found = [
        span
        for span in sentences(text)
        if (first := find_quote(span.of(text), begun)) is not None
        and not _words(span.of(text)[: first.start])
        and not text[span.start + first.end : span.start + first.end + 1].isalnum()
    ]
    claimed = _words(claim)
    return max(found, key=lambda span: (claimed & _words(span.of(text))).total(), default=None)


def nearest_sentence(text: str, quote: str) -> Span | None:
    """The sentence of `text` that has at least nine tenths of the words of `quote`, the best one first; or None."""
    wanted = _words(quote)
    if not wanted:
        return None
    best: tuple[float, Span] | None = None
    for span in sentences(text):
        said = _words(span.of(text))
        share = (wanted & said).total() / wanted.total()
        # Of two that have the words, the one that has less besides.
        score = share - 0.001 * (said - wanted).total()
        if share >= MEANT and (best is None or score > best[0]):
            best = (score, span)
    return None if best is None else best[1]


def locate(passages: Sequence[PassageText], named: int, quote: str, *, claim: str) -> tuple[PassageText, Span] | None:
    """
    Where a quote stands, whole or with its middle or end left out: in the passage named (from 1) or in another.

    Else the sentence that was meant. `claim` is what the quote is given for: it tells sentences that begin alike.
    """
    order = sorted(range(len(passages)), key=lambda number: number != named - 1)
    for find in (find_quote, elided, partial(opened, claim=claim), nearest_sentence):
        for number in order:
            span = find(passages[number].text, quote)
            if span is not None:
                return passages[number], span
    return None


def _words(text: str) -> Counter[str]:
    return Counter(fold(span.of(text)) for span in word_spans(text))
