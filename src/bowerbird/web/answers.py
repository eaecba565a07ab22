"""An answer as it is shown, made from the outside contract's JSON, so that old answers look like new ones."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from bowerbird.answer import Cited
from bowerbird.answer.answer import VERDICT_WORDS
from bowerbird.answer.markdown import numbered
from bowerbird.knowledge.words import is_english
from bowerbird.web.listings import page_href
from bowerbird.web.words import ago, duration, host_and_path, paged

if TYPE_CHECKING:
    from bowerbird.web.acts import ActsView
    from bowerbird.web.since import SinceView

__all__ = [
    "AnswerView",
    "CitationView",
    "ClaimView",
    "ConflictView",
    "SourceView",
    "StepView",
    "answer_view",
    "step_view",
]

_QUOTE_CHARACTERS: Final = 280
_FENCE = re.compile(r"^\s*(?:```|~~~)\w*$", re.MULTILINE)
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CitationView:
    """A number that opens its evidence."""

    n: int
    title: str
    where: str
    quote: str  # the cited words, shortened, for who only hovers
    before: str  # what stands right before them
    heading: str  # the one above, if there is one
    href: str
    fragment_href: str
    is_stale: bool = False  # the page no longer says it


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One sentence with its verdict and what it rests on; a supported one needs no words."""

    text: str
    verdict: str
    verdict_words: str
    citations: tuple[CitationView, ...]
    reasons: str = ""
    language: str = ""  # that of what it quotes, where that is not English


@dataclass(frozen=True, slots=True)
class SourceView:
    """A cited page below the answer, with all numbers that lead to it."""

    citations: tuple[CitationView, ...]
    title: str
    where: str
    dated: str
    is_stale: bool


@dataclass(frozen=True, slots=True)
class SideView:
    """What one of the pages that disagree says."""

    text: str
    dated: str
    citation: CitationView


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Pages that disagree, the newest first."""

    subject: str
    sides: tuple[SideView, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """What one agent did."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer with its proof."""

    abstained: bool
    text: str
    steps_line: str
    steps: tuple[StepView, ...]
    claims: tuple[ClaimView, ...]
    left_out: tuple[ClaimView, ...]
    conflicts: tuple[ConflictView, ...]
    nearest: tuple[ClaimView, ...]
    sources: tuple[SourceView, ...]
    notice: str
    written_by: str
    gather_href: str
    plain: str
    since: "SinceView | None" = None
    acts: "ActsView | None" = None
    next_questions: tuple[str, ...] = ()


def answer_view(question: str, answer: Json, cited: Mapping[int, Cited], *, now_s: float) -> AnswerView:
    """The answer to `question` as it is shown; `cited` says where its versions are now."""
    shown: Sequence[Json] = answer["claims"]
    left_out = answer.get("left_out", ())  # answers of the first release left nothing out
    evidence = _evidence(answer)
    of_conflicts = [side for conflict in answer["conflicts"] for side in conflict["values"]]
    listed = numbered([*_citations(shown), *of_conflicts]) or evidence
    goal = next((one["goal"] for one in answer["suggestions"] if one["kind"] == "crawl"), None) or question
    return AnswerView(
        abstained=bool(answer["abstained"]),
        text=str(answer["answer"]),
        steps_line=_steps_line(answer),
        steps=tuple(step_view(step) for step in answer["steps"]),
        claims=tuple(_claim(claim, cited) for claim in shown),
        left_out=tuple(_claim(claim, cited) for claim in left_out),
        conflicts=tuple(_conflict(conflict, cited, now_s) for conflict in answer["conflicts"]),
        nearest=tuple(_near(one, cited) for one in evidence),
        sources=_sources(listed, cited, now_s),
        notice=str(answer.get("notice", "")),
        written_by=str(answer.get("written_by", "")),
        gather_href=f"/scraping/new?{urlencode({'scraping-goal': goal})}",
        plain=_plain(question, shown),
    )


def step_view(step: Json) -> StepView:
    """What one agent did, in words."""
    return StepView(name=str(step["agent"]), value=str(step["words"]))


def _citations(claims: Sequence[Json]) -> list[Json]:
    """All citations of the claims, each number once, in order."""
    return numbered([citation for claim in claims for citation in claim["citations"]])


def _evidence(answer: Json) -> list[Json]:
    return [one for one in answer["suggestions"] if one["kind"] == "evidence"]


def _citation(citation: Json, cited: Mapping[int, Cited]) -> CitationView:
    href, fragment_href = _hrefs(citation, cited)
    return CitationView(
        n=int(citation["n"]),
        title=_title(citation),
        where=paged(host_and_path(str(citation["url"])), citation.get("page_number")),
        quote=_shortened(str(citation["quote"])),
        before=str(citation.get("before", "")),  # answers of the first release have neither
        heading=str(citation.get("heading", "")),
        href=href,
        fragment_href=fragment_href,
    )


def _hrefs(citation: Json, cited: Mapping[int, Cited]) -> tuple[str, str]:
    """The stored page at the cited span, as a page and as the evidence panel's part of it."""
    version, start, end = int(citation["version"]), int(citation["start"]), int(citation["end"])
    where = cited.get(version)
    if where is None:  # the source is gone, or no longer visible: the live page is all there is
        return str(citation["url"]), ""
    href = page_href(where.page, version, start, end)
    return href, href.replace("#cited", "&fragment=1")


def _shortened(quote: str) -> str:
    flowing = " ".join(_FENCE.sub("", quote).split())
    return flowing if len(flowing) <= _QUOTE_CHARACTERS else flowing[:_QUOTE_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _title(citation: Json) -> str:
    return str(citation["title"]) or host_and_path(str(citation["url"]))


def _sources(citations: Sequence[Json], cited: Mapping[int, Cited], now_s: float) -> tuple[SourceView, ...]:
    """The cited pages in the order of their first numbers."""
    by_version: dict[int, list[Json]] = {}
    for citation in citations:
        by_version.setdefault(int(citation["version"]), []).append(citation)
    return tuple(_source(of_page, cited.get(version), cited, now_s) for version, of_page in by_version.items())


def _source(citations: Sequence[Json], where: Cited | None, cited: Mapping[int, Cited], now_s: float) -> SourceView:
    return SourceView(
        citations=tuple(_citation(citation, cited) for citation in citations),
        title=_title(citations[0]),
        where=paged(host_and_path(str(citations[0]["url"])), *(one.get("page_number") for one in citations)),
        dated=ago(where.fetched_at, now_s) if where else "",
        is_stale=where is not None and not where.is_current,
    )


def _claim(claim: Json, cited: Mapping[int, Cited]) -> ClaimView:
    verdict = str(claim["verdict"])
    return ClaimView(
        text=str(claim["text"]),
        verdict=verdict,
        verdict_words=VERDICT_WORDS.get(verdict, ""),
        citations=tuple(_citation(citation, cited) for citation in claim["citations"]),
        reasons="; ".join(claim.get("reasons", ())) if verdict != "supported" else "",
        language=next(map(_language, claim["citations"]), ""),
    )


def _near(evidence: Json, cited: Mapping[int, Cited]) -> ClaimView:
    return ClaimView(
        str(evidence["text"]), "supported", "", (_citation(evidence, cited),), language=_language(evidence)
    )


def _language(citation: Json) -> str:
    """That of its quote, where it is not English; answers of before have none."""
    language = str(citation.get("language", "en"))
    return "" if is_english(language) else language


def _conflict(conflict: Json, cited: Mapping[int, Cited], now_s: float) -> ConflictView:
    sides = (
        SideView(str(side["quote"]), ago(float(side["at"]), now_s), _citation(side, cited))
        for side in conflict["values"]
    )
    return ConflictView(str(conflict["subject"]), tuple(sides))


def _steps_line(answer: Json) -> str:
    told = [str(step["words"]) for step in answer["steps"]]
    return " · ".join([*told, duration(float(answer["took_ms"]) / 1000)])


def _plain(question: str, claims: Sequence[Json]) -> str:
    """The answer as text that keeps its citations when it is pasted elsewhere."""
    said = [" ".join([str(claim["text"]), *(f"[{c['n']}]" for c in claim["citations"])]) for claim in claims]
    listed = [f"[{c['n']}] {_title(c)}, {paged(str(c['url']), c.get('page_number'))}" for c in _citations(claims)]
    return "\n".join([question, "", *said, "", *listed])
