"""Pages that name just what a test says, sentence by sentence."""

from collections.abc import Sequence

import sqlalchemy as sa

from bowerbird.kernel.nouns import Span
from bowerbird.knowledge.entities import Candidate, Mention, Mentioned, store
from bowerbird.knowledge.relations import Stated
from bowerbird.records.tables import entities
from bowerbird.testing.builders import Library, Stored

__all__ = ["ids_of", "name_page"]


def name_page(
    library: Library, source: str, url: str, sentences: Sequence[Sequence[str]], *, is_a: tuple[str, str] | None = None
) -> Stored:
    """A page with a sentence of each of the sequences of names; `is_a` of it states that one is a kind of the other."""
    spans: list[tuple[str, Mention]] = []
    text = ""
    for names in sentences:
        first = len(text)
        text += "Here are " + " and ".join(names)
        end = len(text) + 1
        at = first + len("Here are ")
        for name in names:
            spans.append((name, Mention(at, at + len(name), first, end)))
            at += len(name) + len(" and ")
        text += ".\n\n"
    stored = library.page(source, url, text, title=url.rpartition("/")[2])
    named = dict.fromkeys(name for name, _ in spans)
    candidates = [
        Candidate(name, name, "term", (), tuple(place for said, place in spans if said == name)) for name in named
    ]
    stated = [_stated(*is_a, dict(spans))] if is_a else []
    said = Mentioned(source, stored.page, stored.version, candidates, stated)
    library.records.write(lambda conn: store(conn, library.scope.workspace, [said], clock=library.clock))
    return stored


def _stated(subject: str, target: str, places: dict[str, Mention]) -> Stated:
    one, other = places[subject], places[target]
    return Stated(
        "is_a", subject, target, target, "", Span(one.start, one.end), Span(other.start, other.end),
        Span(other.sentence_start, other.sentence_end), "sentence", "is a", 0.9,
    )  # fmt: skip


def ids_of(library: Library) -> dict[str, int]:
    """The entities of the library's workspace by the names that pages say."""
    wanted = sa.select(entities.c.read_name, entities.c.id).where(
        entities.c.workspace == library.scope.workspace, entities.c.sense == 0
    )
    return library.records.read(lambda conn: {row.read_name: row.id for row in conn.execute(wanted)})
