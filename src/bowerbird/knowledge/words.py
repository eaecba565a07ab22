"""Words as search, answers and entities compare them: cut from text, folded, stemmed."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

import Stemmer
import tantivy

from bowerbird.kernel.nouns import Span

__all__ = [
    "STEMMED",
    "STOPWORDS",
    "UNSPACED",
    "WITH_STOPWORDS",
    "content_stems",
    "fold",
    "is_english",
    "is_stopword",
    "stem",
    "stems",
    "word_set",
    "word_spans",
]

# A number keeps its inner points and commas; letters keep an inner apostrophe; hyphens part words, because
# "semi-supervised" and "semi supervised" are the same to a reader.
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’][^\W\d_]+)?")
# Elsewhere an apostrophe parts two words: "l'homme". A mark above or below a letter is a part of its word.
_WORD_PLAIN = re.compile(r"\d+(?:[.,]\d+)+|(?:[^\W_][\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31-\u0e4e]*)+")
# What has no spaces, by its script: what is written in Katakana is a word, and in Hiragana mostly the end of one.
_RUN = re.compile(
    "[\u3040-\u309f]+|[\u30a0-\u30ff]+|(?P<signs>[\u3400-\u4dbf\u4e00-\u9fff]+|[\uac00-\ud7af]+|[\u0e00-\u0e7f]+)"
    "|[^\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+"
)
# Endings and particles of Japanese, and two signs of which one is a small word of Chinese.
_SMALL = {"ja": re.compile("[\u3040-\u309f]+"), "zh": re.compile(".?[的是了吗么呢在和与].?")}
UNSPACED = frozenset({"ja", "ko", "th", "zh"})
_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "es": "spanish",
    "et": "estonian", "fa": "persian", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish",
}  # fmt: skip
STEMMED = frozenset(_SNOWBALL)  # the languages other than English whose endings are known
WITH_STOPWORDS = ("da", "de", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ru", "sv")


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


def is_english(language: str) -> bool:
    """Whether what only knows English may read it; a text of which nothing is known is read as it always was."""
    return language in ("", "en")


def word_spans(text: str, language: str = "en") -> Iterator[Span]:
    """Where the words of `text` are, in their order; in a script without spaces each two signs that follow are one."""
    if is_english(language):
        for found in _WORD.finditer(text):
            yield Span(found.start(), found.end())
    elif language in UNSPACED:
        for found in _WORD_PLAIN.finditer(text):
            yield from _pairs(text, found.start(), found.end())
    else:
        for found in _WORD_PLAIN.finditer(text):
            yield Span(found.start(), found.end())


def _pairs(text: str, start: int, end: int) -> Iterator[Span]:
    """A run of letters and signs: what is in letters whole, of signs each two, and one that is alone."""
    for run in _RUN.finditer(text, start, end):
        first, last = run.span()
        if run["signs"] is None or last - first == 1:
            yield Span(first, last)
        else:
            for at in range(first, last - 1):
                yield Span(at, at + 2)


@lru_cache(maxsize=200_000)
def stem(word: str, language: str = "en") -> str:
    """The stem of one word (Snowball's, of the languages that it knows); words with digits stay as they are."""
    # A stemmer object keeps the word it works on, so threads must not share one; what it would cache is cached here.
    if is_english(language):
        plain = fold(word)
        return Stemmer.Stemmer("english", 0).stemWord(plain) if plain.isalpha() else plain
    if language in UNSPACED:
        return unicodedata.normalize("NFKC", word.lower())
    # Accents are a part of what other languages' endings are known by, so they are folded last.
    plain, snowball = word.lower(), _SNOWBALL.get(language)
    return fold(Stemmer.Stemmer(snowball, 0).stemWord(plain) if snowball and plain.isalpha() else plain)


def stems(text: str, language: str = "en") -> list[str]:
    """The stems of all words of `text`, in their order."""
    if is_english(language):
        return [stem(found.group()) for found in _WORD.finditer(text)]
    return [stem(span.of(text), language) for span in word_spans(text, language)]


def content_stems(text: str, language: str = "en") -> list[str]:
    """The stems of the words of `text` that are not stop-words, in their order."""
    if is_english(language):
        return [stem(found.group()) for found in _WORD.finditer(text) if fold(found.group()) not in STOPWORDS]
    words = (span.of(text) for span in word_spans(text, language))
    return [stem(word, language) for word in words if not is_stopword(word, language)]


@lru_cache(maxsize=100_000)
def is_stopword(word: str, language: str = "en") -> bool:
    """Whether a word says nothing by itself; of a language without a list no word is one."""
    if is_english(language):
        return fold(word) in STOPWORDS
    if language in UNSPACED:
        small = _SMALL.get(language)
        return small is not None and small.fullmatch(word) is not None
    stops = _stop_filter(language) if language in WITH_STOPWORDS else None
    return stops is not None and not stops.analyze(word.lower())


@cache
def _stop_filter(language: str) -> tantivy.TextAnalyzer:
    """What leaves nothing of a stop-word: the lists are Snowball's, which the search engine has with it."""
    listed = tantivy.Filter.stopword(_SNOWBALL[language])
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(listed).build()
