"""From a page's text to what it names and what it states of that, in one reading."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities.candidate import Candidate, Mention
from bowerbird.knowledge.entities.candidate import Kind as EntityKind
from bowerbird.knowledge.entities.extract import MAX_KEY_BYTES, Read
from bowerbird.knowledge.entities.extract import read as read_names
from bowerbird.knowledge.relations.confidence import confidence_of
from bowerbird.knowledge.relations.forms import InForm, found_in_forms, key_of_statement
from bowerbird.knowledge.relations.found import Found
from bowerbird.knowledge.relations.prose import found_in_prose
from bowerbird.knowledge.relations.spots import Sentence
from bowerbird.knowledge.relations.stated import Stated
from bowerbird.knowledge.tables.things import Reading, Statement
from bowerbird.knowledge.tables.things import read as read_forms

__all__ = ["MAX_STATED", "PageRead", "read_page"]

MAX_STATED: Final = 400  # relations of a page: a table of things has many, a hostile page any number
_MAX_NAME: Final = 120  # characters of a thing that is described for machines
_STATED_KINDS: Final[dict[str, EntityKind]] = {
    "Person": "person", "Organization": "organisation", "Corporation": "organisation", "LocalBusiness": "organisation",
    "Product": "product", "SoftwareApplication": "product", "Place": "place", "City": "place", "Country": "place",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageRead:
    """What a page names, and what it states of that; every key of a relation is that of a candidate."""

    candidates: list[Candidate]
    stated: list[Stated]


def read_page(text: str, title: str, foreign: Sequence[Span] = ()) -> PageRead:
    """
    What a page names, as `extract` gives it, and what it states.

    What something is stated of is named, too, however little it weighs; so are the things described for machines. Of
    the `foreign` stretches, which are not in English, only what they state in forms is read.
    """
    names = read_names(_without(text, foreign), title)
    forms = read_forms(text[: len(names.seen)])
    described = _described(text, forms, names)
    kinds: dict[str, EntityKind] = {key: candidate.kind for key, candidate in {**names.found, **described}.items()}
    stated: dict[tuple[str, ...], Stated] = {}
    for one in _stated(text, title, names, forms, kinds):
        stated.setdefault(_same(one), one)
        if len(stated) == MAX_STATED:
            break
    keys = {key: None for one in stated.values() for key in (one.subject, one.target) if key is not None}
    also = names.also(text, (key for key in keys if key in names.found))
    made = [described[key] for key in keys if key in described]
    return PageRead([*names.candidates, *also, *made], list(stated.values()))


def _without(text: str, spans: Sequence[Span]) -> str:
    """The text with blanks for the spans, which are in order; offsets stay."""
    kept: list[str] = []
    at = 0
    for span in spans:
        kept += [text[at : span.start], re.sub(r"\S", " ", span.of(text))]
        at = span.end
    return "".join(kept) + text[at:]


def _stated(text: str, title: str, names: Read, forms: Reading, kinds: dict[str, EntityKind]) -> Iterator[Stated]:
    for one in found_in_forms(text, title, forms, kinds):
        yield _of_form(text, one)
    for sentence, found in found_in_prose(names):
        yield _of_sentence(text, sentence, found)


def _same(one: Stated) -> tuple[str, ...]:
    """A page states a thing once; the first place is shown."""
    return one.kind, one.subject, one.target or f" {one.normal}"


def _of_sentence(text: str, sentence: Sentence, found: Found) -> Stated:
    return Stated(
        kind=found.kind,
        subject=found.subject.key,
        target=None if found.target is None else found.target.key,
        value=found.value.of(text),
        normal=found.normal,
        subject_at=found.subject.span,
        value_at=found.value,
        sentence=sentence.span,
        how="sentence",
        rule=found.rule,
        confidence=confidence_of("sentence", found.rule),
    )


def _of_form(text: str, found: InForm) -> Stated:
    return Stated(
        kind=found.kind,
        subject=found.subject,
        target=found.target,
        value=found.value_at.of(text),
        normal=found.normal,
        subject_at=found.subject_at,
        value_at=found.value_at,
        sentence=found.line,
        how=found.how,
        rule=found.rule,
        confidence=confidence_of(found.how, found.rule),
    )


def _described(text: str, forms: Reading, names: Read) -> dict[str, Candidate]:
    """The things that the page describes for machines, if reading has not found their names."""
    found: dict[str, Candidate] = {}
    for statement in forms.statements:
        key = key_of_statement(text, statement)
        name = statement.name.of(text)
        if not key or key in names.found or "|" in name or len(name) > _MAX_NAME or len(key.encode()) > MAX_KEY_BYTES:
            continue
        line = Span(text.rfind("\n", 0, statement.name.start) + 1, statement.name.end)
        mention = Mention(statement.name.start, statement.name.end, line.start, line.end)
        known = found.get(key)
        found[key] = (
            Candidate(key, name, _kind(text, statement), (), (mention,))
            if known is None
            else replace(known, mentions=(*known.mentions, mention)[:12])
        )
    return found


def _kind(text: str, statement: Statement) -> EntityKind:
    """What its type says it is."""
    said = next((pair.value.of(text) for pair in statement.pairs if pair.label == "type"), "")
    return _STATED_KINDS.get(said, "name")
