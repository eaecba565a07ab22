"""
An answer in words that keep its citations wherever they are pasted: text with numbers, what each number stands for.

    Boosting joins weak learners. [1] [2]

    [1]: <https://docs.example.org/boosting> "Boosting"

It is Markdown, and the numbers are links in it; in a document of several answers, whose numbers would be mixed up, the
list of sources has the links. What pages and people wrote is text and nothing else: a page that
holds an image, a link or a tag puts none of them into the reader's window.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from bowerbird.answer.answer import VERDICT_WORDS
from bowerbird.answer.history import QuestionRow
from bowerbird.answer.past import day

__all__ = ["Marker", "Told", "address_of", "conversation_markdown", "escaped", "markdown", "numbered", "tell", "untold"]

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Marker:
    """A number in a text, `text[start:end] == "[n]"`, and the citation it stands for."""

    start: int
    end: int
    citation: Json


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as text, in the pieces that it may be sent in, with the numbers in it."""

    pieces: tuple[str, ...]
    markers: tuple[Marker, ...]

    @property
    def text(self) -> str:
        """The whole."""
        return "".join(self.pieces)


@dataclass(slots=True)
class _Writing:
    pieces: list[str] = field(default_factory=list)
    markers: list[Marker] = field(default_factory=list)
    length: int = 0

    def say(self, text: str, citations: Iterable[Json] = ()) -> None:
        """One piece: a text that is Markdown already, and the numbers behind it."""
        piece = text
        for citation in citations:
            mark = f"[{int(citation['n'])}]"
            begin = self.length + len(piece) + 1
            piece = f"{piece} {mark}"
            self.markers.append(Marker(begin, begin + len(mark), citation))
        self.pieces.append(piece)
        self.length += len(piece)


def tell(answer: Json) -> Told:
    """The answer's sentences with their numbers, what a reader must know beside them, and where the numbers lead."""
    writing = _Writing()
    _body(writing, answer)
    cited = numbered(marker.citation for marker in writing.markers)
    linked = [_definition(citation) for citation in cited if _is_on_the_web(citation)]
    named = [_place(citation) for citation in cited if not _is_on_the_web(citation)]
    for lines in (linked, named):
        if lines:
            writing.say("\n\n" + "\n".join(lines))
    return Told(tuple(writing.pieces), tuple(writing.markers))


def untold(text: str) -> str:
    """What an answer said, of the text that `tell` made of it: without numbers, and where they lead."""
    return _ESCAPED.sub(r"\1", _NUMBER.sub("", _DEFINITION.sub("", text))).strip()


def markdown(row: QuestionRow, answer: Json) -> str:
    """A kept answer as a document: the question, when it was asked, the answer, and every span it rests on."""
    return "\n".join(_document(row, answer, level=1)) + "\n"


def conversation_markdown(turns: Sequence[tuple[QuestionRow, Json | None]]) -> str:
    """A conversation as a document, oldest question first; a question that was never answered says so."""
    title = escaped(turns[0][0].text)
    lines = [f"# {title}"]
    for row, answer in turns:
        if answer is None:
            lines += ["", f"## {escaped(row.text)}", "", "This question was not answered."]
        else:
            lines += ["", *_document(row, answer, level=2)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """`text` in one line of Markdown that shows exactly its words, whatever they are."""
    safe = _SPECIAL.sub(r"\\\g<0>", " ".join(text.split()))
    return _OPENS_BLOCK.sub(r"\1\\\2", safe)


def numbered(citations: Iterable[Json]) -> list[Json]:
    """The citations in the order of their numbers, each once."""
    by_number = {int(citation["n"]): citation for citation in citations}
    return [by_number[n] for n in sorted(by_number)]


# What can begin anything inside a line; an underscore within a word begins nothing.
_SPECIAL: Final = re.compile(r"[\\`*\[\]<>&~]|(?<![^\W_])_|_(?![^\W_])")
# What can begin a heading, a list or a quote at the start of one.
_OPENS_BLOCK: Final = re.compile(r"^(\d{0,9})([#+=.)-])")
_ESCAPED: Final = re.compile(r"\\([\\`*\[\]<>&~_#+=.)-])")
_NUMBER: Final = re.compile(r" ?(?<!\\)\[\d+\]")
_DEFINITION: Final = re.compile(r"^\[\d+\]:? .*$", re.MULTILINE)


def _body(writing: _Writing, answer: Json) -> None:
    for number, claim in enumerate(answer["claims"]):
        doubt = VERDICT_WORDS.get(claim["verdict"], "")
        said = f"{escaped(claim['text'])} ({doubt})" if doubt else escaped(claim["text"])
        writing.say(f" {said}" if number else said, claim["citations"])
    if not answer["claims"]:
        writing.say(escaped(answer["answer"]))
    if notice := answer.get("notice", ""):
        writing.say(f"\n\n{escaped(notice)}")
    for conflict in answer["conflicts"]:
        writing.say(f"\n\nThe pages disagree: “{escaped(conflict['subject'])} …”\n")
        for side in conflict["values"]:
            writing.say(f"\n- {escaped(side['quote'])} ({day(float(side['at']))})", [side])
    nearest = [one for one in answer["suggestions"] if one["kind"] == "evidence"]
    if nearest and not answer["claims"]:
        writing.say("\n\nThe nearest that was found:\n")
        for one in nearest:
            writing.say(f"\n- {escaped(one['text'])}", [one])


def _document(row: QuestionRow, answer: Json, *, level: int) -> list[str]:
    writing = _Writing()
    _body(writing, answer)
    lines = [f"{'#' * level} {escaped(row.text)}", "", _state(row), "", "".join(writing.pieces)]
    if cited := numbered(marker.citation for marker in writing.markers):
        lines += ["", f"{'#' * (level + 1)} Sources", ""]
        lines += [_source(citation, is_stale=int(citation["n"]) in row.stale_numbers) for citation in cited]
    return lines


def _state(row: QuestionRow) -> str:
    told = [f"Asked on {day(row.asked_at)}."]
    if row.as_of is not None:
        told.append(f"Answered from what was stored on {day(row.as_of)}.")
    if row.stale_at is not None:
        told.append(f"Went stale on {day(row.stale_at)}: a page under it no longer says what was cited.")
    return " ".join(told)


def _source(citation: Json, *, is_stale: bool) -> str:
    version = f"version {int(citation['version'])}{_on_page(citation)}"
    where = f"{version}, characters {int(citation['start'])} to {int(citation['end'])}"
    stale = "; no longer said" if is_stale else ""
    title = escaped(_title(citation))
    place = f"[{title}](<{_address(citation)}>)" if _is_on_the_web(citation) else f"{title}, {escaped(citation['url'])}"
    return f"- [{int(citation['n'])}] {place}: “{escaped(citation['quote'])}” ({where}{stale})"


def _definition(citation: Json) -> str:
    """Where a number leads, in a line that makes it a link."""
    title = " ".join(f"{_title(citation)}{_on_page(citation)}".split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'[{int(citation["n"])}]: <{_address(citation)}> "{title}"'


def _place(citation: Json) -> str:
    """What a number stands for when it is nowhere on the web: a name, no link."""
    return f"[{int(citation['n'])}] {escaped(_title(citation))}, {escaped(str(citation['url']))}{_on_page(citation)}"


def _is_on_the_web(citation: Json) -> bool:
    return urlsplit(str(citation["url"])).scheme in ("http", "https")


def _address(citation: Json) -> str:
    """The URL with all encoded that could end it, and the page of a document that has pages."""
    return quote(address_of(citation), safe=_IN_A_URL)


def address_of(citation: Json) -> str:
    """Where a citation leads: the address of its page, and of the place in it as far as addresses can say that."""
    url, number = str(citation["url"]), citation.get("page_number")
    return url if number is None or not _is_on_the_web(citation) else f"{url.partition('#')[0]}#page={int(number)}"


def _on_page(citation: Json) -> str:
    number = citation.get("page_number")  # answers of the first releases had none
    return "" if number is None else f", page {int(number)}"


_IN_A_URL: Final = "%/:?#[]@!$&'()*+,;=~-._"


def _title(citation: Json) -> str:
    return str(citation["title"]) or str(citation["url"])
