"""Builders for sentences and hits."""

from bowerbird.answer.sentences import Sentence, sentences_in
from bowerbird.kernel.nouns import Hit, PassageText


def a_hit(text: str, *, page: int = 1, start: int = 0, title: str = "", heading: str = "") -> Hit:
    """A passage of the page with the same number, found."""
    url = f"https://docs.example.org/{page}"
    passage = PassageText(page * 100 + start, page, page, "s", url, title, heading, start, start + len(text), text)
    return Hit(passage, 1.0, 1.0, None)


def sentences_of(*texts: str) -> list[Sentence]:
    """The sentences of pages, one page a text."""
    return sentences_in([a_hit(text, page=number) for number, text in enumerate(texts, start=1)])
