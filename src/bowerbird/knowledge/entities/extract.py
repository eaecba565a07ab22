"""From a page's text to its names and terms, without a language model (`python -m bench.quality.entities`)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bowerbird.knowledge.entities.candidate import Candidate, Evidence, Mention, key_of
from bowerbird.knowledge.entities.entries import find_entries
from bowerbird.knowledge.entities.likely import likelihood
from bowerbird.knowledge.entities.names import find_names, long_forms
from bowerbird.knowledge.entities.reading import Line, is_content, lines, readable
from bowerbird.knowledge.entities.signs import Surroundings
from bowerbird.knowledge.entities.terms import find_terms

__all__ = ["MAX_CANDIDATES", "MAX_MENTIONS", "Read", "extract", "found_on", "read"]

# What one page may add: enough for a long chapter, and a bound for a hostile one.
MAX_CANDIDATES = 80
MAX_MENTIONS = 12
MAX_LISTED = 400  # entries of a glossary or a manual, beside what weighs most
MAX_KEY_BYTES = 400  # nobody calls anything by more, and an index of PostgreSQL holds 2,700 bytes at most
EXPLAINED = 3

_ALSO = re.compile(
    r"[*_`\"”]{0,3}[,(]? ?(?:\((?:also )?|also |commonly |sometimes |often )"
    r"(?:known as|called|referred to as|abbreviated(?: as| to)?)"
    r" (?:the |an? )?[*_`\"“]{0,3}(?P<alias>[\w][\w\- ]{1,40}?)[*_`\"”]{0,3}(?=[,.;:)]| is | are )"
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a page names, with what was read for it."""

    candidates: list[Candidate]  # of those that weigh most, the likely ones
    seen: str  # as much of the text as was read, blanked where it holds no words
    lines: Sequence[Line]
    found: Mapping[str, Candidate]  # all by their keys, with all their mentions

    def also(self, text: str, keys: Iterable[str]) -> list[Candidate]:
        """Those of the keys, each as `candidates` would have it, that are none of them."""
        kept = {candidate.key for candidate in self.candidates}
        return [_finished(text, key, self.found[key]) for key in dict.fromkeys(keys) if key not in kept]


def extract(text: str, title: str) -> list[Candidate]:
    """The names and terms of a page, the weightiest first, each with its mentions in order."""
    return read(text, title).candidates


def read(text: str, title: str) -> Read:
    """The names and terms of a page as `extract` gives them, with all that was read for them."""
    told, signs = found_on(text, title)
    around = Surroundings(text, told.lines, told.found.values())
    likely = likelihood()
    return replace(
        told, candidates=[each for each in told.candidates if likely.is_enough(each, signs[each.key], around)]
    )


def found_on(text: str, title: str) -> tuple[Read, Mapping[str, Mapping[str, float]]]:
    """The names and terms of a page that weigh most, likely ones or not, and by their keys what was seen of all."""
    seen = readable(text)
    page = list(lines(text, seen))
    acronyms = long_forms(text, page)
    weights: dict[str, int] = defaultdict(int)
    found: dict[str, Candidate] = {}
    # A page that spells an acronym out means what it stands for.
    spelt_out = [Evidence(EXPLAINED, candidate, {"spelt out": 1.0}) for candidate in acronyms.values()]
    entries = find_entries(text, page)[:MAX_LISTED]
    signs: dict[str, dict[str, float]] = defaultdict(dict)
    evidence = [
        *find_terms(text, title, page),
        *entries,
        *spelt_out,
        *find_names(seen, title, page),
    ]
    for weight, candidate, seen_of_it in evidence:
        target = acronyms[candidate.name].key if candidate.name in acronyms else candidate.key
        known = found.get(target)
        weights[target] = max(weights[target], weight)
        signs[target].update(seen_of_it)
        found[target] = candidate if known is None else _joined(known, candidate)
    named = (key for key in found if len(key.encode()) <= MAX_KEY_BYTES)
    ranked = sorted(named, key=lambda key: (-weights[key] * min(len(key.split(" ")), 3), key))
    listed = {each.candidate.key for each in entries}
    kept = [key for place, key in enumerate(ranked) if place < MAX_CANDIDATES or key in listed]
    found_there = Read(
        candidates=[_finished(text, key, found[key]) for key in kept],
        seen=seen,
        lines=page,
        found={key: found[key] for key in ranked},
    )
    return found_there, signs


def _joined(known: Candidate, other: Candidate) -> Candidate:
    """One candidate for what was found both as a term and as a name, or as an acronym and its long form."""
    term, name = (known, other) if known.kind == "term" else (other, known)
    by_place: dict[tuple[int, int], Mention] = {(m.start, m.end): m for m in (*known.mentions, *other.mentions)}
    written_small = term.name == term.name.lower()
    kind = name.kind if not written_small and term.kind == "term" and name.kind != "acronym" else term.kind
    aliases = tuple(dict.fromkeys((*known.aliases, *other.aliases)))
    if term.key != name.key:
        aliases = tuple(dict.fromkeys((*aliases, name.name)))
    return replace(term, kind=kind, aliases=aliases, mentions=tuple(sorted(by_place.values())))


def _finished(text: str, key: str, candidate: Candidate) -> Candidate:
    aliases = [*candidate.aliases, *_also_known_as(text, candidate.mentions)]
    own = [alias for alias in dict.fromkeys(aliases) if key_of(alias) != key]
    return replace(
        candidate, key=key, aliases=tuple(own[:8]), mentions=tuple(sorted(candidate.mentions)[:MAX_MENTIONS])
    )


def _also_known_as(text: str, mentions: Sequence[Mention]) -> list[str]:
    """Other names that a sentence gives to what it has just mentioned."""
    found: list[str] = []
    for mention in mentions:
        also = _ALSO.match(text, mention.end, mention.sentence_end)
        if also is not None:
            alias = " ".join(also["alias"].split())
            words = alias.split(" ")
            if len(words) <= 4 and any(is_content(word) for word in words):
                found.append(alias)
    return found
