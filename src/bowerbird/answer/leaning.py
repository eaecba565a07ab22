"""What a sentence needs beside itself: what stands before it, which its citation shows, and what its colon opens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bowerbird.answer.draft import Quote, quote_of
from bowerbird.answer.injections import is_suspect
from bowerbird.answer.sentences import Sentence
from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge.text import Kind, blocks, sentences_of
from bowerbird.knowledge.words import STOPWORDS

__all__ = ["is_rest", "leans_on_before", "opens_what_follows", "quotes_of"]

# What stands for something that only the sentence before names, at the head or behind a few words that lead to it. What
# "It is possible to …" stands for comes after.
_POINTS = re.compile(
    r"[\W_]*(?:(?:and|but|so|then|thus|however|also|therefore|still|yet|finally),? )?"
    # What "it" is in "If you use iron, it rusts" was said; in "In practice, it …" it was not.
    r"(?:(?!(?:if|when|while|once|unless)\b)[\w’'-]+(?: [\w’'-]+){0,3}, )?"
    r"(?:(?:in|for|on|at|by|with|of|from|to|as|after|before|since|while|when|where|if|because|although|during|under"
    r"|among|all|most|some|many|one|both|each|none|two|several|using|usually|often|sometimes|generally|typically"
    r"|normally)(?: of)? )?"
    r"(?:(?:it|its|they|their|them|he|his|him|she|her|this|these|those|such|both|the (?:former|latter))\b"
    r"|that (?:fact|case|reason|point|way|time|identity)\b)"
    r"|[^.,;]{1,40}\b(?:of|in|for) (?:this|these|those|that) \w+,"
    # "If you want that, …"; "C also requires that identity to hold."
    r"|[^.,;:]{1,40} (?:(?:that|this|these|those)[,.;]|that (?:fact|case|reason|point|way|identity)\b)"
    r"|[\W_]*(?:since then|by then|until then|then|otherwise|instead),"
    r"|[\W_]*the (?:[\w-]+ ){1,2}?(?:\w+ )?also\b",  # what it is said of as well stands before
    re.IGNORECASE,
)
# "Merge them into …" tells somebody what to do with what was named before.
_DO_IT = re.compile(r"[\W_]*[A-Z][a-z]+ (?:it|them)\b")
_EXPLETIVE = re.compile(
    r"[\W_]*(?:it(?:[’']s| is| was| may be| can be| would be) (?:[\w-]+ ){1,3}(?:to|that|if|how|why|when)\b"
    r"|it (?:seems|appears|turns out)\b|in this (?:section|chapter|article|document|tutorial|document)\b)",
    re.IGNORECASE,
)
# Nouns that are of something, or stand for a whole thought (shell nouns): without "of …" or "to …" after them, only the
# text before says of what.
_OF_SOMETHING = (
    r"(?:technique|method|approach|implementation|solution|alternative|choice|option|possibilit(?:y|ie)|way"
    r"|workaround|trick|difference|similarit(?:y|ie)|reason|cause|problem|issue|difficult(?:y|ie)|error|effect|result"
    r"|outcome|conclusion|consequence|advantage|disadvantage|benefit|drawback|exception|parameter|argument|idea"
    r"|explanation|answer|study|agreement|decision|procedure|process)(?:e?s)?"
)
_OF_WHAT = (
    r"\b(?! (?:of|for|to|between|with|that|which|who|in|on|by|from|behind|against|used|called|named|taken|described)\b)"
)
_UNSAID = re.compile(
    rf"[\W_]*(?:the|an?other|one|an?(?: [\w-]+)?) {_OF_SOMETHING}{_OF_WHAT}"
    rf"|[^.;:]{{0,50}}\b(?:there (?:are|is)|you have) (?:[\w-]+ ){{1,3}}?{_OF_SOMETHING}(?=[.:;]|$)"
    r"|[^.;:]{0,50}\bthere (?:are|were|is|was) (?:many|several|some|few|none|two|three)[,.;]",
    re.IGNORECASE,
)
_BY_DOING = re.compile(r"[\W_]*By \w+ing\b[^,;]*$")
# "You can use the following code." shows it as a colon would.
_SHOWS = re.compile(r"\bthe following\b[^.]*\.$|\blike (?:this|so)\.$", re.IGNORECASE)
BELOW = 800  # characters of what a colon announces
_GAP = 8  # characters between it and the colon: line ends, and the mark of an item
_FENCES = ("```", "~~~")


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence, a heading or a line of code where it stands in its version, fit to be an answer or not."""

    start: int
    end: int
    text: str
    kind: Kind
    passage: PassageText

    @property
    def quote(self) -> Quote:
        return Quote(self.passage.version, self.start, self.end, self.text)

    @property
    def is_example(self) -> bool:
        return self.kind in ("code", "row")


def leans_on_before(text: str) -> bool:
    """Whether it needs what stands before it: a word in the place of a name, or a noun that does not say of what."""
    if _EXPLETIVE.match(text):
        return False
    return is_rest(text) or any(pattern.match(text) for pattern in (_POINTS, _DO_IT, _UNSAID, _BY_DOING))


def is_rest(text: str) -> bool:
    """Whether it is the rest of a sentence that something stands in the middle of: "then it has to …" after code."""
    first = text.split(" ", 1)[0]
    return first.islower() and first in STOPWORDS


def opens_what_follows(text: str) -> bool:
    """Whether it ends in a colon, so that what it says comes after it."""
    return text.rstrip("*_ ").endswith(":")


def quotes_of(sentence: Sentence, pool: Sequence[Sentence]) -> tuple[Quote, ...]:
    """The place of the sentence to the end of what its colon announces; two places where a passage ends between."""
    own = quote_of(sentence)
    announced = _announced(sentence, pool)
    if announced is None:
        return (own,)
    passage = sentence.passage
    if announced.end > passage.end:
        return own, announced
    text = passage.text[own.start - passage.start : announced.end - passage.start]
    return (Quote(own.version, own.start, announced.end, text),)


def _announced(sentence: Sentence, pool: Sequence[Sentence]) -> Quote | None:
    """What a colon or "the following" announces: the code, the list or the sentence right below it."""
    opens = opens_what_follows(sentence.text)
    if not opens and not _SHOWS.search(sentence.text):
        return None
    version = sentence.passage.version
    passages = {one.passage.id: one.passage for one in (*pool, sentence) if one.passage.version == version}
    places = sorted({place for passage in passages.values() for place in _places(passage)}, key=lambda one: one.start)
    first = next((one for one in places if one.start >= sentence.end), None)
    if first is None or first.start - sentence.end > _GAP or first.kind == "heading":
        return None
    if not opens and not first.is_example:
        return None
    announced = first.quote if first.kind == "prose" else _run(first, places)
    return None if announced is None or is_suspect(announced.text, sentence.passage.language) else announced


# As with the sentences that can be quoted: a passage never changes.
@lru_cache(maxsize=1024)
def _places(passage: PassageText) -> tuple[_Place, ...]:
    return tuple(
        _Place(passage.start + span.start, passage.start + span.end, span.of(passage.text), block.kind, passage)
        for block in blocks(passage.text)
        for span in sentences_of(passage.text, block, passage.language)
    )


def _run(first: _Place, places: Sequence[_Place]) -> Quote | None:
    """The places of one kind that begin with `first`, as one, so far as a reader would look at."""
    run: list[_Place] = []
    for one in places[places.index(first) :]:
        if one.kind != first.kind or one.passage.id != first.passage.id or one.end - first.start > BELOW:
            break
        if one.kind == "code" and run and one.text.startswith(_FENCES):
            break  # the end of this example
        if not one.text.startswith(_FENCES):
            run.append(one)
    if not run:
        return None
    start, end = run[0].start, run[-1].end
    text = first.passage.text[start - first.passage.start : end - first.passage.start]
    return Quote(first.passage.version, start, end, text)
