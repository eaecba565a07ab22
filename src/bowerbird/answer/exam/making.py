"""
A question out of a sentence, without a model: by taking away what the sentence says of something, and asking for it.

    A decision tree is a model that …              What is a decision tree?
    The tower was finished by the town in 1911.    When was the tower finished by the town?
    The data set holds 12,400 images of birds.     How many images of birds does the data set hold?
    Ada Lovelace wrote the first program.          Who or what wrote the first program?
    anything else about a thing with a name        What does “Page title” say about the thing?

Where the sentence stands is known, so it is known which page should be found and which sentence cited. The questions
use the sentence's own words: they are easy, and say how two indexes compare, not how good answers are.
"""

import re
from dataclasses import dataclass

from bowerbird.answer.sentences import is_readable, leans_back, points_back
from bowerbird.answer.write import tidy
from bowerbird.knowledge.words import STOPWORDS, content_stems, fold

__all__ = ["Made", "make_question"]

MAX_WORDS = 40  # of a sentence: longer ones make questions that nobody would ask
MIN_CONTENT = 3  # content words in a question, so that it means one thing
MAX_QUESTION = 240  # characters

_SUBJECT = r"(?P<subject>(?:[Aa]n?|[Tt]he|[A-Z][\w-]*|[a-z][\w-]*)(?: [\w'’-]+){0,5}?)"
_DEFINED = re.compile(rf"^{_SUBJECT} (?P<verb>is|are) (?P<answer>(?:an?|the|any|one of) .{{12,}}?)[.;:]?$")
_DATED = re.compile(
    rf"^{_SUBJECT} (?P<verb>was|were) (?P<rest>[\w-]+(?:ed|en|wn|lt|ilt|nt|de|ut)\b[^,;]{{0,80}}?) in "
    r"(?P<answer>(?:[A-Z][a-z]+ )?(?:1[1-9]\d\d|20\d\d))\b"
)
_COUNTED = re.compile(
    rf"^{_SUBJECT} (?P<verb>has|have|had|holds?|held|contains?|contained|includes?|included|covers?|covered) "
    r"(?:about |around |some |over |more than |nearly |up to )?"
    r"(?P<answer>\d[\d,.]*\d|\d|two|three|four|five|six|seven|eight|nine|ten|twelve) "
    r"(?P<noun>[a-z][a-z-]+(?: [a-z-]+){0,2}?)(?= (?:and|that|which|in|on|at|with|for|to|from|by|as)\b|[,.;:]|$)"
)
_BASE = {"has": "have", "had": "have", "held": "hold"}
# A word in -s may be a noun, so verbs of today are named.
_DONE = re.compile(
    r"^(?P<answer>(?:[A-Z][\w'’.-]*)(?: (?:of|the|de|von|van|and|[A-Z][\w'’.-]*)){0,4}) "
    r"(?P<rest>(?:is|was|were|are|has|had|can|wrote|won|became|made|led|took|gave|held|began|built|found|grew|ran|said"
    r"|causes|holds|contains|includes|provides|uses|supports|allows|requires|describes|returns|creates|offers|means"
    r"|makes|gives|takes|shows|runs|helps|needs|measures|predicts|finds|reduces|increases|produces|lets|learns"
    r"|[a-z]{3,}ed) .{12,})$"
)


@dataclass(frozen=True, slots=True)
class Made:
    """A question and what the sentence says in the place of the question word."""

    question: str
    answer: str


def make_question(sentence: str, *, title: str, about: str) -> Made | None:
    """
    A question that `sentence` of the page `title` answers; `about` is a thing that it mentions, or empty.

    None for a sentence that cannot be understood alone, or of which no question can be made that means one thing.
    """
    text = tidy(sentence)
    if leans_back(text) or points_back(text) or not is_readable(text) or len(text.split()) > MAX_WORDS:
        return None
    made = _defined(text) or _dated(text) or _counted(text) or _done(text) or _about(text, title, about)
    if made is None or len(made.question) > MAX_QUESTION:
        return None
    return made if len(set(content_stems(made.question))) >= _least(made) else None


def _least(made: Made) -> int:
    """How many content words it needs: "What is entropy?" means one thing; one word means nothing elsewhere."""
    return 1 if made.question.startswith(("What is", "What are")) else MIN_CONTENT


def _defined(text: str) -> Made | None:
    found = _DEFINED.match(text)
    if found is None or not _is_thing(found["subject"]):
        return None
    return Made(f"What {found['verb']} {_inside(found['subject'])}?", found["answer"])


def _dated(text: str) -> Made | None:
    found = _DATED.match(text)
    if found is None or not _is_thing(found["subject"]):
        return None
    return Made(f"When {found['verb']} {_inside(found['subject'])} {found['rest']}?", found["answer"])


def _counted(text: str) -> Made | None:
    found = _COUNTED.match(text)
    if found is None or not _is_thing(found["subject"]):
        return None
    verb = found["verb"]
    helper = "did" if verb in ("had", "held") or verb.endswith("ed") else "does" if verb.endswith("s") else "do"
    base = _BASE.get(verb, verb.removesuffix("ed") if helper == "did" else verb.removesuffix("s"))
    base = {"includ": "include"}.get(base, base)
    return Made(f"How many {found['noun']} {helper} {_inside(found['subject'])} {base}?", found["answer"])


def _done(text: str) -> Made | None:
    found = _DONE.match(text)
    if (
        found is None
        or fold(found["answer"].split()[0]) in STOPWORDS
        or found["answer"].endswith(("'s", "’s", "s'", "s’"))
    ):
        return None
    return Made(f"Who or what {found['rest'].rstrip('.!;: ')}?", found["answer"])


def _about(text: str, title: str, about: str) -> Made | None:
    if not about or not title or set(content_stems(about)) <= set(content_stems(title)):
        return None
    return Made(f"What does “{' '.join(title.split())[:100]}” say about {about}?", text)


def _is_thing(subject: str) -> bool:
    """Whether it names something: not "This", not "There", not "One of them"."""
    words = [fold(word) for word in subject.split()]
    return any(word not in STOPWORDS for word in words) and words[0] not in STOPWORDS - {"a", "an", "the"}


def _inside(subject: str) -> str:
    """The subject as it stands inside a sentence: an article is small, any other word may be a name."""
    first, _, rest = subject.partition(" ")
    return f"{first.lower()} {rest}" if fold(first) in ("a", "an", "the") else subject
