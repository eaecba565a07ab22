"""What a sentence needs beside itself to be understood, and the places that say it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bowerbird.answer.draft import Quote
from bowerbird.answer.injections import is_injection
from bowerbird.answer.sentences import Sentence, points_back
from bowerbird.kernel.nouns import PassageText
from bowerbird.knowledge.text import Kind, blocks, sentences_of
from bowerbird.knowledge.words import STOPWORDS, fold, stem, stems

__all__ = ["explained_by", "is_rest", "leans_on_before", "opens_what_follows"]

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
# "… in a number of ways." opens a list as a colon does.
_OPENS_A_LIST = re.compile(
    rf"\b(?:number of|several|various|some|two|three|four|many|following) (?:[\w-]+ )?{_OF_SOMETHING}\W*$",
    re.IGNORECASE,
)
# "You can use the following code." shows it as a colon would.
_SHOWS = re.compile(r"\bthe following\b[^.]*\.$|\blike (?:this|so)\.$", re.IGNORECASE)
# "This low temperature …": a word for a thing with its name.
_NAMED = re.compile(r"\b(?:this|that|these|those|such) ((?:[\w-]+ ){0,4}[\w-]+)", re.IGNORECASE)
WHOLE_WORDS = 3  # "Yes." says nothing: what stands before it does
BEFORE = 2  # sentences back, until one says what the others lean on
APART = 300  # characters between a sentence and the one before it at most, an example between them counted
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


def explained_by(sentence: Sentence, pool: Sequence[Sentence]) -> list[Quote]:
    """
    The places that a reader needs beside the sentence: what it leans on, nearest first, and what its colon announces.

    A heading may be one ("Why …?" "It is because …"); so is what opens the list that an item stands in. None when the
    sentence stands by itself.
    """
    version = sentence.passage.version
    passages = {one.passage.id: one.passage for one in (*pool, sentence) if one.passage.version == version}
    places = sorted({place for passage in passages.values() for place in _places(passage)}, key=lambda one: one.start)
    before = [one for one in places if one.end <= sentence.start]
    led = _opening(sentence, before) if sentence.opens_item else _leant_on(sentence, before)
    below = _announced(sentence, [one for one in places if one.start >= sentence.end])
    return [one for one in (*led, *below) if not is_injection(one.text)]


# As with the sentences that can be quoted: a passage never changes.
@lru_cache(maxsize=1024)
def _places(passage: PassageText) -> tuple[_Place, ...]:
    return tuple(
        _Place(passage.start + span.start, passage.start + span.end, span.of(passage.text), block.kind, passage)
        for block in blocks(passage.text)
        for span in sentences_of(passage.text, block)
    )


def _leant_on(sentence: Sentence, before: Sequence[_Place]) -> list[Quote]:
    """What stands before the sentence and says what it leans on."""
    left = list(before)
    found: list[Quote] = []
    text, start = sentence.text, sentence.start
    while left and (leans_on_before(text) or len(text.split()) < WHOLE_WORDS) and len(found) < BEFORE:
        at = left.pop()
        if start - at.end > APART or is_injection(at.text):
            heading = _heading(sentence, before) if _UNSAID.match(text) else None
            return found if heading is None else [*found, heading]
        if at.is_example:  # what it is an example of comes before
            continue
        if at.kind == "heading":
            return [*found, at.quote]
        name = _named(text)
        if is_rest(at.text) and (whole := _mended(at, left)) is not None:
            at = whole
        text, start = at.text, at.start
        if len(text.split()) < WHOLE_WORDS:
            continue
        if name & set(stems(text)):
            return [*found, at.quote]
        second = left[-1] if left and leans_on_before(text) and start - left[-1].end <= APART else None
        if second is not None and name & set(stems(second.text)):
            return [*found, second.quote]  # "This low temperature …": of which the second sentence back speaks
        found.append(at.quote)
    return found


def _mended(rest: _Place, before: list[_Place]) -> _Place | None:
    """The whole sentence of which `rest` stands below an example, with that; taken from `before`."""
    while before and before[-1].is_example:
        before.pop()
    if not before or before[-1].passage.id != rest.passage.id or rest.start - before[-1].end > APART:
        return None
    first = before.pop()
    begin = rest.passage.start
    text = rest.passage.text[first.start - begin : rest.end - begin]
    return _Place(first.start, rest.end, text, "prose", rest.passage)


def _named(text: str) -> set[str]:
    """The stems of the name behind "this" or "these"; none where a verb follows."""
    found = _NAMED.search(text[:80])
    if found is None or points_back(text):
        return set()
    words: set[str] = set()
    for word in found[1].split():
        if fold(word) in STOPWORDS:
            break
        words.add(stem(word))
    return words


def _opening(sentence: Sentence, before: Sequence[_Place]) -> list[Quote]:
    """What opens the list that an item stands in; of a fragment, the heading that it completes."""
    is_fragment = leans_on_before(sentence.text) or opens_what_follows(sentence.text)
    heading = _heading(sentence, before)
    for n, at in reversed(list(enumerate(before))):
        if at.kind == "heading":
            break
        if at.kind == "item" or at.is_example:
            continue
        # The mark of the item itself is no place of its own. A colon before code announces that, inside of an item too.
        if n + 1 == len(before) or before[n + 1].kind == "item":
            if opens_what_follows(at.text):
                return [at.quote]
            if is_fragment and _OPENS_A_LIST.search(at.text):
                return [at.quote if heading is None else heading]  # "in a number of ways": of doing what it asks
        if not is_fragment and n and "\n\n" in _between(before[n - 1], at):
            break  # a paragraph of its own, unlike the second one of an item
    return [heading] if is_fragment and heading is not None else []


def _between(one: _Place, other: _Place) -> str:
    start = one.passage.start
    return one.passage.text[one.end - start : max(other.start - start, 0)]


def _heading(sentence: Sentence, before: Sequence[_Place]) -> Quote | None:
    """The heading under which the sentence stands, where it is among what was found."""
    at = next((one for one in reversed(before) if one.kind == "heading"), None)
    if at is None:
        return None
    # Between passages that were found others may lie, with headings of their own.
    is_above = at.passage.id == sentence.passage.id or sentence.passage.heading.endswith(at.text.lstrip("# "))
    return at.quote if is_above else None


def _announced(sentence: Sentence, after: Sequence[_Place]) -> list[Quote]:
    """What a colon or "the following" announces, as one place: the code, the list or the sentence right below it."""
    if not after or after[0].start - sentence.end > _GAP:
        return []
    first = after[0]
    opens = opens_what_follows(sentence.text) or (first.is_example and _SHOWS.search(sentence.text))
    if not opens or first.kind == "heading":
        return []
    if first.kind == "prose":
        return [first.quote]
    run: list[_Place] = []
    for one in after:
        if one.kind != first.kind or one.passage.id != first.passage.id or one.end - first.start > BELOW:
            break
        if one.kind == "code" and run and one.text.startswith(_FENCES):
            break  # the end of this example
        if not one.text.startswith(_FENCES):
            run.append(one)
    if not run:
        return []
    start, end = run[0].start, run[-1].end
    text = first.passage.text[start - first.passage.start : end - first.passage.start]
    return [Quote(first.passage.version, start, end, text)]
