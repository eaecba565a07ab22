"""Terms: runs of content words that a page says often, heads a section with, stresses or defines."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bowerbird.knowledge.entities.candidate import Candidate, Evidence, Mention, key_of, singular
from bowerbird.knowledge.entities.lexicon import COMMON, HOLLOW
from bowerbird.knowledge.entities.reading import Line, Token, is_code, is_content, tokens
from bowerbird.knowledge.words import fold, word_set
from bowerbird.models.words import common_words

__all__ = ["find_terms"]

MAX_WORDS = 4
MAX_RUN = 8  # longer runs of content words are lists without commas, not terms
# What one piece of evidence is worth; a term needs ENOUGH. One defining sentence, or a heading, or three plain uses.
DEFINED, TITLED, HEADED, STRESSED, SAID = 3, 3, 2, 2, 1
ENOUGH = 3

_DEFINES = re.compile(
    r"[*_`\"”’]{0,3}(?: \([^()]{1,40}\))?,? (?:is|are|refers? to|means|denotes?) (?:an? |the |one of |any |when )?[\w*]"
)
_SORTS = word_set("argument attribute class exception function instance interface method module object parameter")
_ARTICLES = frozenset(("a", "an", "the"))


@dataclass(slots=True)
class _Seen:
    """What was seen of one term on a page."""

    words: int
    hollow_head: bool
    weight: int = 0
    count: int = 0
    alone: int = 0  # of those: with nothing but small words on both sides
    cued: bool = False
    defined: bool = False
    in_prose: int = 0
    written_small: int = 0  # of those in prose: not capitalised throughout
    forms: dict[str, int] = field(default_factory=dict[str, int])
    mentions: list[Mention] = field(default_factory=list[Mention])


def find_terms(text: str, title: str, page: Sequence[Line]) -> list[Evidence]:
    """The terms of a page, in no order; `page` are the lines of `text`."""
    seen: dict[str, _Seen] = {}
    for line in page:
        for run in _runs(line.tokens):
            for gram in _grams(run):
                # A single word counts where it stands alone: "random" of "random forest" is no term.
                if len(gram) > 1 or len(run) == 1:
                    _note(text, line, gram, seen, alone=len(gram) == len(run))
    for key in _title_keys(title):
        if key in seen:
            seen[key].weight += TITLED
            seen[key].cued = True
    kept = {key: term for key, term in seen.items() if _is_enough(key, term)}
    _drop_fragments(kept)
    return [Evidence(term.weight, _candidate(key, term), _signs(term)) for key, term in kept.items()]


def _runs(words: Sequence[Token]) -> Iterator[list[Token]]:
    """The stretches of content words with nothing but single spaces between them."""
    run: list[Token] = []
    for token in words:
        if is_content(token.word):
            if run and not token.joined:
                yield run
                run = []
            run.append(token)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _grams(run: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """All stretches of up to MAX_WORDS words of a run."""
    if len(run) > MAX_RUN:
        return
    for first in range(len(run)):
        for last in range(first + 1, min(first + MAX_WORDS, len(run)) + 1):
            yield run[first:last]


def _key(gram: Sequence[Token]) -> str:
    return key_of(" ".join(token.word for token in gram))


@lru_cache(maxsize=100_000)
def _judged(said: str) -> tuple[str, int, bool] | None:
    """What words would be as a term: the key, how many words, whether its head is hollow; None if they are none."""
    key = key_of(said)
    words = key.split(" ")
    if len(words) > MAX_WORDS or len(key) < 4 or all(word in HOLLOW for word in words) or words[-1][0].isdigit():
        return None
    first, _, last = said.rpartition(" ")
    head = fold(last)
    if _is_participle(head) or (not first and head.startswith("non-")):
        return None
    if singular(head) in _SORTS and any(is_code(word) for word in first.split()):
        return None  # "the DictReader class" is DictReader
    return key, len(words), head in HOLLOW or words[-1] in HOLLOW


def _note(text: str, line: Line, gram: Sequence[Token], seen: dict[str, _Seen], *, alone: bool) -> None:
    judged = _judged(" ".join([token.word for token in gram]))
    if judged is None:
        return
    key, count, hollow_head = judged
    term = seen.get(key)
    if term is None:
        term = seen[key] = _Seen(count, hollow_head)
    start, end = gram[0].start, gram[-1].end
    term.count += 1
    term.alone += alone
    term.weight += SAID
    form = " ".join(text[start:end].split())
    term.forms[form] = term.forms.get(form, 0) + 1
    term.mentions.append(line.mention(start, end))
    if not line.heading:
        term.in_prose += 1
        term.written_small += any(token.word[0].islower() for token in gram)
    cue = _cue(text, line, gram)
    if cue:
        term.weight += cue
        term.cued = True
        term.defined = term.defined or cue == DEFINED


def _is_participle(word: str) -> bool:
    """Whether the word ends like "fitted": it may open a term, but never be its head."""
    return len(word) > 5 and word.endswith("ed") and not word.endswith(("eed", "hundred", "embed"))


def _cue(text: str, line: Line, gram: Sequence[Token]) -> int:
    """What the surroundings add: a defining sentence, a heading, stress."""
    start, end = gram[0].start, gram[-1].end
    if line.heading:
        # "Installing the package" says what one does; "Boosting" is a thing.
        acts = gram[0] is line.tokens[0] and gram[0].word.endswith("ing") and len(line.tokens) > len(gram)
        return 0 if acts else HEADED
    opens = gram[0] is line.tokens[0] or (gram[0] is line.tokens[1] and fold(line.tokens[0].word) in _ARTICLES)
    if opens and _DEFINES.match(text, end, line.end):
        return DEFINED
    if start and end < len(text) and text[start - 1] in "*_" and text[end] == text[start - 1]:
        return STRESSED
    return 0


def _title_keys(title: str) -> set[str]:
    return {_key(gram) for run in _runs(tuple(tokens(title, 0, len(title)))) for gram in _grams(run)}


def _is_enough(key: str, term: _Seen) -> bool:
    if not term.alone:
        return False  # always a part of something longer, if not always of the same
    if term.in_prose and not term.written_small and term.words > 1:
        return False  # always capitalised: a name, which is judged as such
    if term.words == 1:
        # Single words are the noisiest: said at least twice, and headed, titled, stressed or defined as well.
        # Those that everybody says are terms where a page says what they are.
        if key in common_words(COMMON) and not term.defined:
            return False
        return term.cued and term.count >= 2 and not term.hollow_head
    if term.count == 1 and common_words(COMMON).issuperset(key.split(" ")):
        return False  # a heading of everybody's words: "Performance comparison"
    return term.weight >= ENOUGH + (1 if term.hollow_head else 0)


def _drop_fragments(kept: dict[str, _Seen]) -> None:
    """Take out terms that this page only ever says inside one longer term (the idea of the C-value)."""
    within: defaultdict[str, int] = defaultdict(int)
    for key, term in kept.items():
        words = key.split(" ")
        for size in range(1, len(words)):
            for first in range(len(words) - size + 1):
                part = " ".join(words[first : first + size])
                within[part] = max(within[part], term.count)
    for key in [key for key, term in kept.items() if within[key] >= term.count]:
        del kept[key]


def _candidate(key: str, term: _Seen) -> Candidate:
    # A spelling in lower case is how the term looks in running text; headings capitalise what they like.
    name = max(term.forms, key=lambda form: (form == form.lower(), "-" not in form, term.forms[form], form))
    name = name.lower() if name.istitle() and not any(form == form.lower() for form in term.forms) else name
    return Candidate(key=key, name=name, kind="term", aliases=(), mentions=tuple(term.mentions))


def _signs(term: _Seen) -> dict[str, float]:
    return {
        "said": min(term.count, 8) / 8,
        "alone": term.alone / term.count,
        "cued": float(term.cued),
        "defined": float(term.defined),
        "in prose": term.in_prose / term.count,
        "written small": term.written_small / max(1, term.in_prose),
        "hollow head": float(term.hollow_head),
    }
