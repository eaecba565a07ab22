"""
In which language a question is: by its script, its small words, and the words that ask.

A question is too short for what tells the language of a page, and this is asked where that model is not. English is
what is not plainly something else.
"""

import re
from typing import Final

from bowerbird.knowledge.words import WITH_STOPWORDS, is_stopword, word_set, word_spans

__all__ = ["ASKING", "spoken"]

_SCRIPTS: Final = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("el", re.compile("[\u0370-\u03ff]{2}")),
    ("ru", re.compile("[\u0400-\u04ff]{2}")),
)
# The words that ask say more than other small words: they are in hardly another place.
ASKING: Final = {
    "da": word_set("hvad hvem hvor hvordan hvornår hvorfor hvilken hvilke hvilket"),
    "de": word_set("was wer wie wo wann warum wieso weshalb woher wohin womit welche welcher welches welchen wieviel"),
    "es": word_set("qué quién cómo dónde cuándo cuánto cuánta cuántos cuántas cuál cuáles"),
    "fi": word_set("mikä mitä kuka missä milloin miksi miten kuinka"),
    "fr": word_set("comment pourquoi quand quel quelle quels quelles où qui combien est-ce qu quoi"),
    "hu": word_set("mi ki hol mikor miért hogyan mennyi melyik"),
    "it": word_set("cosa quando dove quanto quanti quale quali perché"),
    "ja": word_set("何 何年 何月 何日 何人 何時 誰"),
    "nl": word_set("wat wie waar wanneer waarom hoe hoeveel welke"),
    "no": word_set("hva hvem hvor hvordan når hvorfor hvilken hvilke"),
    "pt": word_set("como onde quando quem quanto quantos qual quais porquê"),
    "ru": word_set("что кто где когда почему как сколько какой какая какие"),
    "sv": word_set("vad vem var när varför hur vilken vilka vilket"),
}
# Signs that one of them has and its neighbours have not.
_OWN: Final = {"de": re.compile("ß"), "es": re.compile("[¿¡ñ]"), "pt": re.compile("[ãõ]|\\bo que\\b", re.IGNORECASE)}
_PLAINLY: Final = 2  # points that a language needs, and more of them than English


def spoken(question: str) -> str:
    """The primary subtag of the language of a question; "en" of what is not plainly in another."""
    words = [span.of(question).lower() for span in word_spans(question, "und")]
    in_english = sum(is_stopword(word) for word in words)
    if in_english < _PLAINLY and not question.isascii():  # "What does 你好 mean?" is English
        for language, script in _SCRIPTS:
            if script.search(question):
                return language
    points = {language: sum(_points(word, language) for word in words) for language in WITH_STOPWORDS}
    for language, own in _OWN.items():
        points[language] += own.search(question) is not None
    best = max(points, key=lambda language: points[language])
    return best if points[best] >= _PLAINLY and points[best] > in_english else "en"


def _points(word: str, language: str) -> int:
    """A word that asks counts twice, unless English has it, too: "was"."""
    if word in ASKING[language]:
        return 1 if is_stopword(word) else 2
    return len(word) > 1 and is_stopword(word, language)
