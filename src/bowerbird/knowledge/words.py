"""Words as search, answers and entities compare them: cut from text, folded, stemmed."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import Stemmer

from bowerbird.kernel.nouns import Span

__all__ = ["STOPWORDS", "content_stems", "fold", "stem", "stems", "word_set", "word_spans"]

# A number keeps its inner points and commas; letters keep an inner apostrophe; hyphens part words, because
# "semi-supervised" and "semi supervised" are the same to a reader.
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W\d_]+)?")


def word_set(listed: str) -> frozenset[str]:
    """The words of a list written with blanks between them."""
    return frozenset(listed.split())


STOPWORDS = word_set(
    """
    a about above after again against all also am an and any are aren't as at be because been before being below
    between both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down during
    each either else ever every few for from further get gets got had hadn't has hasn't have haven't having he
    her here hers herself him himself his how however i if in into is isn't it it's its itself just let like
    many may me might mine more most much must my myself neither no nor not of off often on once one only or
    other others ought our ours ourselves out over own per please quite rather really same shall she should
    since so some such than that that's the their theirs them themselves then there there's therefore these they
    this those though through thus to too under until up upon us very via was wasn't we were weren't what what's
    when where which while who who's whom whose why will with within without won't would wouldn't yes yet you
    your yours yourself yourselves
    """
)


# The words of a site repeat; those of a language do.
@lru_cache(maxsize=200_000)
def fold(word: str) -> str:
    """`word` in lower case, with compatible forms and accents folded and a possessive ending taken off."""
    plain = word.lower().replace("’", "'")
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
    plain = plain.removesuffix("'s")
    return plain.replace(",", "") if plain[:1].isdigit() else plain


def word_spans(text: str) -> Iterator[Span]:
    """Where the words of `text` are, in their order."""
    for found in _WORD.finditer(text):
        yield Span(found.start(), found.end())


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of one word (English Snowball); words with digits stay as they are."""
    plain = fold(word)
    # A stemmer object keeps the word it works on, so threads must not share one; what it would cache is cached here.
    return Stemmer.Stemmer("english", 0).stemWord(plain) if plain.isalpha() else plain


def stems(text: str) -> list[str]:
    """The stems of all words of `text`, in their order."""
    return [stem(found.group()) for found in _WORD.finditer(text)]


def content_stems(text: str) -> list[str]:
    """The stems of the words of `text` that are not stop-words, in their order."""
    return [stem(found.group()) for found in _WORD.finditer(text) if fold(found.group()) not in STOPWORDS]
