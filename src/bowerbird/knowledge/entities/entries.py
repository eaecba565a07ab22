"""What a page lists with its description: the entries of a glossary, the parameters and functions of a manual."""

import re
from collections.abc import Sequence

from bowerbird.knowledge.entities.candidate import Candidate, Evidence, Kind, key_of
from bowerbird.knowledge.entities.lexicon import HOLLOW
from bowerbird.knowledge.entities.reading import Line
from bowerbird.knowledge.words import STOPWORDS

__all__ = ["find_entries"]

LISTED = 3  # what being an entry is worth beside other evidence of a term
GLOSSARY = 12  # plain entries: from here on a page lists terms, and even a word that says little alone is one
MAX_WORDS = 4
_DESCRIBED = 40  # characters of what describes an entry, at least

# "n_jobs : int, default=None", "fit(X, y)", "early stopping"; each part is bounded.
_ENTRY = re.compile(
    r"(?:(?:class|function|property|static|abstract) )?(?P<name>\w[\w\-./ ]{0,60}?\w|\w)"
    r"(?P<called>\([^()\n]{0,200}\))?(?P<typed> : [^\n]{1,300})?$"
)


def find_entries(text: str, page: Sequence[Line]) -> list[Evidence]:
    """The entries of a page, in its order; `page` are the lines of `text`."""
    found: list[tuple[bool, Candidate]] = []
    is_described = False
    for line, below in zip(reversed(page), [None, *reversed(page)], strict=False):
        near = below is not None and text[line.end : below.start] == "\n" and not below.heading
        long = below is not None and below.end - below.start >= _DESCRIBED
        entry = _ENTRY.match(text, line.start, line.end) if near and (long or is_described) else None
        entry = None if line.heading else entry
        is_described = entry is not None
        if entry is None:
            continue
        plain = not entry["called"] and not entry["typed"]
        name = entry["name"].rsplit(".", 1)[-1] if entry["called"] else entry["name"]
        key = key_of(name)
        words = key.split(" ")
        if not key or len(words) > MAX_WORDS or all(word in STOPWORDS for word in words) or key.isdecimal():
            continue
        start = entry.start("name") + entry["name"].rindex(name)
        kind: Kind = "term" if plain and "_" not in name else "identifier"
        found.append((plain, Candidate(key, name, kind, (), (line.mention(start, start + len(name)),))))
    lists_terms = sum(plain for plain, _ in found) >= GLOSSARY
    return [
        Evidence(LISTED, each, {"listed": 1.0})
        for plain, each in reversed(found)
        if lists_terms or ((not plain or len(each.key) > 3) and not all(word in HOLLOW for word in each.key.split(" ")))
    ]
